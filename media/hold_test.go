package media_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// holdForm is a way in which telephones hold.
type holdForm struct {
	name   string
	change func(sdp string) string // of the description that they send
	answer string                  // what we say
	late   bool                    // by an answer to an offer of ours
}

func holdForms() []holdForm {
	direction := func(d string) func(string) string {
		return func(s string) string { return strings.Replace(s, "a=sendrecv", "a="+d, 1) }
	}
	connection := regexp.MustCompile(`c=IN IP4 \S+`)
	nowhere := func(s string) string { return connection.ReplaceAllString(s, "c=IN IP4 0.0.0.0") }
	port := regexp.MustCompile(`m=audio \d+`)
	return []holdForm{
		{name: "sendonly", change: direction("sendonly"), answer: "a=recvonly"},
		{name: "inactive", change: direction("inactive"), answer: "a=inactive"},
		{name: "0.0.0.0", change: nowhere, answer: "m=audio "},
		{name: "0.0.0.0 and sendonly", change: func(s string) string { return nowhere(direction("sendonly")(s)) }, answer: "a=recvonly"},
		{name: "0.0.0.0 and inactive", change: func(s string) string { return nowhere(direction("inactive")(s)) }, answer: "a=inactive"},
		{name: "port 0", change: func(s string) string { return port.ReplaceAllString(s, "m=audio 0") }, answer: "m=audio 0 RTP/AVP"},
		{name: "no direction, in the session", change: func(s string) string {
			return strings.Replace(strings.Replace(s, "a=sendrecv\r\n", "", 1), "t=0 0\r\n", "t=0 0\r\na=inactive\r\n", 1)
		}, answer: "a=inactive"},
		{name: "an offer of ours answered sendonly", change: direction("sendonly"), late: true},
		{name: "an offer of ours answered inactive", change: direction("inactive"), late: true},
	}
}

// states has a leg take its peer's description, as it goes on the wire.
func (p party) states(t *testing.T, f holdForm, version int) {
	t.Helper()
	sdp := string(p.peer.SDP(mediatest.Sketch{Version: version}))
	if f.change != nil {
		sdp = f.change(sdp)
	}
	if f.late {
		_, err := p.Offer(media.SendRecv)
		must(t, err)
		must(t, p.Accept([]byte(sdp)))
		return
	}
	answer, err := p.Answer([]byte(sdp))
	must(t, err)
	if !strings.Contains(string(answer), f.answer) {
		t.Errorf("the answer: %s", answer)
	}
}

// However a party holds: the other one hears music and nothing of them, who may go on sending; they are sent nothing; and afterwards both hear each other in
// streams without a break. Holding twice is holding.
func TestSpec_C1_HoldInEveryFormThatPhonesUse(t *testing.T) {
	e := engine(t)
	for i, f := range holdForms() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			house := byte(20 + 2*i)
			a, b := join(t, e, house, mediatest.Sketch{}), join(t, e, house+1, mediatest.Sketch{})
			bridge(t, a, b)
			a.peer.Always('A')
			b.peer.Always('B')
			b.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 5 })
			ours := b.peer.Heard()[0].SSRC
			for _, version := range []int{1, 2} {
				a.states(t, f, version)
				if !a.HeldByPeer() || b.HeldByPeer() {
					t.Fatalf("A holds: %v, B holds: %v", a.HeldByPeer(), b.HeldByPeer())
				}
			}
			a.Unbridge()
			b.Play(media.Play{ID: 1, Prompts: tones(440, time.Second), Loop: true})
			b.hear(t, "music", func(ps mediatest.Packets) bool { return ps.Tone(440) >= 5 })
			a.peer.Forget()
			b.peer.Forget()
			held := b.hear(t, "music alone", enough(15))
			if held.Letter('A') != 0 || held.Tone(440) < 14 || len(a.peer.Heard()) != 0 {
				t.Errorf("B hears A %d times and music %d times; A is sent %d packets", held.Letter('A'), held.Tone(440), len(a.peer.Heard()))
			}
			a.states(t, holdForm{answer: "a=sendrecv", late: f.late}, 3)
			if a.HeldByPeer() {
				t.Fatal("A has taken the call back, and nobody knows")
			}
			bridge(t, a, b)
			back := b.hear(t, "A again", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 10 })
			a.hear(t, "B again", func(ps mediatest.Packets) bool { return ps.Letter('B') >= 10 })
			if err := back.Unbroken(); err != nil || back[len(back)-1].SSRC != ours {
				t.Errorf("the stream to B: %v", err)
			}
		})
	}
}

// Where both hold, neither is sent anything until both have taken the call back; a re-INVITE that changes nothing ends no hold.
func TestHoldFromBothSides(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	sendonly := holdForms()[0]
	a.states(t, sendonly, 1)
	b.states(t, sendonly, 1)
	a.states(t, sendonly, 1)
	a.peer.Always('A')
	b.peer.Always('B')
	waitSent(t, a.peer, 10)
	if n := len(a.peer.Heard()) + len(b.peer.Heard()); n != 0 || !a.HeldByPeer() || !b.HeldByPeer() {
		t.Errorf("%d packets are sent to who holds", n)
	}
	a.states(t, holdForm{answer: "a=sendrecv"}, 2)
	b.states(t, holdForm{answer: "a=sendrecv"}, 2)
	b.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 5 })
	a.hear(t, "B", func(ps mediatest.Packets) bool { return ps.Letter('B') >= 5 })
}

// Audio that was taken away comes back by an offer of ours too; a first offer without audio is refused.
func TestAudioThatWasTakenAwayComesBack(t *testing.T) {
	e := engine(t)
	a := open(t, e, 2)
	gone := strings.Replace(string(a.peer.SDP(mediatest.Sketch{})), "m=audio "+lines(a.peer.SDP(mediatest.Sketch{}), "m=audio")[8:13], "m=audio 0", 1)
	if _, err := a.Answer([]byte(gone)); err == nil {
		t.Fatal("an offer without audio is answered")
	}
	a.take(t, mediatest.Sketch{})
	_, err := a.Answer([]byte(gone))
	must(t, err)
	offer, err := a.Offer(media.SendRecv)
	must(t, err)
	if !strings.Contains(string(offer), "a=sendrecv") || strings.Contains(string(offer), "m=audio 0") {
		t.Errorf("the offer: %s", offer)
	}
	must(t, a.Accept(a.peer.SDP(mediatest.Sketch{Version: 4})))
	if a.HeldByPeer() {
		t.Error("still held")
	}
}
