package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// maxBody is the most that a request may carry: a site file of a large company is far below it.
	maxBody = 4 << 20
	// maxUpload is the most of one that carries files.
	maxUpload = 32 << 20
	// uploadWithin is how long one may take.
	uploadWithin = time.Minute
	// maxDepth is how deep JSON may be nested: a flow is below 16.
	maxDepth = 64
)

// isUpload says whether a request carries files. They are read as they come.
func isUpload(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/")
}

// intake reads what comes with a request of the API before anybody acts on it: a body that breaks off, or text that is none, stops here.
func (s *Server) intake(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		if p := readableAddress(r.URL); p != nil {
			s.refuse(w, r, p)
			return
		}
		if !isUpload(r) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				s.refuse(w, r, unreadBody(err))
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(w, r)
	})
}

func unreadBody(err error) *ProblemError {
	if tooLarge, is := errors.AsType[*http.MaxBytesError](err); is {
		return problem(http.StatusRequestEntityTooLarge, codeTooLarge, fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit))
	}
	return problem(http.StatusBadRequest, codeTooSlow, "the body did not come whole")
}

// readableAddress refuses a path or a query that is not text.
func readableAddress(u *url.URL) *ProblemError {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || !isText(u.Path) {
		return problem(http.StatusBadRequest, codeInvalid, "the address of the request is not well formed")
	}
	for name, values := range query {
		if len(values) > 1 {
			return badQuery(name, "unknown query parameter", "the query names "+name+" twice")
		}
		if !isText(name) || !isText(values[0]) {
			return badQuery("", "the text is not UTF-8", "the query is not text")
		}
	}
	return nil
}

func badQuery(name, message, detail string) *ProblemError {
	p := problem(http.StatusUnprocessableEntity, codeInvalid, detail)
	p.Errors = []Fault{{Location: strings.TrimSuffix("query."+name, "."), Message: message}}
	return p
}

// isText says whether text is UTF-8 without the zero character, which no database keeps.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// jsonFormat reads and writes JSON: what reads it twice, or not at all the same way, is refused.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: huma.DefaultJSONFormat.Marshal,
		Unmarshal: func(data []byte, v any) error {
			if _, first := v.(*any); first { // The framework reads a body twice, and first into this.
				if err := soundJSON(data); err != nil {
					return err
				}
			}
			return json.Unmarshal(data, v)
		},
	}
}

// soundJSON refuses JSON that is nested too deep, that names a field twice, or whose text is not UTF-8 (RFC 8259 sections 4 and 8.1, RFC 7493).
func soundJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the text is not UTF-8")
	}
	if halfPair(data) {
		return errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var open []*level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return nil //nolint:nilerr // whoever reads it says what is wrong with it
		}
		if delim, is := token.(json.Delim); is {
			if open, err = turn(open, delim); err != nil {
				return err
			}
			continue
		}
		if len(open) == 0 {
			continue
		}
		text, _ := token.(string)
		if err := open[len(open)-1].token(text); err != nil {
			return err
		}
	}
}

// halfPair says whether an escape in JSON is half of a surrogate pair, which stands for no character (RFC 8259 section 8.2): whoever reads it would put
// another character in its place.
func halfPair(data []byte) (is bool) {
	const escape = 6 // octets: \uD83D
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		unit, coded := unitOf(data[i:])
		if !coded {
			i++ // Whatever is escaped begins no escape itself.
			continue
		}
		i += escape - 1
		if !utf16.IsSurrogate(unit) {
			continue
		}
		other, paired := unitOf(data[i+1:])
		if !paired || utf16.DecodeRune(unit, other) == utf8.RuneError {
			return true
		}
		i += escape
	}
	return false
}

// unitOf reads the UTF-16 unit of an escape; false: it is another one.
func unitOf(data []byte) (rune, bool) {
	const digits, base, bits = 4, 16, 16
	if len(data) < 2+digits || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:2+digits]), base, bits)
	return rune(n), err == nil
}

// turn goes into an object or a list, or out of one.
func turn(open []*level, delim json.Delim) ([]*level, error) {
	if delim == '}' || delim == ']' {
		return open[:len(open)-1], nil
	}
	if len(open) > 0 {
		open[len(open)-1].value()
	}
	if len(open) == maxDepth {
		return nil, fmt.Errorf("the JSON is nested deeper than %d levels", maxDepth)
	}
	return append(open, &level{object: delim == '{'}), nil
}

// level is an object or a list that is being read.
type level struct {
	object bool
	inside bool // of a field: its value comes next
	names  map[string]struct{}
}

// value notes that a field has its value.
func (l *level) value() { l.inside = false }

// token notes the name of a field, or a value.
func (l *level) token(text string) error {
	if !l.object || l.inside {
		l.inside = false
		return nil
	}
	l.inside = true
	name := strings.ToLower(text) // Go reads a field in any letters.
	if _, twice := l.names[name]; twice {
		return fmt.Errorf("the field %s comes twice", text)
	}
	if l.names == nil {
		l.names = map[string]struct{}{}
	}
	l.names[name] = struct{}{}
	return nil
}
