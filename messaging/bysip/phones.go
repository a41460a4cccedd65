package bysip

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"tandem/messaging"
	"tandem/sip"
	"tandem/sip/message"
)

// People says who writes on which phone.
type People interface {
	// Writer is whose phone an AOR is. A zero User: nobody's.
	Writer(aor string) Writer
	// Colleague is the number of somebody of an account by what their colleagues dial: their extension, or the user part of their phone's AOR. Empty: who is
	// called so has no number; false: nobody is called so.
	Colleague(account messaging.AccountID, dialled string) (messaging.Address, bool)
}

// Writer is somebody with a SIP phone.
type Writer struct {
	Account messaging.AccountID
	User    messaging.UserID
	Number  messaging.Address // that calls of theirs show where they choose none; empty: none
}

// PhonesConfig is what the phones need.
type PhonesConfig struct {
	Desk      messaging.Desk
	Directory messaging.Directory
	People    People
	Wire      Wire
	Sorter    *Sorter
	Log       *slog.Logger // nil: nothing is logged
}

// Phones are the registered SIP phones, as a way to write and read messages.
type Phones struct {
	PhonesConfig

	crew *crew
	stop func()
	wake chan struct{} // capacity 1: changed has something
	end  context.CancelFunc
	over chan struct{} // closed with Close: nobody waits for an answer any more
	done chan struct{}

	mu      sync.Mutex
	changed map[message.AOR]struct{}
}

// OpenPhones begins to take and to carry messages of phones, until Close.
func OpenPhones(ctx context.Context, c PhonesConfig) *Phones {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	ctx, end := context.WithCancel(ctx)
	p := &Phones{PhonesConfig: c, crew: newCrew(), wake: make(chan struct{}, 1), end: end, over: make(chan struct{}), done: make(chan struct{}), changed: make(map[message.AOR]struct{})}
	registered, stop := c.Sorter.attend(&taker{take: func(n *sip.Note) { p.crew.take(ctx, n, p.take) }, changed: p.note})
	p.stop = stop
	for _, aor := range registered {
		p.note(aor)
	}
	go p.run(ctx)
	return p
}

// Close ends it, once what was taken is kept. What a phone has not answered yet it is sent again.
func (p *Phones) Close() {
	p.stop()
	p.crew.wg.Wait()
	close(p.over)
	p.end()
	<-p.done
}

// note remembers that a phone came or went.
func (p *Phones) note(aor message.AOR) {
	p.mu.Lock()
	p.changed[aor] = struct{}{}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// run opens the route of each phone that is registered, and closes those of the others: what is for them waits until they are back (SPEC M9).
func (p *Phones) run(ctx context.Context) {
	defer close(p.done)
	routes := make(map[message.AOR]func())
	var leaving sync.WaitGroup
	defer func() {
		for _, detach := range routes {
			leaving.Go(detach)
		}
		leaving.Wait()
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		p.mu.Lock()
		changed := p.changed
		p.changed = make(map[message.AOR]struct{})
		p.mu.Unlock()
		for aor := range changed {
			detach, open := routes[aor]
			switch reachable := len(p.Wire.Contacts(aor)) > 0; {
			case reachable && !open:
				routes[aor] = p.Desk.Attach(messaging.PhoneRoute(string(aor)), &phone{Phones: p, aor: aor})
			case !reachable && open:
				delete(routes, aor)
				leaving.Go(detach) // it waits for what is under way, and what is sent to nobody ends by itself
			}
			if len(p.Wire.Contacts(aor)) > 0 {
				p.Desk.Reachable(messaging.Address(messaging.PhoneRoute(string(aor))))
			}
		}
	}
}

// take keeps what somebody wrote on their phone, and only then answers.
func (p *Phones) take(ctx context.Context, n *sip.Note) {
	who := p.People.Writer(string(n.Device))
	if who.User == "" {
		n.Refuse(403, "this phone is nobody's")
		return
	}
	said, err := contentOf(n)
	switch {
	case err != nil:
		refuseBody(n, err)
		return
	case said.notice != nil: // its 200 to the message said as much
		n.Accept(200)
		return
	}
	from, why := p.number(n, who)
	if from == nil {
		n.Refuse(403, why)
		return
	}
	to := numberOf(n.RequestURI)
	if number, found := p.People.Colleague(who.Account, string(to)); found {
		if number == "" {
			n.Refuse(404, "this colleague has no number that takes messages")
			return
		}
		to = number
	}
	stored, err := p.Desk.Send(ctx, messaging.Outgoing{
		Account: who.Account, Number: from.Number, To: to, Body: said.text, Channel: messaging.ChannelSIPPhone, User: who.User, Key: "sip:" + n.Reference,
	})
	if err != nil {
		p.Log.LogAttrs(ctx, slog.LevelInfo, "a message was not taken", slog.String("user", string(who.User)), slog.Any("err", err))
		refuse(n, err)
		return
	}
	accepted(n, stored.Message.ID)
}

// number is the one that a message leaves from: that which the phone asks for (P-Preferred-Identity, RFC 3325 section 9.2), when it is one of its user's; else
// the one that their calls show, their direct number, or the first that messages can leave by.
func (p *Phones) number(n *sip.Note, who Writer) (*messaging.Line, string) {
	lines := p.Directory.Post().Lines
	if len(n.Asserted) > 0 {
		l := lines[numberOf(n.Asserted[0])]
		if l == nil || !mayWrite(l, who) {
			return nil, "this number is not yours"
		}
		return l, ""
	}
	var own []*messaging.Line
	for _, e := range slices.Sorted(maps.Keys(lines)) {
		if mayWrite(lines[e], who) {
			own = append(own, lines[e])
		}
	}
	if len(own) == 0 {
		return nil, "you have no number to write from"
	}
	return slices.MaxFunc(own, func(a, b *messaging.Line) int {
		if d := rank(a, who) - rank(b, who); d != 0 {
			return d
		}
		return strings.Compare(string(b.E164), string(a.E164))
	}), ""
}

func mayWrite(l *messaging.Line, who Writer) bool {
	return l.Account == who.Account && slices.Contains(l.Users, who.User)
}

// rank is the higher, the sooner a number is the one to write from.
func rank(l *messaging.Line, who Writer) int {
	rank := 0
	if l.Route != "" {
		rank += 4
	}
	if l.E164 == who.Number {
		rank += 2
	}
	if l.Native != nil {
		rank++
	}
	return rank
}
