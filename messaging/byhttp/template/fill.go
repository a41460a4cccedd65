package template

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// Values are what placeholders stand for, by their names; "password" is the secret one.
type Values map[string]string

// names are the placeholders that there are, with what they could stand for.
func names() Values {
	return Values{
		"to": "+33639980102", "from": "+33639980101", "to_digits": "33639980102", "from_digits": "33639980101", "body": "a\"b&<é", "key": "k-1", "id": "msg_1",
		"password": "secret", "segments": "1", "encoding": "gsm7",
	}
}

// Filled is a request without placeholders.
type Filled struct {
	Method  string
	URL     string
	Headers http.Header
	Body    string
}

// Fill makes the request of values. What is no placeholder stays as it is.
func (r *Request) Fill(v Values) Filled {
	out := Filled{Method: cmp.Or(r.Method, http.MethodPost), Headers: make(http.Header, len(r.Headers))}
	path, query, asked := strings.Cut(r.URL, "?")
	out.URL = replace(path, v, url.PathEscape)
	if asked {
		out.URL += "?" + replace(query, v, url.QueryEscape)
	}
	for name, value := range r.Headers {
		out.Headers.Set(name, replace(value, v, oneLine))
	}
	out.Body = replace(r.Body, v, r.coding())
	return out
}

// coding is how values are written in the body.
func (r *Request) coding() func(string) string {
	kind := ""
	for name, value := range r.Headers {
		if strings.EqualFold(name, "Content-Type") {
			kind, _, _ = strings.Cut(strings.ToLower(value), ";")
			kind = strings.TrimSpace(kind)
		}
	}
	switch {
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return inJSON
	case kind == "application/x-www-form-urlencoded":
		return url.QueryEscape
	case kind == "text/xml" || kind == "application/xml" || strings.HasSuffix(kind, "+xml"):
		return inXML
	case kind == "text/plain":
		return func(s string) string { return s }
	}
	return nil
}

// inJSON is a text as it stands between the quotes of JSON.
func inJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

func inXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

// oneLine is a text as a header takes it.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, s)
}

// replace puts values in the place of placeholders.
func replace(text string, v Values, encode func(string) string) string {
	var b strings.Builder
	for piece := range pieces(text) {
		value, known := v.of(piece)
		switch {
		case !piece.placeholder || !known:
			b.WriteString(piece.text)
		case encode == nil:
			b.WriteString(value)
		default:
			b.WriteString(encode(value))
		}
	}
	return b.String()
}

// of is what a placeholder stands for.
func (v Values) of(p piece) (string, bool) {
	if !p.placeholder {
		return "", false
	}
	if user, basic := strings.CutPrefix(p.name, "basic:"); basic {
		return base64.StdEncoding.EncodeToString([]byte(user + ":" + v["password"])), true
	}
	value, known := v[p.name]
	return value, known
}

// piece is a run of a template.
type piece struct {
	text        string
	placeholder bool
	name        string
}

// pieces cuts a template at its placeholders: a name of small letters and lines in braces, perhaps with a colon and a text. Braces of JSON are none.
func pieces(text string) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		for text != "" {
			at, name := nextName(text)
			if at < 0 {
				yield(piece{text: text})
				return
			}
			if at > 0 && !yield(piece{text: text[:at]}) {
				return
			}
			whole := text[at : at+len(name)+2]
			if !yield(piece{text: whole, placeholder: true, name: name}) {
				return
			}
			text = text[at+len(whole):]
		}
	}
}

// nextName finds the next placeholder; -1: there is none.
func nextName(text string) (int, string) {
	for at := 0; at < len(text); at++ {
		if text[at] != '{' {
			continue
		}
		end := strings.IndexByte(text[at:], '}')
		if end < 0 {
			return -1, ""
		}
		name := text[at+1 : at+end]
		word, _, more := strings.Cut(name, ":")
		if more && word != "basic" {
			continue
		}
		if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") == "" {
			return at, name
		}
	}
	return -1, ""
}
