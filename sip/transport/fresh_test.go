package transport

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// slowly is how many connections shake hands slowly: TANDEM_SLOW, else few enough for every run of the tests.
func slowly(t *testing.T) int {
	t.Helper()
	n := 600
	if more := os.Getenv("TANDEM_SLOW"); more != "" {
		var err error
		if n, err = strconv.Atoi(more); err != nil {
			t.Fatalf("TANDEM_SLOW: %v", err)
		}
	}
	return n
}

// crowd is connections of strangers who shake hands a byte a second, each twenty from an address of their own.
type crowd struct {
	conns []net.Conn
	wg    sync.WaitGroup
}

func (c *crowd) join(t *testing.T, i int, to string) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 66, byte(i/20/250), byte(1+i/20%250))}, Timeout: patience}
	conn, err := d.DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	c.conns = append(c.conns, conn)
	if i%3 == 0 {
		return // says nothing at all
	}
	hello := []byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}
	if i%3 == 1 {
		hello = hello[:5]
	}
	c.wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for _, b := range hello {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			select {
			case <-t.Context().Done():
				return
			case <-tick.C:
			}
		}
		_, _ = io.Copy(io.Discard, conn)
	})
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.wg.Wait()
}

// TestSlowHandshakesByTheHundred, and by the thousand where TANDEM_SLOW says so: more connections than there may be, none of which comes to an end with its handshake, from
// many addresses. Somebody else is served all the while; what it costs is bounded; afterwards nothing of it is left (T10).
func TestSlowHandshakesByTheHundred(t *testing.T) {
	ca, crowded := newAuthority(t), slowly(t)
	s := newSide(t, func(c *Config) {
		c.Listeners = []Listener{{Network: TLS, Bind: c.Listeners[0].Bind}}
		c.ServeTLS = &tls.Config{Certificates: []tls.Certificate{*ca.sign(dnsNames("a.test"))}, MinVersion: tls.VersionTLS12}
		c.Limits.Connections, c.Limits.PerIP = crowded/2, 20
	})
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var c crowd
	defer c.leave()
	served, began := 0, time.Now()
	for i := range crowded {
		c.join(t, i, s.at(TLS).String())
		switch full := i >= crowded/2-1; {
		case !full && i%(crowded/10) != 0, full && i != crowded/2-1 && i != crowded-1:
			continue
		case full:
			pause(moment + 100*time.Millisecond) // those who are there have had their moment
		}
		if !helloAndOptions(t, s.at(TLS).String()) {
			t.Errorf("nobody is served beside %d slow ones", i+1)
			continue
		}
		served++
	}
	runtime.GC()
	runtime.ReadMemStats(&during)
	s.streams.mu.Lock()
	open := len(s.streams.byID)
	s.streams.mu.Unlock()
	each := (int64(during.HeapAlloc+during.StackInuse) - int64(before.HeapAlloc+before.StackInuse)) / int64(crowded/2) // however many are open still where it took long
	t.Logf("%d slow ones in %v: %d open, %d bytes each with those of the test, %d served beside them", crowded, time.Since(began).Round(time.Millisecond), open, each, served)
	if open > crowded/2 {
		t.Errorf("%d open, and %d may be", open, crowded/2)
	}
	if each > 40<<10 {
		t.Errorf("%d bytes each", each)
	}
	for deadline := time.Now().Add(s.cfg.Limits.Handshake + 10*time.Second); open > 0 && time.Now().Before(deadline); {
		pause(50 * time.Millisecond)
		s.streams.mu.Lock()
		open = len(s.streams.byID)
		s.streams.mu.Unlock()
	}
	if open > 0 || s.streams.fresh.Len() != 0 || len(s.streams.perIP) != 0 {
		t.Errorf("left: %d connections, %d fresh, %d addresses", open, s.streams.fresh.Len(), len(s.streams.perIP))
	}
}

// helloAndOptions says whether somebody who means it is served.
func helloAndOptions(t *testing.T, at string) bool {
	t.Helper()
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: patience}, Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := d.DialContext(t.Context(), "tcp", at)
	if err != nil {
		t.Log(err)
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	return status(ask(t, conn, request("OPTIONS"))) == "200"
}

// pause waits in real time.
func pause(d time.Duration) {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	<-t.C
}

// TestANewcomerTakesTheOldestPlace, of those that have not said anything: who has, and who has just come, stays.
func TestANewcomerTakesTheOldestPlace(t *testing.T) {
	s := newSide(t, func(c *Config) { c.Limits.Connections = 2 })
	spoke := s.dial(t, TCP)
	if status(ask(t, spoke, request("OPTIONS"))) != "200" {
		t.Fatal("not served")
	}
	mute := s.dial(t, TCP)
	if got := drained(t, s.dial(t, TCP)); got != "" {
		t.Errorf("a third one within a moment is answered %q", got)
	}
	pause(moment + 100*time.Millisecond)
	late := s.dial(t, TCP)
	if got := ask(t, late, request("OPTIONS")); status(got) != "200" {
		t.Errorf("a newcomer is answered %q", got)
	}
	if got := drained(t, mute); got != "" {
		t.Errorf("the mute one hears %q", got)
	}
	pause(moment + 100*time.Millisecond)
	if got := drained(t, s.dial(t, TCP)); got != "" {
		t.Errorf("who has spoken makes room, for %q", got)
	}
	for _, conn := range []net.Conn{spoke, late} {
		if got := ask(t, conn, request("OPTIONS")); status(got) != "200" {
			t.Errorf("who was there is answered %q", got)
		}
	}
}
