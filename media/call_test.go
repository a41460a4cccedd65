package media_test

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// mailbox is an owner.
type mailbox chan media.Event

func (m mailbox) Post(e media.Event) bool {
	select {
	case m <- e:
		return true
	default:
		return false
	}
}

// await gives the next event that is wanted, and drops the others.
func await[E media.Event](t *testing.T, m mailbox) E {
	t.Helper()
	for {
		select {
		case e := <-m:
			if e, ok := e.(E); ok {
				return e
			}
		case <-soon(t).Done():
			t.Fatalf("no %T came", *new(E))
		}
	}
}

// soon bounds a test in time.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// street gives each test loopback addresses of its own, so that ports of one test are not those of another.
func street(last byte) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 81, byte(houses.Load()), last})
}

var houses atomic.Uint32

// engine is one for a test, at the first address of a new street.
func engine(t *testing.T, change ...func(*media.Config)) *media.Engine {
	t.Helper()
	houses.Add(1)
	cfg := media.Config{Bind: street(1), Deny: []netip.Prefix{}, Workers: 2}
	for _, f := range change {
		f(&cfg)
	}
	e, err := media.New(cfg)
	if err != nil {
		t.Fatalf("start media: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("stop media: %v", err)
		}
	})
	return e
}

// party is a leg with its peer and its owner.
type party struct {
	*media.Session
	peer *mediatest.Peer
	box  mailbox
}

// join has a peer of address .n offer, and the Session answer.
func join(t *testing.T, e *media.Engine, n byte, s mediatest.Sketch, change ...func(*media.Opening)) party {
	t.Helper()
	p := party{peer: mediatest.NewPeer(t, street(n)), box: make(mailbox, 100)}
	o := media.Opening{Sink: p.box, Ref: media.Ref(n), Signalled: street(n)}
	for _, f := range change {
		f(&o)
	}
	var err error
	if p.Session, err = e.Open(o); err != nil {
		t.Fatalf("open: %v", err)
	}
	answer, err := p.Answer(p.peer.SDP(s))
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	if err := p.peer.Take(answer); err != nil {
		t.Fatalf("take the answer: %v\n%s", err, answer)
	}
	return p
}

// enough is a number of packets.
func enough(n int) func(mediatest.Packets) bool {
	return func(ps mediatest.Packets) bool { return len(ps) >= n }
}

func TestTwoPeersHearEachOther(t *testing.T) {
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	if err := media.Bridge(a.Session, b.Session); err != nil {
		t.Fatal(err)
	}
	a.peer.SendTone(440, time.Second)
	b.peer.SendTone(1000, time.Second)
	heardB, err := b.peer.Await(soon(t), enough(45))
	if err != nil {
		t.Fatal(err)
	}
	heardA, err := a.peer.Await(soon(t), enough(45))
	if err != nil {
		t.Fatal(err)
	}
	if heardB.Tone(440) < 45 || heardA.Tone(1000) < 45 {
		t.Errorf("B heard %d packets of 440 Hz, A %d of 1000 Hz", heardB.Tone(440), heardA.Tone(1000))
	}
	a.peer.SendDigits("204#")
	for _, want := range []byte("204#") {
		if d := await[media.Digit](t, a.box); d.Key != want || d.Path != media.DigitRFC4733 {
			t.Errorf("digit %c by way %d, want %c", d.Key, d.Path, want)
		}
	}
	if _, err := b.peer.Await(soon(t), func(ps mediatest.Packets) bool { return ps.Digits(101) == "204#" }); err != nil {
		t.Errorf("B got digits %q: %v", b.peer.Heard().Digits(101), err)
	}
}
