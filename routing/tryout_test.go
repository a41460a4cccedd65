package routing

import (
	"slices"
	"testing"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

func TestSpec_F14_ASimulatedCallMeetsTheAccountAsItIs(t *testing.T) {
	friday := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC) // 10:30 in Paris
	work := calendar.Hours{Slots: []calendar.Slot{{Days: []calendar.Day{"fri"}, From: "10:00", To: "18:00"}}}
	s := &Snapshot{
		Accounts: map[AccountID]*Account{"acc": {
			ID: "acc", Extensions: map[string]UserID{"204": "alice"}, Blocked: map[E164]struct{}{"+33612345678": {}},
			Contacts: map[E164]*Contact{"+33639980101": {Tags: []string{"tag_1"}, VIP: true}},
		}},
		Users: map[UserID]*User{
			"alice": {ID: "alice", Account: "acc", Availability: SetAuto, Hours: "work", Voicemail: &flow.Voicemail{Greeting: "hello"}},
			"bruno": {ID: "bruno", Account: "acc", Availability: SetUnavailable}, "chloe": {ID: "chloe", Account: "acc", OutgoingOnly: true},
			"dora": {ID: "dora", Account: "acc", NeverRing: true}, "zoe": {ID: "zoe", Account: "other"},
		},
		Teams: map[TeamID]*Team{"team": {ID: "team", Account: "acc", Users: []UserID{"alice", "bruno", "dora"}}, "theirs": {ID: "theirs", Account: "other"}},
		Hours: map[HoursID]calendar.Hours{"work": work},
		Dates: map[flow.DateID]calendar.Dates{"sd": {Holidays: "FR"}},
	}
	n := &Number{Account: "acc", E164: "+262262123456", Teams: []TeamID{"team"}}
	d := s.Tryout("acc", n, "+33639980101", friday)
	if got := d.Members("team"); !slices.Equal(got, []UserID{"alice", "bruno"}) || d.Members("theirs") != nil {
		t.Error(got)
	}
	for u, want := range map[UserID]flow.Status{"alice": flow.Available, "bruno": flow.Unavailable, "chloe": flow.Available, "zoe": flow.Unavailable, "nobody": flow.Unavailable} {
		if got := d.Status(u, flow.RingByNode); got != want {
			t.Errorf("%s is %d", u, got)
		}
	}
	if d.Timezone() != "Indian/Reunion" || d.Assigned("bruno") != flow.Reachable || d.Assigned("chloe") != flow.Unknown {
		t.Error(d.Timezone(), d.Assigned("bruno"))
	}
	if c := d.Caller(); !bool(c.VIP) || c.Country != "FR" || bool(c.Blocked) || len(c.Tags) != 1 {
		t.Errorf("%+v", c)
	}
	if greeting, has := d.Voicemail("alice"); greeting != "hello" || !bool(has) {
		t.Error(greeting)
	}
	early := s.Tryout("acc", nil, "", friday.Add(-time.Hour))
	if early.Status("alice", flow.RingByNode) != flow.Unavailable || !bool(early.Caller().Anonymous) || early.Timezone() != "Europe/Paris" {
		t.Error("before work, for no number, from nobody")
	}
	if c := s.Tryout("acc", nil, "+33612345678", friday).Caller(); !bool(c.Blocked) {
		t.Errorf("%+v", c)
	}
	f := &flow.Flow{Start: "ring", Nodes: map[flow.NodeID]*flow.Node{
		"ring": {ID: "ring", RingTo: &flow.RingTo{Team: "team", RingForSeconds: 20}, Next: map[string]flow.NodeID{"unanswered": "end"}},
		"end":  {ID: "end", Hangup: &flow.Hangup{}},
	}}
	if c := simulate.Run(f, d, &simulate.Script{At: friday}); !slices.Equal(c.Rang(), []UserID{"alice"}) {
		t.Error(c.Ladder())
	}
}
