package routing

import (
	"testing"
	"time"

	"tandem/routing/flow"
)

// way makes the timeline of a call from the words of a story, one second apart.
func way(words ...string) []TimelineItem {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	known := map[string]TimelineItem{
		"ring_to":      {Type: flow.NoteNodeEntered, Args: map[string]string{"type": "ring_to"}},
		"audio":        {Type: flow.NoteNodeEntered, Args: map[string]string{"type": "audio_message", "title": "Closed"}},
		"ivr":          {Type: flow.NoteNodeEntered, Args: map[string]string{"type": "ivr", "title": "Menu"}},
		"voicemail":    {Type: flow.NoteNodeEntered, Args: map[string]string{"type": "voicemail"}},
		"time_rule":    {Type: flow.NoteNodeEntered, Args: map[string]string{"type": "time_rule"}},
		"open":         {Type: flow.NoteBranch, Args: map[string]string{"type": "time_rule", "branch": "open"}},
		"otherwise":    {Type: flow.NoteBranch, Args: map[string]string{"type": "time_rule", "branch": "otherwise"}},
		"not the date": {Type: flow.NoteBranch, Args: map[string]string{"type": "date_rule", "branch": "otherwise"}},
		"alice rings":  {Type: flow.NoteUserRinging, User: "alice", Args: map[string]string{"why": "node"}},
		"alice gone":   {Type: flow.NoteUserDone, User: "alice", Args: map[string]string{"outcome": "not_answered"}},
		"bruno rings":  {Type: flow.NoteUserRinging, User: "bruno", Args: map[string]string{"why": "node"}},
		"bruno says no": {Type: flow.NoteUserDone, User: "bruno", Args: map[string]string{
			"outcome": "declined",
		}},
		"chloe is busy": {Type: flow.NoteUserSkipped, User: "chloe", Args: map[string]string{
			"reason": "unavailable", "status": "offline", "since": "2026-11-21T08:02:00Z",
		}},
		"by extension": {Type: flow.NoteUserRinging, User: "alice", Args: map[string]string{"why": "extension"}},
	}
	var out []TimelineItem
	for i, w := range words {
		item := known[w]
		item.At, item.Seq = at.Add(time.Duration(i)*time.Second), i+1
		out = append(out, item)
	}
	return out
}

// missedIn is a call from outside that lasted so long, and went that way.
func missedIn(seconds float64, words ...string) *CallRecord {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	return &CallRecord{
		Direction: Inbound, StartedAt: at, EndedAt: at.Add(time.Duration(seconds * float64(time.Second))), EndedBy: "caller", Timeline: way(words...),
	}
}

func TestSpec_L1_L2_L3_L4_L5_L6_L7_L8_WhyACallWasMissed(t *testing.T) {
	for _, row := range []struct {
		name string
		call *CallRecord
		want MissedReason
	}{
		{"L1: rung, and gone before 10 s", missedIn(9.999, "ring_to", "alice rings"), ShortAbandoned},
		{"L1: by an extension, which is a Ring-to", missedIn(9.999, "ivr", "by extension"), ShortAbandoned},
		{"L1: in the voicemail after a Ring-to", missedIn(9, "ring_to", "alice rings", "voicemail"), ShortAbandoned},
		{"L2 L8: 10 s from the start, most of them in a menu", missedIn(10, "ivr", "ring_to", "alice rings"), AgentsDidNotAnswer},
		{"L2: rung outside of hours", missedIn(30, "time_rule", "otherwise", "ring_to", "alice rings"), AgentsDidNotAnswer},
		{"L2: by an extension", missedIn(10, "ivr", "by extension"), AgentsDidNotAnswer},
		{"L3: nobody rung", missedIn(45, "ring_to", "chloe is busy"), NoAvailableAgent},
		{"L3: nobody rung, short", missedIn(2, "ring_to", "chloe is busy"), NoAvailableAgent},
		{"L4: in the branch itself", missedIn(20, "time_rule", "otherwise"), OutOfOpeningHours},
		{"L4: in the message of the branch", missedIn(20, "time_rule", "otherwise", "audio"), OutOfOpeningHours},
		{"L4: in a menu of the branch", missedIn(20, "time_rule", "otherwise", "ivr"), OutOfOpeningHours},
		{"L4: even under 10 s", missedIn(3, "time_rule", "otherwise", "audio"), OutOfOpeningHours},
		{"L5: a time rule that said open", missedIn(9.9, "time_rule", "open", "audio"), ShortAbandoned},
		{"L5: no day of a date rule is no closing time", missedIn(9.9, "not the date", "audio"), ShortAbandoned},
		{"L5: a second time rule counts", missedIn(9.9, "time_rule", "otherwise", "time_rule", "open", "audio"), ShortAbandoned},
		{"L5: short in a menu", missedIn(9.9, "ivr"), ShortAbandoned},
		{"L6: in a menu", missedIn(10, "audio", "ivr"), AbandonedInIVR},
		{"L7: in a message", missedIn(10, "ivr", "audio"), AbandonedInClassic},
		{"L7: before anything", missedIn(10), AbandonedInClassic},
	} {
		if got := Missed(row.call); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	answered := missedIn(30, "ring_to", "alice rings")
	answered.AnsweredAt = answered.StartedAt.Add(5 * time.Second)
	out := missedIn(30)
	out.Direction = Outbound
	going := missedIn(30, "ring_to")
	going.EndedAt = time.Time{}
	for name, c := range map[string]*CallRecord{"answered": answered, "a call out": out, "in progress": going} {
		if got := Missed(c); got != NotMissed {
			t.Errorf("%s: %s, and it was not missed", name, got)
		}
	}
}

func TestSpec_L10_TheFactsUserByUser(t *testing.T) {
	e := Explain(missedIn(12, "ring_to", "alice rings", "bruno rings", "chloe is busy", "bruno says no", "alice gone", "alice rings"))
	if e.Reason != AgentsDidNotAnswer || e.Lasted != 12*time.Second || e.EndedBy != "caller" || len(e.Users) != 3 {
		t.Fatalf("the facts are %+v", e)
	}
	// Alice rang from 1 s to 5 s and from 6 s to the end, Bruno from 2 s to 4 s.
	if a := e.Users[0]; a.User != "alice" || a.Times != 2 || a.Rang != 10*time.Second || a.Declined || a.Skipped != "" {
		t.Errorf("Alice: %+v", a)
	}
	if b := e.Users[1]; b.User != "bruno" || b.Times != 1 || b.Rang != 2*time.Second || !b.Declined {
		t.Errorf("Bruno: %+v", b)
	}
	if c := e.Users[2]; c.User != "chloe" || c.Times != 0 || c.Skipped != "unavailable" || c.Status != UserOffline || c.Since.Hour() != 8 {
		t.Errorf("Chloé: %+v", c)
	}
	if e := Explain(missedIn(20, "ivr")); e.Node != "Menu" || e.Users != nil {
		t.Errorf("in a menu: %+v", e)
	}
	if e := Explain(&CallRecord{Direction: Outbound}); e.Reason != NotMissed {
		t.Errorf("a call out: %+v", e)
	}
}
