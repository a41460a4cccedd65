package media_test

import (
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/srtp"
)

// safe is a leg whose peer seals what it sends and opens what it receives.
type safe struct {
	party

	seal *srtp.Seal
}

// policy asks for SRTP.
func policy(p media.SRTP) func(*media.Opening) {
	return func(o *media.Opening) { o.SRTP = p }
}

// sealing opens a leg, offers a suite and takes the answer.
func sealing(tb testing.TB, e town, house byte, suite srtp.Suite, proto string) safe {
	tb.Helper()
	x := safe{party: open(tb, e, house, policy(media.SRTPAllowed)), seal: new(srtp.Seal)}
	theirs := srtp.New(4, suite)
	answer, err := x.Answer(asSealed(x.peer.SDP(mediatest.Sketch{Extra: "a=crypto:" + theirs.Line() + "\r\n"}), proto))
	if err != nil {
		tb.Fatalf("answer: %v", err)
	}
	ours := cryptos(tb, answer)
	if len(ours) != 1 || ours[0].Tag != 4 || ours[0].Suite != suite || ours[0].Same(theirs) || !strings.Contains(string(answer), " "+proto+" ") {
		tb.Fatalf("answered:\n%s", answer)
	}
	if err = x.seal.Install(theirs, ours[0]); err == nil {
		err = x.peer.Take(answer)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func asSealed(sdp []byte, proto string) []byte {
	return []byte(strings.Replace(string(sdp), "RTP/AVP", proto, 1))
}

func cryptos(tb testing.TB, sdp []byte) (all []srtp.Crypto) {
	tb.Helper()
	for line := range strings.Lines(lines(sdp, "a=crypto:")) {
		c, err := srtp.Parse(strings.TrimPrefix(strings.TrimSpace(line), "a=crypto:"))
		if err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

// tells sends letters, sealed.
func (x *safe) tells(t *testing.T, letter byte, n int) (sent [][]byte) {
	t.Helper()
	for i := range n {
		p := mediatest.Packet{PayloadType: 8, Seq: uint16(i), Timestamp: uint32(i) * 160, SSRC: 3, Payload: []byte(strings.Repeat(string(letter), 160))}
		must(t, x.seal.SendRTP(p.Bytes(), func(b []byte) error {
			sent = append(sent, append([]byte(nil), b...))
			return x.peer.Inject(b, x.peer.To())
		}))
	}
	return sent
}

// opens counts the packets of a letter that could be opened.
func (x *safe) opens(ps mediatest.Packets, letter byte) (n int) {
	for i := range ps {
		b, err := x.seal.OpenRTP(ps[i].Bytes())
		if err == nil && len(b) == 172 && b[12] == letter && b[171] == letter {
			n++
		}
	}
	return n
}

func TestASealedLegAndAPlainOneHearEachOther(t *testing.T) {
	for _, suite := range srtp.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			e := engine(t)
			x, plain := sealing(t, e, 2, suite, "RTP/SAVP"), join(t, e, 3, mediatest.Sketch{})
			bridge(t, x.party, plain)
			x.tells(t, 'S', 20)
			if n := plain.hear(t, "the sealed leg", enough(20)).Letter('S'); n != 20 {
				t.Errorf("%d packets pass in the clear", n)
			}
			plain.peer.SendLetter('P', 400*time.Millisecond)
			ps := x.hear(t, "the plain leg", enough(20))
			if n := ps.Letter('P'); n != 0 {
				t.Errorf("%d packets can be read on the way", n)
			}
			if n := x.opens(ps, 'P'); n < 20 {
				t.Errorf("%d of %d packets open", n, len(ps))
			}
		})
	}
}

// Packets that are forged, repeated, or in the clear are dropped and counted; the call goes on (CVE-2021-41105).
func TestCore_T41_BadTagsAndReplaysAreDroppedAndCounted(t *testing.T) {
	e := engine(t)
	x, plain := sealing(t, e, 2, srtp.AES128SHA80, "RTP/AVP"), join(t, e, 3, mediatest.Sketch{})
	bridge(t, x.party, plain)
	sent := x.tells(t, 'S', 20)
	plain.hear(t, "the sealed leg", enough(20))
	bad := mediatest.Packet{PayloadType: 8, Seq: 21, SSRC: 3, Payload: []byte(strings.Repeat("X", 170))}
	pace := time.NewTicker(time.Millisecond) // what comes all at once the kernel would drop, not we
	defer pace.Stop()
	for i := range 200 {
		<-pace.C
		b := append([]byte(nil), sent[i%20]...)
		switch i % 3 {
		case 0: // again
		case 1:
			b[len(b)-1] ^= 0x55
		case 2:
			b = bad.Bytes()
		}
		must(t, x.peer.Inject(b, x.peer.To()))
		must(t, x.peer.InjectControl([]byte{0x80, 201, 0, 1, 0, 0, 0, 5}, netipNext(x.peer.To())))
	}
	p := mediatest.Packet{PayloadType: 8, Seq: 20, Timestamp: 3200, SSRC: 3, Payload: []byte(strings.Repeat("E", 160))}
	must(t, x.seal.SendRTP(p.Bytes(), func(b []byte) error { return x.peer.Inject(b, x.peer.To()) }))
	ps := plain.hear(t, "what comes after", func(ps mediatest.Packets) bool { return ps.Letter('E') == 1 })
	if len(ps) != 21 {
		t.Errorf("%d packets pass, of which 21 were the peer's", len(ps))
	}
	if st := x.Stats(); st.Refused < 200 || st.Received != 21 {
		t.Errorf("statistics: %d received, %d refused", st.Received, st.Refused)
	}
}

func TestThePolicyOfALegSaysWhatIsTaken(t *testing.T) {
	e := engine(t)
	key := "a=crypto:" + srtp.New(1, srtp.AES128SHA80).Line()
	for _, c := range []struct {
		name   string
		policy media.SRTP
		offer  []string
		want   string // of the answer's m= line; empty: 488
	}{
		{"sealed, and off", media.SRTPOff, []string{"m=audio 4000 RTP/SAVP 8", key}, ""},
		{"plain with a key, and off", media.SRTPOff, []string{"m=audio 4000 RTP/AVP 8", key}, "RTP/AVP"},
		{"plain, and allowed", media.SRTPAllowed, []string{"m=audio 4000 RTP/AVP 8"}, "RTP/AVP"},
		{"sealed, and allowed", media.SRTPAllowed, []string{"m=audio 4000 RTP/SAVP 8", key}, "RTP/SAVP"},
		{"sealed without a key", media.SRTPAllowed, []string{"m=audio 4000 RTP/SAVP 8"}, ""},
		{"sealed with an unknown suite", media.SRTPAllowed, []string{"m=audio 4000 RTP/SAVP 8", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA"}, ""},
		{"plain, and required", media.SRTPRequired, []string{"m=audio 4000 RTP/AVP 8"}, ""},
		{"plain with a key, and required", media.SRTPRequired, []string{"m=audio 4000 RTP/AVP 8", key}, "RTP/AVP"},
		{"two lines, and required", media.SRTPRequired, []string{"m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/SAVP 8", key}, "RTP/SAVP"},
		{"two lines, and off", media.SRTPOff, []string{"m=audio 4000 RTP/SAVP 8", key, "m=audio 4002 RTP/AVP 8"}, "RTP/AVP"},
	} {
		s := open(t, e, 2, policy(c.policy))
		answer, err := s.Answer(describe(append([]string{"%"}, c.offer...)...))
		switch {
		case c.want == "":
			if r := refused(t, err); r.Status != 488 {
				t.Errorf("%s: %d", c.name, r.Status)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		default:
			used := 0
			for line := range strings.Lines(lines(answer, "m=audio")) {
				if f := strings.Fields(line); f[1] != "0" && f[2] == c.want {
					used++
				}
			}
			sealed := len(cryptos(t, answer)) == 1
			if used != 1 || sealed != (c.policy != media.SRTPOff && strings.Contains(strings.Join(c.offer, ""), "crypto")) {
				t.Errorf("%s: answered\n%s", c.name, answer)
			}
		}
		s.Close()
	}
}

func TestAnOfferOfKeysAndItsAnswers(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		name   string
		policy media.SRTP
		proto  string
		answer func(offered []srtp.Crypto) string
		ok     bool
	}{
		{"required", media.SRTPRequired, "RTP/SAVP", func(o []srtp.Crypto) string { return "a=crypto:" + srtp.New(o[1].Tag, o[1].Suite).Line() }, true},
		{"allowed and taken", media.SRTPAllowed, "RTP/AVP", func(o []srtp.Crypto) string { return "a=crypto:" + srtp.New(o[0].Tag, o[0].Suite).Line() }, true},
		{"allowed and left", media.SRTPAllowed, "RTP/AVP", func([]srtp.Crypto) string { return "a=x" }, true},
		{"required and left", media.SRTPRequired, "RTP/SAVP", func([]srtp.Crypto) string { return "a=x" }, false},
		{"another tag", media.SRTPRequired, "RTP/SAVP", func(o []srtp.Crypto) string { return "a=crypto:" + srtp.New(9, o[0].Suite).Line() }, false},
		{"another suite", media.SRTPAllowed, "RTP/AVP", func(o []srtp.Crypto) string { return "a=crypto:" + srtp.New(o[0].Tag, o[1].Suite).Line() }, false},
	} {
		s := open(t, e, 3, policy(c.policy))
		offer, err := s.Offer(media.SendRecv)
		must(t, err)
		all := cryptos(t, offer)
		if len(all) != 4 || !strings.Contains(string(offer), " "+c.proto+" 8") {
			t.Fatalf("%s: offered\n%s", c.name, offer)
		}
		err = s.Accept(describe("%", "m=audio 4000 "+c.proto+" 8", c.answer(all)))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		again, err := s.Offer(media.SendRecv)
		must(t, err)
		for i, x := range cryptos(t, again) {
			if !x.Same(all[i]) {
				t.Errorf("%s: the key of line %d is another in the next offer", c.name, i)
			}
		}
		s.Close()
	}
	s := open(t, e, 4)
	offer, err := s.Offer(media.SendRecv)
	must(t, err)
	if strings.Contains(string(offer), "crypto") {
		t.Error("keys are offered although nobody asked for them")
	}
}

// A new offer with another key takes its place; one with the same key changes nothing.
func TestTheKeyChangesInTheMiddleOfACall(t *testing.T) {
	e := engine(t)
	x, plain := sealing(t, e, 2, srtp.AES128GCM, "RTP/SAVP"), join(t, e, 3, mediatest.Sketch{})
	bridge(t, x.party, plain)
	x.tells(t, 'A', 10)
	plain.hear(t, "the first key", enough(10))
	theirs := srtp.New(1, srtp.AES256GCM)
	answer, err := x.Answer(asSealed(x.peer.SDP(mediatest.Sketch{Version: 2, Extra: "a=crypto:" + theirs.Line() + "\r\n"}), "RTP/SAVP"))
	must(t, err)
	must(t, x.seal.Install(theirs, cryptos(t, answer)[0]))
	x.tells(t, 'B', 10)
	ps := plain.hear(t, "the second key", func(ps mediatest.Packets) bool { return ps.Letter('B') >= 9 })
	if n := ps.Letter('A'); n != 10 {
		t.Errorf("%d packets under the first key", n)
	}
}
