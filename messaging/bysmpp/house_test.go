package bysmpp

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

const patience = time.Minute

// other is whoever is at the other end of a line: what came to it, and how it answers.
type other struct {
	mu     sync.Mutex
	came   []*smpp.SM
	answer func(n int, m *smpp.SM) smpp.Answer // nil: all is well; n counts from 1
	binds  chan *smpp.Bind
}

func newOther() *other { return &other{binds: make(chan *smpp.Bind, 10)} }

func (o *other) Take(_ context.Context, _ *smpp.Bind, m *smpp.SM) smpp.Answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.came = append(o.came, m)
	if o.answer != nil {
		return o.answer(len(o.came), m)
	}
	return smpp.Answer{MessageID: smpp.DialectStandard.ResponseID(uint64(len(o.came)))}
}

func (*other) Alert(context.Context, *smpp.Bind, *smpp.Alert) {}

func (o *other) Changed(_ context.Context, c smpp.Change) {
	if c.Phase == smpp.PhaseUp {
		o.binds <- c.Bind
	}
}

// got waits until so many PDUs came.
func (o *other) got(t *testing.T, n int) []*smpp.SM {
	t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.NewTimer(2 * time.Millisecond).C {
		o.mu.Lock()
		all := slices.Clone(o.came)
		o.mu.Unlock()
		if len(all) >= n {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d PDUs came, want %d", len(all), n)
		}
	}
}

// notes is a Notebook in memory.
type notes struct{ kept sync.Map }

func (n *notes) Remember(_ context.Context, key string, note []byte, _ time.Time) error {
	n.kept.LoadOrStore(key, note)
	return nil
}

func (n *notes) Recall(_ context.Context, key string) ([]byte, error) {
	v, there := n.kept.Load(key)
	if !there {
		return nil, nil
	}
	return v.([]byte), nil
}

// house is an office that speaks SMPP with somebody.
type house struct {
	t         *testing.T
	directory *mt.House
	store     *mt.Memory
	office    *messaging.Office
	other     *other
	bind      *smpp.Bind // the other's end
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, directory: mt.NewHouse(), store: mt.NewMemory(), other: newOther()}
	h.office = mt.NewOffice(h.directory, h.store)
	if err := h.office.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := h.office.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

// listen is a listener on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// toSMSC binds the house to an SMSC, by a connector.
func toSMSC(t *testing.T, id messaging.ConnectorID, role messaging.Role, long sms.Long) *house {
	t.Helper()
	h := build(t)
	smsc, err := smpp.NewServer(smpp.ServerConfig{
		SystemID: "smsc", Log: slog.New(slog.DiscardHandler),
		Authenticate: func(context.Context, smpp.Login) (smpp.Terms, error) { return smpp.Terms{}, nil },
	}, h.other)
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	serving := make(chan error, 1)
	go func() { serving <- smsc.Serve(context.WithoutCancel(t.Context()), l) }()
	client, err := NewClient(Config{Connector: id, Role: role, Desk: h.office, Long: long}, smpp.ClientConfig{Address: l.Addr().String(), SystemID: "tandem"})
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(context.WithoutCancel(t.Context()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		client.Run(life)
	}()
	t.Cleanup(func() {
		end()
		<-over
		_ = smsc.Close(context.WithoutCancel(t.Context()))
		<-serving
	})
	h.bind = <-h.other.binds
	return h
}

// program binds a program to the house.
func program(t *testing.T) (*house, *Server) {
	t.Helper()
	h := build(t)
	s, err := NewServer(ServerConfig{SystemID: "tandem", Notes: &notes{}, Messages: h.store})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Open(t.Context(), PeerConfig{Config: Config{Connector: mt.ByApp, Role: messaging.RoleProgram, Desk: h.office}, SystemID: "crm", Password: "pass"})
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(context.WithoutCancel(t.Context()), l) }()
	cfg := smpp.ClientConfig{Address: l.Addr().String(), SystemID: "crm", Password: "pass", Log: slog.New(slog.DiscardHandler)}
	for wrong, status := range map[string]smpp.Status{"nobody": smpp.RINVSYSID, "crm": smpp.RINVPASWD} {
		c := cfg
		c.SystemID, c.Password = wrong, "guess"
		if _, err = smpp.Dial(t.Context(), c, h.other); !refusedWith(err, status) {
			t.Errorf("%s is answered %v", wrong, err)
		}
	}
	if h.bind, err = smpp.Dial(t.Context(), cfg, h.other); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_ = h.bind.Close(ctx)
		p.Close(ctx)
		_ = s.Close(ctx)
		<-serving
	})
	return h, s
}

// kept lists what the store has, oldest first.
func (h *house) kept() []messaging.Message {
	h.t.Helper()
	p, err := h.store.Messages(h.t.Context(), messaging.Filter{Oldest: true, Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Messages
}

// until waits until a message is in a state.
func (h *house) until(id messaging.ID, s messaging.State) *messaging.Message {
	h.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.NewTimer(2 * time.Millisecond).C {
		m, err := h.store.Message(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if m.State == s {
			return m
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("it is %s, want %s", m.State, s)
		}
	}
}

// send sends from the desk, as somebody at a screen.
func (h *house) send(body string) messaging.ID {
	h.t.Helper()
	s, err := h.office.Send(h.t.Context(), messaging.Outgoing{Account: mt.Account, Number: mt.DeskID, To: mt.Other, Body: body, Channel: messaging.ChannelWorkspace})
	if err != nil {
		h.t.Fatal(err)
	}
	return s.Message.ID
}
