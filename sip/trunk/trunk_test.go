package trunk_test

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/resolve"
	"tandem/sip/transaction"
	"tandem/sip/transport"
	"tandem/sip/trunk"
)

// carrier answers what a trunk sends, by a script.
type carrier struct {
	mu     sync.Mutex
	start  time.Time
	seen   []string
	answer func(r *gosip.Request, to transport.Target) int // 0: silence
}

func (c *carrier) Send(r *gosip.Request, to transport.Target, reply func(transaction.Reply)) (*transaction.Client, error) {
	c.mu.Lock()
	expires := ""
	if h := r.GetHeader("Expires"); h != nil {
		expires = " " + h.Value()
	}
	c.seen = append(c.seen, time.Since(c.start).Round(time.Second).String()+" "+string(r.Method)+" "+to.Addr.String()+expires)
	status := c.answer(r, to)
	c.mu.Unlock()
	if status == 0 {
		time.AfterFunc(32*time.Second, func() { reply(transaction.Reply{Err: transaction.ErrTimeout}) })
		return nil, nil // trunks do not use the transaction
	}
	res := message.NewResponse(r, status, "", nil)
	go reply(transaction.Reply{Response: res})
	return nil, nil // trunks do not use the transaction
}

func (c *carrier) SendACK(*gosip.Request, transport.Target) error { return nil }

func (c *carrier) lines() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.seen, "\n")
}

// live runs a trunk until the test ends it.
func live(t *testing.T, c *carrier, s trunk.Settings) (*trunk.Trunk, func()) {
	t.Helper()
	c.start = time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	resolver := resolve.New(ctx, nil, resolve.Limits{})
	one := trunk.New(trunk.World{
		Sender: c, Resolver: resolver, Health: trunk.NewHealth(), Tags: message.NewTags(), Log: slog.New(slog.DiscardHandler),
		Contact: func(transport.Target) gosip.Uri { return gosip.Uri{Scheme: "sip", Host: "us.test"} },
	}, s)
	var wg sync.WaitGroup
	wg.Go(func() { one.Run(ctx) })
	return one, func() { cancel(); wg.Wait(); resolver.Close() }
}

func servers(t *testing.T, names ...string) []resolve.Server {
	t.Helper()
	var list []resolve.Server
	for _, n := range names {
		v, err := resolve.ParseServer(n)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func TestRegistrationIsRefreshedBeforeItEndsAndTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &carrier{answer: func(*gosip.Request, transport.Target) int { return 200 }}
		one, stop := live(t, c, trunk.Settings{ID: "x", Servers: servers(t, "sip:192.0.2.1"), AuthUser: "acc", Register: true, RegisterExpiry: 100 * time.Second})
		time.Sleep(200 * time.Second)
		if s := one.State(); !s.Up || time.Until(s.Until) < 20*time.Second {
			t.Errorf("state %+v", s)
		}
		stop()
		want := "0s REGISTER 192.0.2.1:5060 100\n1m20s REGISTER 192.0.2.1:5060 100\n2m40s REGISTER 192.0.2.1:5060 100\n3m20s REGISTER 192.0.2.1:5060 0"
		if got := c.lines(); got != want {
			t.Errorf("sent\n%s\nwant\n%s", got, want)
		}
	})
}

func TestARegistrarThatRefusesIsAskedLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &carrier{answer: func(*gosip.Request, transport.Target) int { return 403 }}
		one, stop := live(t, c, trunk.Settings{ID: "x", Servers: servers(t, "sip:192.0.2.1", "sip:192.0.2.2"), AuthUser: "acc", Register: true})
		time.Sleep(time.Hour)
		stop()
		n := strings.Count(c.lines(), "REGISTER")
		if n < 12 || n > 40 || !strings.Contains(c.lines(), "192.0.2.2") {
			t.Errorf("%d times in an hour:\n%s", n, c.lines())
		}
		if s := one.State(); s.Up || s.Detail != "REGISTER: 403 Forbidden" {
			t.Errorf("state %+v", s)
		}
	})
}

func TestAServerThatIsSilentIsTriedLastForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &carrier{answer: func(_ *gosip.Request, to transport.Target) int {
			if to.Addr.Addr() == netip.MustParseAddr("192.0.2.1") {
				return 0
			}
			return 200
		}}
		one, stop := live(t, c, trunk.Settings{ID: "x", Servers: servers(t, "sip:192.0.2.1", "sip:192.0.2.2"), OptionsEvery: time.Minute})
		defer stop()
		order := func() string {
			var list []string
			one.Hops(func(hops []trunk.Hop) {
				for _, h := range hops {
					list = append(list, h.Target.Addr.Addr().String())
				}
			})
			return strings.Join(list, " ")
		}
		time.Sleep(time.Second)
		if got := order(); got != "192.0.2.1 192.0.2.2" {
			t.Errorf("at first %s", got)
		}
		time.Sleep(40 * time.Second)
		if got := order(); got != "192.0.2.2 192.0.2.1" {
			t.Errorf("after its silence %s", got)
		}
		if s := one.State(); !s.Up {
			t.Errorf("one server answers: %+v", s)
		}
		if !one.Owns(netip.MustParseAddr("192.0.2.2")) || one.Owns(netip.MustParseAddr("192.0.2.3")) {
			t.Error("addresses")
		}
	})
}

func TestPenaltyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := trunk.NewHealth()
		to := transport.Target{Addr: netip.MustParseAddrPort("192.0.2.1:5060")}
		h.Report(to, 503, 90*time.Second)
		if h.Well(to) {
			t.Error("well after 503")
		}
		time.Sleep(91 * time.Second)
		if !h.Well(to) {
			t.Error("still ill after its Retry-After")
		}
		h.Report(to, 408, 0)
		h.Report(to, 404, 0)
		if !h.Well(to) {
			t.Error("any answer is a sign of life")
		}
	})
}
