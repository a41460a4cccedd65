package resolve_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"tandem/sip/resolve"
	"tandem/sip/transport"
)

// zone is a scripted DNS.
type zone struct {
	mu    sync.Mutex
	a     map[string][]string
	srv   map[string][]*dns.SRV
	asked []string
	slow  time.Duration
}

func (z *zone) note(q string) {
	z.mu.Lock()
	z.asked = append(z.asked, q)
	z.mu.Unlock()
}

func (z *zone) Addresses(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
	z.note("A " + host)
	if z.slow > 0 {
		t := time.NewTimer(z.slow)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, 0, context.Cause(ctx)
		}
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	var list []netip.Addr
	for _, a := range z.a[host] {
		list = append(list, netip.MustParseAddr(a))
	}
	if list == nil {
		return nil, 0, errors.New("no such host")
	}
	return list, time.Minute, nil
}

func (z *zone) Lookup(_ context.Context, name string, kind uint16) ([]dns.RR, error) {
	z.note(dns.TypeToString[kind] + " " + name)
	if kind != dns.TypeSRV || z.srv[name] == nil {
		return nil, errors.New("no such record")
	}
	var list []dns.RR
	for _, rec := range z.srv[name] {
		c := *rec
		c.Hdr.Ttl = 60
		list = append(list, &c)
	}
	return list, nil
}

func (z *zone) forget(host string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	delete(z.a, host)
}

func ask(t *testing.T, r *resolve.Resolver, server string) []transport.Target {
	t.Helper()
	v, err := resolve.ParseServer(server)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan []transport.Target, 1)
	r.Resolve(v, func(list []transport.Target, _ error) { done <- list })
	return <-done
}

func words(list []transport.Target) string {
	var w []string
	for _, t := range list {
		s := string(t.Network) + " " + t.Addr.String()
		if t.ServerName != "" {
			s += " " + t.ServerName
		}
		w = append(w, s)
	}
	return strings.Join(w, ", ")
}

func TestServersAreFoundAsRFC3263Says(t *testing.T) {
	for _, c := range []struct{ server, want, asked string }{
		{"sip:192.0.2.9", "UDP 192.0.2.9:5060", ""},
		{"sip:192.0.2.9:5999;transport=tcp", "TCP 192.0.2.9:5999", ""},
		{"sip:[2001:db8::1]:5070", "UDP [2001:db8::1]:5070", ""},
		{"sips:192.0.2.9", "TLS 192.0.2.9:5061 192.0.2.9", ""},
		{"sip:host.test:5999", "UDP 192.0.2.1:5999, UDP 192.0.2.2:5999, UDP [2001:db8::1]:5999", "A host.test"}, // a port: SRV is not asked
		{"host.test:5999", "UDP 192.0.2.1:5999, UDP 192.0.2.2:5999, UDP [2001:db8::1]:5999", "A host.test"},
		{"sip:many.test", "UDP 192.0.2.11:7001, UDP 192.0.2.12:7002", "NAPTR many.test, SRV _sip._udp.many.test, A one.test, A two.test"},
		{"sip:only-tcp.test", "TCP 192.0.2.11:7003", "NAPTR only-tcp.test, SRV _sip._udp.only-tcp.test, SRV _sip._tcp.only-tcp.test, A one.test"},
		{"sips:many.test", "TLS 192.0.2.12:7005 many.test", "NAPTR many.test, SRV _sips._tcp.many.test, A two.test"},
		{"sip:host.test;transport=tls", "TLS 192.0.2.1:5061 host.test, TLS 192.0.2.2:5061 host.test, TLS [2001:db8::1]:5061 host.test", "SRV _sips._tcp.host.test, A host.test"},
		{"sip:half.test", "UDP 192.0.2.12:7002", "NAPTR half.test, SRV _sip._udp.half.test, A gone.test, A two.test"},
		{"sip:gone.test", "", "NAPTR gone.test, SRV _sip._udp.gone.test, SRV _sip._tcp.gone.test, SRV _sips._tcp.gone.test, A gone.test"},
	} {
		t.Run(c.server, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := &zone{
					a: map[string][]string{"host.test": {"2001:db8::1", "192.0.2.1", "192.0.2.2"}, "one.test": {"192.0.2.11"}, "two.test": {"192.0.2.12"}},
					srv: map[string][]*dns.SRV{
						"_sip._udp.many.test":     {{Target: "two.test.", Port: 7002, Priority: 2}, {Target: "one.test.", Port: 7001, Priority: 1}},
						"_sip._tcp.only-tcp.test": {{Target: "one.test.", Port: 7003}},
						"_sips._tcp.many.test":    {{Target: "two.test.", Port: 7005}},
						"_sip._udp.half.test":     {{Target: "gone.test.", Port: 7001}, {Target: "two.test.", Port: 7002}},
					},
				}
				r := resolve.New(t.Context(), z, resolve.Limits{})
				defer r.Close()
				if got := words(ask(t, r, c.server)); got != c.want {
					t.Errorf("targets %s\nwant %s", got, c.want)
				}
				if i := slices.IndexFunc(z.asked, func(q string) bool { return strings.HasPrefix(q, "A ") }); i >= 0 {
					slices.Sort(z.asked[i:]) // asked at the same time
				}
				if got := strings.Join(z.asked, ", "); got != c.asked {
					t.Errorf("asked %s\nwant %s", got, c.asked)
				}
			})
		})
	}
}

func TestAnswersAgeAndServeWhenTheDNSDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{a: map[string][]string{"host.test": {"192.0.2.1"}}}
		r := resolve.New(t.Context(), z, resolve.Limits{})
		defer r.Close()
		questions := func() int { z.mu.Lock(); defer z.mu.Unlock(); return len(z.asked) }
		ask(t, r, "sip:host.test:5060")
		ask(t, r, "sip:host.test:5060")
		if questions() != 1 {
			t.Errorf("asked %q", z.asked)
		}
		time.Sleep(2 * time.Minute)
		z.forget("host.test")
		if got := words(ask(t, r, "sip:host.test:5060")); got != "UDP 192.0.2.1:5060" || questions() != 2 {
			t.Errorf("the old answer: %q, asked %q", got, z.asked)
		}
		time.Sleep(25 * time.Hour)
		if got := ask(t, r, "sip:host.test:5060"); len(got) != 0 {
			t.Errorf("a very old answer: %v", got)
		}
	})
}

func TestOneQuestionServesAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{a: map[string][]string{"host.test": {"192.0.2.1"}}, slow: time.Second}
		r := resolve.New(t.Context(), z, resolve.Limits{})
		defer r.Close()
		v, _ := resolve.ParseServer("sip:host.test:5060")
		got := make(chan int, 100)
		begin := time.Now()
		for range 100 {
			r.Resolve(v, func(list []transport.Target, _ error) { got <- len(list) })
		}
		if time.Since(begin) != 0 {
			t.Error("the caller waited")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(got) != 100 || len(z.asked) != 1 {
			t.Errorf("%d answers, asked %q", len(got), z.asked)
		}
	})
}

func TestServersOfOneRankShareByWeight(t *testing.T) {
	z := &zone{a: map[string][]string{"one.test": {"192.0.2.11"}, "two.test": {"192.0.2.12"}, "last.test": {"192.0.2.13"}}, srv: map[string][]*dns.SRV{
		"_sip._udp.many.test": {
			{Target: "last.test.", Port: 5060, Priority: 2},
			{Target: "one.test.", Port: 5060, Priority: 1, Weight: 1},
			{Target: "two.test.", Port: 5060, Priority: 1, Weight: 3},
		},
	}}
	r := resolve.New(t.Context(), z, resolve.Limits{})
	defer r.Close()
	const draws = 4000
	firsts := map[string]int{}
	for range draws {
		list := ask(t, r, "sip:many.test")
		if len(list) != 3 || list[2].Addr.String() != "192.0.2.13:5060" {
			t.Fatalf("drawn %v", list)
		}
		firsts[list[0].Addr.Addr().String()]++
	}
	if n := firsts["192.0.2.12"]; n < draws/2 || n > draws*9/10 {
		t.Errorf("first of %d draws: %v", draws, firsts)
	}
}

func TestSilenceOfTheDNSIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := resolve.New(t.Context(), &zone{slow: time.Hour}, resolve.Limits{})
		defer r.Close()
		begin := time.Now()
		ask(t, r, "sip:host.test:5060")
		if d := time.Since(begin); d != 5*time.Second {
			t.Errorf("waited %v", d)
		}
	})
}

func TestServersThatCannotBeDialled(t *testing.T) {
	for _, s := range []string{"", "sip:", "tel:+33123456789", "sip:host;transport=sctp", "sip:host:99999", "sip:ho st", "sip:host\r\nEvil: x", "http://x"} {
		if v, err := resolve.ParseServer(s); err == nil {
			t.Errorf("%q is taken as %+v", s, v)
		}
	}
}

func FuzzParseServer(f *testing.F) {
	for _, s := range []string{"sip:host:5060;transport=tcp", "sips:[::1]", "host:1", "sip:a@b?x=y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := resolve.ParseServer(s)
		if err != nil {
			return
		}
		if v.Host == "" || strings.ContainsAny(v.String(), "\r\n") || slices.Contains([]transport.Network{transport.WS, transport.WSS}, v.Network) {
			t.Fatalf("%+v", v)
		}
	})
}
