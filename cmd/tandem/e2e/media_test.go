package e2e

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

// spray sends RTP of its own to a range of ports around a call's, from another address, for as long as the test lasts, and counts what comes
// back to it.
func (o *office) spray(ports ...uint16) (heard func() int) {
	o.t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(o.host()))
	o.ok(err)
	o.t.Cleanup(func() { _ = conn.Close() })
	got := make(chan struct{}, 1<<16)
	go func() {
		b := make([]byte, 2048)
		for {
			if _, err := conn.Read(b); err != nil {
				return
			}
			got <- struct{}{}
		}
	}()
	go func() {
		b := make([]byte, 172)
		b[0], b[1] = 0x80, 8
		for i := range b[12:] {
			b[12+i] = 0x2a // full scale: it would be heard
		}
		for seq := uint16(0); ; seq++ {
			binary.BigEndian.PutUint16(b[2:], seq)
			binary.BigEndian.PutUint32(b[4:], uint32(seq)*160)
			for _, p := range ports {
				if _, err := conn.WriteToUDPAddrPort(b, netip.AddrPortFrom(o.server().Addr(), p)); err != nil {
					return
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return func() int { return len(got) }
}

// A third party sends RTP to a call's ports before, at and after the answer: it hears nothing, and nobody hears it.
func TestAThirdPartyHearsAndInjectsNothing(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		chloe := o.phone("chloe-desk")
		call := o.call(o.carrier(), numberAlone)
		rung := o.rings(chloe)
		callee, ok := sdpPort(rung.Invite.Body)
		if !ok {
			t.Fatal("no port in the offer to the phone")
		}
		before := o.spray(callee) // before the answer
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		caller := call.Audio.Remote().Port()
		after := o.spray(caller, callee)
		o.talk(call, rung)
		call.Audio.Say(1300)
		rung.Audio.Say(1900)
		o.hears(rung, 1300)
		o.hears(call, 1900)
		call.Audio.Wait(o.ctx, 2*time.Second)
		if n := before() + after(); n > 0 {
			t.Errorf("the third party received %d packets", n)
		}
		for _, c := range []*softphone.Call{call, rung} {
			if s := c.Audio.Stream(); s.SSRCs != 1 || len(s.Sources) != 1 || s.Breaks != 0 {
				t.Errorf("the stream was disturbed: %+v", s)
			}
		}
		if !rung.Audio.Tone(1300) || !call.Audio.Tone(1900) {
			t.Errorf("heard %s and %s", rung.Audio.Describe(), call.Audio.Describe())
		}
	})
}

func sdpPort(sdp []byte) (uint16, bool) {
	at, ok := wireAudio(sdp)
	return at.Port(), ok
}

// Each leg keeps one SSRC with a continuous sequence over prompt, music, bridge and hold.
func TestOneStreamOverPromptBridgeAndHold(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		alice := o.phone("alice-desk")
		call := o.dial(o.carrier("PCMU", "telephone-event"), numberQueue)
		o.hears(call, hzMusic)
		rung := o.reaches(call, alice) // the phone speaks A-law: transcoded
		o.ok(rung.Reinvite(o.ctx, "sendonly"))
		o.hears(call, hzMusic) // held: music
		o.ok(rung.Reinvite(o.ctx, "sendrecv"))
		o.talk(call, rung)
		if s := call.Audio.Stream(); s.SSRCs != 1 || s.Breaks != 0 {
			t.Errorf("the caller's stream: %+v, want one SSRC and no break", s)
		}
	})
}

// Digits pressed during a call reach the other party (C3), whatever each side's way is.
func TestSpec_C3_DigitsReachTheOtherParty(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		chloe := o.phone("chloe-desk")
		for _, path := range []softphone.DigitPath{softphone.ByEvent, softphone.ByInfo} {
			call := o.call(o.carrier(), numberAlone)
			rung := o.rings(chloe)
			rung.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, rung)
			call.Press(o.ctx, path, "17#")
			for rung.Audio.Keys() != "17#" && o.ctx.Err() == nil {
				rung.Audio.Wait(o.ctx, 20*time.Millisecond)
			}
			if got := rung.Audio.Keys(); got != "17#" {
				t.Errorf("%s: the other party got %q", path, got)
			}
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
		}
	})
}
