package sim

import (
	"context"
	"net/netip"
	"time"

	"tandem/sip"
)

// openDesk registers every phone from one address.
func (w *World) openDesk(ctx context.Context) (*exchange, error) {
	x, err := open(ctx, netip.AddrPortFrom(w.cfg.Server.Addr(), 0), w.cfg.Log, w.pickUp)
	if err != nil {
		return nil, err
	}
	peers := &sip.Peers{}
	for _, p := range w.cfg.Phones {
		peers.Trunks = append(peers.Trunks, sip.Trunk{
			ID: sip.TrunkID(p.Username), Servers: []string{"sip:" + w.cfg.Server.String()}, Sources: host(w.cfg.Server),
			AuthUser: p.Username, AuthPass: sip.Secret(p.Password), AuthRealm: w.cfg.Realm, Domain: w.cfg.Realm, Register: true,
		})
	}
	x.stack.SetPeers(peers)
	return x, nil
}

func host(a netip.AddrPort) []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(a.Addr(), a.Addr().BitLen())}
}

// pickUp is what a phone does when it rings.
func (w *World) pickUp(p *party, a *sip.Attempt) {
	habit := NeverAnswers
	for _, ph := range w.cfg.Phones {
		if ph.Username == a.RequestURI.User {
			habit = ph.Answers
		}
	}
	p.note(p.leg.Ring(180, nil))
	after := time.Second
	switch habit {
	case AnswersSometimes:
		after = w.dice.between(2*time.Second, 6*time.Second)
		if w.dice.intn(4) == 0 {
			after = time.Minute
		}
	case AnswersAlways:
	case NeverAnswers:
		after = 2 * time.Minute
	case Declines:
		p.note(p.leg.Reject(603, declined(), ""))
		return
	}
	if p.wait(after) != nil || p.answer(a.Offer) != nil {
		return
	}
	p.say(forEver, w.cfg.Speech...)
	_ = p.wait(w.dice.between(8*time.Second, 25*time.Second)) // however it ends, the phone hangs up
}
