package e2e

import (
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"tandem/store/storetest"
)

// strait is a way to a database that can be blocked: then what is sent either way waits.
type strait struct {
	mu   sync.RWMutex // held for writing while it is blocked
	to   string
	door net.Listener
}

func newStrait(t *testing.T, to string) *strait {
	t.Helper()
	var lc net.ListenConfig
	door, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &strait{to: to, door: door}
	t.Cleanup(func() { _ = door.Close() })
	go func() {
		for {
			near, err := door.Accept()
			if err != nil {
				return
			}
			var d net.Dialer
			far, err := d.DialContext(t.Context(), "tcp", s.to)
			if err != nil {
				_ = near.Close()
				return
			}
			go s.carry(near, far)
			go s.carry(far, near)
		}
	}()
	return s
}

func (s *strait) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		s.mu.RLock()
		_, lost := to.Write(buf[:n])
		s.mu.RUnlock()
		if err != nil || lost != nil {
			return
		}
	}
}

// A call needs nothing of the database: while it does not answer, callers are answered, users ring, and the log has it all afterwards.
func TestACallAsksNoDatabase(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	s := newStrait(t, address.Host)
	address.Host = s.door.Addr().String()
	o := open(t, address.String(), demoSite)
	chloe := o.phone("chloe-desk")
	o.does(o.chloe(), "available")
	s.mu.Lock()
	call := o.call(o.carrier(), numberAlone)
	rung := o.rings(chloe)
	rung.Answer()
	o.ok(call.Answered(o.ctx))
	o.ok(call.Hangup(o.ctx))
	o.ok(rung.Ended(o.ctx))
	if status, text := o.tell(http.MethodGet, "/readyz", ""); status == http.StatusOK {
		o.t.Errorf("the database answered all the while: %s", text)
	}
	s.mu.Unlock()
	if got := o.log(1); len(got) != 1 || got[0].Status != "ended" {
		t.Errorf("the log has %v", got)
	}
}
