package byhttp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tandem/messaging/byhttp/template"
)

// verdict says whether a request is the other's.
type verdict int

const (
	proved   verdict = iota
	unproved         // it shows nothing: 401
	wrong            // it shows what is not ours: 403
)

// shows checks the token that a request shows: as a bearer, as the password of Basic, in the header X-Token or in the query as token.
func shows(r *http.Request, token string) verdict {
	var all []string
	if t, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); is {
		all = append(all, t)
	}
	if _, t, is := r.BasicAuth(); is {
		all = append(all, t)
	}
	all = append(all, r.Header.Get("X-Token"), r.URL.Query().Get("token"))
	answer := unproved
	for _, t := range all {
		switch {
		case t == "":
		case token != "" && same([]byte(t), []byte(token)):
			return proved
		default:
			answer = wrong
		}
	}
	return answer
}

// same compares in a time that says nothing of where they differ, nor how long they are.
func same(a, b []byte) bool {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// tolerance is how far the clocks of both sides may differ.
const tolerance = 5 * time.Minute

// signed checks the signature of a request.
func signed(r *http.Request, body []byte, s template.Sign, token string) verdict {
	if token == "" {
		return wrong
	}
	switch s.Scheme {
	case template.SchemeHex:
		return matches(r.Header.Get(s.Header), hex.DecodeString, mac([]byte(token), body))
	case template.SchemeBase64:
		return matches(r.Header.Get(s.Header), base64.StdEncoding.DecodeString, mac([]byte(token), body))
	case template.SchemeStandard:
		return standard(r, body, token)
	}
	return wrong
}

// matches compares a signature as it is written with what it has to be. Some write the name of the hash before it.
func matches(given string, decode func(string) ([]byte, error), want []byte) verdict {
	given = strings.TrimPrefix(strings.TrimSpace(given), "sha256=")
	if given == "" {
		return unproved
	}
	if b, err := decode(given); err != nil || !hmac.Equal(b, want) {
		return wrong
	}
	return proved
}

// standard checks what the Standard Webhooks rules ask: of an old request too, so that none can be played again.
func standard(r *http.Request, body []byte, token string) verdict {
	id, stamp, all := r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), r.Header.Get("Webhook-Signature")
	if id == "" || stamp == "" || all == "" {
		return unproved
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if apart := time.Since(time.Unix(seconds, 0)); err != nil || apart > tolerance || apart < -tolerance {
		return wrong
	}
	key := []byte(token)
	if secret, is := strings.CutPrefix(token, "whsec_"); is {
		if key, err = base64.StdEncoding.DecodeString(secret); err != nil {
			return wrong
		}
	}
	want := mac(key, []byte(id+"."+stamp+"."), body)
	for one := range strings.FieldsSeq(all) {
		if text, is := strings.CutPrefix(one, "v1,"); is && matches(text, base64.StdEncoding.DecodeString, want) == proved {
			return proved
		}
	}
	return wrong
}

func mac(key []byte, texts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, t := range texts {
		_, _ = h.Write(t) // a hash takes all
	}
	return h.Sum(nil)
}

// Rates of one connector's requests.
const (
	perSecond = 200
	burst     = 1000
)

// bucket bounds how many requests are taken. The zero value is full.
type bucket struct {
	mu   sync.Mutex
	used float64
	at   time.Time
}

// take takes one, unless there is none left.
func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = max(0, b.used-now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.used >= burst {
		return false
	}
	b.used++
	return true
}
