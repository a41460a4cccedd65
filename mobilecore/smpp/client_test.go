package smpp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/smpp"
)

// run runs a client until the function that it gives is called.
func run(t *testing.T, c smpp.ClientConfig, e *ear) (*smpp.Client, func()) {
	t.Helper()
	client, err := smpp.NewClient(c, e)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { client.Run(ctx) })
	stop := func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(stop)
	return client, stop
}

func TestALostBindComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		e := newEar(nil)
		client, _ := run(t, h.config(), e)
		synctest.Wait()
		ids := map[string]bool{}
		for range 20 {
			binds := client.Binds()
			if len(binds) != 1 {
				t.Fatalf("there are %d binds", len(binds))
			}
			ids[binds[0].ID()] = true
			time.Sleep(time.Minute) // it was a good one
			h.Binds("kate")[0].Cut()
			synctest.Wait()
			if _, err := client.Submit(t.Context(), hello("1", "2", "x")); !errors.Is(err, smpp.ErrNoBind) {
				t.Errorf("with no bind: %v", err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if len(ids) != 20 || e.phases(smpp.PhaseUp) != 21 || e.phases(smpp.PhaseDown) != 20 {
			t.Errorf("%d names of binds, %d came and %d went", len(ids), e.phases(smpp.PhaseUp), e.phases(smpp.PhaseDown))
		}
	})
}

func TestAnSMSCThatRefusesIsAskedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), func(c *smpp.ServerConfig) { c.Failures = 1000 })
		e := newEar(nil)
		c := h.config()
		c.Password = "guess"
		var said strings.Builder
		c.Log = logTo(&said)
		_, stop := run(t, c, e)
		time.Sleep(10 * time.Minute)
		stop()
		n := e.phases(smpp.PhaseFailed)
		if n < 12 || n > 28 {
			t.Errorf("it asked %d times in ten minutes", n)
		}
		for i, change := range e.changes {
			least := min(time.Second<<i, time.Minute) / 2
			if refused, is := errors.AsType[*smpp.RefusedError](change.Err); !is || refused.Status != smpp.RINVPASWD || change.Again < least || change.Again > 2*least {
				t.Errorf("%d: %v, again after %s", i, change.Err, change.Again)
			}
		}
		if lines := strings.Count(said.String(), "\n"); lines != 1 {
			t.Errorf("it was logged in %d lines:\n%s", lines, said.String())
		}
		if strings.Contains(said.String(), "guess") {
			t.Errorf("the password is in the log: %s", said.String())
		}
	})
}

func TestSeveralBindsShareTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		by := map[string]int{}
		e := newEar(func(_ context.Context, b *smpp.Bind, _ *smpp.SM) smpp.Answer {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			by[b.ID()]++
			return smpp.Answer{}
		})
		h := serve(t, e, nil)
		c := h.config()
		c.Kinds = []smpp.Command{smpp.BindTransceiver, smpp.BindTransmitter, smpp.BindReceiver}
		atClient := newEar(nil)
		client, _ := run(t, c, atClient)
		synctest.Wait()
		began := time.Now()
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := client.Submit(t.Context(), hello(fmt.Sprint(i), "2", "x")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if time.Since(began) != time.Second || len(by) != 2 {
			t.Errorf("20 messages by two windows of ten took %s: %v", time.Since(began), by)
		}
		for range 10 {
			if _, err := h.Submit(t.Context(), "kate", hello("2", "1", "down")); err != nil {
				t.Error(err)
			}
		}
		if len(atClient.got) != 10 {
			t.Errorf("%d came down", len(atClient.got))
		}
	})
}

func TestAMessageGoesByAnotherBindWhenOneIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		c := h.config()
		c.Kinds = []smpp.Command{smpp.BindTransceiver, smpp.BindTransceiver}
		client, _ := run(t, c, newEar(nil))
		synctest.Wait()
		client.Binds()[0].Cut()
		for range 50 {
			if _, err := client.Submit(t.Context(), hello("1", "2", "x")); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestUnbindDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context, *smpp.Bind, *smpp.SM) smpp.Answer {
			time.Sleep(3 * time.Second)
			return smpp.Answer{MessageID: "late"}
		}
		for name, end := range map[string]func(h *house, stop func()){
			"the client leaves": func(_ *house, stop func()) { stop() },
			"the server leaves": func(h *house, _ func()) {
				if err := h.Server.Close(t.Context()); err != nil {
					t.Error(err)
				}
			},
		} {
			h := serve(t, newEar(slow), nil)
			atClient := newEar(slow)
			client, stop := run(t, h.config(), atClient)
			synctest.Wait()
			began := time.Now()
			b := client.Binds()[0]
			var both sync.WaitGroup
			both.Go(func() {
				if a, err := b.Submit(t.Context(), hello("1", "2", "up")); err != nil || a.MessageID != "late" {
					t.Errorf("%s: up: %+v, %v", name, a, err)
				}
			})
			both.Go(func() {
				if _, err := h.Submit(t.Context(), "kate", hello("2", "1", "down")); err != nil {
					t.Errorf("%s: down: %v", name, err)
				}
			})
			synctest.Wait()
			both.Go(func() { end(h, stop) })
			synctest.Wait()
			if name == "the client leaves" {
				if _, err := b.Submit(t.Context(), hello("1", "2", "too late")); !errors.Is(err, smpp.ErrLeaving) {
					t.Errorf("%s: %v", name, err)
				}
			}
			both.Wait()
			if d := time.Since(began); d > 4*time.Second {
				t.Errorf("%s: the end took %s", name, d)
			}
			stop()
		}
	})
}

func TestAnEndHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(func(ctx context.Context, _ *smpp.Bind, _ *smpp.SM) smpp.Answer {
			<-ctx.Done()
			return smpp.Answer{}
		}), nil)
		b := h.bind(t, newEar(nil), nil)
		var sent sync.WaitGroup
		sent.Go(func() {
			if _, err := b.Submit(t.Context(), hello("1", "2", "x")); err == nil {
				t.Error("it was answered")
			}
		})
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Server.Close(ctx); err != nil || time.Since(began) != time.Second {
			t.Errorf("the end came after %s: %v", time.Since(began), err)
		}
		sent.Wait()
	})
}

func TestWrongConfigurationsAreNamed(t *testing.T) {
	good := smpp.ClientConfig{Address: "127.0.0.1:2775", SystemID: "kate", Log: silence()}
	if _, err := smpp.NewClient(good, newEar(nil)); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*smpp.ClientConfig){
		"log": func(c *smpp.ClientConfig) { c.Log = nil }, "address": func(c *smpp.ClientConfig) { c.Address = "" },
		"password": func(c *smpp.ClientConfig) { c.Password = "123456789" }, "submit_sm is no kind": func(c *smpp.ClientConfig) { c.Kinds = []smpp.Command{smpp.SubmitSM} },
	} {
		c := good
		change(&c)
		if _, err := smpp.NewClient(c, newEar(nil)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "123456789") {
			t.Errorf("without %s: %v", want, err)
		}
	}
}

func TestNobodyIsThere(t *testing.T) {
	c := smpp.ClientConfig{Address: "127.0.0.1:1", SystemID: "kate", Log: silence()}
	var e net.Error
	if _, err := smpp.Dial(t.Context(), c, newEar(nil)); !errors.As(err, &e) {
		t.Errorf("the error is %v", err)
	}
}
