package ims

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AnchorHeader is the header that marks what we send into a core, so that we know it when it comes back.
const AnchorHeader = "X-Tandem-Anchor"

// Anchor says which call of ours a leg belongs to.
type Anchor struct {
	ID     string    // of the call: letters, digits, "-", "_" and "."; 64 of them at most
	Hop    int       // how many times it has gone into a core, 1 at first; up to 99
	At     time.Time // when it was signed, to the second
	Served string    // the number that is served, in one form for signing and reading (E.164): only a keyed digest of it is sent
}

// AnchorKey signs anchors: 32 random bytes, the same on every node. One of less than 16 signs nothing and believes nothing.
type AnchorKey []byte

// AnchorVerdict says what an anchor that came is worth.
type AnchorVerdict int

// The verdicts.
const (
	AnchorAbsent  AnchorVerdict = iota
	AnchorGenuine               // signed with our key for this number; whether it is too old is for who asks to say
	AnchorOther                 // signed with our key for another number: a call of ours that goes on to the next of our users
	AnchorForeign               // of a version that we do not know
	AnchorForged                // not readable, or not signed by us
)

const (
	anchorVersion = "v1"
	mostAnchors   = 4 // values that are looked at: a core that forks may double one, and an attacker sends many
	leastKey      = 16
)

// Sign writes the value of the header; empty where the key or the anchor cannot be signed.
func (k AnchorKey) Sign(a Anchor) string {
	if len(k) < leastKey || !isAnchorID(a.ID) || a.Hop < 0 || a.Hop > 99 {
		return ""
	}
	head := fmt.Sprintf("%s;id=%s;hop=%d;t=%d;n=%s", anchorVersion, a.ID, a.Hop, a.At.Unix(), k.digest(a.Served))
	return head + ";mac=" + base64.RawURLEncoding.EncodeToString(k.mac(head))
}

// Read finds the genuine anchor among the values, for the number that is served by the request they came in. Without a genuine one it tells the worst that it
// found.
func (k AnchorKey) Read(values []string, served string) (Anchor, AnchorVerdict) {
	worst := AnchorAbsent
	for _, v := range values[:min(len(values), mostAnchors)] {
		a, verdict := k.read(v, served)
		if verdict == AnchorGenuine {
			return a, verdict
		}
		worst = max(worst, verdict)
	}
	return Anchor{}, worst
}

func (k AnchorKey) read(value, served string) (Anchor, AnchorVerdict) {
	if version, _, _ := strings.Cut(value, ";"); version != anchorVersion && len(version) < 8 && strings.HasPrefix(version, "v") {
		return Anchor{}, AnchorForeign
	}
	head, mac, found := strings.Cut(value, ";mac=")
	if !found || len(value) > 256 || len(k) < leastKey {
		return Anchor{}, AnchorForged
	}
	// The text is compared, not what it decodes to: one mark is written in one way.
	if !hmac.Equal([]byte(mac), []byte(base64.RawURLEncoding.EncodeToString(k.mac(head)))) {
		return Anchor{}, AnchorForged
	}
	p := parseParams(head) // ours, so it has the form in which we wrote it
	a := Anchor{Hop: p.number("hop"), Served: served}
	a.ID, _ = p.get("id")
	at, _ := p.get("t")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || a.Hop < 0 || !isAnchorID(a.ID) {
		return Anchor{}, AnchorForged
	}
	a.At = time.Unix(unix, 0)
	if n, _ := p.get("n"); !hmac.Equal([]byte(n), []byte(k.digest(served))) {
		return Anchor{}, AnchorOther
	}
	return a, AnchorGenuine
}

// mac is HMAC-SHA256 cut to 128 bits.
func (k AnchorKey) mac(head string) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("anchor\x00" + head))
	return h.Sum(nil)[:16]
}

// digest tells one number from another to who has the key, and nobody else.
func (k AnchorKey) digest(served string) string {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("served\x00" + served))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:8])
}

func isAnchorID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.'
	})
}
