package charging

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// longestName bounds what a peer may call a session.
const longestName = 1024

// Config is what an Office needs.
type Config struct {
	Ledger      Ledger
	Subscribers Subscribers
	Policy      Policy
	Now         func() time.Time // nil: time.Now
	Log         *slog.Logger     // nil: nothing is logged
}

// Reauthoriser is a protocol that can ask a peer to report on a session now, or to end it.
type Reauthoriser interface {
	// Reauthorise asks for a report. It fails with ErrNoSession where the session is not one of this protocol.
	Reauthorise(ctx context.Context, peer, session string) error
	// Abort has the session ended. It fails as Reauthorise does.
	Abort(ctx context.Context, peer, session string) error
}

// Office grants credit. All its methods may be called by any goroutine.
type Office struct {
	ledger      Ledger
	subscribers Subscribers
	policy      Policy
	now         func() time.Time
	log         *slog.Logger
	asks        chan ask      // sessions that are to report
	wake        chan struct{} // something is revised

	mu        sync.Mutex
	protocols []Reauthoriser
	revised   map[string]struct{} // balances
}

// NewOffice opens an office.
func NewOffice(cfg Config) *Office {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	const waiting = 1024
	return &Office{
		ledger: cfg.Ledger, subscribers: cfg.Subscribers, policy: cfg.Policy.filled(), now: cfg.Now, log: cfg.Log, asks: make(chan ask, waiting),
		wake: make(chan struct{}, 1), revised: map[string]struct{}{},
	}
}

// Join adds a protocol that can ask for reports.
func (o *Office) Join(r Reauthoriser) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.protocols = append(o.protocols, r)
}

// Control answers one request for credit. What it answers is written down before: the same session and number get the same answer again, whatever happened since.
// It fails where the ledger does; the answer then is TooBusy, and the same request may be sent again.
func (o *Office) Control(ctx context.Context, r Request) (Answer, error) {
	now := r.At
	if now.IsZero() {
		now = o.now()
	}
	if r.Peer == "" || r.Session == "" || !sound(r.Peer) || !sound(r.Session) || !sound(r.AccessPoint) || !sound(r.Memo) {
		return Answer{Result: UnknownSession}, nil
	}
	sub, known := o.subscribers.Find(Caller{r.Peer, r.MSISDN, r.IMSI})
	if r.Voice {
		return o.talk(&r, &sub, known), nil
	}
	var answer Answer
	at := Place{Peer: r.Peer, Session: r.Session, Number: r.Number, Balance: sub.ID}
	err := o.ledger.Turn(ctx, at, func(p *Page) error {
		t := turn{page: p, r: &r, sub: sub, known: known, policy: &o.policy, now: now}
		if s := p.Session; s != nil && s.Balance != sub.ID {
			t.sub, t.known = o.subscribers.Of(s.Balance) // It is whose it was.
		}
		answer = t.control()
		return nil
	})
	if err != nil {
		return Answer{Result: TooBusy}, fmt.Errorf("credit control: %w", err)
	}
	return answer, nil
}

// sound says whether text of a peer can be kept.
func sound(text string) bool {
	return len(text) <= longestName && utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// talk grants a call: calls are not counted, so nothing is written.
func (o *Office) talk(r *Request, sub *Subscriber, known bool) Answer {
	switch {
	case !known && (r.Kind == Initial || r.Kind == Event):
		return Answer{Result: UnknownSubscriber}
	case known && sub.Standing == Barred && r.Kind != Terminate:
		return Answer{Result: ServiceDenied}
	}
	a := Answer{Result: Granted, Grants: make([]Grant, len(r.Uses))}
	for i, u := range r.Uses {
		a.Grants[i] = Grant{Group: u.Group, Result: Granted}
		if u.Asks {
			a.Grants[i].Free, a.Grants[i].Time, a.Grants[i].Validity = true, o.policy.Talk, o.policy.Talk
		}
	}
	return a
}

// Memo is what the protocol last wanted kept with a session. It fails with ErrNoSession.
func (o *Office) Memo(ctx context.Context, peer, session string) (string, error) {
	s, err := o.ledger.Session(ctx, peer, session)
	return s.Memo, err
}
