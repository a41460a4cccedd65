package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"tandem/store/storetest"
)

// upload sends a form: its fields, and a file under the name "file" where content is given.
func (h *house) upload(fields map[string]string, content []byte) *answer {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			h.t.Fatal(err)
		}
	}
	if content != nil {
		w, err := form.CreateFormFile("file", "hello.wav")
		if err != nil {
			h.t.Fatal(err)
		}
		_, _ = w.Write(content)
	}
	_ = form.Close()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/api/v1/audio", &body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return &answer{h.t, "POST /api/v1/audio", resp.StatusCode, resp.Header, resp.Cookies(), string(text)}
}

func TestASoundIsKeptAndPlayed(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.upload(map[string]string{"name": "Bonjour"}, storetest.Wave()).want(http.StatusCreated)
		made.shows("name", "Bonjour", "size_bytes", "8046")
		at := "/api/v1/audio/" + made.at("id")
		played := h.get(at + "/content").want(http.StatusOK)
		if played.Text != string(storetest.Wave()) || played.Header.Get("Content-Type") != "audio/wav" {
			t.Errorf("played %d bytes of %s", len(played.Text), played.Header.Get("Content-Type"))
		}
		h.patch(at, map[string]any{"name": "Salut"}, "If-Match: "+made.Header.Get("ETag")).want(http.StatusOK).shows("name", "Salut")
		h.get("/api/v1/audio").want(http.StatusOK).shows("data.0.name", "Salut")
		h.upload(map[string]string{"name": "salut"}, storetest.Wave()).refused(http.StatusConflict, "name_taken")
		doc := `{"schema":"flow/v1","name":"F","start":"a","nodes":[{"id":"a","type":"hangup","config":{"audio":"` + made.at("id") + `"},"next":{}}]}`
		h.post("/api/v1/flows", `{"document":`+doc+`}`).want(http.StatusCreated)
		h.remove(at).refused(http.StatusConflict, "in_use")
	})
}

func TestWhatIsNoSoundIsRefused(t *testing.T) {
	wave := storetest.Wave()
	rated := func(at int, value byte) []byte {
		b := bytes.Clone(wave)
		b[at] = value
		return b
	}
	h := openHouse(t, storeConfig(t), acme)
	for name, c := range map[string]struct {
		content []byte
		code    string
	}{
		"nothing":      {[]byte{}, "audio_not_wav"},
		"an MP3":       {append([]byte("ID3"), wave...), "audio_not_wav"},
		"no sound":     {wave[:46], "audio_not_wav"},
		"cut":          {wave[:30], "audio_not_wav"},
		"float":        {rated(20, 3), "audio_not_wav"},
		"3 channels":   {rated(22, 3), "audio_not_wav"},
		"16 GHz":       {rated(27, 0x40), "audio_not_wav"},
		"24 bits":      {rated(34, 24), "audio_not_wav"},
		"no file":      {nil, "audio_needed"},
		"very large":   {make([]byte, 16<<20+1), "audio_too_large"},
		"beyond limit": {make([]byte, 40<<20), "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			at := *h
			at.t = t
			at.upload(map[string]string{"name": "x"}, c.content).refused(http.StatusUnprocessableEntity, c.code)
		})
	}
	h.upload(map[string]string{"name": "x", "text": "Bonjour"}, nil).refused(http.StatusUnprocessableEntity, "tts_not_configured")
	h.get("/api/v1/audio").shows("data", "[]")
}
