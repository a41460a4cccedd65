package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// AllCalls reads every page.
func AllCalls(tb testing.TB, s *store.Store, f provisioning.CallFilter) []*routing.CallRecord {
	tb.Helper()
	var out []*routing.CallRecord
	for {
		page, err := s.Calls(tb.Context(), f)
		if err != nil {
			tb.Fatalf("calls: %v", err)
		}
		out = append(out, page.Calls...)
		if page.Next == "" {
			return out
		}
		f.Cursor = page.Next
	}
}

// varied makes the i-th of many calls that differ in everything that they can be found by.
func varied(c *routing.CallRecord, i int) *routing.CallRecord {
	c.Account = routing.AccountID(fmt.Sprintf("acc_%d", i%2))
	c.Direction = []routing.Direction{routing.Inbound, routing.Outbound, routing.Internal}[i%3]
	c.Outcome = []routing.Outcome{routing.OutcomeAnswered, routing.OutcomeMissed, routing.OutcomeVoicemail, routing.OutcomeBusy, routing.OutcomeFailed}[i%5]
	c.Missed = []routing.MissedReason{"", routing.ShortAbandoned, "", routing.NoAvailableAgent}[i%4]
	c.From, c.To = fmt.Sprintf("+336000000%02d", i%7), fmt.Sprintf("+331990000%02d", i%11)
	c.User, c.NumberID = routing.UserID(fmt.Sprintf("usr_%d", i%6)), routing.NumberID(fmt.Sprintf("num_%d", i%8))
	c.AssignedTo, c.Archived = routing.UserID([]string{"", "", "usr_1", "usr_9"}[i%4]), i%9 == 0
	c.Tags, c.Teams, c.Comments = []string{fmt.Sprintf("tag_%d", i%4)}, []routing.TeamID{routing.TeamID(fmt.Sprintf("team_%d", i%5))}, nil
	return c
}

func callFilters(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	start := time.Now().Add(-3 * time.Hour).Truncate(time.Millisecond)
	var all []*routing.CallRecord
	for i := range 330 {
		c := varied(Call(s.NextNumber(), start.Add(time.Duration(i)*30*time.Second)), i)
		all = append(all, c)
		if err := s.Finish(c); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	yes, no := true, false
	middle := start.Add(80 * time.Minute)
	for _, x := range []struct {
		name string
		f    provisioning.CallFilter
		is   func(c *routing.CallRecord) bool
	}{
		{"all", provisioning.CallFilter{}, func(*routing.CallRecord) bool { return true }},
		{"user", provisioning.CallFilter{User: "usr_1"}, func(c *routing.CallRecord) bool { return c.User == "usr_1" }},
		{"number", provisioning.CallFilter{Number: "num_3"}, func(c *routing.CallRecord) bool { return c.NumberID == "num_3" }},
		{"team", provisioning.CallFilter{Team: "team_3"}, func(c *routing.CallRecord) bool { return c.Teams[0] == "team_3" }},
		{"direction", provisioning.CallFilter{Direction: routing.Internal}, func(c *routing.CallRecord) bool { return c.Direction == routing.Internal }},
		{"outcome", provisioning.CallFilter{Outcome: routing.OutcomeBusy}, func(c *routing.CallRecord) bool { return c.Outcome == routing.OutcomeBusy }},
		{"missed", provisioning.CallFilter{Missed: routing.NoAvailableAgent}, func(c *routing.CallRecord) bool { return c.Missed == routing.NoAvailableAgent }},
		{"tag", provisioning.CallFilter{Tag: "tag_2"}, func(c *routing.CallRecord) bool { return c.Tags[0] == "tag_2" }},
		{"assigned", provisioning.CallFilter{AssignedTo: "usr_9"}, func(c *routing.CallRecord) bool { return c.AssignedTo == "usr_9" }},
		{"archived", provisioning.CallFilter{Archived: &yes}, func(c *routing.CallRecord) bool { return c.Archived }},
		{"not archived", provisioning.CallFilter{Archived: &no}, func(c *routing.CallRecord) bool { return !c.Archived }},
		{"from", provisioning.CallFilter{From: "+33600000003"}, func(c *routing.CallRecord) bool { return c.From == "+33600000003" }},
		{"to", provisioning.CallFilter{To: "+33199000003"}, func(c *routing.CallRecord) bool { return c.To == "+33199000003" }},
		{"search", provisioning.CallFilter{Search: "+336000000"}, func(*routing.CallRecord) bool { return true }},
		{"search digits", provisioning.CallFilter{Search: "0000010"}, func(c *routing.CallRecord) bool { return strings.Contains(c.To, "0000010") }},
		{"since", provisioning.CallFilter{Since: middle}, func(c *routing.CallRecord) bool { return !c.StartedAt.Before(middle) }},
		{"until", provisioning.CallFilter{Until: middle}, func(c *routing.CallRecord) bool { return c.StartedAt.Before(middle) }},
		{"two", provisioning.CallFilter{User: "usr_1", Outcome: routing.OutcomeMissed, Tag: "tag_3"}, func(c *routing.CallRecord) bool {
			return c.User == "usr_1" && c.Outcome == routing.OutcomeMissed && c.Tags[0] == "tag_3"
		}},
		{"within", provisioning.CallFilter{Within: &provisioning.Lines{Numbers: []routing.NumberID{"num_2", "num_5"}, User: "usr_1"}}, func(c *routing.CallRecord) bool {
			return c.NumberID == "num_2" || c.NumberID == "num_5" || c.User == "usr_1" || c.AssignedTo == "usr_1"
		}},
		{"within and tag", provisioning.CallFilter{Tag: "tag_1", Within: &provisioning.Lines{Numbers: []routing.NumberID{"num_1"}}}, func(c *routing.CallRecord) bool {
			return c.NumberID == "num_1" && c.Tags[0] == "tag_1"
		}},
		{"within and outcome", provisioning.CallFilter{Outcome: routing.OutcomeBusy, Within: &provisioning.Lines{User: "usr_3"}}, func(c *routing.CallRecord) bool {
			return c.User == "usr_3" && c.Outcome == routing.OutcomeBusy
		}},
		{"within nothing", provisioning.CallFilter{Within: &provisioning.Lines{}}, func(*routing.CallRecord) bool { return false }},
		{"updated before", provisioning.CallFilter{UpdatedUntil: start}, func(*routing.CallRecord) bool { return false }},
		{"updated since", provisioning.CallFilter{UpdatedSince: start}, func(*routing.CallRecord) bool { return true }},
	} {
		for _, account := range []routing.AccountID{"", "acc_1"} {
			for _, oldest := range []bool{false, true} {
				x.f.Account, x.f.Oldest, x.f.Limit, x.f.Count = account, oldest, 7, true
				checkFilter(t, s, x.name, x.f, all, x.is)
			}
		}
	}
}

// checkFilter compares what a filter finds, page by page, with what it should.
func checkFilter(t *testing.T, s *store.Store, name string, f provisioning.CallFilter, all []*routing.CallRecord, is func(*routing.CallRecord) bool) {
	t.Helper()
	var want, got []routing.CallID
	for _, c := range all {
		if (f.Account == "" || c.Account == f.Account) && is(c) {
			want = append(want, c.ID)
		}
	}
	if !f.Oldest {
		slices.Reverse(want)
	}
	for _, c := range AllCalls(t, s, f) {
		got = append(got, c.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s (account %q, oldest %t) finds %d calls, want %d", name, f.Account, f.Oldest, len(got), len(want))
	}
	if page, err := s.Calls(t.Context(), f); err != nil || page.Total != int64(len(want)) {
		t.Errorf("%s (account %q) counts %d, want %d: %v", name, f.Account, page.Total, len(want), err)
	}
}

func marks(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	old := Call(s.NextNumber(), time.Now().Add(-48*time.Hour))
	old.Tags, old.Comments, old.AssignedTo = nil, nil, ""
	if err := s.Finish(old); err != nil {
		t.Fatal(err)
	}
	fresh := Call(s.NextNumber(), time.Now())
	if err := s.Finish(fresh); err != nil { // And marked at once: it may be in the spool alone.
		t.Fatal(err)
	}
	before := time.Now()
	yes, to := true, routing.UserID("usr_7")
	for _, m := range []provisioning.CallMark{
		{Tag: "tag_9"},
		{Tag: "tag_9"}, // Is so already.
		{Archived: &yes, AssignedTo: &to},
		{Comment: &routing.CallComment{ID: "cmt_9", At: before, By: "usr_7", Text: "Rang back."}},
		{Untag: "tag_9"},
	} {
		for _, id := range []routing.CallID{fresh.ID, old.ID} {
			m.Call, m.By, m.At = id, "usr_7", before
			if err := s.MarkCall(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.MarkCall(t.Context(), provisioning.CallMark{Call: "call_nobody", Tag: "x"}); !errors.Is(err, provisioning.ErrNotFound) {
		t.Errorf("a call that is not there: %v", err)
	}
	got, err := s.Call(t.Context(), string(old.ID))
	if err != nil || !got.Archived || got.AssignedTo != to || len(got.Tags) != 0 || len(got.Comments) != 1 || got.Comments[0].Text != "Rang back." {
		t.Errorf("the call is %+v: %v", got, err)
	}
	var types []string
	last := int64(0)
	for _, e := range AllEvents(t, s, provisioning.EventFilter{Subject: string(old.ID)}) {
		types = append(types, e.Type)
		if e.Seq <= last {
			t.Errorf("%s has the number %d after %d", e.Type, e.Seq, last)
		}
		last = e.Seq
	}
	want := "[call.missed call.ended call.tagged call.assigned call.archived call.commented call.untagged]"
	if fmt.Sprint(types) != want {
		t.Errorf("the events are %v, want %s", types, want)
	}
	// Long after it began it changed: who asks for changes finds it.
	if n := len(AllCalls(t, s, provisioning.CallFilter{Account: "acc_1", UpdatedSince: before.Add(-time.Second), Limit: 1})); n != 2 {
		t.Errorf("%d calls changed since, want both", n)
	}
	if n := len(AllCalls(t, s, provisioning.CallFilter{Account: "acc_1", UpdatedSince: time.Now().Add(time.Minute)})); n != 0 {
		t.Errorf("%d calls changed in the future", n)
	}
}

// SPEC L11, X12, L13: who is to be told of a missed call has it in a list, until somebody calls back.
func notices(t *testing.T, cfg store.Config) { //nolint:gocognit,funlen // One story.
	t.Helper()
	s := Open(t, cfg)
	missed := Call(s.NextNumber(), time.Now().Add(-time.Hour))
	other := Call(s.NextNumber(), time.Now().Add(-50*time.Minute))
	other.From = "+33639980102"
	for _, c := range []*routing.CallRecord{missed, other} {
		if err := s.Finish(c); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	page, err := s.Notifications(t.Context(), provisioning.NotificationFilter{User: "usr_1", Unread: true, Limit: 1, Count: true})
	if err != nil || len(page.Notifications) != 1 || page.Total != 2 || page.Next == "" || page.Notifications[0].Call != other.ID {
		t.Fatalf("the first page is %+v: %v", page, err)
	}
	page, err = s.Notifications(t.Context(), provisioning.NotificationFilter{User: "usr_1", Cursor: page.Next})
	if err != nil || len(page.Notifications) != 1 || page.Next != "" {
		t.Fatalf("the second page is %+v: %v", page, err)
	}
	n := page.Notifications[0]
	if n.Call != missed.ID || n.From != missed.From || n.Reason != routing.AgentsDidNotAnswer || n.Number != "num_1" || n.CallNumber != missed.Number {
		t.Errorf("the notification is %+v", n)
	}
	for range 2 {
		if err = s.ReadNotification(t.Context(), n.ID, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err = s.ReadNotification(t.Context(), "ntf_nobody", time.Now()); !errors.Is(err, provisioning.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	back := Call(s.NextNumber(), time.Now())
	back.Direction, back.Outcome, back.From, back.To, back.User = routing.Outbound, routing.OutcomeAnswered, "+33199001299", missed.From, "usr_2"
	back.AnsweredAt, back.Notified, back.Missed = back.StartedAt.Add(time.Second), nil, ""
	if err = s.Finish(back); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	for _, u := range []routing.UserID{"usr_1", "usr_2"} {
		page, err = s.Notifications(t.Context(), provisioning.NotificationFilter{User: u, Call: missed.ID})
		if err != nil || len(page.Notifications) != 1 || page.Notifications[0].CallBack != back.ID || page.Notifications[0].HandledBy != "usr_2" {
			t.Errorf("%s has %+v: %v", u, page, err)
		}
	}
	if err = s.HandleCall(t.Context(), other.ID, "usr_1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if page, err = s.Notifications(t.Context(), provisioning.NotificationFilter{Account: "acc_1", Open: true}); err != nil || len(page.Notifications) != 0 {
		t.Errorf("%d are open: %v", len(page.Notifications), err)
	}
	count := map[string]int{}
	for _, e := range AllEvents(t, s, provisioning.EventFilter{Types: []string{"notification.*"}}) {
		count[e.Type]++
	}
	if count["notification.created"] != 4 || count["notification.read"] != 1 || count["notification.handled"] != 4 {
		t.Errorf("the events are %v", count)
	}
	if at, user := s.Last("acc_1", routing.E164(missed.From)); user != "usr_2" || !at.Equal(back.AnsweredAt) {
		t.Errorf("the caller spoke to %s at %s last", user, at)
	}
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	if _, user := s.Last("acc_1", routing.E164(missed.From)); user != "usr_2" {
		t.Errorf("after a restart the caller spoke to %q last", user)
	}
}

// SPEC A14.
func statusHistory(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	for i, status := range []routing.UserStatus{routing.UserAvailable, routing.UserRinging, routing.UserInCall, routing.UserWrapUp, routing.UserAvailable} {
		for _, u := range []routing.UserID{"usr_1", "usr_2"} {
			c := routing.StatusChange{Account: "acc_1", User: u, At: start.Add(time.Duration(i) * time.Minute), Status: status, Device: routing.SIPPhone, Call: "call_1"}
			if err := s.Shift(c); err != nil {
				t.Fatal(err)
			}
		}
	}
	flush(t, s)
	got, err := s.StatusHistory(t.Context(), provisioning.StatusFilter{Account: "acc_1", Since: start.Add(90 * time.Second), Until: start.Add(4 * time.Minute)})
	var told []string
	for _, c := range got {
		told = append(told, string(c.User)+" "+string(c.Status))
	}
	want := "[usr_1 ringing usr_1 in_call usr_1 after_call_work usr_2 ringing usr_2 in_call usr_2 after_call_work]"
	if fmt.Sprint(told) != want || err != nil {
		t.Errorf("the history is %v, want %s: %v", told, want, err)
	}
	if got, err = s.StatusHistory(t.Context(), provisioning.StatusFilter{User: "usr_2"}); err != nil || len(got) != 5 || got[2].At != start.Add(2*time.Minute) || got[2].Device != routing.SIPPhone {
		t.Errorf("all of one user is %+v: %v", got, err)
	}
}

func keptThings(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	first, err := s.Secret(t.Context(), "sessions")
	if err != nil || len(first) != 32 {
		t.Fatalf("the secret has %d bytes: %v", len(first), err)
	}
	now := time.Now()
	if err = errors.Join(
		s.Remember(t.Context(), "k1", []byte("one"), now.Add(time.Hour)), s.Remember(t.Context(), "k1", []byte("two"), now.Add(time.Hour)),
		s.Remember(t.Context(), "k2", []byte("gone"), now.Add(-time.Second)),
		s.KeysUsed(t.Context(), map[string]time.Time{"key_1": now}), s.KeysUsed(t.Context(), map[string]time.Time{"key_1": now.Add(-time.Hour), "key_2": now}),
	); err != nil {
		t.Fatal(err)
	}
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	second, err := s.Secret(t.Context(), "sessions")
	other, err2 := s.Secret(t.Context(), "other")
	if string(first) != string(second) || string(first) == string(other) || err != nil || err2 != nil {
		t.Errorf("secrets are not kept apart: %v %v", err, err2)
	}
	one, err := s.Recall(t.Context(), "k1")
	gone, err2 := s.Recall(t.Context(), "k2")
	none, err3 := s.Recall(t.Context(), "k3")
	if string(one) != "one" || gone != nil || none != nil || errors.Join(err, err2, err3) != nil {
		t.Errorf("recalled %q, %q and %q: %v", one, gone, none, errors.Join(err, err2, err3))
	}
	if use, err := s.KeyUse(t.Context()); err != nil || len(use) != 2 || use["key_1"].UnixMilli() != now.UnixMilli() {
		t.Errorf("keys were used at %v: %v", use, err)
	}
}

func auditPages(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	f := provisioning.AuditFilter{Kind: provisioning.KindUser, Limit: 2}
	var names []string
	for {
		page, err := s.Audit(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			names = append(names, e.Name)
		}
		if f.Before = page.Next; f.Before == 0 {
			break
		}
	}
	if len(names) != 3 {
		t.Errorf("the users in the audit log are %v, want three", names)
	}
	if page, err := s.Audit(t.Context(), provisioning.AuditFilter{Account: "acc_none"}); err != nil || len(page.Entries) != 0 {
		t.Errorf("another account's log is %v: %v", page.Entries, err)
	}
}
