package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/transport"
)

// state waits for a state of the trunk that satisfies what is asked of it.
func (h *house) state(what string, is func(sip.TrunkState) bool) sip.TrunkState {
	h.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case s := <-h.trunks:
			if is(s) {
				return s
			}
		case <-deadline:
			h.t.Fatalf("the trunk is never %s: %+v", what, h.Trunks())
		}
	}
}

func registers(t *sip.Trunk) {
	account(t)
	t.Register, t.Domain, t.RegisterExpiry = true, "carrier.test", 10*time.Minute
}

func TestTrunkRegistersOutAndUnregistersAtTheEnd(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, registers)}})
		p.accept()
		reg := p.want("REGISTER sip:carrier.test")
		if reg.get("Expires") != "600" || !strings.Contains(reg.get("Contact"), "sip:acc@"+h.at(n).String()) || !strings.Contains(reg.get("To"), "<sip:acc@carrier.test>") {
			t.Fatalf("REGISTER %q", reg.lines)
		}
		p.answer(reg, 401, "x", "WWW-Authenticate: "+challengeOf("carrier.test", 1))
		reg2 := p.want("REGISTER")
		if reg2.get("Call-ID") != reg.get("Call-ID") || !strings.Contains(reg2.get("Authorization"), `nonce="n1"`) {
			t.Fatalf("REGISTER %q", reg2.lines)
		}
		p.answer(reg2, 423, "x", "Min-Expires: 1800")
		reg3 := p.want("REGISTER")
		if reg3.get("Expires") != "1800" {
			t.Fatalf("REGISTER %q", reg3.lines)
		}
		p.answer(reg3, 200, "x", "Contact: "+reg3.get("Contact")+";expires=1200")
		s := h.state("registered", func(s sip.TrunkState) bool { return s.Up })
		if left := time.Until(s.Until); left < 19*time.Minute || left > 20*time.Minute || s.LastStatus != 200 {
			t.Fatalf("state %+v", s)
		}
		h.SetPeers(&sip.Peers{})
		gone := p.want("REGISTER")
		if gone.get("Expires") != "0" {
			t.Fatalf("unregister %q", gone.lines)
		}
		p.answer(gone, 200, "x")
	})
}

func TestAChangedTrunkRegistersAfterItsOldSelfHasLeft(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, registers)}})
	p.answer(p.want("REGISTER"), 200, "x")
	h.state("registered", func(s sip.TrunkState) bool { return s.Up })
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, registers)}}) // the same: nothing happens
	p.quiet(50 * time.Millisecond)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, registers, func(t *sip.Trunk) { t.RegisterExpiry = 5 * time.Minute })}})
	gone := p.want("REGISTER")
	if gone.get("Expires") != "0" {
		t.Fatalf("first %q", gone.lines)
	}
	p.quiet(50 * time.Millisecond)
	p.answer(gone, 200, "x")
	if came := p.want("REGISTER"); came.get("Expires") != "300" {
		t.Fatalf("then %q", came.lines)
	}
	h.SetPeers(&sip.Peers{})
}

func TestTrunkGoesOnToTheNextRegistrar(t *testing.T) {
	h := open(t)
	first, second := newPeer(h, transport.UDP), newPeer(h, transport.UDP)
	trunk := trunkOf(first, registers)
	trunk.Servers = append(trunk.Servers, trunkOf(second).Servers...)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunk}})
	first.answer(first.want("REGISTER"), 503, "x")
	down := h.state("refused", func(s sip.TrunkState) bool { return s.LastStatus == 503 })
	if down.Up || down.Detail != "REGISTER: 503 Service Unavailable" {
		t.Fatalf("state %+v", down)
	}
	second.answer(second.want("REGISTER"), 200, "x")
	h.state("registered", func(s sip.TrunkState) bool { return s.Up })
	h.SetPeers(&sip.Peers{})
	second.answer(second.want("REGISTER"), 200, "x")
}

func TestOptionsKeepATrunkUp(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, func(t *sip.Trunk) { t.OptionsEvery = 50 * time.Millisecond })}})
	for _, status := range []int{404, 503, 200} { // any answer but 408 and 503 is a sign of life
		p.answer(p.want("OPTIONS"), status, "x")
		s := h.state(fmt.Sprint("told of ", status), func(s sip.TrunkState) bool { return s.LastStatus == status })
		if s.Up != (status != 503) {
			t.Fatalf("state %+v after %d", s, status)
		}
	}
}

func TestTrunkProvesItselfByDigest(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	trunk := trunkOf(p)
	trunk.Sources, trunk.Servers = nil, nil
	trunk.Username, trunk.HA1 = "acme", sip.HA1{MD5: md5hex("acme:example.test:acme")}
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunk}})
	uri := "sip:+33123456789@example.test"
	a := ask{method: "INVITE", uri: uri, from: "<sip:+33611223344@acme.test>;tag=c", to: "<" + uri + ">", callID: "digest", seq: 1, body: offer}
	p.request(a)
	m := p.want("SIP/2.0 401")
	a.seq, a.headers = 2, []string{credentials(m, "acme", "INVITE", uri)}
	p.request(a)
	if got := h.attempt(); got.Trunk != "carrier" {
		t.Fatalf("attempt %+v", got)
	}
}

func TestTwoTrunksAreToldApartByTheirAddress(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	wide, narrow := trunkOf(p), trunkOf(p)
	wide.ID, wide.Sources, wide.Servers = "wide", wide.Sources[:0:0], nil
	wide.Sources = append(wide.Sources, parsePrefix("127.0.0.0/8"))
	narrow.ID, narrow.Servers = "narrow", nil
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{wide, narrow}})
	p.invite(offer)
	if a := h.attempt(); a.Trunk != "narrow" {
		t.Fatalf("attempt of %q", a.Trunk)
	}
}

func TestServersOfATrunkCountAsTheTrunk(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, func(t *sip.Trunk) { t.Sources, t.OptionsEvery = nil, time.Hour })}})
	p.answer(p.want("OPTIONS"), 200, "x")
	h.state("up", func(s sip.TrunkState) bool { return s.Up })
	p.invite(offer)
	if a := h.attempt(); a.Trunk != "carrier" {
		t.Fatalf("attempt of %q", a.Trunk)
	}
}
