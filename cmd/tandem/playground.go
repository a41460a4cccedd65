package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tandem/routing"
	"tandem/sim"
	"tandem/web"
)

// playground is what the pages of the demonstration see of the world outside, and do there.
type playground struct {
	m     *Main
	world atomic.Pointer[world] // nil: it is not there yet
}

// handset finds the handset of a user: that of the direct number which is theirs.
func (p *playground) handset(u routing.UserID) (*world, *owner, error) {
	w := p.world.Load()
	if w == nil || u == "" {
		return nil, nil, web.ErrNotFound
	}
	snap := p.m.store.Snapshot()
	for _, o := range w.mobile.owners {
		if n := snap.Numbers[routing.E164(o.line.Number)]; n != nil && slices.Contains(n.Users, u) {
			return w, o, nil
		}
	}
	return nil, nil, web.ErrNotFound
}

// Watch shows the screen of a user's handset.
func (p *playground) Watch(ctx context.Context, u routing.UserID, show func(web.HandsetView) error) error {
	_, o, err := p.handset(u)
	if err != nil {
		return err
	}
	return o.handset.Watch(ctx, func(v sim.View) error { return show(screenOf(o, v)) })
}

// welcomeAfter is how long after a page of hers became a phone a customer calls Alice: it has registered by then, and she has seen it.
const welcomeAfter = 4 * time.Second

// entered takes that a page of somebody becomes a phone: the first of Alice's is called soon, unless customers call only when asked.
func (p *playground) entered(ctx context.Context, aor string) {
	w := p.world.Load()
	snap := p.m.store.Snapshot()
	n, d := snap.Numbers[aliceNumber], snap.Devices[aor]
	if w == nil || w.every == 0 || n == nil || d == nil || !slices.Contains(n.Users, d.User) {
		return
	}
	w.welcome.Do(func() {
		life := context.WithoutCancel(ctx) // the world ends the call
		w.first = time.AfterFunc(welcomeAfter, func() { w.customer(life) })
	})
}

// screenOf is a screen as the page draws it.
func screenOf(o *owner, v sim.View) web.HandsetView {
	out := web.HandsetView{Owner: o.name, Number: v.Number, Power: "off", Coverage: "covered", Calls: []web.HandsetLine{}, Texts: textsOf(v)}
	if v.Power == sim.PowerOn {
		out.Power = "on"
	}
	if v.Coverage == sim.Uncovered {
		out.Coverage = "uncovered"
	}
	if t := v.Talk; t != nil {
		out.Call = &web.HandsetCall{Peer: known(t.Peer), Way: directionOf(t.Incoming), State: "calling"}
		switch t.State {
		case sim.TalkCalling, sim.TalkOver:
		case sim.TalkRinging:
			out.Call.State = "ringing"
		case sim.TalkUp:
			out.Call.State, out.Call.Since = "answered", new(moment(t.Since))
		}
	}
	for _, c := range slices.Backward(v.Calls) {
		out.Calls = append(out.Calls, web.HandsetLine{Peer: known(c.Number), Kind: string(c.Kind), At: moment(c.At)})
	}
	return out
}

// textsOf are the messages of a screen, in the order in which they were written and came.
func textsOf(v sim.View) []web.HandsetText {
	all := []web.HandsetText{}
	for _, t := range v.Inbox {
		all = append(all, web.HandsetText{Peer: known(t.Peer), Way: "inbound", Body: t.Text, At: moment(t.At)})
	}
	for _, t := range v.Sent {
		all = append(all, web.HandsetText{Peer: known(t.Peer), Way: "outbound", Body: t.Text, State: string(t.State), At: moment(t.At)})
	}
	slices.SortStableFunc(all, func(a, b web.HandsetText) int { return strings.Compare(a.At, b.At) })
	return all
}

func directionOf(in sim.Incoming) string {
	if in {
		return "inbound"
	}
	return "outbound"
}

// known is the other party's number as a page shows it: one that is not shown is none, and a French one is whole.
func known(number string) string {
	const national = 10
	switch {
	case number == "anonymous":
		return ""
	case len(number) == national && number[0] == '0' && strings.Trim(number, "0123456789") == "":
		return "+33" + number[1:]
	}
	return number
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Act does something with the handset of a user, or as somebody outside.
func (p *playground) Act(ctx context.Context, u routing.UserID, act web.HandsetAct) error {
	w, o, err := p.handset(u)
	if err != nil {
		return err
	}
	return cannot(w.act(ctx, o, act))
}

// act does it.
func (w *world) act(ctx context.Context, o *owner, act web.HandsetAct) error {
	h := o.handset
	switch act.Do {
	case "dial":
		return w.dials(o, act.To)
	case "write":
		return h.Text(asDialled(act.To), act.Text)
	case "power_on":
		h.SetPower(sim.PowerOn)
	case "power_off":
		h.SetPower(sim.PowerOff)
	case "cover":
		h.SetCoverage(sim.Covered)
	case "uncover":
		h.SetCoverage(sim.Uncovered)
	case "customer_calls":
		w.sim.Call(context.WithoutCancel(ctx), customers()[0], o.line.Number) // the world ends it with itself
	case "customer_writes":
		_, err := w.texts.comes(o)
		return err
	default:
		return w.talks(h, act)
	}
	return nil
}

// dials calls by the native dialler: whoever holds the handset speaks as soon as somebody answers.
func (w *world) dials(o *owner, to string) error {
	number := asDialled(to)
	if strings.Trim(strings.TrimPrefix(number, "+"), "0123456789*#") != "" || number == "" {
		return errNumber
	}
	t, err := o.handset.Dial(number)
	if err == nil && t != nil {
		err = t.Speak(w.mobile.voice)
	}
	return err
}

// talks does what is done to the call of a handset.
func (w *world) talks(h *sim.Handset, act web.HandsetAct) error {
	t := h.Talk()
	if t == nil {
		return sim.ErrIdle
	}
	switch act.Do {
	case "answer":
		if err := t.Answer(); err != nil {
			return err
		}
		return t.Speak(w.mobile.voice)
	case "decline":
		return t.Reject()
	case "hang_up":
		return t.Hangup()
	case "press":
		return t.Press(act.Text)
	}
	return nil
}

// asDialled is a number as it was typed, without what people put between digits.
func asDialled(number string) string {
	return strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "", "\u00a0", "", "\u202f", "").Replace(number)
}

// errNumber says that what was typed is no number.
var errNumber = errors.New("this is no number")

// cannot says in the front desk's words why something cannot be done.
func cannot(err error) error {
	for _, one := range []struct {
		err  error
		code string
	}{
		{sim.ErrOff, "handset_off"},
		{sim.ErrNoCoverage, "handset_without_coverage"},
		{sim.ErrInCall, "handset_in_call"},
		{sim.ErrIdle, "handset_idle"},
		{sim.ErrOver, "handset_idle"},
		{sim.ErrText, "handset_cannot_write_to"},
		{errNumber, "handset_cannot_write_to"},
	} {
		if errors.Is(err, one.err) {
			return &web.HandsetError{Code: one.code}
		}
	}
	return err
}
