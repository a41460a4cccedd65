package media_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/webrtc/v4"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/mediatest/browser"
)

// web is an engine that lets browsers in.
func web(tb testing.TB, change ...func(*media.Config)) town {
	tb.Helper()
	return engine(tb, append([]func(*media.Config){func(c *media.Config) {
		c.Browser.Listen = netip.AddrPortFrom(c.Bind, 0)
	}}, change...)...)
}

// tab is a party whose peer is a page.
type tab struct {
	party

	page *browser.Page
}

// newTab makes both, without a word between them.
func newTab(tb testing.TB, e town, p browser.Options) tab {
	tb.Helper()
	x := tab{party: party{box: make(mailbox, 1000)}}
	o := media.Opening{Kind: media.Browser, Sink: x.box}
	var err error
	if x.Session, err = e.Open(o); err != nil {
		tb.Fatalf("open a session: %v", err)
	}
	if x.page, err = browser.New(p); err != nil {
		tb.Fatalf("open a page: %v", err)
	}
	x.peer = x.page.Peer
	tb.Cleanup(func() {
		x.Close()
		if err := x.page.Hangup(); err != nil {
			tb.Errorf("close a page: %v", err)
		}
	})
	return x
}

// tabUp is a page that has called and is connected.
func tabUp(tb testing.TB, e town, p browser.Options) tab {
	tb.Helper()
	x := newTab(tb, e, p)
	x.calls(tb, func(offer string) string { return offer })
	x.up(tb)
	return x
}

// calls has the page offer; what it says may be changed on the way.
func (x tab) calls(tb testing.TB, change func(string) string) string {
	tb.Helper()
	offer, err := x.page.Offer(soon(tb), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return x.exchange(tb, []byte(change(string(offer))))
}

func (x tab) exchange(tb testing.TB, offer []byte) string {
	tb.Helper()
	answer, err := x.Answer(offer)
	if err != nil {
		tb.Fatalf("answer: %v\n%s", err, offer)
	}
	if err = x.page.Accept(answer); err != nil {
		tb.Fatalf("the page does not take our answer: %v\n%s", err, answer)
	}
	return string(answer)
}

// rung has us offer.
func (x tab) rung(tb testing.TB) {
	tb.Helper()
	offer, err := x.Offer(media.SendRecv)
	if err != nil {
		tb.Fatal(err)
	}
	answer, err := x.page.Answer(soon(tb), offer)
	if err != nil {
		tb.Fatalf("the page does not take our offer: %v\n%s", err, offer)
	}
	if err = x.Accept(answer); err != nil {
		tb.Fatalf("accept: %v\n%s", err, answer)
	}
	x.up(tb)
}

func (x tab) up(tb testing.TB) {
	tb.Helper()
	if err := x.page.AwaitConnected(soon(tb)); err != nil {
		tb.Fatal(err)
	}
	if e := x.path(tb); e.State != media.PathUp {
		tb.Fatalf("the path is %+v", e)
	}
}

// path waits for the next news of the path.
func (x tab) path(tb testing.TB) media.PathChanged {
	tb.Helper()
	for {
		select {
		case e := <-x.box:
			if e, ok := e.(media.PathChanged); ok {
				return e
			}
		case <-soon(tb).Done():
			tb.Fatal("no news of the path")
		}
	}
}

// toneBothWays says a tone at either end, and waits until each is what the other end hears.
func toneBothWays(tb testing.TB, a, b party) {
	tb.Helper()
	bridge(tb, a, b)
	a.peer.SendTone(440, time.Second)
	b.peer.SendTone(1000, time.Second)
	b.hear(tb, "440 Hz", func(p mediatest.Packets) bool { return p.Tone(440) > 30 })
	a.hear(tb, "1000 Hz", func(p mediatest.Packets) bool { return p.Tone(1000) > 30 })
}

// A page and a trunk hear each other, whatever the page's firewall, cryptography and part in the handshake are.
func TestABrowserAndATrunkHearEachOther(t *testing.T) {
	t.Parallel()
	same := func(s string) string { return s }
	for name, c := range map[string]struct {
		page  func(*webrtc.SettingEngine)
		offer func(string) string
		rung  bool
		law   mediatest.Law
	}{
		"it calls":              {law: mediatest.ALaw},
		"it is called":          {law: mediatest.ALaw, rung: true},
		"the trunk speaks µ":    {law: mediatest.MuLaw},
		"it has no GCM":         {law: mediatest.ALaw, page: func(s *webrtc.SettingEngine) { s.SetSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80) }},
		"it is the DTLS server": {law: mediatest.ALaw, rung: true, page: func(s *webrtc.SettingEngine) { must(t, s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer)) }},
		"its UDP is blocked":    {law: mediatest.ALaw, page: func(s *webrtc.SettingEngine) { s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4}) }},
		"it hides its addresses": {law: mediatest.ALaw, offer: func(s string) string {
			return strings.ReplaceAll(s, " 127.0.0.1 ", " 1f4712db-ea17-4bcf-a596-105139dfd8bf.local ")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := web(t)
			trunk := join(t, e, 2, mediatest.Sketch{Laws: []mediatest.Law{c.law}})
			x := newTab(t, e, browser.Options{Setup: c.page})
			switch {
			case c.rung:
				x.rung(t)
			case c.offer != nil:
				x.calls(t, c.offer)
				x.up(t)
			default:
				x.calls(t, same)
				x.up(t)
			}
			toneBothWays(t, x.party, trunk)
			if st := x.Stats(); st.Codec != "PCMA" || st.Refused != 0 || st.Lost != 0 || st.Received < 30 {
				t.Errorf("statistics: %+v", st)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoBrowsersHearEachOtherWithoutACodec(t *testing.T) {
	t.Parallel()
	e := web(t)
	a, b := tabUp(t, e, browser.Options{}), tabUp(t, e, browser.Options{})
	toneBothWays(t, a.party, b.party)
	a.peer.Forget()
	b.peer.SendLetter('q', 200*time.Millisecond)
	a.hear(t, "the same bytes", func(p mediatest.Packets) bool { return p.Letter('q') >= 9 })
}

func TestSpec_C1_APartyOnHoldHearsTheMusicAndThenThePageAgain(t *testing.T) {
	t.Parallel()
	e := web(t)
	x, trunk := tabUp(t, e, browser.Options{}), join(t, e, 2, mediatest.Sketch{})
	toneBothWays(t, x.party, trunk)
	hold := func(dir string) string {
		return x.calls(t, func(offer string) string { return strings.Replace(offer, "a=sendrecv", "a="+dir, 1) })
	}
	if answer := hold("sendonly"); !strings.Contains(answer, "a=recvonly") || !x.HeldByPeer() {
		t.Fatalf("answer to a hold:\n%s", answer)
	}
	trunk.Play(media.Play{ID: 1, Prompts: tones(700, 300*time.Millisecond), Loop: true})
	trunk.peer.Forget()
	x.peer.Forget()
	x.peer.SendTone(440, 300*time.Millisecond) // a page on hold may go on sending
	trunk.peer.SendTone(1000, 300*time.Millisecond)
	heard := trunk.hear(t, "the music", func(p mediatest.Packets) bool { return p.Tone(700) > 20 })
	if heard.Tone(440) > 0 || len(x.peer.Heard()) > 0 {
		t.Errorf("on hold, %d packets of the page are heard, and it gets %d", heard.Tone(440), len(x.peer.Heard()))
	}
	trunk.StopPlay()
	hold("sendrecv")
	if x.HeldByPeer() {
		t.Error("still held")
	}
	toneBothWays(t, x.party, trunk)
}

func TestSpec_C2_AMutedPageIsNotHeardAndNotTakenForGone(t *testing.T) {
	t.Parallel()
	e := web(t, func(c *media.Config) { c.Silence = 5 * time.Second }) // consent comes every two
	x, trunk := tabUp(t, e, browser.Options{}), join(t, e, 2, mediatest.Sketch{})
	toneBothWays(t, x.party, trunk)
	select {
	case <-x.peer.Idle(): // muted
	case <-soon(t).Done():
	}
	waitSent(t, trunk.peer, 1)
	until(t, "the last of the page on its way", func() bool {
		return x.Stats().Received >= uint64(x.peer.Sent()) && uint64(len(trunk.peer.Heard())) >= trunk.Stats().Sent
	})
	trunk.peer.Forget()
	x.peer.Forget()
	trunk.peer.SendTone(1000, 7*time.Second)
	x.hear(t, "seven seconds of the trunk", func(p mediatest.Packets) bool { return p.Tone(1000) > 335 })
	if n := len(trunk.peer.Heard()); n > 1 {
		t.Errorf("%d packets of a muted page", n)
	}
	for len(x.box) > 0 {
		if ev, is := (<-x.box).(media.Silent); is {
			t.Errorf("a muted page that consents is told to be silent: %+v", ev)
		}
	}
	x.peer.SendTone(440, time.Second)
	trunk.hear(t, "the page again", func(p mediatest.Packets) bool { return p.Tone(440) > 30 })
}

func TestSpec_C3_KeysOfAPageReachTheTrunkAndBack(t *testing.T) {
	t.Parallel()
	e := web(t)
	x, trunk := tabUp(t, e, browser.Options{}), join(t, e, 2, mediatest.Sketch{Event: 96})
	bridge(t, x.party, trunk)
	x.peer.SendDigits("159#")
	if got := typed(t, x.party, 4); got != "159#" {
		t.Errorf("the page typed %q", got)
	}
	trunk.hear(t, "the keys", func(p mediatest.Packets) bool { return p.Digits(96) == "159#" })
	trunk.peer.SendDigits("*2D")
	x.hear(t, "the keys", func(p mediatest.Packets) bool { return p.Digits(126) == "*2D" })
	x.SendDigit('7', 100*time.Millisecond) // and ours
	x.hear(t, "our key", func(p mediatest.Packets) bool { return p.Digits(126) == "*2D7" })
}

func TestSpec_C3_APageWithoutEventsIsHeardInBand(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := tabUp(t, e, browser.Options{Codecs: browser.Codecs()[1:3]}) // the two laws
	x.peer.SendTones("204#")
	if got := typed(t, x.party, 4); got != "204#" {
		t.Errorf("heard %q", got)
	}
}

// What is played before the page can hear waits for it: the first words are heard.
func TestAPromptWaitsForThePath(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := newTab(t, e, browser.Options{})
	x.Play(media.Play{ID: 5, Prompts: tones(700, 400*time.Millisecond)})
	x.calls(t, func(s string) string { return s })
	x.up(t)
	if end := await[media.PlayEnded](t, x.box); end.Play != 5 || end.Cut {
		t.Errorf("ended: %+v", end)
	}
	heard := x.hear(t, "the prompt", func(p mediatest.Packets) bool { return p.Tone(700) >= 20 })
	if err := heard.Unbroken(); err != nil || len(heard) != 20 {
		t.Errorf("heard %d packets, %v", len(heard), err)
	}
	path := t.TempDir() + "/page.wav"
	x.Record(media.Record{ID: 1, Path: path, Max: 400 * time.Millisecond})
	x.peer.SendTone(700, time.Second)
	if end := await[media.RecordEnded](t, x.box); end.Why != media.RecordTooLong || end.Err != nil {
		t.Errorf("the recording ended with %+v", end)
	}
	if n := spoken(recorded(t, path)); n < 15 {
		t.Errorf("%d frames of the page are on the recording", n)
	}
}

// Voice goes on while the page restarts ICE, under the same keys; the names in the answer are new ones.
func TestARestartOfICEIsNotHeard(t *testing.T) {
	t.Parallel()
	e := web(t)
	x, trunk := newTab(t, e, browser.Options{}), join(t, e, 2, mediatest.Sketch{})
	before := x.calls(t, func(s string) string { return s })
	x.up(t)
	bridge(t, x.party, trunk)
	x.peer.SendTone(440, 2*time.Second)
	trunk.peer.SendTone(1000, 2*time.Second)
	x.hear(t, "a beginning", enough(20))
	began := time.Now()
	offer, err := x.page.Restart(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	after := x.exchange(t, offer)
	until(t, "the page's new path", func() bool { return x.page.From().IsValid() })
	page, line := len(x.peer.Heard()), len(trunk.peer.Heard())
	until(t, "both to be heard again", func() bool { return len(x.peer.Heard()) > page && len(trunk.peer.Heard()) > line })
	deaf := int(time.Since(began)/(20*time.Millisecond)) + 1
	if a, b := lines([]byte(before), "a=ice-ufrag"), lines([]byte(after), "a=ice-ufrag"); a == b || b == "" {
		t.Errorf("the names are %q and then %q", a, b)
	}
	if a, b := lines([]byte(before), "a=fingerprint", "a=setup"), lines([]byte(after), "a=fingerprint", "a=setup"); a != b {
		t.Errorf("who we are was %q and is %q", a, b)
	}
	there := trunk.hear(t, "all of the page", func(p mediatest.Packets) bool { return p.Tone(440) >= 95-deaf })
	here := x.hear(t, "all of the trunk", func(p mediatest.Packets) bool { return p.Tone(1000) >= 95-deaf })
	unbrokenButOnce(t, "the page", there, deaf)
	unbrokenButOnce(t, "the trunk", here, deaf)
	for _, p := range []party{x.party, trunk} {
		select {
		case <-p.peer.Idle():
		case <-soon(t).Done():
			t.Fatal("the tones do not end")
		}
	}
	until(t, "the house to pass on all that it has heard", func() bool {
		page, line := x.Stats(), trunk.Stats()
		return line.Received == 100 && page.Sent == line.Received && line.Sent == page.Received
	})
	for len(x.box) > 0 {
		if ev, is := (<-x.box).(media.PathChanged); is && ev.State != media.PathUp {
			t.Errorf("the path: %+v", ev)
		}
	}
	if offer, err = x.page.Restart(soon(t)); err != nil { // and once more, from the second to the third
		t.Fatal(err)
	}
	if third := x.exchange(t, offer); lines([]byte(third), "a=ice-ufrag") == lines([]byte(after), "a=ice-ufrag") {
		t.Error("the names have not changed again")
	}
	toneBothWays(t, x.party, trunk)
}

// unbrokenButOnce checks that one stream came, but for so many packets in a row. The page here neither hears nor is heard while it restarts, as browsers do; on a slow
// machine that is longer than from one packet to the next.
func unbrokenButOnce(t *testing.T, of string, ps mediatest.Packets, most int) {
	t.Helper()
	from := 0
	for i := 1; i < len(ps); i++ {
		gap := int(ps[i].Seq-ps[i-1].Seq) - 1
		if gap == 0 {
			continue
		}
		if from > 0 || gap > most || ps[i].SSRC != ps[i-1].SSRC || int(ps[i].Timestamp-ps[i-1].Timestamp) != (gap+1)*160 {
			t.Errorf("the stream of %s breaks at packet %d for %d, and the page restarted for %d at most: %+v", of, i, gap, most, ps[i].Seq)
		}
		if err := ps[from:i].Unbroken(); err != nil {
			t.Errorf("the stream of %s: %v", of, err)
		}
		from = i
	}
	if err := ps[from:].Unbroken(); err != nil {
		t.Errorf("the stream of %s: %v", of, err)
	}
}

func TestAPageThatClosesIsTold(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := tabUp(t, e, browser.Options{})
	if err := x.page.Hangup(); err != nil {
		t.Fatal(err)
	}
	if ev := x.path(t); ev.State != media.PathLost || ev.Err == nil {
		t.Errorf("the path: %+v", ev)
	}
}

// The page sees reports of ours, and we its, each of which tells the time of the round trip.
func TestReportsGoBothWaysToAPage(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := tabUp(t, e, browser.Options{})
	x.Play(media.Play{ID: 1, Prompts: tones(700, time.Second), Loop: true})
	x.peer.SendTone(440, 9*time.Second)
	if _, err := x.peer.AwaitReport(soon(t), func(all [][]byte) bool {
		for _, b := range all {
			if len(b) >= 52 && b[1] == 200 { // a sender report with a block
				return true
			}
		}
		return false
	}); err != nil {
		t.Error(err)
	}
}

func TestOtherMediaOfAPageAreRefused(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := newTab(t, e, browser.Options{})
	if _, err := x.page.PC().CreateDataChannel("chat", nil); err != nil {
		t.Fatal(err)
	}
	answer := x.calls(t, func(s string) string { return s })
	d := valid(t, []byte(answer))
	if len(d.MediaDescriptions) != 2 || d.MediaDescriptions[1].MediaName.Port.Value != 0 || d.MediaDescriptions[0].MediaName.Port.Value == 0 {
		t.Errorf("answer:\n%s", answer)
	}
	if got := lines([]byte(answer), "a=group", "m=audio", "a=rtpmap", "a=mid", "a=rtcp-mux", "a=extmap"); strings.Contains(got, "opus") ||
		!strings.Contains(got, "a=group:BUNDLE 0\n") || strings.Contains(got, "48000") || strings.Contains(got, "extmap") {
		t.Errorf("answer:\n%s", answer)
	}
	x.up(t)
	toneBothWays(t, x.party, join(t, e, 2, mediatest.Sketch{}))
}

// What a page must say and does not is refused with its name, and nothing has changed.
func TestOffersOfAPageThatCannotBe(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := newTab(t, e, browser.Options{})
	whole, err := x.page.Offer(soon(t), nil)
	must(t, err)
	without := func(name string) func(string) string {
		return func(s string) string {
			var b strings.Builder
			for line := range strings.Lines(s) {
				if !strings.HasPrefix(line, name) {
					b.WriteString(line)
				}
			}
			return b.String()
		}
	}
	for name, c := range map[string]struct {
		change func(string) string
		says   string
	}{
		"no fingerprint": {without("a=fingerprint"), "a=fingerprint"},
		"a weak one":     {func(s string) string { return strings.ReplaceAll(s, "sha-256", "sha-1") }, "a=fingerprint"},
		"no ufrag":       {without("a=ice-ufrag"), "a=ice-ufrag"},
		"no password":    {without("a=ice-pwd"), "a=ice-pwd"},
		"no setup":       {without("a=setup"), "a=setup"},
		"two ports":      {without("a=rtcp-mux"), "a=rtcp-mux"},
		"plain RTP":      {func(s string) string { return strings.ReplaceAll(s, "UDP/TLS/RTP/SAVPF", "RTP/AVP") }, "UDP/TLS/RTP/SAVPF"},
		"no codec we have": {func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, "PCM", "XCM"), "opus", "other"), " 0 8 ", " 111 ")
		}, "no codec"},
		"a holder of spaces": {func(s string) string { return strings.ReplaceAll(s, "a=ice-ufrag:", "a=ice-ufrag: ") }, "a=ice-ufrag"},
	} {
		_, err := x.Answer([]byte(c.change(string(whole))))
		var r *media.Refusal
		if !errors.As(err, &r) || r.Status != 488 || !strings.Contains(r.Warning, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if x.Formats() != nil {
		t.Error("something was agreed")
	}
	x.exchange(t, whole)
	x.up(t)
	other := bytes.Replace(whole, []byte("a=fingerprint:sha-256 "), []byte("a=fingerprint:sha-256 00:"), 1)
	i := bytes.Index(other, []byte("sha-256 00:"))
	other = append(other[:i+len("sha-256 00:")+92], other[i+len("sha-256 00:")+95:]...) // as long as before
	if _, err := x.Answer(other); err == nil || !strings.Contains(err.Error(), "fingerprint has changed") {
		t.Errorf("another fingerprint within the leg: %v", err)
	}
}
