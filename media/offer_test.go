package media_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/sdp/v3"

	"tandem/media"
	"tandem/media/mediatest"
	own "tandem/media/sdp"
)

// describe makes a description of lines; "%" stands for v=, o=, s= and t=.
func describe(lines ...string) []byte {
	text := strings.Join(lines, "\r\n") + "\r\n"
	return []byte(strings.Replace(text, "%\r\n", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", 1))
}

// refused says which Refusal an error is.
func refused(t *testing.T, err error) *media.Refusal {
	t.Helper()
	r, ok := errors.AsType[*media.Refusal](err)
	if !ok {
		t.Fatalf("error %v is no refusal", err)
	}
	if r.Warning == "" || strings.ContainsAny(r.Warning, "\r\n\"") {
		t.Errorf("warning %q does not fit in a header", r.Warning)
	}
	return r
}

// lines are the lines of a description that begin with one of the prefixes.
func lines(b []byte, prefixes ...string) string {
	var all []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(line, p) }) {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// valid says whether another implementation can read a description.
func valid(t *testing.T, b []byte) *sdp.SessionDescription {
	t.Helper()
	d := new(sdp.SessionDescription)
	if err := d.Unmarshal(b); err != nil {
		t.Fatalf("the description cannot be read: %v\n%s", err, b)
	}
	return d
}

func TestAnswersFollowTheOffer(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		name  string
		offer []byte
		want  string // of the answer's m= and a= lines, "PORT" for ours
		held  bool
	}{
		{
			name:  "the offerer's order counts",
			offer: describe("%", "m=audio 4000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000"),
			want:  "m=audio PORT RTP/AVP 0 96\na=rtpmap:0 PCMU/8000\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-15\na=ptime:20\na=sendrecv\na=rtcp:NEXT",
		},
		{
			name:  "unknown codecs and their events are passed over",
			offer: describe("%", "m=audio 4000 RTP/AVP 111 9 8 110 101", "a=rtpmap:111 opus/48000/2", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:101 telephone-event/8000"),
			want:  "m=audio PORT RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\na=sendrecv\na=rtcp:NEXT",
		},
		{
			name:  "a codec under a dynamic number keeps it",
			offer: describe("%", "m=audio 4000 RTP/AVP 97", "a=rtpmap:97 pcma/8000/1"),
			want:  "m=audio PORT RTP/AVP 97\na=rtpmap:97 PCMA/8000\na=ptime:20\na=sendrecv\na=rtcp:NEXT",
		},
		{
			name:  "other media come back refused, in their places",
			offer: describe("%", "m=video 4002 RTP/AVP 96 97", "a=rtpmap:96 VP8/90000", "m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 8", "m=audio 4004 RTP/AVP 0", "m=text 4006 RTP/AVP 98 100"),
			want:  "m=video 0 RTP/AVP 96\nm=audio 0 RTP/AVP 8\nm=audio PORT RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=ptime:20\na=sendrecv\na=rtcp:NEXT\nm=audio 0 RTP/AVP 0\nm=text 0 RTP/AVP 98",
		},
		{
			name:  "sendonly is hold",
			offer: describe("%", "m=audio 4000 RTP/AVP 8", "a=sendonly"),
			want:  "m=audio PORT RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=ptime:20\na=recvonly\na=rtcp:NEXT", held: true,
		},
		{
			name:  "inactive for the session is hold",
			offer: describe("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "a=inactive", "m=audio 4000 RTP/AVP 8"),
			want:  "m=audio PORT RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=ptime:20\na=inactive\na=rtcp:NEXT", held: true,
		},
		{
			name:  "the unspecified address is hold",
			offer: describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"),
			want:  "m=audio PORT RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=ptime:20\na=sendrecv\na=rtcp:NEXT", held: true,
		},
		{
			name:  "recvonly wants to hear",
			offer: describe("%", "m=audio 4000 RTP/AVP 8", "a=recvonly"),
			want:  "m=audio PORT RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=ptime:20\na=sendonly\na=rtcp:NEXT",
		},
		{
			name:  "bare line feeds, and lines that nobody knows",
			offer: []byte("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nz=0 0\ni=x\nt=0 0\nm=audio 4000 RTP/AVP 8\nc=IN IP4 192.0.2.1\nb=AS:64\na=crypto:1 x\n"),
			want:  "m=audio PORT RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=ptime:20\na=sendrecv\na=rtcp:NEXT",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, e, 2)
			answer, err := p.Answer(c.offer)
			if err != nil {
				t.Fatal(err)
			}
			d := valid(t, answer)
			got := lines(answer, "m=", "a=")
			for _, m := range d.MediaDescriptions {
				if port := m.MediaName.Port.Value; port != 0 {
					got = strings.Replace(got, m.MediaName.String(), strings.Replace(m.MediaName.String(), m.MediaName.Port.String(), "PORT", 1), 1)
					rtcp, _ := m.Attribute("rtcp")
					got = strings.Replace(got, "a=rtcp:"+rtcp, "a=rtcp:NEXT", 1)
					if port%2 != 0 {
						t.Errorf("port %d is odd", port)
					}
				}
			}
			if got != c.want {
				t.Errorf("answer:\n%s\nwant:\n%s", got, c.want)
			}
			if p.HeldByPeer() != c.held {
				t.Errorf("held is %v", p.HeldByPeer())
			}
		})
	}
}

func TestBadOffersAreRefusedWithAReason(t *testing.T) {
	e := engine(t, func(c *media.Config) { c.Deny = nil })
	many := strings.Repeat("m=audio 4000 RTP/AVP 8\r\n", 5000)
	for _, c := range []struct {
		name   string
		offer  []byte
		status int
	}{
		{"nothing", nil, 400},
		{"not SDP", []byte("<xml/>"), 415},
		{"no media", describe("%"), 400},
		{"no origin", []byte("v=0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\n"), 400},
		{"no c= line", []byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\n"), 400},
		{"a malformed c= line", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 192.0.2.256"), 400},
		{"an IPv6 address called IPv4", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 2001:db8::1"), 400},
		{"a host name", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 media.example.com"), 488},
		{"a port too large", describe("%", "m=audio 65536 RTP/AVP 8"), 400},
		{"a negative port", describe("%", "m=audio -1 RTP/AVP 8"), 400},
		{"a line without =", describe("%", "m=audio 4000 RTP/AVP 8", "garbage"), 400},
		{"a malformed rtpmap", describe("%", "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 x"), 400},
		{"no codec in common", describe("%", "m=audio 4000 RTP/AVP 3 18", "a=rtpmap:18 G729/8000"), 488},
		{"events only", describe("%", "m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), 488},
		{"G.711 under another clock", describe("%", "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMA/16000"), 488},
		{"video only", describe("%", "m=video 4000 RTP/AVP 96"), 488},
		{"audio removed", describe("%", "m=audio 0 RTP/AVP 8"), 488},
		{"SRTP", describe("%", "m=audio 4000 RTP/SAVP 8"), 488},
		{"loopback", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 127.0.0.1"), 488},
		{"link-local", describe("%", "m=audio 80 RTP/AVP 8", "c=IN IP4 169.254.169.254"), 488},
		{"multicast", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127/3"), 488},
		{"loopback in IPv6", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP6 ::1"), 488},
		{"private in IPv6's clothes", describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP6 ::ffff:127.0.0.1"), 488},
		{"5,000 m= lines", describe("%", many), 488},
		{"200 kB", describe("%", "m=audio 4000 RTP/AVP 8", "a=fmtp:8 "+strings.Repeat("x", 200<<10)), 488},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, e, 2)
			_, err := p.Answer(c.offer)
			if r := refused(t, err); r.Status != c.status {
				t.Errorf("refused with %d %q, want %d", r.Status, r.Warning, c.status)
			}
			if p.Formats() != nil {
				t.Errorf("formats after a refusal: %v", p.Formats())
			}
		})
	}
}

// A denied address may be named by the peer that signals from it, and by nobody else; our own ports stay out of reach of both.
func TestAPeerMayNameTheAddressItSignalsFrom(t *testing.T) {
	e := engine(t, func(c *media.Config) { c.Deny = nil })
	signalling := func(from string) *media.Session {
		s, err := e.Open(media.Opening{Key: 1, Signalled: netip.MustParseAddr(from), Sink: nowhere{}, Ref: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	offer := describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 127.9.9.9")
	if _, err := signalling("127.9.9.9").Answer(offer); err != nil {
		t.Errorf("its own address was refused: %v", err)
	}
	_, err := signalling("127.9.9.8").Answer(offer)
	if r := refused(t, err); r.Status != 488 {
		t.Errorf("another's address was answered with %d, want 488", r.Status)
	}
}

type nowhere struct{}

func (nowhere) Post(media.Event) bool { return true }

func TestLongFormatParametersAreCheap(t *testing.T) {
	p := open(t, engine(t), 2)
	offer := describe("%", "m=audio 4000 RTP/AVP 8", "a=fmtp:8 "+strings.Repeat("x=1;", 16<<10))
	n := testing.AllocsPerRun(10, func() {
		if _, err := p.Answer(offer); err != nil {
			t.Fatal(err)
		}
	})
	if n > 100 {
		t.Errorf("%v allocations for one answer", n)
	}
}

func TestOwnPortsMayNotBeNamed(t *testing.T) {
	e := engine(t)
	a, b := open(t, e, 2), open(t, e, 3)
	offer, err := a.Offer(media.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Answer(offer)
	if r := refused(t, err); r.Status != 488 {
		t.Errorf("refused with %d", r.Status)
	}
	c := open(t, e, 4, func(o *media.Opening) { o.Allow = []netip.Prefix{netip.PrefixFrom(e.at(1), 32)} })
	if _, err := c.Answer(offer); err != nil {
		t.Errorf("a leg that may name it is refused: %v", err)
	}
}

func TestLateOfferAndNewOffers(t *testing.T) {
	e := engine(t)
	p := open(t, e, 2)
	first, err := p.Offer(media.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, first)
	if got := lines(first, "m=audio"); !strings.HasSuffix(got, " RTP/AVP 8 0 101") {
		t.Errorf("first offer: %s", got)
	}
	if err = p.Accept(p.peer.SDP(mediatest.Sketch{Laws: []mediatest.Law{mediatest.MuLaw}, Event: 99})); err != nil {
		t.Fatal(err)
	}
	if f := p.Formats(); len(f) != 2 || f[0].Name != "PCMU" || f[1].PayloadType != 99 {
		t.Errorf("agreed on %v", f)
	}
	again, err := p.Offer(media.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(again, "m=audio"); !strings.HasSuffix(got, " RTP/AVP 0 8 99") {
		t.Errorf("a new offer forgets what was agreed: %s", got)
	}
	p.Abandon()
	if err = p.Accept(p.peer.SDP(mediatest.Sketch{})); err == nil {
		t.Error("an answer to an abandoned offer is accepted")
	}
	hold, err := p.Offer(media.SendOnly)
	if err != nil {
		t.Fatal(err)
	}
	version := func(b []byte) uint64 { return valid(t, b).Origin.SessionVersion }
	if version(hold) != version(again)+1 || version(again) != version(first)+1 {
		t.Errorf("versions %d, %d, %d", version(first), version(again), version(hold))
	}
	same, err := p.Offer(media.SendOnly)
	if err != nil || version(same) != version(hold) {
		t.Errorf("the version rises although nothing changed: %v", err)
	}
	if err := p.Accept(p.peer.SDP(mediatest.Sketch{Direction: "recvonly"})); err != nil {
		t.Fatal(err)
	}
	if p.HeldByPeer() {
		t.Error("we hold the peer, not the peer us")
	}
}

func TestBadAnswersChangeNothing(t *testing.T) {
	e := engine(t)
	p := join(t, e, 2, mediatest.Sketch{})
	before := p.Formats()
	if _, err := p.Offer(media.SendRecv); err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string][]byte{
		"audio refused":    describe("%", "m=audio 0 RTP/AVP 8"),
		"two lines":        describe("%", "m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/AVP 8"),
		"never offered":    describe("%", "m=audio 4000 RTP/AVP 9"),
		"another kind":     describe("%", "m=video 4000 RTP/AVP 8"),
		"another protocol": describe("%", "m=audio 4000 RTP/SAVP 8"),
	} {
		r := refused(t, p.Accept(answer))
		if r.Status != 488 || !slices.Equal(before, p.Formats()) {
			t.Errorf("%s: %d %q, formats %v", name, r.Status, r.Warning, p.Formats())
		}
	}
	if err := p.Accept(p.peer.SDP(mediatest.Sketch{})); err != nil {
		t.Errorf("the right answer after wrong ones: %v", err)
	}
}

func TestSpec_C1_HeldPeerHearsMusicAndThenTheOtherAgain(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	a.peer.Always('A')
	b.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 5 })

	// A holds, and goes on sending all the same: music must win.
	a.take(t, mediatest.Sketch{Direction: "sendonly", Version: 1})
	if !a.HeldByPeer() {
		t.Fatal("A holds, and nobody knows")
	}
	b.Play(media.Play{ID: 1, Prompts: tones(440, time.Second), Loop: true})
	b.hear(t, "music", func(ps mediatest.Packets) bool { return ps.Tone(440) >= 10 })
	b.peer.Forget()
	music := b.hear(t, "music alone", enough(20))
	if music.Letter('A') != 0 || music.Tone(440) < 20 {
		t.Errorf("the held peer heard A %d times, music %d times", music.Letter('A'), music.Tone(440))
	}
	b.peer.Always('B')
	a.peer.Forget()
	b.peer.Forget()
	b.hear(t, "more music", enough(10))
	if n := len(a.peer.Heard()); n != 0 {
		t.Errorf("A is sent %d packets although it said sendonly", n)
	}

	a.take(t, mediatest.Sketch{Version: 2})
	at := b.StopPlay()
	if at <= 0 || at > time.Second {
		t.Errorf("the music stopped at %v of a second", at)
	}
	b.hear(t, "A again", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 5 })
	a.hear(t, "B again", func(ps mediatest.Packets) bool { return ps.Letter('B') >= 5 })
}

func TestFaxBesideAudioComesBackRefused(t *testing.T) {
	p := open(t, engine(t), 2)
	answer, err := p.Answer(describe("%", "m=image 4006 udptl t38", "m=audio 4000 RTP/AVP 8"))
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(answer, "m=image"); got != "m=image 0 udptl t38" {
		t.Errorf("the fax is answered with %q", got)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(describe("%", "m=audio 4000 RTP/AVP 0 8 96", "a=rtpmap:96 telephone-event/8000", "a=sendonly", "a=rtcp:4005"))
	f.Add(describe("%", "m=video 0 RTP/AVP 96", "m=audio 1/2 RTP/AVP 8", "c=IN IP6 2001:db8::1"))
	f.Add(describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"))
	e := engine(f)
	s, err := e.Open(media.Opening{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, offer []byte) {
		answer, err := s.Answer(offer)
		if err != nil {
			if r := refused(t, err); r.Status < 400 {
				t.Errorf("refused with %d", r.Status)
			}
			return
		}
		theirs, err := own.Parse(offer)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := own.Parse(answer)
		if err != nil {
			t.Fatalf("our answer cannot be read: %v\n%s", err, answer)
		}
		if len(ours.Media) != len(theirs.Media) || len(s.Formats()) == 0 {
			t.Errorf("%d m= lines answer %d, agreed on %v", len(ours.Media), len(theirs.Media), s.Formats())
		}
	})
}
