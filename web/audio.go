package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/flow"
)

// Sounds is where the sounds of accounts are on this machine.
type Sounds interface {
	// AudioFile is the path of a sound; empty where there is none of this id.
	AudioFile(id flow.AudioID) string
}

// audioObject is a sound of an account's library.
type audioObject struct {
	ID        string `json:"id"`
	AccountID string `json:"account_id"`
	Name      string `json:"name"`
	Size      int    `json:"size_bytes"`
	SHA256    string `json:"sha256" doc:"Of its content."`
}

type audioPatch struct {
	Name optional[string] `json:"name,omitzero"`
}

// audioForm is what a sound is made of.
type audioForm struct {
	Name string        `form:"name"`
	File huma.FormFile `form:"file" required:"false" doc:"WAV: 8 to 48 kHz, one or two channels, 16-bit PCM or G.711; at most 16 MiB."`
	Text string        `form:"text" required:"false" doc:"To be spoken, instead of a file."`
}

type audioUpload struct {
	Account string `query:"account_id" maxLength:"64" doc:"The account in which it is made; not needed where there is one only."`
	RawBody huma.MultipartFormFiles[audioForm]
}

// audioContent is a sound itself.
type audioContent struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) audioAPI(a huma.API) {
	f := shelf[*provisioning.Audio, audioObject, struct{}, audioPatch]{
		kind: provisioning.KindAudio, path: "audio", tag: "audio", one: "audio", article: "a sound",
		read: provisioning.FlowsRead, write: provisioning.FlowsWrite,
		all:  func(st *provisioning.State) []*provisioning.Audio { return st.Audio },
		show: func(_ *provisioning.State, a *provisioning.Audio) audioObject { return showAudio(a) },
		change: func(a *provisioning.Audio, p audioPatch) (*provisioning.Audio, error) {
			next := *a
			p.Name.set(&next.Name)
			next.Name = provisioning.Clean(next.Name)
			return &next, nil
		},
	}
	mountList(s, a, f)
	mountShow(s, a, f)
	mountUpdate(s, a, f)
	huma.Post(a, "/api/v1/audio", s.uploadAudio, operation("audio", "create-audio", "Keeps a sound", provisioning.FlowsWrite, http.StatusConflict), created,
		func(o *huma.Operation) { o.MaxBodyBytes = maxUpload })
	huma.Get(a, "/api/v1/audio/{id}/content", s.playAudio,
		operation("audio", "get-audio-content", "Gives a sound itself, as WAV", provisioning.FlowsRead, http.StatusNotFound))
}

func showAudio(a *provisioning.Audio) audioObject {
	return audioObject{ID: string(a.ID), AccountID: string(a.Account), Name: a.Name, Size: a.Size, SHA256: a.SHA256}
}

func (s *Server) uploadAudio(ctx context.Context, q *audioUpload) (*createdAnswer[audioObject], error) {
	form := q.RawBody.Data()
	if form.Text != "" || !form.File.IsSet {
		if form.Text == "" {
			return nil, s.refusal(ctx, &provisioning.Refusal{Code: "audio_needed", Location: "body.file", Text: "send a WAV file as file, or a text to be spoken as text"})
		}
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "tts_not_configured", Location: "body.text", Text: "this server has no voice that speaks texts: send a WAV file",
		})
	}
	const most = 16<<20 + 1
	content, err := io.ReadAll(io.LimitReader(form.File, most))
	if err != nil {
		return nil, problem(http.StatusBadRequest, codeInvalid, "the file did not come whole")
	}
	var made *provisioning.Audio
	_, err = s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		account, wrong := accountFor(ctx, st, q.Account)
		if wrong != nil {
			return nil, wrong
		}
		id := flow.AudioID(newID(provisioning.KindAudio))
		if made, wrong = provisioning.NewAudio(id, account, provisioning.Clean(form.Name), content); wrong != nil {
			return nil, wrong
		}
		return st.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &createdAnswer[audioObject]{ETag: etag(made), Location: "/api/v1/audio/" + string(made.ID), Body: showAudio(made)}, nil
}

func (s *Server) playAudio(ctx context.Context, q *idRequest) (*audioContent, error) {
	_, a, err := look[*provisioning.Audio](ctx, s, provisioning.KindAudio, q.ID)
	if err != nil {
		return nil, err
	}
	path := s.rooms.Sounds.AudioFile(a.ID)
	if path == "" {
		return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindAudio, q.ID))
	}
	content, err := os.ReadFile(path) //nolint:gosec // The archive named it, for an id that it knows.
	if err != nil {
		return nil, s.failed(ctx, "read a sound", err)
	}
	return &audioContent{ContentType: "audio/wav", Disposition: fmt.Sprintf("inline; filename=%s", strconv.Quote(string(a.ID)+".wav")), Body: content}, nil
}
