package smpp_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/smpp"
)

// ear is a Handler that keeps what it is told.
type ear struct {
	take func(ctx context.Context, b *smpp.Bind, m *smpp.SM) smpp.Answer

	mu      sync.Mutex
	got     []*smpp.SM
	alerts  []*smpp.Alert
	changes []smpp.Change
	news    chan struct{} // one for each of the above
}

func newEar(take func(ctx context.Context, b *smpp.Bind, m *smpp.SM) smpp.Answer) *ear {
	if take == nil {
		take = func(context.Context, *smpp.Bind, *smpp.SM) smpp.Answer { return smpp.Answer{} }
	}
	return &ear{take: take, news: make(chan struct{}, 100_000)}
}

func (e *ear) Take(ctx context.Context, b *smpp.Bind, m *smpp.SM) smpp.Answer {
	e.mu.Lock()
	e.got = append(e.got, m)
	e.mu.Unlock()
	e.news <- struct{}{}
	return e.take(ctx, b, m)
}

func (e *ear) Alert(_ context.Context, _ *smpp.Bind, a *smpp.Alert) {
	e.mu.Lock()
	e.alerts = append(e.alerts, a)
	e.mu.Unlock()
	e.news <- struct{}{}
}

func (e *ear) Changed(_ context.Context, c smpp.Change) {
	e.mu.Lock()
	e.changes = append(e.changes, c)
	e.mu.Unlock()
	e.news <- struct{}{}
}

// until waits until what it has heard fulfils a condition.
func (e *ear) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for {
		e.mu.Lock()
		done := holds()
		e.mu.Unlock()
		if done {
			return
		}
		select {
		case <-e.news:
		case <-limit.C:
			t.Fatalf("%s never happened", what)
		}
	}
}

// phases counts the changes of a phase; e is locked.
func (e *ear) phases(p smpp.Phase) int {
	n := 0
	for _, c := range e.changes {
		if c.Phase == p {
			n++
		}
	}
	return n
}

// pipes is a network in memory: a listener, and a way to connect to it.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, errors.New("refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// silence is a log that nobody reads.
func silence() *slog.Logger { return slog.New(slog.DiscardHandler) }

// secrets lets everybody in who knows the password "secret".
func secrets(_ context.Context, l smpp.Login) (smpp.Terms, error) {
	if l.Password != "secret" {
		return smpp.Terms{}, &smpp.RefusedError{Command: l.Kind, Status: smpp.RINVPASWD}
	}
	return smpp.Terms{}, nil
}

// house is a server on a network in memory.
type house struct {
	*smpp.Server
	*pipes

	ear *ear
}

// serve opens a server; change changes its configuration.
func serve(t *testing.T, e *ear, change func(*smpp.ServerConfig)) *house {
	t.Helper()
	c := smpp.ServerConfig{SystemID: "TANDEM", Log: silence(), Authenticate: secrets}
	if change != nil {
		change(&c)
	}
	s, err := smpp.NewServer(c, e)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{s, newPipes(), e}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(context.WithoutCancel(t.Context()), h.pipes); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return h
}

// config is how to bind to a house.
func (h *house) config() smpp.ClientConfig {
	return smpp.ClientConfig{Name: "house", SystemID: "kate", Password: "secret", Log: silence(), Dial: h.dial}
}

// bind binds to a house.
func (h *house) bind(t *testing.T, e *ear, change func(*smpp.ClientConfig)) *smpp.Bind {
	t.Helper()
	c := h.config()
	if change != nil {
		change(&c)
	}
	b, err := smpp.Dial(t.Context(), c, e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { part(t, b) })
	return b
}

// part ends a bind.
func part(t *testing.T, b *smpp.Bind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.Close(ctx); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// hello is a message.
func hello(from, to, text string) *smpp.SM {
	return &smpp.SM{
		Source:      smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: from},
		Destination: smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: to},
		Short:       []byte(text),
	}
}

// logTo is a log in a text.
func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
