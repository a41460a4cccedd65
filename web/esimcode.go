package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// drawnAnswer is a picture, or a text, of an activation code. Nobody keeps it on the way.
type drawnAnswer struct {
	ContentType string `header:"Content-Type"`
	Cache       string `header:"Cache-Control"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) esimCodeAPI(a huma.API) {
	for _, one := range []struct {
		ending, kind, what string
		of                 func(Drawing) []byte
	}{
		{"png", "image/png", "as a picture", func(d Drawing) []byte { return d.PNG }},
		{"svg", "image/svg+xml", "as a drawing", func(d Drawing) []byte { return []byte(d.SVG) }},
		{"txt", "text/plain; charset=utf-8", "for a terminal", func(d Drawing) []byte { return []byte(d.Text) }},
	} {
		huma.Get(a, "/api/v1/numbers/{id}/esim/qr."+one.ending, func(ctx context.Context, q *idRequest) (*drawnAnswer, error) {
			d, err := s.drawCode(ctx, q.ID)
			if err != nil {
				return nil, err
			}
			return &drawnAnswer{
				ContentType: one.kind, Cache: "no-store", Disposition: `inline; filename="esim.` + one.ending + `"`, Body: one.of(d),
			}, nil
		}, operation("eSIM", "get-number-esim-qr-"+one.ending, "Shows the activation code of an eSIM "+one.what+", once it is released", provisioning.NumbersRead,
			http.StatusNotFound, http.StatusConflict), answersAs(one.kind))
	}
	huma.Get(a, "/api/v1/numbers/{id}/esim/mail", s.showESIMMail, operation("eSIM", "get-number-esim-mail",
		"Shows the e-mail that brings the user the code", provisioning.NumbersWrite, http.StatusNotFound, http.StatusConflict))
}

// answersAs says what an operation answers with.
func answersAs(kind string) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.Responses = map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}}
	}
}

// drawCode draws the code of a number's eSIM for who may have it.
func (s *Server) drawCode(ctx context.Context, id string) (Drawing, error) {
	_, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, id)
	if err != nil {
		return Drawing{}, err
	}
	if err = releasedTo(ctx, n); err != nil {
		return Drawing{}, s.refusal(ctx, err)
	}
	d, err := s.draw(n.Settings.ESIM.Code)
	if err != nil {
		return Drawing{}, s.refusal(ctx, err)
	}
	return d, nil
}

func (s *Server) draw(code string) (Drawing, error) {
	if s.rooms.Codes == nil {
		return Drawing{}, &provisioning.Refusal{Why: provisioning.Clash, Code: "no_qr", Location: "path.id", Text: "nobody draws activation codes here"}
	}
	return s.rooms.Codes.DrawCode(code)
}

// releasedTo refuses the code of an eSIM before it is released, and to those who may not have it.
func releasedTo(ctx context.Context, n *provisioning.Number) error {
	e := n.Settings.ESIM
	switch {
	case e == nil:
		return provisioning.NoESIM()
	case !bool(holds(ctx, e)):
		return problem(http.StatusForbidden, "esim_code_hidden",
			"whoever has the activation code has the number: it is for the user, and for those who may change numbers")
	case activation(n) == nil:
		return &provisioning.Refusal{
			Why: provisioning.Clash, Code: "esim_not_released", Row: "E2", Location: "path.id",
			Args: map[string]string{"number": string(n.E164), "state": string(e.State)}, Text: "the eSIM of " + string(n.E164) + " is " + string(e.State) + ": there is nothing of it yet",
		}
	}
	return nil
}
