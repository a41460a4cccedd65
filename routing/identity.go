package routing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/message"
)

// mayShow says whether a number may be shown on a trunk: a direct number only where the operator authorised it, which the core that it is a subscription of
// always does (SPEC E20). What a core is asked to carry in a subscriber's name is a subscriber's number, so an application server's trunk carries nothing else.
func (s *Snapshot) mayShow(t *Trunk, n *Number) (may bool) {
	o := s.operatorAt(t)
	switch {
	case o != nil && o.Attachment == AttachISC:
		return n.Kind == Direct && o.serves(n)
	case n.Kind != Direct:
		return true
	}
	return t.PresentsDirect || o != nil
}

// trunksShowing lists the trunks that can carry a call out now and on which the number may be shown, best first.
func (s *Switch) trunksShowing(snap *Snapshot, account AccountID, n *Number) []*Trunk {
	return slices.DeleteFunc(s.chooseTrunks(snap, account), func(t *Trunk) bool { return !snap.mayShow(t, n) })
}

// notShown is the refusal of a call that no trunk may carry with this number.
func (s *Snapshot) notShown(account AccountID, n *Number) reject {
	if n.Kind == Direct && !slices.ContainsFunc(s.trunksOut(account), func(t *Trunk) bool { return s.mayShow(t, n) }) {
		return reject{
			status: statusForbidden, code: "direct_number_no_trunk", row: "E20",
			warning: "no trunk may show a direct number: set direct_numbers on a trunk whose operator authorised it",
		}
	}
	return reject{status: statusNoService, warning: "no trunk can carry this call: check that a trunk with a server is set up for this account, and that it is up", code: "no_trunk"}
}

// allowed says whether an account may present a number at all: one of its own that has been set up (SPEC O1). Nothing else is ever shown to a carrier.
func (a *Account) allowed(n *Number) (may bool) {
	return n != nil && n.Account == a.ID && n.Kind != Unconfigured
}

// wayBack is the return of a subscriber's call to its core, with their own number in the place of whatever the handset said (SPEC E4).
type wayBack struct {
	in   coreCall
	show *Number
	to   E164
}

// dial is the INVITE that goes back, and how it is known again.
func (w *wayBack) dial(key ims.AnchorKey, call CallID, at time.Time) (sip.Dial, ims.Passage) {
	a, show := w.in.attempt, string(w.show.E164)
	domain := cmp.Or(w.in.operator.Domain, w.in.trunk.Domain, a.From.Host, "invalid")
	d := sip.Dial{
		Trunk: sip.TrunkID(w.in.trunk.ID), To: message.Party{Scheme: "sip", User: w.in.trunk.dialFormat(w.to)}, MaxForwards: hopsOf(a) - 1,
		From: message.Party{Scheme: "sip", User: w.in.trunk.dialFormat(w.show.E164), Host: domain}, Private: w.in.hidden,
	}
	if len(a.Route) > 0 {
		d.To, d.Route, d.Asked = a.To, a.Route, a.Asked
		d.From.User = show
		if w.in.coded {
			d.Asked = "sip:" + string(w.to) + "@" + domain + ";user=phone"
			d.To = message.Party{Scheme: "sip", User: string(w.to), Host: domain}
		}
	}
	add := func(list ...ims.Field) {
		for _, f := range list {
			d.Headers = append(d.Headers, message.Field(f))
		}
	}
	for _, f := range ims.Passed(a.Head, ims.SideCore) {
		switch f.Name {
		case "P-Preferred-Identity", "Identity", "Privacy": // what the handset claimed, what was signed of it, and what is written anew
		default:
			add(f)
		}
	}
	add(ims.Present(ims.Asserted(a.Head), show, domain)...)
	v, _ := ims.ReadVector(a.Head)
	if f, is := v.Onward(w.in.trunk.Domain).Field(); is {
		add(f)
	}
	if mark := key.Sign(ims.Anchor{ID: string(call), Hop: 1, At: at, Served: show}); mark != "" {
		add(ims.Field{Name: ims.AnchorHeader, Value: mark})
	}
	return d, ims.Passage{Served: show, Other: string(w.to), Direction: ims.FromUser, ICID: v.ICID, Call: string(call)}
}

// intoCore makes of a call out by a core's own trunk what that core takes for one of its subscriber's, and marks it. An application server begins one towards
// the S-CSCF in the name of whom it serves (TS 24.229 section 5.7.3).
func (c *call) intoCore(d *sip.Dial, t *Trunk, out dialOut) {
	snap := c.sw.dir.Snapshot()
	o, show := snap.operatorAt(t), snap.Numbers[out.show]
	if o == nil || show == nil || out.to == "" {
		return
	}
	now, number := time.Now(), string(show.E164)
	if mark := c.sw.anchors.Sign(ims.Anchor{ID: string(c.id), Hop: 1, At: now, Served: number}); mark != "" {
		d.Headers = append(d.Headers, message.Field{Name: ims.AnchorHeader, Value: mark})
	}
	vector := ims.Vector{ICID: string(c.id)}
	if f, is := vector.Field(); is {
		d.Headers = append(d.Headers, message.Field(f))
	}
	c.sw.loops.Sent(ims.Passage{Served: number, Other: string(out.to), Direction: ims.FromUser, ICID: vector.ICID, Call: string(c.id)}, now)
	if o.Attachment != AttachISC {
		return
	}
	domain := cmp.Or(o.Domain, t.Domain, "invalid")
	d.Asked = "sip:" + string(out.to) + "@" + domain + ";user=phone"
	d.Route = []string{t.Servers[0] + ";lr;orig"}
	d.To.Host, d.From.User, d.From.Host = domain, number, domain
	as := d.From
	d.Asserted = &as
	d.Headers = append(d.Headers, message.Field{Name: "P-Served-User", Value: "<sip:" + number + "@" + domain + ">;sescase=orig;regstate=reg"})
}

// trimPlus takes the plus of an international number off.
func trimPlus(digits string) string { return strings.TrimPrefix(digits, "+") }
