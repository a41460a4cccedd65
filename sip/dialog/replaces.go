package dialog

import "tandem/sip/message"

// Match is what a Replaces header finds in a leg (RFC 3891 section 3).
type Match int

// What it finds.
const (
	MatchNone      Match = iota // another dialog, or an early one that the peer began: 481
	MatchEarly                  // an early dialog of an INVITE of ours
	MatchConfirmed              // a dialog that stands
	MatchOver                   // one that has ended: 603
)

// Matches says whether this leg has the dialog that a Replaces header names: its to-tag is ours and its from-tag the peer's.
func (l *Leg) Matches(r message.Replaces) Match {
	if r.CallID != l.call {
		return MatchNone
	}
	if d := l.dialog; d != nil && d.remoteTag == r.FromTag && d.local.Tag == r.ToTag {
		switch {
		case l.phase == talking && l.goodbye == 0:
			return MatchConfirmed
		case l.phase == trying:
			return MatchNone
		}
		return MatchOver
	}
	if d := l.early[r.FromTag]; d != nil && d.local.Tag == r.ToTag && l.setup != nil {
		return MatchEarly
	}
	return MatchNone
}

// ReplacesOf reads the Replaces header of a request. found is false where there is none; an error where there is more than one, or it cannot be read: 400.
func ReplacesOf(h Head) (r message.Replaces, found bool, err error) {
	values := h.Values("Replaces")
	switch len(values) {
	case 0:
		return r, false, nil
	case 1:
		r, err = message.ParseReplaces(values[0])
		return r, true, err
	}
	return r, true, ErrTwice
}
