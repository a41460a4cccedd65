// Package chargingtest has a ledger in memory, and subscribers, for tests of what asks for credit.
package chargingtest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"tandem/mobilecore/charging"
)

// Memory is a charging.Ledger that forgets everything at its end.
type Memory struct {
	mu       sync.Mutex
	balances map[string]charging.Balance
	sessions map[sessionKey]charging.Session
	answers  map[answerKey]charging.Answer
	days     map[dayKey]charging.Bytes
	news     []charging.News
}

type (
	sessionKey struct{ peer, name string }
	answerKey  struct {
		sessionKey

		number uint32
	}
	dayKey struct{ balance, day string }
)

// NewMemory opens an empty ledger.
func NewMemory() *Memory {
	return &Memory{
		balances: map[string]charging.Balance{}, sessions: map[sessionKey]charging.Session{},
		answers: map[answerKey]charging.Answer{}, days: map[dayKey]charging.Bytes{},
	}
}

var _ charging.Ledger = (*Memory)(nil)

func copied(s charging.Session) charging.Session {
	s.Groups = slices.Clone(s.Groups)
	return s
}

// Turn implements charging.Ledger.
func (m *Memory) Turn(ctx context.Context, at charging.Place, do func(*charging.Page) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	var p charging.Page
	key := sessionKey{at.Peer, at.Session}
	p.Balance.ID = at.Balance
	if s, is := m.sessions[key]; is && at.Session != "" {
		own := copied(s)
		p.Session, p.Balance.ID = &own, s.Balance
		if a, is := m.answers[answerKey{key, at.Number}]; is {
			p.Before = &a
		}
	}
	if b, is := m.balances[p.Balance.ID]; is {
		p.Balance = b
	}
	if err := do(&p); err != nil || !p.Touched {
		return err
	}
	if p.Balance.ID != "" {
		m.balances[p.Balance.ID] = p.Balance
	}
	if p.Session != nil {
		m.sessions[key] = copied(*p.Session)
	}
	if p.Answer != nil {
		a := *p.Answer
		a.Grants = slices.Clone(a.Grants)
		m.answers[answerKey{key, at.Number}] = a
	}
	for _, d := range p.Days {
		m.days[dayKey{p.Balance.ID, d.Day}] += d.Used
	}
	m.news = append(m.news, p.News...)
	return nil
}

// News is everything that was told, oldest first.
func (m *Memory) News() []charging.News {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.news)
}

// Look implements charging.Ledger.
func (m *Memory) Look(_ context.Context, balance, from string) (charging.Overview, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := charging.Overview{Balance: m.balances[balance]}
	for _, s := range m.sessions {
		if s.Balance == balance && s.Closed.IsZero() {
			out.Open = append(out.Open, copied(s))
		}
	}
	slices.SortFunc(out.Open, func(a, b charging.Session) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Name, b.Name))
	})
	for k, used := range m.days {
		if k.balance == balance && k.day >= from {
			out.Days = append(out.Days, charging.Day{Day: k.day, Used: used})
		}
	}
	slices.SortFunc(out.Days, func(a, b charging.Day) int { return cmp.Compare(a.Day, b.Day) })
	return out, nil
}

// Session implements charging.Ledger.
func (m *Memory) Session(_ context.Context, peer, name string) (charging.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, is := m.sessions[sessionKey{peer, name}]
	if !is {
		return s, charging.ErrNoSession
	}
	return copied(s), nil
}

// Due implements charging.Ledger.
func (m *Memory) Due(_ context.Context, at time.Time, limit int) ([]charging.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []charging.Session
	for _, s := range m.sessions {
		if s.Closed.IsZero() && !s.Until.After(at) {
			out = append(out, copied(s))
		}
	}
	slices.SortFunc(out, func(a, b charging.Session) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(limit, len(out))], nil
}

// Ended implements charging.Ledger.
func (m *Memory) Ended(_ context.Context, at time.Time, limit int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(m.balances)) {
		if !m.balances[id].End.After(at) && len(out) < limit {
			out = append(out, id)
		}
	}
	return out, nil
}

// Forget implements charging.Ledger.
func (m *Memory) Forget(_ context.Context, closed time.Time, day string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ sessionKey, s charging.Session) bool { return !s.Closed.IsZero() && s.Closed.Before(closed) })
	maps.DeleteFunc(m.answers, func(k answerKey, _ charging.Answer) bool {
		_, is := m.sessions[k.sessionKey]
		return !is
	})
	maps.DeleteFunc(m.days, func(k dayKey, _ charging.Bytes) bool { return k.day < day })
	return nil
}

// Subscribers are known subscriptions.
type Subscribers struct {
	mu   sync.Mutex
	byID map[string]charging.Subscriber
	who  map[string]string // MSISDN or IMSI to ID
}

// Put makes a subscription known, or changes it, under its MSISDN or IMSI.
func (s *Subscribers) Put(sub charging.Subscriber, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID, s.who = map[string]charging.Subscriber{}, map[string]string{}
	}
	s.byID[sub.ID] = sub
	for _, n := range names {
		s.who[n] = sub.ID
	}
}

// Find implements charging.Subscribers.
func (s *Subscribers) Find(who charging.Caller) (charging.Subscriber, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, is := s.who[who.MSISDN]
	if !is {
		id, is = s.who[who.IMSI]
	}
	return s.byID[id], is
}

// Of implements charging.Subscribers.
func (s *Subscribers) Of(balance string) (charging.Subscriber, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, is := s.byID[balance]
	return sub, is
}
