package ims_test

import (
	"fmt"
	"testing"
	"time"

	"tandem/mobilecore/ims"
)

const (
	alice = "+33612345678"
	bob   = "+33142685300"
)

func start() time.Time { return time.Unix(1_790_000_000, 0) }

// arrives is an INVITE from the core to a subscriber, without anything that tells of a loop.
func arrives(served, other, icid string) ims.Arrival {
	return ims.Arrival{Passage: ims.Passage{Served: served, Other: other, Direction: ims.ToUser, ICID: icid}, MaxForwards: 70}
}

// sent is a leg to Alice's handset.
func sent(call, other, icid string) ims.Passage {
	return ims.Passage{Served: alice, Other: other, Direction: ims.ToUser, ICID: icid, Call: call}
}

// The core has removed our header: the leg is passed on once, and refused the second time.
func TestCore_A5_ALoopWithStrippedHeadersStopsAtOneHop(t *testing.T) {
	for name, icids := range map[string][3]string{
		"without charging identifiers":            {"", "", ""},
		"the core keeps the identifier":           {"icid-1", "icid-1", "icid-1"},
		"the core makes another each time":        {"icid-1", "icid-2", "icid-3"},
		"the core makes one where there was none": {"", "icid-2", "icid-3"},
	} {
		var l ims.Loops
		v := l.Judge(arrives(alice, bob, icids[0]), start())
		same(t, name+": the call", v.Kind, ims.Fresh)
		l.Sent(sent("call-1", bob, icids[0]), start())
		v = l.Judge(arrives(alice, bob, icids[1]), start().Add(100*time.Millisecond))
		same(t, name+": it comes back", v.Kind, ims.Returning)
		same(t, name+": as our call", v.Call, "call-1")
		v = l.Judge(arrives(alice, bob, icids[2]), start().Add(200*time.Millisecond))
		same(t, name+": and again", v.Kind, ims.Loop)
		same(t, name+": and again", v.Status, 482)
	}
}

func TestAnotherCallIsNoLoop(t *testing.T) {
	var l ims.Loops
	l.Sent(sent("call-1", bob, "icid-1"), start())
	fresh := func(what string, a ims.Arrival, after time.Duration) {
		t.Helper()
		same(t, what, l.Judge(a, start().Add(after)).Kind, ims.Fresh)
	}
	fresh("another caller", arrives(alice, "+33142685301", "icid-2"), time.Second)
	fresh("another called", arrives("+33612345679", bob, "icid-2"), time.Second)
	away := arrives(alice, bob, "icid-2")
	away.Direction = ims.FromUser
	fresh("the other direction", away, time.Second)
	fresh("later", arrives(alice, bob, "icid-2"), 16*time.Second)
	fresh("the same two again, under another identifier, when the first has not come back", arrives(alice, bob, "icid-2"), 4*time.Second)
	v := l.Judge(arrives(alice, "hidden by the core", "icid-1"), start().Add(time.Minute))
	same(t, "the charging identifier is known for longer, whoever is said to call", v.Kind, ims.Returning)
	fresh("a core that keeps identifiers is believed when it shows another", arrives(alice, bob, "icid-2"), 2*time.Second)

	l.Sent(sent("call-2", bob, ""), start())
	l.Ended("call-2")
	l.Ended("call-1")
	fresh("the same again after its end", arrives(alice, bob, ""), time.Second)
	same(t, "what is over is forgotten", l.Len(), 0)
}

func TestAnAnchorIsPassedOnOnce(t *testing.T) {
	var l ims.Loops
	a := arrives(alice, bob, "")
	a.Anchor, a.Verdict = ims.Anchor{ID: "call-1", Hop: 1, At: start()}, ims.AnchorGenuine
	v := l.Judge(a, start().Add(time.Second))
	same(t, "once", v, ims.LoopVerdict{Kind: ims.Returning, Call: "call-1", Hop: 2, Why: v.Why})
	a.Anchor.Hop = v.Hop
	same(t, "twice", l.Judge(a, start().Add(time.Second)).Status, 482)
	a.Anchor.Hop = 1
	same(t, "a replay of last week's", l.Judge(a, start().Add(7*24*time.Hour)).Kind, ims.Fresh)
	same(t, "one from the future", l.Judge(a, start().Add(-time.Hour)).Kind, ims.Fresh)
	a.Verdict = ims.AnchorForged
	same(t, "a forged one", l.Judge(a, start()).Kind, ims.Fresh)
	a.Verdict = ims.AnchorOther
	same(t, "a call of ours to the next of our users", l.Judge(a, start()).Kind, ims.Fresh)

	// With its header the first time and without it the second, it is known all the same.
	l.Sent(sent("call-2", bob, ""), start())
	a.Verdict = ims.AnchorGenuine
	same(t, "with its header", l.Judge(a, start()).Kind, ims.Returning)
	same(t, "without", l.Judge(arrives(alice, bob, ""), start().Add(time.Second)).Kind, ims.Loop)
}

func TestWhatTheRequestItselfTells(t *testing.T) {
	var l ims.Loops
	a := arrives(alice, bob, "")
	a.MaxForwards = 0
	same(t, "no hop left", l.Judge(a, start()).Status, 483)
	a.MaxForwards = 1
	a.History = ims.History{{Number: "+33142685399", Count: 5}}
	same(t, "five redirections", l.Judge(a, start()).Kind, ims.Fresh)
	a.History[0].Count = 6
	same(t, "six", l.Judge(a, start()).Status, 482)
	a.History = ims.History{{Number: "0612345678", Count: 1}}
	a.Same = func(n string) bool { return n == "0612345678" }
	same(t, "redirected by the number it is for", l.Judge(a, start()).Status, 482)
}

// An attacker's calls cost what one table costs, however many they are.
func TestTheTableIsBounded(t *testing.T) {
	var l ims.Loops
	for i := range 100_000 {
		l.Sent(sent(fmt.Sprint("call", i), fmt.Sprint(i), fmt.Sprint("icid", i)), start())
	}
	same(t, "legs", l.Len(), 1<<16)
	v := l.Judge(arrives(alice, "99999", ""), start())
	same(t, "the newest is there", v.Call, "call99999")
	for i := range 1000 {
		l.Sent(sent(fmt.Sprint("same", i), bob, ""), start())
	}
	for range 16 {
		same(t, "the last sixteen between the same two", l.Judge(arrives(alice, bob, ""), start()).Kind, ims.Returning)
	}
	same(t, "and no more", l.Judge(arrives(alice, bob, ""), start()).Kind, ims.Loop)
	l.Judge(arrives(bob, bob, ""), start().Add(time.Hour))
	same(t, "all are forgotten in time", l.Len(), 0)
}
