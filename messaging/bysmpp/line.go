package bysmpp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

// line is what both sides of SMPP have: a connector, and the binds that are up. It is attached to the desk while there is a bind by which we may send.
type line struct {
	cfg    Config
	log    *slog.Logger
	smsc   bool // the other binds to us
	submit func(ctx context.Context, m *smpp.SM) (smpp.Answer, error)
	binds  func() []*smpp.Bind

	progress progress
	meter    meter
	wake     chan struct{} // capacity 1: binds came or went

	mu     sync.Mutex
	told   map[string]time.Time // what was complained about, and when
	since  time.Time
	detail string
	up     bool
}

func newLine(c Config) *line {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Default == "" {
		c.Default = sms.GSM7
	}
	return &line{cfg: c, log: c.Log, told: map[string]time.Time{}, wake: make(chan struct{}, 1)}
}

// changed takes that a bind came, went or did not come about.
func (l *line) changed(c smpp.Change) {
	l.mu.Lock()
	switch c.Phase {
	case smpp.PhaseUp:
		if !l.up {
			l.up, l.since = true, time.Now()
		}
		l.detail = ""
	case smpp.PhaseDown, smpp.PhaseFailed:
		if l.up && len(l.binds()) == 0 {
			l.up, l.since = false, time.Now()
		}
		if c.Err != nil {
			l.detail = c.Err.Error()
		}
	}
	l.mu.Unlock()
	l.stir()
}

// failed keeps why something was not sent, for whoever asks how the connector is.
func (l *line) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.detail = err.Error()
}

func (l *line) stir() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// attend keeps the line attached to the desk while we may send by it, until ctx ends; then nothing of it is under way.
func (l *line) attend(ctx context.Context) {
	var detach func()
	for {
		if sends := l.state().Sends > 0; sends && detach == nil {
			detach = l.cfg.Desk.Attach(messaging.Route(l.cfg.Connector), l)
		} else if !sends && detach != nil {
			detach()
			detach = nil
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
			if detach != nil {
				detach()
			}
			return
		}
	}
}

// state is how the line is.
func (l *line) state() State {
	l.mu.Lock()
	s := State{Since: l.since, Detail: l.detail}
	l.mu.Unlock()
	for _, b := range l.binds() {
		if b.Err() != nil {
			continue
		}
		s.Binds++
		if b.Sends() {
			s.Sends++
		}
	}
	s.Rate = l.meter.rate(time.Now())
	return s
}

// progress is which segments of a delivery the other has taken, by what it calls them, while the others are tried again.
type progress struct {
	mu   sync.Mutex
	sent map[int64][]string
}

func (p *progress) of(delivery int64) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.sent[delivery]...)
}

func (p *progress) reached(delivery int64, ids []string) {
	const most = 4096 // deliveries; of those beyond it all segments are sent again, and put together all the same
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent == nil || len(p.sent) >= most {
		p.sent = map[int64][]string{}
	}
	p.sent[delivery] = append([]string(nil), ids...)
}

func (p *progress) forget(delivery int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sent, delivery)
}

// meter counts what was sent in the last minute.
type meter struct {
	mu      sync.Mutex
	seconds [60]struct {
		at int64
		n  int
	}
}

func (m *meter) count(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.seconds[now.Unix()%60]
	if s.at != now.Unix() {
		s.at, s.n = now.Unix(), 0
	}
	s.n++
}

// rate is how much was sent in a second, on average of the last minute.
func (m *meter) rate(now time.Time) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for i := range m.seconds {
		if now.Unix()-m.seconds[i].at < int64(len(m.seconds)) {
			n += m.seconds[i].n
		}
	}
	return float64(n) / float64(len(m.seconds))
}
