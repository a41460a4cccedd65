package routing

import (
	"testing"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

func earlyAt(tag, sdp string) dialog.Progress {
	p := dialog.Progress{Status: 183, Tag: tag}
	if sdp != "" {
		p.Body = message.SDP([]byte(sdp))
	}
	return p
}

// Behind a trunk the far network forks: the branch that spoke last is heard, the end of one changes nothing, and the one that answers counts.
func TestLatestOfSeveralEarlyDialogsIsHeard(t *testing.T) {
	inHouse(t, func(h *house) {
		h.dials("alice", "0142685300")
		out := h.lines["trunk:main"]
		h.forget()
		out.does("183 a", earlyAt("a", "ringback"))
		out.does("183 b", earlyAt("b", "announcement"))
		out.does("183 b again", earlyAt("b", "announcement"))
		out.does("180 c", dialog.Progress{Status: 180, Tag: "c"})
		out.does("199 a", dialog.Progress{Status: 199, Tag: "a"})
		h.sees(`
			trunk:main -> 183 a
			alice.phone <- 183 [answer to alice offer]
			bridge alice.phone = trunk:main
			trunk:main -> 183 b
			bridge alice.phone = trunk:main
			trunk:main -> 183 b again
			trunk:main -> 180 c
			trunk:main -> 199 a`)
		if got := out.voice.heardAt; got != "announcement" {
			t.Errorf("Alice hears %q", got)
		}
		out.does("200 c", answer("person"))
		if got := out.voice.heardAt; got != "person" {
			t.Errorf("Alice hears %q", got)
		}
	})
}

// The far end may change its mind by UPDATE before it answers (RFC 3311).
func TestUpdateBeforeTheAnswer(t *testing.T) {
	inHouse(t, func(h *house) {
		alice := h.dials("alice", "0142685300")
		out := h.lines["trunk:main"]
		out.does("183", earlyAt("a", "ringback"))
		h.forget()
		out.does("UPDATE", dialog.Offered{Body: message.SDP([]byte("moved")), Tag: "a"})
		alice.does("UPDATE", offered("alice moved"))
		h.sees(`
			trunk:main -> UPDATE
			trunk:main <- 200 re-INVITE [answer to moved]
			bridge alice.phone = trunk:main
			alice.phone -> UPDATE
			alice.phone <- 200 re-INVITE [answer to alice moved]`)
		out.does("200", dialog.Answered{Body: message.SDP([]byte("moved"))})
		h.sees(`
			trunk:main -> 200
			alice.phone <- 200 [answer to alice offer]
			bridge alice.phone = trunk:main`)
	})
}

// A refresh that the far end answers with something new is heard there.
func TestRefreshWithAnotherAnswer(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		alice.does("200 to a refresh", dialog.Refreshed{Body: message.SDP([]byte("elsewhere"))})
		h.sees(`
			alice -> 200 to a refresh
			bridge carrier = alice`)
		if got := alice.voice.heardAt; got != "elsewhere" {
			t.Errorf("heard at %q", got)
		}
	})
}
