package webrtc

import (
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"tandem/media/transport"
)

// nobody takes what a leg gives, which must be nothing here.
type nobody struct{ tb testing.TB }

func (n nobody) ReceiveRTP(b []byte, _ netip.AddrPort, _ int64) {
	n.tb.Errorf("RTP of %d bytes", len(b))
}

func (n nobody) ReceiveRTCP(b []byte, _ netip.AddrPort, _ int64) {
	n.tb.Errorf("RTCP of %d bytes", len(b))
}
func (n nobody) PathChanged(s State, why error) { n.tb.Errorf("path %d: %v", s, why) }

func doorOf(tb testing.TB) *Door {
	tb.Helper()
	loop := netip.MustParseAddr("127.0.0.1")
	began := time.Now()
	d, err := Listen(Config{Listen: netip.AddrPortFrom(loop, 0), Advertise: []netip.Addr{loop}, Now: func() int64 { return int64(time.Since(began)) + 1 }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Error(err)
		}
	})
	return d
}

const goodPrint = "sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF"

func goodTerms() Terms {
	return Terms{
		Ufrag: "F7gI", Pwd: "x9cml/YzichV2+XlhiMu8g", Fingerprints: []string{goodPrint}, Setup: SetupActPass,
		Candidates: []string{"1 1 udp 2130706431 203.0.113.9 5000 typ host"},
	}
}

func TestOurCandidatesPutUDPFirst(t *testing.T) {
	d := doorOf(t)
	l, err := d.Open(nobody{t})
	if err != nil {
		t.Fatal(err)
	}
	terms := l.Terms()
	if len(terms.Candidates) != 2 || !strings.Contains(terms.Candidates[0], " udp 2130706431 127.0.0.1 ") || !strings.Contains(terms.Candidates[1], " tcp 2124414975 127.0.0.1 ") {
		t.Errorf("candidates: %q", terms.Candidates)
	}
	terms.Setup = SetupActPass
	if err := terms.Check(); err != nil {
		t.Errorf("what we say ourselves: %v", err)
	}
	if terms.Setup.String() != "actpass" {
		t.Errorf("a first offer says setup:%s", terms.Setup)
	}
	l.Close(transport.Unused)
	if st := d.Stats(); st.Legs != 0 {
		t.Errorf("after the end: %+v", st)
	}
}

func TestOnlyCandidatesThatMayBeTriedAreTried(t *testing.T) {
	terms := Terms{Candidates: []string{
		"1 1 udp 2130706431 203.0.113.9 5000 typ host", "2 2 udp 2130706430 203.0.113.9 5001 typ host", "3 1 tcp 1 203.0.113.9 9 typ host tcptype active",
		"4 1 udp 1 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 5000 typ host", "5 1 udp 1 10.1.1.1 5000 typ host", "6 1 udp 1 203.0.113.9 0 typ host", "nonsense", "",
		"7 1 udp 1 2001:db8::9 5000 typ host", "8 1 udp 1 203.0.113.10 5000 typ srflx raddr 10.1.1.1 rport 7",
	}}
	deny := func(a netip.Addr) bool { return netip.MustParsePrefix("10.0.0.0/8").Contains(a) }
	var got []string
	for _, c := range terms.candidates(deny) {
		got = append(got, c.Address())
	}
	if want := []string{"203.0.113.9", "2001:db8::9", "203.0.113.10"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	for range 100 {
		terms.Candidates = append(terms.Candidates, "1 1 udp 2130706431 203.0.113.9 5000 typ host")
	}
	if n := len(terms.candidates(deny)); n != candidatesMost {
		t.Errorf("%d of them", n)
	}
}

// An address that another leg has proved to be its own stays so, whatever is asked there.
func TestAnAddressBelongsToWhoHasProvedIt(t *testing.T) {
	d := doorOf(t)
	a, _ := d.Open(nobody{t})
	b, _ := d.Open(nobody{t})
	at := netip.MustParseAddrPort("127.0.0.1:9999")
	d.table.expect(at, b)
	d.table.prove(at, a)
	d.table.expect(at, b)
	if p := d.table.at(at); p.leg != a || !p.proved {
		t.Errorf("%+v", p)
	}
	for i := range 100 {
		d.table.prove(netip.AddrPortFrom(at.Addr(), uint16(20000+i)), a)
	}
	if n := len(a.places); n != addressesMost {
		t.Errorf("a leg has %d addresses", n)
	}
	a.Close(transport.Used)
	if p := d.table.at(at); p.leg != nil {
		t.Error("an address stays after its leg")
	}
}

// Nothing of a leg is left when it is closed, begun or not.
func TestALegLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	loop := netip.MustParseAddr("127.0.0.1")
	d, err := Listen(Config{Listen: netip.AddrPortFrom(loop, 0), Advertise: []netip.Addr{loop}, Now: func() int64 { return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		l, errOpen := d.Open(nobody{t})
		if errOpen != nil {
			t.Fatal(errOpen)
		}
		if i%2 == 0 {
			terms := goodTerms()
			terms.Candidates = nil
			if err = l.Begin(terms, InOffer); err != nil {
				t.Fatal(err)
			}
			terms.Ufrag = "other"
			if err = l.Begin(terms, InOffer); err != nil {
				t.Fatal(err)
			}
		}
		if i%3 == 0 {
			l.Close(transport.Used)
			l.Close(transport.Used)
		}
	}
	if err = d.Close(); err != nil {
		t.Error(err)
	}
	if st := d.Stats(); st.Legs != 0 {
		t.Errorf("%+v", st)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 3000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		<-tick.C
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestAPathThatIsNotSetUpInTimeIsLost(t *testing.T) {
	loop := netip.MustParseAddr("127.0.0.1")
	d, err := Listen(Config{Listen: netip.AddrPortFrom(loop, 0), Advertise: []netip.Addr{loop}, Now: func() int64 { return 1 }, SetUp: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	told := make(teller, 4)
	l, err := d.Open(told)
	if err != nil {
		t.Fatal(err)
	}
	terms := goodTerms()
	terms.Candidates = nil
	if err = l.Begin(terms, InOffer); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-told:
		if s != StateLost {
			t.Errorf("state %d", s)
		}
	case <-time.NewTimer(30 * time.Second).C:
		t.Error("nothing is told")
	}
}

type teller chan State

func (teller) ReceiveRTP([]byte, netip.AddrPort, int64)  {}
func (teller) ReceiveRTCP([]byte, netip.AddrPort, int64) {}
func (c teller) PathChanged(s State, _ error)            { c <- s }

// FuzzTake gives the port whatever comes.
func FuzzTake(f *testing.F) {
	d := doorOf(f)
	l, err := d.Open(nobody{f})
	if err != nil {
		f.Fatal(err)
	}
	d.table.name(l.link)
	check, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(l.link.ufrag+":them"), stun.NewShortTermIntegrity("wrong"), stun.Fingerprint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(check.Raw)
	f.Add([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3})
	f.Add([]byte{0x81, 201, 0, 7})
	at := netip.MustParseAddrPort("127.0.0.1:9")
	d.table.prove(at, l)
	f.Fuzz(func(t *testing.T, b []byte) {
		name := localName(b)
		if len(name) > len(b) {
			t.Errorf("a name of %d bytes in %d", len(name), len(b))
		}
		d.take(slices.Clone(b), at, nil)
		d.take(slices.Clone(b), netip.MustParseAddrPort("127.0.0.1:10"), nil)
		for len(l.inbox.queue) > 0 {
			<-l.inbox.queue
		}
		for len(l.link.conn.queue) > 0 {
			<-l.link.conn.queue
		}
	})
}

// FuzzTerms reads what a description says of a peer.
func FuzzTerms(f *testing.F) {
	f.Add("F7gI", "x9cml/YzichV2+XlhiMu8g", goodPrint, "1 1 udp 2130706431 203.0.113.9 5000 typ host")
	f.Add("", "", "sha-512 AB", "1 1 udp 1 ::1%eth0 5000 typ relay raddr 0.0.0.0 rport 0 generation 0")
	f.Fuzz(func(t *testing.T, ufrag, pwd, fingerprint, candidate string) {
		terms := Terms{Ufrag: ufrag, Pwd: pwd, Fingerprints: []string{fingerprint}, Setup: SetupActive, Candidates: []string{candidate}}
		if terms.Check() == nil && (len(ufrag) < 4 || len(pwd) < 22 || strings.ContainsAny(ufrag+pwd, " \r\n:")) {
			t.Errorf("%q and %q are taken", ufrag, pwd)
		}
		if terms.verify([][]byte{[]byte("another certificate")}) == nil {
			t.Error("any certificate is taken")
		}
		for _, c := range terms.candidates(func(netip.Addr) bool { return false }) {
			if _, err := netip.ParseAddr(c.Address()); err != nil {
				t.Errorf("%q is tried", c.Address())
			}
		}
	})
}
