package asset_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tandem/web/asset"
)

func served(t *testing.T, a *asset.Asset, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+a.Name, http.NoBody)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func made(t *testing.T, name, body string) *asset.Asset {
	t.Helper()
	a, err := asset.New(name, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A browser that has a file already asks whether it is still the same, and gets no body; each coding is told from the other.
func TestAFileIsSentOnce(t *testing.T) {
	text := strings.Repeat("export const bread = 1;\n", 100)
	a := made(t, "app.js", text)
	plain, zipped := served(t, a), served(t, a, "Accept-Encoding: br, gzip")
	one, other := plain.Header().Get("ETag"), zipped.Header().Get("ETag")
	if one == other || !strings.HasPrefix(one, `"`) || zipped.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("ETags %s and %s, headers %v", one, other, zipped.Header())
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(z); string(got) != text {
		t.Error("what was compressed is something else")
	}
	if got, _ := io.ReadAll(plain.Body); string(got) != text {
		t.Error("what was sent plain is something else")
	}
	if again := served(t, a, "If-None-Match: "+one); again.Code != http.StatusNotModified {
		t.Errorf("asked whether it changed: %d", again.Code)
	}
	if again := served(t, a, "If-None-Match: "+one, "Accept-Encoding: gzip"); again.Code != http.StatusOK {
		t.Errorf("the plain one stands for the compressed one: %d", again.Code)
	}
	if made(t, "app.js", text+" ").Size() > len(text) || served(t, made(t, "app.js", text+" ")).Header().Get("ETag") == one {
		t.Error("other bytes have the same ETag")
	}
}

func TestWhoTakesNoGzipGetsNone(t *testing.T) {
	a := made(t, "app.css", strings.Repeat("a { color: var(--ink) }\n", 100))
	for accept, want := range map[string]string{
		"": "", "identity": "", "gzip;q=0": "", "gzip; q=0.0, *": "", "*": "gzip", "*;q=0": "", "deflate, GZIP ; q=0.5": "gzip", "gzip;q=zero": "", "gzip": "gzip",
	} {
		if got := served(t, a, "Accept-Encoding: "+accept).Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: got %q, want %q", accept, got, want)
		}
	}
}

func TestNamesSayHowLongAFileIsKept(t *testing.T) {
	for name, forever := range map[string]bool{
		"chunks/editor-4F7YQ2BM.js": true, "chunk-ABCDEFGH.js.map": true, "app.js": false, "embed.js": false, "de-luxe.css": false, "x-abcdefgh.js": false, "x-ABCDEFGHI.js": false, "-.js": false,
	} {
		if got := strings.Contains(served(t, made(t, name, "x")).Header().Get("Cache-Control"), "immutable"); got != forever {
			t.Errorf("%s: immutable %v", name, got)
		}
	}
}

// Whoever works on the pages sees what they wrote at the next look.
func TestLiveFilesAreReadAgain(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	tree := fstest.MapFS{"app.js": {Data: []byte("one"), ModTime: at}}
	live := asset.Watch(tree)
	first, err := live.Set()
	if err != nil {
		t.Fatal(err)
	}
	if same, _ := live.Set(); same != first {
		t.Error("nothing changed, and all was read again")
	}
	tree["app.js"] = &fstest.MapFile{Data: []byte("two"), ModTime: at.Add(time.Second)}
	second, err := live.Set()
	if err != nil || !bytes.Equal(second.Get("app.js").Body, []byte("two")) || second.Get("nothing") != nil || len(second.Names()) != 1 {
		t.Errorf("%v, %v", second, err)
	}
}
