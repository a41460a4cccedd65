package rtp

import (
	"net/netip"
	"testing"
)

var (
	sdpAddr  = netip.MustParseAddrPort("192.0.2.1:4000")
	natAddr  = netip.MustParseAddrPort("198.51.100.7:5555")
	neighbor = netip.MustParseAddrPort("198.51.100.7:6666")
	stranger = netip.MustParseAddrPort("203.0.113.9:4000")
)

// stream sends packets 20 ms apart and says after how many of them the latch believed, and how many it refused.
type stream struct {
	from netip.AddrPort
	h    Header
}

func (s *stream) send(l *Latch, now int64) Verdict {
	s.h.Seq++
	s.h.Timestamp += FrameTicks
	if l.Settled(s.from, now) {
		return Refuse
	}
	return l.Check(s.from, &s.h, now)
}

func TestLatchRules(t *testing.T) {
	nat := LatchTerms{Mode: LatchNAT, Peer: sdpAddr, Signalled: natAddr.Addr()}
	acl := LatchTerms{Mode: LatchACL, Peer: sdpAddr, Allow: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}
	fixed := LatchTerms{Mode: LatchFixed, Peer: sdpAddr, Signalled: natAddr.Addr(), Allow: acl.Allow}
	for _, c := range []struct {
		name  string
		terms LatchTerms
		from  netip.AddrPort
		after int // packets until it is believed; 0: never
	}{
		{"fixed believes the SDP", fixed, sdpAddr, 1},
		{"fixed believes nobody else", fixed, natAddr, 0},
		{"fixed has no list", fixed, stranger, 0},
		{"acl believes the SDP", acl, sdpAddr, 1},
		{"acl believes who is listed, once proved", acl, stranger, 5},
		{"acl has no signalling address", acl, natAddr, 0},
		{"nat believes the SDP", nat, sdpAddr, 1},
		{"nat believes where signalling came from, once proved", nat, natAddr, 5},
		{"nat believes no stranger", nat, stranger, 0},
		{"one who has the SDP's address must wait longer", LatchTerms{Mode: LatchNAT, Peer: sdpAddr, Signalled: sdpAddr.Addr()}, netip.AddrPortFrom(sdpAddr.Addr(), 1), 26},
	} {
		var l Latch
		l.Update(c.terms)
		s := stream{from: c.from, h: Header{SSRC: 1}}
		got := 0
		for i := range 100 {
			if l.Peer() != c.terms.Peer {
				t.Errorf("%s: media goes elsewhere before it is proved", c.name)
			}
			if s.send(&l, int64(i)*20*ms+ms) == Commit {
				got = i + 1
				break
			}
		}
		if got != c.after {
			t.Errorf("%s: after %d packets, want %d", c.name, got, c.after)
		}
	}
}

func TestLatchAfterCommit(t *testing.T) {
	var l Latch
	l.Update(LatchTerms{Mode: LatchNAT, Peer: sdpAddr, Signalled: natAddr.Addr()})
	now := ms
	phone := stream{from: natAddr, h: Header{SSRC: 1}}
	for range 10 {
		phone.send(&l, now)
		now += 20 * ms
	}
	if l.Committed() != natAddr {
		t.Fatalf("committed to %v", l.Committed())
	}
	exact := stream{from: sdpAddr, h: Header{SSRC: 2}}
	if exact.send(&l, now) != Commit || l.Peer() != sdpAddr {
		t.Error("within the grace the SDP address does not override")
	}
	if phone.send(&l, now) != Refuse {
		t.Error("and the other one goes on")
	}

	// Past the grace nothing overrides, and after a silence only the same stream may come from another port.
	l = Latch{}
	l.Update(LatchTerms{Mode: LatchNAT, Peer: sdpAddr, Signalled: natAddr.Addr()})
	for range 40 {
		phone.send(&l, now)
		now += 20 * ms
	}
	if exact.send(&l, now) != Refuse {
		t.Error("the SDP address overrides after the grace")
	}
	thief, moved := stream{from: neighbor, h: Header{SSRC: 3}}, stream{from: neighbor, h: phone.h}
	if thief.send(&l, now+ms) != Refuse || moved.send(&l, now+ms) != Refuse {
		t.Error("another port is believed while the phone speaks")
	}
	now += 2500 * ms
	if thief.send(&l, now) != Refuse {
		t.Error("after a silence another stream is believed")
	}
	if moved.send(&l, now) != Commit || l.Peer() != neighbor {
		t.Error("after a silence the same stream is not found again")
	}

	if l.Update(LatchTerms{Mode: LatchNAT, Peer: sdpAddr, Signalled: natAddr.Addr()}) || l.Peer() != neighbor {
		t.Error("the same SDP again makes it forget")
	}
	if !l.Update(LatchTerms{Mode: LatchNAT, Peer: stranger, Signalled: natAddr.Addr()}) || l.Peer() != stranger {
		t.Error("a new SDP does not make it learn again")
	}
}

func TestLatchWantsAPlausibleStream(t *testing.T) {
	terms := LatchTerms{Mode: LatchNAT, Peer: sdpAddr, Signalled: natAddr.Addr()}
	for name, spoil := range map[string]func(h *Header, i int){
		"numbers with holes": func(h *Header, _ int) { h.Seq++ },
		"a new SSRC each":    func(h *Header, i int) { h.SSRC = uint32(i) },
		"time that jumps":    func(h *Header, _ int) { h.Timestamp += 1 << 20 },
	} {
		var l Latch
		l.Update(terms)
		s := stream{from: natAddr}
		for i := range 50 {
			spoil(&s.h, i)
			if s.send(&l, int64(i)*20*ms+ms) != Refuse {
				t.Fatalf("%s: believed", name)
			}
		}
	}
	var l Latch
	l.Update(terms)
	s := stream{from: natAddr}
	for range 50 {
		if s.send(&l, ms) != Refuse {
			t.Fatal("a burst is believed")
		}
	}
}
