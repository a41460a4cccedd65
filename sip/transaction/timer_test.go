package transaction

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// packet is a datagram of the simulated network.
type packet struct {
	from netip.AddrPort
	data []byte
}

// wire is a network of two: our socket and a far end that a test plays. Nothing takes time on it.
type wire struct {
	local netip.AddrPort
	in    chan packet
	out   chan packet
	once  sync.Once
	gone  chan struct{}
}

func newWire() *wire {
	return &wire{local: netip.MustParseAddrPort("192.0.2.1:5060"), in: make(chan packet, 100), out: make(chan packet, 100), gone: make(chan struct{})}
}

func (w *wire) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case p := <-w.in:
		return copy(b, p.data), p.from, nil
	case <-w.gone:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (w *wire) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	w.out <- packet{from: to, data: bytes.Clone(b)}
	return len(b), nil
}

func (w *wire) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(w.local) }

func (w *wire) Close() error {
	w.once.Do(func() { close(w.gone) })
	return nil
}

// newWired starts a side on a simulated network, inside a bubble.
func newWired(t *testing.T) (*far, *wire) {
	t.Helper()
	w := newWire()
	tr, err := transport.New(transport.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: w.local}},
		OpenUDP:   func(netip.AddrPort) (transport.UDPSocket, error) { return w, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &far{tr: tr, events: make(chan any, 1000)}
	f.tx = New(Config{}, tr)
	f.tx.SetHandler(f)
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f, w
}

// sent lists when packets went out, in milliseconds since start, until the network is quiet for a minute.
func (w *wire) sent(start time.Time) []int64 {
	var at []int64
	for {
		select {
		case <-w.out:
			at = append(at, time.Since(start).Milliseconds())
		case <-time.After(time.Minute):
			return at
		}
	}
}

func carrier() transport.Target {
	return transport.Target{Network: transport.UDP, Addr: netip.MustParseAddrPort("192.0.2.2:5060")}
}

// kept counts what a layer still knows of transactions.
func (l *Layer) kept() int {
	n := 0
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += len(s.servers) + len(s.clients) + len(s.merged)
		s.mu.Unlock()
	}
	return n
}

// TestAnInviteIsRepeatedAndGivenUp at the times of RFC 3261 section 17.1.1.2, and nothing of it is kept.
func TestAnInviteIsRepeatedAndGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newWired(t)
		failed := make(chan error, 1)
		start := time.Now()
		if _, err := f.tx.Send(f.request(gosip.INVITE, "timer-b", 1), carrier(), func(r Reply) {
			failed <- r.Err
			if took := time.Since(start); took != 32*time.Second {
				t.Errorf("given up after %v", took)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(w.sent(start)), "[0 500 1500 3500 7500 15500 31500]"; got != want {
			t.Errorf("sent at %s", got)
		}
		if err := <-failed; !errors.Is(err, ErrTimeout) {
			t.Errorf("told %v", err)
		}
		if n := f.tx.kept(); n != 0 {
			t.Errorf("%d things kept", n)
		}
	})
}

// TestAnyOtherRequestIsRepeatedAndGivenUp: doubling up to 4 s (RFC 3261 section 17.1.2.2).
func TestAnyOtherRequestIsRepeatedAndGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newWired(t)
		failed := make(chan error, 1)
		start := time.Now()
		if _, err := f.tx.Send(f.request(gosip.OPTIONS, "timer-f", 1), carrier(), func(r Reply) { failed <- r.Err }); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(w.sent(start)), "[0 500 1500 3500 7500 11500 15500 19500 23500 27500 31500]"; got != want {
			t.Errorf("sent at %s", got)
		}
		if err := <-failed; !errors.Is(err, ErrTimeout) {
			t.Errorf("told %v", err)
		}
	})
}

// TestARefusalIsRepeatedUntilItsAck, and given up after 32 s without one (RFC 3261 section 17.2.1).
func TestARefusalIsRepeatedUntilItsAck(t *testing.T) {
	for name, c := range map[string]struct {
		acked bool
		want  string
	}{
		"no ACK": {false, "[0 0 500 1500 3500 7500 11500 15500 19500 23500 27500 31500]"},
		"ACK":    {true, "[0 0 500]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, w := newWired(t)
				start := time.Now()
				w.in <- packet{from: carrier().Addr, data: text("INVITE", "timer-g", "z9hG4bKg", 1, transport.UDP)}
				invite := (<-f.events).(gotRequest).tx
				if err := invite.Respond(message.NewResponse(invite.Request(), 486, "", nil)); err != nil {
					t.Fatal(err)
				}
				if c.acked {
					time.AfterFunc(600*time.Millisecond, func() {
						w.in <- packet{from: carrier().Addr, data: text("ACK", "timer-g", "z9hG4bKg", 1, transport.UDP)}
					})
				}
				if got := fmt.Sprint(w.sent(start)); got != c.want {
					t.Errorf("sent at %s", got)
				}
				if n := f.tx.kept(); n != 0 {
					t.Errorf("%d things kept", n)
				}
				if len(f.events) != 0 {
					t.Errorf("told %T", <-f.events)
				}
			})
		})
	}
}

// TestAFinishedRequestAnswersRepeatsFromBytes for 32 s, and then nothing is kept.
func TestAFinishedRequestAnswersRepeatsFromBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newWired(t)
		raw := text("MESSAGE", "timer-j", "z9hG4bKj", 1, transport.UDP)
		w.in <- packet{from: carrier().Addr, data: raw}
		tx := (<-f.events).(gotRequest).tx
		if err := tx.Respond(message.NewResponse(tx.Request(), 202, "", nil)); err != nil {
			t.Fatal(err)
		}
		first := <-w.out
		for range 3 {
			time.Sleep(10 * time.Second)
			w.in <- packet{from: carrier().Addr, data: raw}
			if again := <-w.out; !bytes.Equal(again.data, first.data) {
				t.Errorf("repeat is\n%s", again.data)
			}
		}
		time.Sleep(3 * time.Second)
		if n := f.tx.kept(); n != 0 || len(f.events) != 0 {
			t.Errorf("%d things kept, %d told", n, len(f.events))
		}
	})
}

// TestA2xxThatComesLateIsStillToldTo the dialog: within 32 s as repeated, afterwards as a stray.
func TestA2xxThatComesLateIsStillToldTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newWired(t)
		replies := make(chan Reply, 10)
		if _, err := f.tx.Send(f.request(gosip.INVITE, "late-2xx", 1), carrier(), func(r Reply) { replies <- r }); err != nil {
			t.Fatal(err)
		}
		m, err := message.NewParser().ParseSIP((<-w.out).data)
		if err != nil {
			t.Fatal(err)
		}
		invite, ok := m.(*gosip.Request)
		if !ok {
			t.Fatalf("sent %T", m)
		}
		ringing := message.NewResponse(invite, 180, "", nil) // stops Timer B
		answer := message.NewResponse(invite, 200, "", nil)
		w.in <- packet{from: carrier().Addr, data: []byte(ringing.String())}
		<-replies
		time.Sleep(time.Minute) // no Timer C here: it is the dialog's
		for _, repeated := range []bool{false, true} {
			w.in <- packet{from: carrier().Addr, data: []byte(answer.String())}
			if r := <-replies; r.Err != nil || r.Repeated != repeated {
				t.Errorf("got %+v", r)
			}
		}
		time.Sleep(33 * time.Second)
		w.in <- packet{from: carrier().Addr, data: []byte(answer.String())}
		if e, ok := (<-f.events).(gotStray); !ok {
			t.Errorf("told %T", e)
		}
	})
}

// TestNewWorkIsShedBeforeWhatIsGoingOn: with its queue long, a shard refuses new calls and takes what belongs to old ones.
func TestNewWorkIsShedBeforeWhatIsGoingOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newWired(t)
		hold := make(chan struct{})
		f.answer = func(*Server) { <-hold } // the worker is busy with the first
		send := func(raw []byte) { w.in <- packet{from: carrier().Addr, data: raw}; synctest.Wait() }
		send(text("INVITE", "busy-shard", "z9hG4bKfirst", 1, transport.UDP))
		for i := range queueBound / 2 {
			send(text("ACK", "busy-shard", "z9hG4bKack"+fmt.Sprint(i), 1, transport.UDP))
		}
		<-w.out // 100
		send(text("INVITE", "busy-shard", "z9hG4bKsecond", 2, transport.UDP))
		if got := string((<-w.out).data[:11]); got != "SIP/2.0 503" {
			t.Errorf("new: %s", got)
		}
		send(text("BYE", "busy-shard", "z9hG4bKbye", 3, transport.UDP))
		if f.tr.Counters().Shed.Load() != 1 || len(w.out) != 0 {
			t.Error("what is going on was shed")
		}
		f.answer = nil
		close(hold)
		synctest.Wait()
		var last any
		for len(f.events) > 0 {
			last = <-f.events
		}
		if r, ok := last.(gotRequest); !ok || r.tx.Request().Method != gosip.BYE {
			t.Errorf("last told %T", last)
		}
	})
}
