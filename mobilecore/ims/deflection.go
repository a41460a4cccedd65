package ims

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Sign is what betrays that something other than the handset has taken its leg; empty: nothing does.
type Sign string

// The signs, as logs and counters name them.
const (
	NoSign          Sign = ""
	SignForwarded   Sign = "forwarded"    // 181 Call Is Being Forwarded
	SignHistory     Sign = "history"      // History-Info with another target, or with a cause of a redirection
	SignDiversion   Sign = "diversion"    // Diversion in a response
	SignIdentity    Sign = "identity"     // another P-Asserted-Identity than the handset's
	SignContact     Sign = "contact"      // the Contact is at another host than before
	SignMediaServer Sign = "media_server" // the voice comes from where the operator's voicemail has its own
	SignNoRinging   Sign = "no_ringing"   // answered without a 180 or 183
	SignTooSoon     Sign = "too_soon"     // answered sooner than a phone can be paged
	SignOnTimer     Sign = "on_timer"     // answered when the operator's no-reply timer ended
)

// Handset is what the leg to a handset is measured against.
type Handset struct {
	Same         func(number string) bool // says whether a number, as a header gives it, is the handset's
	MediaServers []netip.Prefix           // where its operator's voicemail has its voice
	NoReply      time.Duration            // after which its operator diverts; 0: not known
}

// Reply is a provisional response or the answer on a handset's leg.
type Reply struct {
	Status int
	Head   Headers
	Media  []netip.Addr // where its description takes the voice; empty: none
}

// Watch follows one handset leg's replies. The zero value with its Handset set is ready; it is not safe for concurrent use.
type Watch struct {
	Handset  Handset
	contact  string
	rang     bool
	betrayed Sign
}

// Saw takes a reply and gives the sign that something else answered, if there is one in this reply or was in one before it.
func (w *Watch) Saw(r Reply) Sign {
	if r.Status <= 100 || r.Status >= 300 {
		return w.betrayed
	}
	sign := w.Handset.sign(r)
	if host := contactHost(r.Head); host != "" {
		if w.contact != "" && host != w.contact && sign == NoSign {
			sign = SignContact
		}
		w.contact = host
	}
	if r.Status == 180 || r.Status == 183 {
		w.rang = true
	}
	if w.betrayed == NoSign {
		w.betrayed = sign
	}
	return w.betrayed
}

// Answered takes the answer and the time since the INVITE: what the replies betray goes before what the clock does.
func (w *Watch) Answered(r Reply, after time.Duration) Sign {
	rang := NotAlerted
	if w.rang {
		rang = Alerted
	}
	if sign := w.Saw(r); sign != NoSign {
		return sign
	}
	return TimingSign(rang, after, w.Handset.NoReply)
}

// Rang says whether the leg has rung.
func (w *Watch) Rang() Alerting {
	if w.rang {
		return Alerted
	}
	return NotAlerted
}

// pagingFloor is the least time in which a phone was seen to be paged, ring and be answered; timerSlack how close to the operator's timer is too close.
const (
	pagingFloor = time.Second
	timerSlack  = 300 * time.Millisecond
)

// TimingSign is what the clock says of an answer: a phone takes a second at least to be paged, rings before it is answered, and is seldom answered when the
// operator's no-reply timer ends (0: not known).
func TimingSign(rang Alerting, after, noReply time.Duration) Sign {
	switch {
	case rang == NotAlerted:
		return SignNoRinging
	case after < pagingFloor:
		return SignTooSoon
	case noReply > 0 && (after-noReply).Abs() <= timerSlack:
		return SignOnTimer
	}
	return NoSign
}

// sign is what one reply betrays by itself.
func (h Handset) sign(r Reply) Sign {
	switch {
	case r.Status == 181:
		return SignForwarded
	case len(r.Head.Values("Diversion")) > 0:
		return SignDiversion
	case h.otherHistory(r.Head.Values("History-Info")):
		return SignHistory
	case h.otherIdentity(Asserted(r.Head)):
		return SignIdentity
	case h.isMediaServer(r.Media):
		return SignMediaServer
	}
	return NoSign
}

// otherHistory says whether an entry names another target than the handset, or a cause of a redirection.
func (h Handset) otherHistory(values []string) bool {
	for _, v := range values[:min(len(values), mostRedirections)] {
		a, is := parseAddress(v)
		if !is {
			continue
		}
		if isRedirection(a.uri.params.number("cause")) || isRedirection(reasonIn(a.uri)) {
			return true
		}
		if a.uri.user != "" && isNumber(a.uri.user) && !h.same(a.uri.user) {
			return true
		}
	}
	return false
}

func isRedirection(cause int) bool {
	return slices.Contains([]int{302, 404, 408, 480, 486, 487, 503}, cause)
}

// otherIdentity says whether the answerer is asserted to be somebody else: of a SIP and a tel URI one that is the handset's is enough.
func (h Handset) otherIdentity(list []Identity) bool {
	named := false
	for _, i := range list {
		if i.Number == "" {
			continue
		}
		if h.same(i.Number) {
			return false
		}
		named = true
	}
	return named
}

func (h Handset) same(number string) bool { return h.Same == nil || h.Same(number) }

func (h Handset) isMediaServer(media []netip.Addr) bool {
	for _, a := range media {
		for _, p := range h.MediaServers {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
	}
	return false
}

// isNumber tells a telephone number from the name that a phone gave its Contact.
func isNumber(user string) bool {
	digits := strings.TrimPrefix(user, "+")
	return len(digits) >= 3 && strings.Trim(digits, "0123456789.-()") == ""
}

// contactHost is the host of the only Contact.
func contactHost(h Headers) string {
	values := h.Values("Contact")
	if len(values) != 1 {
		return ""
	}
	a, is := parseAddress(values[0])
	if !is {
		return ""
	}
	return a.uri.host
}
