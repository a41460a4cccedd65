package diameter

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A silent peer is asked after Tw, 30 seconds and at most two more or less, suspected after another, and given up after a third (RFC 3539 section 3.4.2); one that
// answers stays for ever.
func TestTheWatchdogKeepsItsTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		s, err := NewServer(usual(&j))
		if err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		s.strangers <- struct{}{}
		over := make(chan struct{})
		go func() {
			s.accept(t.Context(), near)
			close(over)
		}()
		r := raw{far, t}
		r.say(cer("smf.example.org"))
		r.hear()
		const tw, jitter = 30 * time.Second, 2 * time.Second
		for range 100 {
			before := time.Now()
			asked := r.hear()
			if waited := time.Since(before); asked.Command != DeviceWatchdog || waited < tw-jitter || waited > tw+jitter {
				t.Fatalf("%v was asked after %v", asked.Command, waited)
			}
			r.say(Node{Identity: "smf.example.org"}.Answer(asked, Success))
		}
		before := time.Now()
		r.hear()
		r.ended()
		<-over
		if waited := time.Since(before); waited < 3*(tw-jitter) || waited > 3*(tw+jitter) {
			t.Errorf("it was given up after %v", waited)
		}
		if err = far.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestASilentPeerIsAskedAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		c := usual(&j)
		c.Watchdog = 40 * time.Millisecond
		s, err := NewServer(c)
		if err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		s.strangers <- struct{}{}
		over := make(chan struct{})
		go func() {
			s.accept(t.Context(), near)
			close(over)
		}()
		r := raw{far, t}
		r.say(cer("smf.example.org"))
		r.hear()
		asked := r.hear()
		if asked.Command != DeviceWatchdog || !asked.IsRequest() {
			t.Fatalf("it was asked %v", asked)
		}
		r.say(Node{Identity: "smf.example.org"}.Answer(asked, Success))
		if again := r.hear(); again.Command != DeviceWatchdog {
			t.Fatalf("it was asked %v", again)
		}
		r.ended()
		<-over
		if len(s.Peers()) != 0 || j.count("gone", "watchdog") != 1 {
			t.Errorf("%q are left, and it is logged %d times", s.Peers(), j.count("gone", "watchdog"))
		}
		if err = far.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A peer that begins a connection and says nothing has five seconds.
func TestWhoSaysNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		s, err := NewServer(usual(&j))
		if err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		s.strangers <- struct{}{}
		before := time.Now()
		s.accept(t.Context(), near)
		if waited := time.Since(before); waited != handshakeWithin || len(s.strangers) != 0 {
			t.Errorf("it took %v", waited)
		}
		if err = far.Close(); err != nil {
			t.Error(err)
		}
	})
}
