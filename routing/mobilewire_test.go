package routing_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/media/mediatest"
	"tandem/routing"
	"tandem/routing/flow"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

const mobileNumber = "+33639980202"

// lives gives Bruno a direct number whose handset is reached through a core.
func lives(x *exchange, core netip.AddrPort) {
	o := &routing.Operator{ID: "moba", Trunk: "core", Attachment: routing.AttachISC, Country: "FR", ProvenClean: true}
	n := &routing.Number{
		ID: "mobile", Account: "acc", E164: mobileNumber, Kind: routing.Direct, Flow: "mobile", Users: []routing.UserID{"bruno"},
		Mobile: &routing.Mobile{Operator: "moba", User: "bruno", Active: true},
	}
	s := *x.Snapshot()
	s.Operators = map[routing.OperatorID]*routing.Operator{"moba": o}
	s.Numbers = map[routing.E164]*routing.Number{mobileNumber: n}
	s.Flows = map[flow.ID]*flow.Flow{"mobile": {ID: "mobile", Start: "ring", Nodes: map[flow.NodeID]*flow.Node{
		"ring": {ID: "ring", RingTo: &flow.RingTo{Users: []routing.UserID{"bruno"}, RingForSeconds: 30}},
	}}}
	s.Trunks["core"] = &routing.Trunk{
		ID: "core", Sources: []netip.Prefix{netip.PrefixFrom(core.Addr(), 32)}, Servers: []string{"sip:" + core.String()}, Domain: "ims.example",
		Country: "FR", Dial: routing.DialPlus, MediaAllow: []netip.Prefix{loopback},
	}
	s.Users["bruno"].Mobiles = []*routing.Number{n}
	x.change(&s)
}

// withoutProcessor is how long the threads of this process were ready and others had the processors: the machine's time, not ours.
func withoutProcessor(t *testing.T) time.Duration {
	t.Helper()
	all, _ := filepath.Glob("/proc/self/task/*/schedstat")
	var sum time.Duration
	for _, name := range all {
		b, err := os.ReadFile(name)
		if f := strings.Fields(string(b)); err == nil && len(f) > 1 { // a thread may have ended meanwhile
			n, err := strconv.ParseInt(f[1], 10, 64)
			check(t, err)
			sum += time.Duration(n)
		}
	}
	return sum
}

func TestSpec_E6_E7_E8_ThePersonOnTheHandsetIsBridgedWithin150Milliseconds(t *testing.T) {
	carrier, core, desk := plug(t, "127.0.0.31"), plug(t, "127.0.0.32"), plug(t, "127.0.0.33")
	x := open(t, carrier.addr)
	lives(x, core.addr)
	carrier.knows(x, "")
	core.knows(x, "")
	desk.knows(x, "bruno")

	carrier.calls(mobileNumber, message.SDP(carrier.voice.SDP(mediatest.Sketch{})))
	desk.rings()
	select {
	case a := <-core.came:
		if a.Asked != "sip:+33639980202@ims.example;user=phone" || a.Asserted[0].User != "+33639980101" || len(a.Head.Values("Reject-Contact")) != 2 {
			t.Errorf("the core is asked for %s by %v", a.Asked, a.Asserted)
		}
		check(t, core.voice.Take(a.Offer.Bytes))
		if !strings.Contains(string(a.Offer.Bytes), "RTP/AVP 8 ") {
			t.Errorf("PCMA does not come first:\n%s", a.Offer.Bytes)
		}
	case <-time.After(patience):
		t.Fatal("the handset does not ring")
	}
	core.do(func(l *dialog.Leg) error { return l.Ring(180, nil) })
	began, before := time.Now(), withoutProcessor(t)
	core.answers()
	body := hears[dialog.Answered](carrier).Body.Bytes
	took, stood := time.Since(began), withoutProcessor(t)-before
	check(t, carrier.voice.Take(body))
	t.Logf("from the handset's 200 to the caller's: %v, without a processor %v", took, stood)
	if took-max(stood, 0) > 150*time.Millisecond {
		t.Errorf("bridged after %v", took)
	}
	if got := hears[dialog.Cancelled](desk).Reason; got.Protocol != "SIP" || got.Cause != 200 {
		t.Errorf("the desk phone is told %+v, want SIP;cause=200", got)
	}
	core.voice.SendTone(900, 4*time.Second)
	carrier.voice.SendTone(700, 4*time.Second)
	carrier.hearsTone(900)
	core.hearsTone(700)
	carrier.do(func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
	hears[dialog.Ended](core)
	select {
	case r := <-x.book.done:
		if r.User != "bruno" || r.Outcome != routing.OutcomeAnswered {
			t.Errorf("the record is of %s, %s", r.User, r.Outcome)
		}
	case <-time.After(patience):
		t.Fatal("no record")
	}
}
