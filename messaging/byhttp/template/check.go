package template

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Fault is something wrong with settings.
type Fault struct {
	Code     string // "http_url_invalid"
	Location string // "send.url"
	Text     string
}

// Bounds of settings.
const (
	maxTemplate = 8 << 10 // bytes of a URL, a header or a body
	maxHeaders  = 32
	maxStates   = 100
)

// checker gathers faults.
type checker struct{ faults []Fault }

func (c *checker) no(code, location, text string) {
	c.faults = append(c.faults, Fault{code, location, text})
}

// Check finds what is wrong: nil when nothing is. A connector that only receives has no send.url.
func (s *Settings) Check() []Fault {
	c := &checker{}
	if s.Send.URL == "" && s.Inbound.zero() && s.Receipt.zero() {
		c.no("http_url_required", "send.url", "say where messages go, or how they come in")
	}
	if s.Send.URL != "" {
		c.request(&s.Send)
	}
	c.reading(&s.Sent, "sent", []string{"json", "form", "header"})
	c.reading(&s.Inbound, "inbound", []string{"json", "form", "header", "query"})
	c.reading(&s.Receipt, "receipt", []string{"json", "form", "header", "query"})
	if in := &s.Inbound; !in.zero() && (in.From == "" || in.To == "" || in.Body == "" || in.ID == "") {
		c.no("http_reading_incomplete", "inbound", "of a message that comes in say where from, to, body and id stand: by its id it is known again when it comes twice")
	}
	if in := &s.Receipt; !in.zero() && (in.ID == "" || in.State == "") {
		c.no("http_reading_incomplete", "receipt", "of a receipt say where id and state stand")
	}
	if !s.Receipt.zero() && s.Sent.ID == "" {
		c.no("http_reading_incomplete", "sent.id", "receipts are matched by the id that the answer to a message brings: say where it stands")
	}
	c.sign(s.Sign)
	if len(s.Answer) > maxTemplate {
		c.no("http_text_too_long", "answer", "this is longer than an answer can be")
	}
	if s.Key && !s.Send.uses("key") {
		c.no("http_key_unused", "key", "the request has {key} nowhere, so that the other cannot know a repeat by it")
	}
	slices.SortStableFunc(c.faults, func(a, b Fault) int { return strings.Compare(a.Location, b.Location) })
	return c.faults
}

func (r *Reading) zero() bool {
	return r.From == "" && r.To == "" && r.Body == "" && r.ID == "" && r.State == "" && r.Reason == ""
}

// uses says whether a placeholder stands anywhere.
func (r *Request) uses(name string) bool {
	all := []string{r.URL, r.Body}
	for _, v := range r.Headers {
		all = append(all, v)
	}
	return slices.ContainsFunc(all, func(text string) bool {
		for p := range pieces(text) {
			if p.placeholder && p.name == name {
				return true
			}
		}
		return false
	})
}

func (c *checker) request(r *Request) {
	switch r.Method {
	case "", http.MethodPost, http.MethodPut, http.MethodGet:
	default:
		c.no("http_method_invalid", "send.method", "take POST, PUT or GET")
	}
	c.url(r.URL)
	c.headers(r.Headers)
	c.placeholders(r.URL, "send.url")
	c.placeholders(r.Body, "send.body")
	if len(r.URL)+len(r.Body) > maxTemplate {
		c.no("http_text_too_long", "send", "this is longer than a request can be")
	}
	c.body(r)
	for _, name := range []string{"body", "to", "from"} {
		if !r.uses(name) && !r.uses(name+"_digits") {
			c.no("http_placeholder_missing", "send", "the request says nowhere {"+name+"}")
		}
	}
}

// url wants a place that no message changes.
func (c *checker) url(text string) {
	rest, ok := strings.CutPrefix(text, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(text, "http://")
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	sample := (&Request{URL: text}).Fill(names()).URL
	u, err := url.Parse(sample)
	if !ok || err != nil || u.Hostname() == "" || u.Fragment != "" || u.User != nil || strings.ContainsAny(host, "{}@") {
		c.no("http_url_invalid", "send.url", "take https://host/path: the host without placeholders, and no name or password in it")
	}
}

func (c *checker) headers(all map[string]string) {
	if len(all) > maxHeaders {
		c.no("http_text_too_long", "send.headers", "these are more headers than a request can have")
	}
	for name, value := range all {
		at := "send.headers." + name
		switch {
		case !isToken(name) || oneLine(value) != value:
			c.no("http_header_invalid", at, "a header has a name of letters and a value of one line, without accents")
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer"}, http.CanonicalHeaderKey(name)):
			c.no("http_header_invalid", at, "this header is made by the program")
		case (&Request{Body: value}).uses("body"):
			c.no("http_header_invalid", at, "a text of people has no place in a header")
		case len(value) > maxTemplate:
			c.no("http_text_too_long", at, "this is longer than a header can be")
		}
		c.placeholders(value, at)
	}
}

// placeholders wants only such as there are.
func (c *checker) placeholders(text, at string) {
	known := names()
	for p := range pieces(text) {
		if _, found := known.of(p); p.placeholder && !found {
			c.no("http_placeholder_unknown", at, "there is no "+p.text)
		}
	}
}

// body wants one that can be read by the other, with a Content-Type that says how to write values in it.
func (c *checker) body(r *Request) {
	switch {
	case r.Body == "":
	case r.Method == http.MethodGet:
		c.no("http_body_invalid", "send.body", "a GET has no body")
	case r.coding() == nil:
		c.no("http_body_invalid", "send.headers.Content-Type", "say how the body is written: application/json, application/x-www-form-urlencoded, text/xml or text/plain")
	default:
		filled := r.Fill(names())
		if isJSON(r) && !json.Valid([]byte(filled.Body)) {
			c.no("http_body_invalid", "send.body", "with its placeholders filled this is no JSON: texts stand between quotes")
		}
	}
}

func isJSON(r *Request) bool {
	for name, value := range r.Headers {
		if strings.EqualFold(name, "Content-Type") && strings.Contains(strings.ToLower(value), "json") {
			return true
		}
	}
	return false
}

func (c *checker) reading(r *Reading, at string, kinds []string) {
	for name, expression := range map[string]string{"from": r.From, "to": r.To, "body": r.Body, "id": r.ID, "state": r.State, "reason": r.Reason} {
		if expression == "" {
			continue
		}
		kind, path, _ := strings.Cut(expression, ":")
		if !slices.Contains(kinds, kind) || path == "" || len(expression) > maxHeaders*8 {
			c.no("http_expression_invalid", at+"."+name, "say where it stands: "+strings.Join(kinds, ":…, ")+":…")
		}
	}
	if len(r.States) > maxStates {
		c.no("http_text_too_long", at+".states", "these are more words than a carrier can have")
	}
	for word, meaning := range r.States {
		if !slices.Contains([]string{"sent", "delivered", "failed"}, meaning) {
			c.no("http_state_invalid", at+".states."+word, "a word means sent, delivered or failed")
		}
	}
	if r.State != "" && len(r.States) == 0 {
		c.no("http_state_invalid", at+".states", "say what their words mean")
	}
}

func (c *checker) sign(s Sign) {
	switch s.Scheme {
	case "":
		if s.Header != "" {
			c.no("http_sign_invalid", "sign.scheme", "say how requests are signed: "+SchemeHex+", "+SchemeBase64+" or "+SchemeStandard)
		}
	case SchemeStandard:
	case SchemeHex, SchemeBase64:
		if !isToken(s.Header) {
			c.no("http_sign_invalid", "sign.header", "say which header carries the signature")
		}
	default:
		c.no("http_sign_invalid", "sign.scheme", "requests are signed by "+SchemeHex+", "+SchemeBase64+" or "+SchemeStandard)
	}
}

func isToken(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
