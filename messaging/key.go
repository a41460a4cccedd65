package messaging

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// How long a repeat is known for one (SPEC M8).
const (
	repeatWindow = 10 * time.Minute // of a peer that did not hear our answer
	clientWindow = 24 * time.Hour   // of a client's own name
)

// fingerprint is what a message is known by that has no name. It shows nothing of the text.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// key is what an arrival is known by. A reference alone is not enough: a handset's has 8 bits, and begins anew with it.
func (p *passage) key(d Direction, own *Line, peer Address, a *Arrival, text string) Key {
	mark := fingerprint(string(own.Number), string(d), string(peer), text)
	k := Key{
		Print: mark, Bind: a.Bind, Since: a.At.Add(-repeatWindow),
		Expects: own.copied() && (p.path == PathInPath || p.peerLine != nil),
		Copy:    p.connector.Role == RoleOperator && (own.copied() || p.peerLine != nil && (p.own.copied() || p.peerLine.copied())),
	}
	if p.peerLine != nil && (p.own.copied() || p.peerLine.copied()) {
		k.Expects = true // The operator tells of it as the one's, and as the other's.
	}
	if a.Reference != "" {
		k.Name = fingerprint("arrival", string(a.Connector), mark, a.Reference)
	}
	return k
}

// key is what something that we wrote is known by. The same text again, without a key, is another message.
func (o *Outgoing) key(d Direction, own *Line, peer Address, at time.Time) Key {
	k := Key{Print: fingerprint(string(own.Number), string(d), string(peer), o.Body), Expects: own.copied()}
	if o.Key != "" {
		k.Name, k.Since = fingerprint("client", string(o.Account), string(own.Number), string(d), o.Key), at.Add(-clientWindow)
	}
	return k
}

// copied says whether the operator gives us copies of what the handset of a number sends and gets.
func (l *Line) copied() bool { return l.Native != nil && l.Path == PathCopy }
