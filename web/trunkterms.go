package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/peering"
)

// termsPatch is a merge patch of terms: what is not named stays.
type termsPatch struct{ sent []byte }

// UnmarshalJSON keeps what was sent.
func (p *termsPatch) UnmarshalJSON(b []byte) error {
	p.sent = bytes.Clone(b)
	return nil
}

// Schema is that of terms.
func (termsPatch) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[peering.Terms]())
}

// mergeTerms are terms with what was sent of them (RFC 7396); null takes all of them away.
func mergeTerms(p optional[termsPatch], before *peering.Terms) (peering.Terms, error) {
	switch {
	case p.Null:
		return peering.Terms{}, nil
	case !p.Sent:
		return *before, nil
	}
	fields := map[string]json.RawMessage{}
	was, err := json.Marshal(before)
	for _, text := range [][]byte{was, p.Value.sent} {
		if err == nil {
			err = json.Unmarshal(text, &fields)
		}
	}
	for name, value := range fields {
		if bytes.Equal(value, []byte("null")) {
			delete(fields, name)
		}
	}
	var whole []byte
	if err == nil {
		whole, err = json.Marshal(fields)
	}
	var after peering.Terms
	if err == nil {
		err = json.Unmarshal(whole, &after)
	}
	if err != nil {
		return peering.Terms{}, &provisioning.Refusal{Code: "value_unknown", Location: "body.terms", Args: map[string]string{"value": "terms"}, Text: "terms cannot be read"}
	}
	return after, nil
}

// dialPreviewRequest asks how a trunk reads and writes a number.
type dialPreviewRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Number string               `json:"number" maxLength:"40" minLength:"1" doc:"As the trunk sends it, or as somebody here dials it."`
		Terms  optional[termsPatch] `json:"terms,omitzero" doc:"Terms to try: those that the trunk has, with these in their place."`
	}
}

type dialPreviewAnswer struct{ Body dialPreview }

// dialPreview is a number, as a trunk's rules make it.
type dialPreview struct {
	Number   string `json:"number"`
	E164     string `json:"e164" doc:"As it is read when the trunk sends it; empty: it is no public number."`
	RuleIn   *int   `json:"rule_in" doc:"Index in prefix_in; null: country and dial say."`
	Called   string `json:"called" doc:"As it is written when it is called; empty: it is no public number."`
	RuleOut  *int   `json:"rule_out" doc:"Index in prefix_out; null: dial says."`
	From     string `json:"from" doc:"As it is written when it calls."`
	Asserted string `json:"asserted" doc:"As it is named beside From when it calls."`
}

func (s *Server) termsAPI(a huma.API) {
	huma.Post(a, "/api/v1/trunks/{id}/preview", s.previewNumber,
		operation("trunks", "preview-trunk-number", "Shows how a trunk's rules read and write a number", provisioning.TrunksRead, http.StatusNotFound))
}

// previewNumber changes nothing.
func (s *Server) previewNumber(ctx context.Context, q *dialPreviewRequest) (*dialPreviewAnswer, error) {
	t, err := s.trunkFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	terms, err := mergeTerms(q.Body.Terms, &t.Terms)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	next := *t
	next.Terms = terms
	if refused := next.TermsRefusals(); len(refused) > 0 {
		return nil, s.refusal(ctx, refused)
	}
	w := &routing.Trunk{Country: t.Country, Dial: t.Dial, Terms: terms}
	in := w.Reads(q.Body.Number)
	p := dialPreview{Number: q.Body.Number, E164: string(in.Number), RuleIn: ruleIndex(in.Rule)}
	if n, is := routing.ParseNumber(q.Body.Number, cmp.Or(t.Country, "FR")); is {
		out := w.Writes(n)
		p.Called, p.RuleOut, p.From, p.Asserted = out.Called, ruleIndex(out.Rule), out.From, out.Asserted
	}
	return &dialPreviewAnswer{Body: p}, nil
}

func ruleIndex(i int) *int {
	if i < 0 {
		return nil
	}
	return &i
}
