package smpp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/smpp"
)

// dialTo binds to an SMSC that the test plays.
func dialTo(t *testing.T, e *ear, play func(w *wire), change func(*smpp.ClientConfig)) *smpp.Bind {
	t.Helper()
	c := smpp.ClientConfig{Name: "smsc", SystemID: "kate", Password: "secret", Log: silence(), Dial: smsc(t, play)}
	if change != nil {
		change(&c)
	}
	b, err := smpp.Dial(t.Context(), c, e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Cut)
	return b
}

// accept answers a submit_sm.
func accept(p *smpp.PDU, id string) *smpp.PDU {
	return &smpp.PDU{Sequence: p.Sequence, Body: &smpp.SMResponse{Command: p.Command().Response(), MessageID: id}}
}

func TestASubmitEndsInOneOfFourWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := dialTo(t, newEar(nil), func(w *wire) {
			w.say(t, accept(w.hear(t), "bad2400"))
			p := w.hear(t)
			w.say(t, &smpp.PDU{Status: smpp.RINVDSTADR, Sequence: p.Sequence, Body: &smpp.Plain{Command: smpp.SubmitSMResp}})
			p = w.hear(t)
			w.say(t, &smpp.PDU{Status: smpp.RINVCMDID, Sequence: p.Sequence, Body: &smpp.Plain{Command: smpp.GenericNack}})
			w.hear(t) // it is not answered
			w.hear(t) // nor is this, and the line is lost
		}, nil)
		m := hello("1", "2", "x")
		if a, err := b.Submit(t.Context(), m); err != nil || a.MessageID != "bad2400" {
			t.Errorf("taken: %+v, %v", a, err)
		}
		for _, want := range []smpp.Status{smpp.RINVDSTADR, smpp.RINVCMDID} {
			_, err := b.Submit(t.Context(), m)
			if refused, is := errors.AsType[*smpp.RefusedError](err); !is || refused.Status != want || refused.Temporary() || refused.Again != 0 {
				t.Errorf("refused: %v, want %s", err, want)
			}
		}
		began := time.Now()
		_, err := b.Submit(t.Context(), m)
		if _, is := errors.AsType[*smpp.InDoubtError](err); !is || time.Since(began) != 10*time.Second {
			t.Errorf("not answered: %v after %s", err, time.Since(began))
		}
		if _, err = b.Submit(t.Context(), m); !errors.Is(err, smpp.ErrGone) {
			t.Errorf("the line is lost: %v", err)
		} else if _, is := errors.AsType[*smpp.InDoubtError](err); !is {
			t.Errorf("the line is lost after it was sent: %v", err)
		}
		if _, err = b.Submit(t.Context(), m); !errors.Is(err, smpp.ErrGone) {
			t.Errorf("there is no line: %v", err)
		} else if _, is := errors.AsType[*smpp.NotSentError](err); !is {
			t.Errorf("there is no line to send it by: %v", err)
		}
	})
}

func TestWhoGivesUpKnowsWhetherItWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		b := dialTo(t, newEar(nil), func(w *wire) {
			p := w.hear(t)
			<-hold
			w.say(t, accept(p, "1"))
			w.say(t, accept(w.hear(t), "2"))
			w.hear(t)
		}, func(c *smpp.ClientConfig) { c.Settings.Window = 1 })
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := b.Submit(short, hello("1", "2", "sent")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("sent: %v", err)
			} else if _, is := errors.AsType[*smpp.InDoubtError](err); !is {
				t.Errorf("sent: %v", err)
			}
		})
		synctest.Wait()
		both.Go(func() {
			if _, err := b.Submit(short, hello("1", "2", "behind it")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("behind it: %v", err)
			} else if _, is := errors.AsType[*smpp.NotSentError](err); !is {
				t.Errorf("behind it: %v", err)
			}
		})
		both.Wait()
		if n := b.Outstanding(); n != 1 {
			t.Errorf("%d are outstanding, want the one that was sent", n)
		}
		close(hold)
		if a, err := b.Submit(t.Context(), hello("1", "2", "next")); err != nil || a.MessageID != "2" {
			t.Errorf("next: %+v, %v", a, err)
		}
	})
}

func TestTheWindowIsNeverWider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		widest, answered := 0, 0
		b := dialTo(t, newEar(nil), func(w *wire) {
			for answered < 30 {
				var waiting []*smpp.PDU
				for range 3 {
					waiting = append(waiting, w.hear(t))
				}
				synctest.Wait()
				if err := w.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
					t.Error(err)
				}
				if _, err := w.r.ReadByte(); err == nil {
					widest = 4
				}
				widest = max(widest, len(waiting))
				for i := range waiting { // the last first: responses need no order
					p := waiting[len(waiting)-1-i]
					w.say(t, accept(p, fmt.Sprint(p.Sequence)))
					answered++
				}
			}
			w.hear(t)
		}, func(c *smpp.ClientConfig) { c.Settings.Window = 3 })
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				if _, err := b.Submit(t.Context(), hello("1", "2", fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if widest != 3 {
			t.Errorf("the widest was %d, want 3", widest)
		}
	})
}

func TestSequenceNumbersBeginAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []uint32
		release := make(chan struct{})
		b := dialTo(t, newEar(nil), func(w *wire) {
			first := w.hear(t)
			seen = append(seen, first.Sequence)
			for range 4 {
				p := w.hear(t)
				seen = append(seen, p.Sequence)
				w.say(t, accept(p, "x"))
			}
			w.say(t, accept(first, "first"))
			close(release)
			w.hear(t)
		}, nil)
		b.SetSequence(1)
		go func() { _, _ = b.Submit(t.Context(), hello("1", "2", "it stays")) }()
		synctest.Wait()
		b.SetSequence(0x7FFFFFFD)
		for range 4 {
			if _, err := b.Submit(t.Context(), hello("1", "2", "x")); err != nil {
				t.Fatal(err)
			}
		}
		<-release
		if want := []uint32{2, 0x7FFFFFFE, 0x7FFFFFFF, 1, 3}; fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("the numbers are %x, want %x: none twice", seen, want)
		}
	})
}

func TestAThrottledBindWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusals := []smpp.Status{smpp.RTHROTTLED, smpp.RTHROTTLED, smpp.RMSGQFUL, smpp.ROK, smpp.RTHROTTLED}
		b := dialTo(t, newEar(nil), func(w *wire) {
			for _, s := range refusals {
				p := w.hear(t)
				w.say(t, &smpp.PDU{Status: s, Sequence: p.Sequence, Body: &smpp.Plain{Command: smpp.SubmitSMResp}})
			}
			w.hear(t)
		}, nil)
		for i, want := range []struct{ least, most, sent time.Duration }{
			{least: 250 * time.Millisecond, most: 500 * time.Millisecond},
			{least: 500 * time.Millisecond, most: time.Second, sent: 250 * time.Millisecond},
			{least: time.Second, most: 2 * time.Second, sent: 500 * time.Millisecond},
			{},
			{least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		} {
			began := time.Now()
			_, err := b.Submit(t.Context(), hello("1", "2", "x"))
			if waited := time.Since(began); waited < want.sent {
				t.Errorf("%d was sent after %s, want at least %s", i, waited, want.sent)
			}
			if want.least == 0 {
				if err != nil {
					t.Errorf("%d: %v", i, err)
				}
				continue
			}
			refused, is := errors.AsType[*smpp.RefusedError](err)
			if !is || !refused.Temporary() || refused.Again < want.least || refused.Again > want.most {
				t.Errorf("%d: %v again after %s, want %s to %s", i, err, refused.Again, want.least, want.most)
			}
		}
	})
}

func TestTheRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		b := h.bind(t, newEar(nil), func(c *smpp.ClientConfig) { c.Settings.Rate = 50 })
		began := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := b.Submit(t.Context(), hello("1", "2", "x")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if d := time.Since(began); d < 1880*time.Millisecond || d > 2*time.Second {
			t.Errorf("100 messages took %s, want 2 s less a tenth", d)
		}
	})
}

func TestAHalfOpenLineIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(nil)
		h := serve(t, e, nil)
		w := h.bound(t, smpp.BindTransceiver)
		began := time.Now()
		w.expect(t, smpp.EnquireLink, smpp.ROK, 2)
		w.say(t, plain(smpp.EnquireLinkResp, 2))
		w.expect(t, smpp.EnquireLink, smpp.ROK, 3) // it says nothing more
		if p := w.hear(t); p != nil || time.Since(began) != 70*time.Second {
			t.Errorf("the line says %+v, after %s", p, time.Since(began))
		}
		synctest.Wait()
		if n := len(h.Binds("kate")); n != 0 {
			t.Errorf("there are %d binds", n)
		}
		if last := e.changes[len(e.changes)-1]; last.Phase != smpp.PhaseDown || !errors.Is(last.Err, smpp.ErrSilent) {
			t.Errorf("the last change is %+v", last)
		}
	})
}

func TestBothSidesEnquire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		b := h.bind(t, newEar(nil), func(c *smpp.ClientConfig) { c.Settings.Enquire = 10 * time.Second })
		time.Sleep(time.Hour)
		if b.Err() != nil {
			t.Errorf("after an hour of nothing: %v", b.Err())
		}
		p, err := b.Do(t.Context(), &smpp.Plain{Command: smpp.EnquireLink})
		if err != nil || p.Command() != smpp.EnquireLinkResp {
			t.Errorf("enquire_link: %+v, %v", p, err)
		}
	})
}

func TestAPeerThatDoesNotReadIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := dialTo(t, newEar(nil), func(*wire) { <-t.Context().Done() }, func(c *smpp.ClientConfig) { c.Settings.Patience = time.Minute })
		began := time.Now()
		_, err := b.Submit(t.Context(), hello("1", "2", "x"))
		if _, is := errors.AsType[*smpp.InDoubtError](err); !is || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if !errors.Is(b.Err(), smpp.ErrSlow) {
			t.Errorf("the bind ended with %v", b.Err())
		}
	})
}

func TestAPeerOfVersion33GetsNoTLVs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		w := h.raw(t)
		w.say(t, &smpp.PDU{Sequence: 1, Body: &smpp.BindRequest{Command: smpp.BindReceiver, SystemID: "kate", Password: "secret", Version: smpp.Version33}})
		w.expect(t, smpp.BindReceiverResp, smpp.ROK, 1)
		m := hello("1", "2", "x")
		m.SetReference(7)
		go func() { _, _ = h.Submit(t.Context(), "kate", m) }()
		if got, _ := w.hear(t).Body.(*smpp.SM); got == nil || len(got.TLVs) != 0 {
			t.Errorf("it gets %+v", got)
		}
		m.SetOctets(make([]byte, 300))
		if _, err := h.Submit(t.Context(), "kate", m); err == nil {
			t.Error("a body that does not fit is sent")
		}
		if len(m.TLVs) != 2 {
			t.Errorf("the caller's message has changed: %+v", m.TLVs)
		}
	})
}

func TestAlertsAreHeardAndNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(nil)
		h := serve(t, newEar(nil), nil)
		b := h.bind(t, e, nil)
		for range 3 {
			if err := h.Binds("kate")[0].Notify(t.Context(), &smpp.Alert{Source: imsi}); err != nil {
				t.Fatal(err)
			}
		}
		e.until(t, "an alert", func() bool { return len(e.alerts) == 3 })
		if a := e.alerts[0]; a.Source != imsi || !a.Available() {
			t.Errorf("the alert is %+v", a)
		}
		if _, err := b.Submit(t.Context(), hello("1", "2", "x")); err != nil {
			t.Errorf("the bind does not go on: %v", err)
		}
	})
}

// lost is a connection that breaks in the middle of what is written.
type lost struct {
	net.Conn

	after int // octets
}

func (l *lost) Write(b []byte) (int, error) {
	if l.after -= len(b); l.after < 0 {
		_ = l.Close()
		return 0, io.ErrClosedPipe
	}
	return l.Conn.Write(b)
}

func TestWhatWasWrittenInPartIsInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		b := h.bind(t, newEar(nil), func(c *smpp.ClientConfig) {
			c.Dial = func(ctx context.Context) (net.Conn, error) {
				conn, err := h.dial(ctx)
				return &lost{conn, 100}, err
			}
		})
		_, err := b.Submit(t.Context(), hello("1", "2", "a message that is longer than what the line takes before it breaks"))
		if _, is := errors.AsType[*smpp.InDoubtError](err); !is {
			t.Errorf("it is %v", err)
		}
	})
}
