package routing

import (
	"strconv"
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/message"
)

func TestNumbersAreReadAsTheirCountryDialsThem(t *testing.T) {
	cases := []struct {
		dialled, country string
		want             E164
	}{
		{"0199001234", "FR", "+33199001234"},
		{"+33 1 99 00 12 34", "FR", "+33199001234"},
		{"0033199001234", "FR", "+33199001234"},
		{"00442079460000", "FR", "+442079460000"},
		{"+442079460000", "", "+442079460000"},
		{"tel:+33199001234", "FR", "+33199001234"},
		{"+33199001234;phone-context=x", "FR", "+33199001234"},
		{"2025550123", "US", "+12025550123"},
		{"", "FR", ""},
		{"alice", "FR", ""},
		{"201", "FR", ""},
		{"+", "FR", ""},
		{"+331990012341234567890", "FR", ""},
	}
	for _, c := range cases {
		if got, ok := ParseNumber(c.dialled, c.country); got != c.want || ok != (c.want != "") {
			t.Errorf("%q in %s is %q %t, want %q", c.dialled, c.country, got, ok, c.want)
		}
	}
}

func TestTrunksGetNumbersInTheirFormat(t *testing.T) {
	cases := []struct {
		dial DialFormat
		n    E164
		want string
	}{
		{DialPlus, "+33612345678", "+33612345678"},
		{DialDouble0, "+33612345678", "0033612345678"},
		{DialBare, "+33612345678", "33612345678"},
		{DialNational, "+33612345678", "0612345678"},
		{DialNational, "+442079460000", "00442079460000"},
		{"", "+33612345678", "+33612345678"},
	}
	for _, c := range cases {
		trunk := &Trunk{Dial: c.dial, Country: "FR"}
		if got := trunk.dialFormat(c.n); got != c.want {
			t.Errorf("%s as %q is %q, want %q", c.n, c.dial, got, c.want)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"0199001234", "+33199001234", "0033", "alice", "+", ";", "+1 (202) 555-0123"} {
		f.Add(s, "FR")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		n, ok := ParseNumber(s, country)
		if ok != n.valid() {
			t.Errorf("%q in %q: %q, %t", s, country, n, ok)
		}
	})
}

func TestCausesGoBothWays(t *testing.T) {
	for status := 400; status < 700; status++ {
		c := causeOfStatus(status)
		if c.SIP != status || c.Q850 < 1 || c.Q850 > 127 || c.Text == "" {
			t.Errorf("%d is %+v", status, c)
		}
	}
	for q := 1; q <= 127; q++ {
		c := causeOfQ850(q)
		if c.Q850 != q || c.SIP < 400 || c.SIP > 699 || c.Text == "" {
			t.Errorf("%d is %+v", q, c)
		}
	}
	// The pairs that every carrier agrees on.
	for status, q := range map[int]int{404: 1, 486: 17, 480: 18, 603: 21, 503: 41, 408: 102, 484: 28, 488: 88, 410: 22} {
		if got := causeOfStatus(status).Q850; got != q {
			t.Errorf("%d is Q.850 %d, want %d", status, got, q)
		}
	}
	for q, status := range map[int]int{1: 404, 17: 486, 18: 480, 19: 480, 21: 403, 28: 484, 34: 503, 41: 503, 88: 488, 102: 504} {
		if got := causeOfQ850(q).SIP; got != status {
			t.Errorf("Q.850 %d is %d, want %d", q, got, status)
		}
	}
}

func TestReasonOfABYEIsTheCause(t *testing.T) {
	cases := map[message.Reason]Cause{
		{}:                             {Q850: 16, SIP: 200, Text: "Normal call clearing"},
		{Protocol: "Q.850", Cause: 17}: causeOfQ850(17),
		{Protocol: "SIP", Cause: 486}:  causeOfStatus(486),
		message.CompletedElsewhere:     {Q850: 26, SIP: 200, Text: "Non-selected user clearing"},
	}
	for r, want := range cases {
		if got := causeOfReason(r); got != want {
			t.Errorf("%+v is %+v, want %+v", r, got, want)
		}
	}
}

// missedRecord is an inbound call that nobody answered: what happened in it, and how long it was.
func missedRecord(lasted time.Duration, items ...TimelineItem) *CallRecord {
	at := time.Unix(1_800_000_000, 0)
	return &CallRecord{Direction: Inbound, StartedAt: at, EndedAt: at.Add(lasted), Timeline: items}
}

func entered(kind flow.Kind) TimelineItem {
	return TimelineItem{Type: flow.NoteNodeEntered, Args: map[string]string{"type": string(kind)}}
}

func branched(kind flow.Kind, branch string) TimelineItem {
	return TimelineItem{Type: flow.NoteBranch, Args: map[string]string{"type": string(kind), "branch": branch}}
}

func TestMissedReasonIsTheFirstRuleThatFits(t *testing.T) {
	rung := TimelineItem{Type: flow.NoteUserRinging, User: "alice", Args: map[string]string{"why": "node"}}
	extension := TimelineItem{Type: flow.NoteUserRinging, User: "alice", Args: map[string]string{"why": "extension"}}
	ringTo, ivr := entered(flow.KindRingTo), entered(flow.KindIVR)
	closed, said := branched(flow.KindTimeRule, "otherwise"), entered(flow.KindAudioMessage)
	routed := TimelineItem{Type: flow.NoteRouted, Args: map[string]string{"team": "support"}}
	const short, long = 9999 * time.Millisecond, 10 * time.Second
	cases := map[string]struct {
		record *CallRecord
		want   MissedReason
	}{
		"L1 rung, under 10 s":         {missedRecord(short, ringTo, rung), ShortAbandoned},
		"L2 rung, 10 s":               {missedRecord(long, ringTo, rung), AgentsDidNotAnswer},
		"L2 by extension":             {missedRecord(long, ivr, extension), AgentsDidNotAnswer},
		"L3 nobody rung":              {missedRecord(short, ringTo), NoAvailableAgent},
		"L3 nobody rung, then an IVR": {missedRecord(long, ringTo, ivr), NoAvailableAgent},
		"L4 closed, even under 10 s":  {missedRecord(short, closed), OutOfOpeningHours},
		"L4 closed, in its message":   {missedRecord(long, entered(flow.KindTimeRule), closed, said), OutOfOpeningHours},
		"L4 closed, then a date":      {missedRecord(long, closed, branched(flow.KindDateRule, "match"), said), OutOfOpeningHours},
		"L3 closed, but a Ring-to":    {missedRecord(long, closed, ringTo), NoAvailableAgent},
		"L7 open":                     {missedRecord(long, branched(flow.KindTimeRule, "open"), said), AbandonedInClassic},
		"L7 not that date":            {missedRecord(long, branched(flow.KindDateRule, "otherwise"), said), AbandonedInClassic},
		"L3 routed by a program":      {missedRecord(long, entered(flow.KindRingToAPI), routed), NoAvailableAgent},
		"L6 in an input":              {missedRecord(long, entered(flow.KindInput)), AbandonedInIVR},
		"L5 short":                    {missedRecord(short, ivr), ShortAbandoned},
		"L6 in the IVR":               {missedRecord(long, ivr), AbandonedInIVR},
		"L7 in a message":             {missedRecord(long, said), AbandonedInClassic},
		"L7 nothing at all":           {missedRecord(long), AbandonedInClassic},
		"not over":                    {&CallRecord{Direction: Inbound}, NotMissed},
		"out":                         {&CallRecord{Direction: Outbound, EndedAt: time.Now()}, NotMissed},
		"answered":                    {&CallRecord{Direction: Inbound, EndedAt: time.Now(), AnsweredAt: time.Now()}, NotMissed},
	}
	for name, c := range cases {
		if got := Missed(c.record); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLadderIsBounded(t *testing.T) {
	l := NewLadder()
	seen := func(id, first string) {
		l.Seen(sip.Trace{At: time.Now(), CallID: id, First: first, Raw: []byte(first)})
	}
	seen("keepalive", "OPTIONS sip:x SIP/2.0")
	seen("call", "INVITE sip:x SIP/2.0")
	for range 2 * ladderSteps {
		seen("call", "SIP/2.0 180 Ringing")
	}
	if got := l.take("keepalive", "leg"); len(got) != 0 {
		t.Errorf("%d steps of a keep-alive", len(got))
	}
	if got := l.take("call", "leg"); len(got) != ladderSteps || got[0].Raw != "INVITE sip:x SIP/2.0" || got[0].Leg != "leg" {
		t.Errorf("%d steps of a call", len(got))
	}
	if got := l.take("call", "leg"); len(got) != 0 {
		t.Error("a ladder is taken twice")
	}
	const flood = 3 * ladderShards * ladderCalls
	for i := range flood {
		seen("flood-"+strconv.Itoa(i), "INVITE sip:x SIP/2.0")
	}
	kept := 0
	for i := range l.shards {
		s := &l.shards[i]
		kept += len(s.calls)
		if len(s.calls) > ladderCalls || len(s.order) > 2*ladderCalls {
			t.Fatalf("a shard keeps %d calls, %d names", len(s.calls), len(s.order))
		}
	}
	if kept == 0 || l.take("flood-"+strconv.Itoa(flood-1), "leg") == nil {
		t.Error("the newest call is not kept")
	}
	var none *Ladder
	if none.take("call", "leg") != nil {
		t.Error("no ladder keeps something")
	}
}

func TestClockThatWasStoppedDoesNotCount(t *testing.T) {
	c := &call{box: newMailbox()}
	c.after(clockFlow, 1, time.Hour)
	old := c.clocks.running[0].tick
	c.after(clockFlow, 1, time.Hour)
	if c.clocks.rang(old) {
		t.Error("a tick of a clock that was set anew counts")
	}
	now := c.clocks.running[0].tick
	c.clocks.stop(clockFlow, 1)
	if c.clocks.rang(now) {
		t.Error("a tick of a clock that was stopped counts")
	}
}

func TestSpec_R17_IdleClockStartsAgainAfterATalk(t *testing.T) {
	inHouse(t, func(h *house) {
		began := h.sw.presence.idleSince("alice")
		time.Sleep(time.Minute)
		caller, _ := talkingTo(h)
		time.Sleep(time.Minute)
		caller.does("BYE", bye())
		if got := h.sw.presence.idleSince("alice").Sub(began); got != 2*time.Minute {
			t.Errorf("idle since %v after the start, want 2m", got)
		}
		if got := h.sw.presence.idleSince("bruno"); !got.Equal(began) {
			t.Error("Bruno only rang: his clock goes on")
		}
	})
}
