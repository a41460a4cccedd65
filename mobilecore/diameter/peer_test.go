package diameter

import (
	"context"
	"crypto/tls"
	"errors"
	"sync/atomic"
	"testing"
)

func TestTwoPeersMeetAskAndPart(t *testing.T) {
	var j journal
	s, at := serve(t, usual(&j), nil)
	p, err := Dial(t.Context(), smf(), at)
	if err != nil {
		t.Fatal(err)
	}
	if p.Host() != "tandem.example.net" || p.Realm() != "example.net" {
		t.Errorf("the peer is %s of %s", p.Host(), p.Realm())
	}
	for range 3 {
		answer, bad := p.Do(t.Context(), request())
		if bad != nil {
			t.Fatal(bad)
		}
		if answer.Result() != Success || answer.Text(SessionID) != "smf.example.org;1;2;gy" || answer.Text(OriginHost) != "tandem.example.net" {
			t.Errorf("the answer is %v", answer)
		}
	}
	if got := s.Peers(); len(got) != 1 || got[0] != "smf.example.org" {
		t.Errorf("peers: %q", got)
	}
	if err = p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nobody is left", func() bool { return len(s.Peers()) == 0 })
	eventually(t, "its end is logged", func() bool { return j.count("a diameter peer is gone", "smf.example.org", "said goodbye") == 1 })
	if n := s.Counters().Answered[Outcome{"CC", Success}]; n != 3 {
		t.Errorf("%d requests were counted", n)
	}
	if _, err = p.Do(t.Context(), request()); !errors.Is(err, ErrGone) {
		t.Errorf("a request to a peer that is gone: %v", err)
	}
}

func TestTheServerAsksItsPeer(t *testing.T) {
	var j journal
	s, at := serve(t, usual(&j), nil)
	c := smf()
	c.Serve = func(_ context.Context, from *Peer, m *Message) *Message {
		return from.Us().Answer(m, 2002)
	}
	join(t, c, at)
	answer, err := s.Peer("smf.example.org").Do(t.Context(), NewRequest(ReAuth, CreditControl, Text(SessionID, "x;1;1"), Number(ReAuthRequestType, 0)))
	if err != nil || answer.Result() != 2002 {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestAStrangerIsRefusedAndLoggedOnce(t *testing.T) {
	var j journal
	s, at := serve(t, usual(&j), nil)
	for range 3 {
		c := smf()
		c.Identity = "mallory.example.org"
		_, err := Dial(t.Context(), c, at)
		refusedWith(t, err, UnknownPeer)
	}
	eventually(t, "three refusals are counted", func() bool { return s.Counters().Refused["3010"] == 3 })
	if n := j.count("refused", "mallory.example.org"); n != 1 {
		t.Errorf("it was logged %d times", n)
	}
	if len(s.Peers()) != 0 {
		t.Errorf("peers: %q", s.Peers())
	}
}

func TestCapabilitiesThatDoNotFitAreRefused(t *testing.T) {
	var j journal
	_, at := serve(t, usual(&j), nil)
	nameless := NewRequest(CapabilitiesExchange, Common, Text(OriginRealm, "example.org"))
	other := NewRequest(CapabilitiesExchange, Common, Text(OriginHost, "smf.example.org"), Text(OriginRealm, "example.org"), Number(AuthApplicationID, 77))
	inband := cer("smf.example.org", Number(InbandSecurityID, 1))
	unknown := cer("smf.example.org", AVP{Attribute: 59999, Flags: Mandatory})
	double := cer("smf.example.org", Text(OriginHost, "other.example.org"))
	ours := cer("Tandem.example.net")
	for name, c := range map[string]struct {
		m    *Message
		want Result
	}{
		"no Origin-Host": {nameless, MissingAVP}, "no application": {other, NoCommonApplication}, "TLS afterwards": {inband, NoCommonSecurity},
		"an unknown mandatory AVP": {unknown, AVPUnsupported}, "two hosts": {double, AVPOccursTooManyTimes}, "our own name": {ours, UnknownPeer},
	} {
		t.Run(name, func(t *testing.T) {
			r := connect(t, at)
			r.say(c.m)
			if got := r.hear(); got.Result() != c.want || got.Command != CapabilitiesExchange {
				t.Errorf("got %v, want %v", got.Result(), c.want)
			}
			r.ended()
		})
	}
}

func TestAPeerThatSaysItsNamesTwiceIsTaken(t *testing.T) {
	var j journal
	_, at := serve(t, usual(&j), nil)
	r := connect(t, at)
	r.say(cer("SMF.example.org", Text(OriginHost, "smf.example.org"), Text(OriginRealm, "example.org")))
	if got := r.hear(); got.Result() != Success {
		t.Errorf("CEA: %v", got.Result())
	}
}

func TestRequestsAreRefusedByTheProtocolsOwnError(t *testing.T) {
	var j journal
	_, at := serve(t, usual(&j), nil)
	r := met(t, at)
	foreign := request()
	foreign.Application = 16777238
	elsewhere := request()
	elsewhere.Add(Text(DestinationHost, "ocs.example.com"))
	command := request()
	command.Command = 271
	courtesy := NewRequest(ServerAssignment, Common)
	unknown := request()
	unknown.Add(AVP{Attribute: AttributeOf(99999, 1), Flags: Mandatory, Payload: []byte("abcd")})
	for name, c := range map[string]struct {
		m      *Message
		want   Result
		failed Attribute
	}{
		"another application": {foreign, ApplicationUnsupported, 0}, "another host": {elsewhere, UnableToDeliver, 0}, "another command": {command, CommandUnsupported, 0},
		"a command between peers": {courtesy, CommandUnsupported, 0}, "an unknown mandatory AVP": {unknown, AVPUnsupported, AttributeOf(99999, 1)},
		"a second CER": {cer("smf.example.org"), UnableToComply, 0},
	} {
		r.say(c.m)
		got := r.hear()
		if got.Result() != c.want || got.IsRequest() || (got.Bits&Fault != 0) != c.want.Protocol() || got.HopByHop != c.m.HopByHop || got.EndToEnd != c.m.EndToEnd {
			t.Errorf("%s: got %v %+v, want %v", name, got.Result(), got.Header, c.want)
		}
		if c.failed != 0 && !got.Group(FailedAVP).Has(c.failed) {
			t.Errorf("%s: Failed-AVP has %v", name, got.Group(FailedAVP))
		}
		if c.m.Has(SessionID) && got.Set[0].Attribute != SessionID {
			t.Errorf("%s: Session-Id is not in front", name)
		}
	}
	r.say(request())
	if got := r.hear(); got.Result() != Success {
		t.Errorf("after all that: %v", got.Result())
	}
}

func TestAMessageWithoutEndEndsTheConnection(t *testing.T) {
	var j journal
	s, at := serve(t, usual(&j), nil)
	for _, length := range []byte{4, 0xff} {
		r := met(t, at)
		b := wire(t, request())
		b[1], b[2], b[3] = length, 0, 0
		if length == 4 {
			b[1], b[3] = 0, 4
		}
		if _, err := r.Write(b); err != nil {
			t.Fatal(err)
		}
		if got := r.hear(); got.Result() != InvalidMessageLength {
			t.Errorf("length %x: %v", length, got.Result())
		}
		r.ended()
		_ = r.Close()
		eventually(t, "it is gone", func() bool { return s.Peer("smf.example.org") == nil })
	}
}

func TestASecondConnectionOfAHostEndsTheFirst(t *testing.T) {
	var j journal
	_, at := serve(t, usual(&j), nil)
	first := met(t, at)
	second := met(t, at)
	first.ended()
	second.say(request())
	if got := second.hear(); got.Result() != Success {
		t.Errorf("the second: %v", got.Result())
	}
}

func TestWhoIsNoLongerKnownIsSentAway(t *testing.T) {
	var j journal
	var gone atomic.Bool
	c := usual(&j)
	c.Knows = func(string) bool { return !gone.Load() }
	s, at := serve(t, c, nil)
	r := met(t, at)
	eventually(t, "it is here", func() bool { return s.Peer("smf.example.org") != nil })
	s.Review()
	r.say(request())
	r.hear()
	gone.Store(true)
	s.Review()
	r.ended()
}

func TestAWatchdogIsAnsweredAndAFloodOfThemEndsThePeer(t *testing.T) {
	var j journal
	_, at := serve(t, usual(&j), nil)
	r := met(t, at)
	dwr := NewRequest(DeviceWatchdog, Common, Text(OriginHost, "smf.example.org"), Text(OriginRealm, "example.org"))
	r.say(dwr)
	if got := r.hear(); got.Command != DeviceWatchdog || got.Result() != Success {
		t.Fatalf("DWA: %v", got)
	}
	flood := wire(t, dwr)
	for range 1000 {
		if _, err := r.Write(flood); err != nil {
			break
		}
	}
	r.ended()
	eventually(t, "the reason is logged", func() bool { return j.count("gone", "too often") == 1 })
}

func TestAPeerThatDoesNotReadIsGivenUp(t *testing.T) {
	var j journal
	c := usual(&j)
	big := make([]byte, 60_000)
	c.Serve = func(_ context.Context, from *Peer, m *Message) *Message {
		return from.Us().Answer(m, Success, Octets(Class, big))
	}
	s, at := serve(t, c, nil)
	r := met(t, at)
	b := wire(t, request())
	for range 20_000 {
		if s.Peer("smf.example.org") == nil {
			break
		}
		if _, err := r.Write(b); err != nil {
			break
		}
	}
	eventually(t, "it is gone", func() bool { return s.Peer("smf.example.org") == nil })
}

func TestConnectionsThatSayNothingAreBounded(t *testing.T) {
	var j journal
	s, at := serve(t, usual(&j), nil)
	for range mostStrangers {
		connect(t, at)
	}
	eventually(t, "one too many is turned away", func() bool {
		connect(t, at) // it stays: the first may be given up before the last is there
		return s.Counters().Refused["strangers"] > 0
	})
	eventually(t, "a real peer comes in when they are given up", func() bool {
		p, err := Dial(t.Context(), smf(), at)
		if err != nil {
			return false
		}
		return p.Close(t.Context()) == nil
	})
}

func TestOverTLSAPeerIsWhoItsCertificateSays(t *testing.T) {
	var j journal
	ours, foreign := newAuthority(t), newAuthority(t)
	_, at := serve(t, usual(&j), &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{ours.pair("tandem.example.net", "tandem.example.net")},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool(),
	})
	dial := func(pair tls.Certificate) error {
		c := smf()
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: ours.pool(), ServerName: "tandem.example.net", Certificates: []tls.Certificate{pair}}
		p, err := Dial(t.Context(), c, at)
		if err != nil {
			return err
		}
		_, err = p.Do(t.Context(), request())
		return errors.Join(err, p.Close(t.Context()))
	}
	if err := dial(ours.pair("smf.example.org")); err != nil {
		t.Errorf("by the common name: %v", err)
	}
	if err := dial(ours.pair("whatever", "smf.example.org")); err != nil {
		t.Errorf("by an alternative name: %v", err)
	}
	refusedWith(t, dial(ours.pair("upf.example.org")), UnknownPeer)
	eventually(t, "it is in the log, once, with its name", func() bool { return j.count("refused", "peer=smf.example.org", "certificate") == 1 })
	if err := dial(foreign.pair("smf.example.org")); err == nil {
		t.Error("a foreign certificate was taken")
	}
	eventually(t, "it is in the log", func() bool { return j.count("refused", "TLS") == 1 })
}
