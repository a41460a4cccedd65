package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// A conversation is one number and one peer: it counts what nobody read, closes, and opens again when the other writes.
func messageConversations(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	m := s.Messages()
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond).UTC()
	in := func(after time.Duration) messaging.Stored {
		return keep(t, m, Draft(messaging.Inbound, "+33639980102", at.Add(after)))[0]
	}
	first, second := in(0), in(time.Minute)
	if first.Existing || !second.Existing || first.Message.Conversation != second.Message.Conversation {
		t.Fatalf("%+v, then %+v", first, second)
	}
	id := first.Message.Conversation
	get := func() messaging.Conversation {
		t.Helper()
		c, err := m.Conversation(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return *c
	}
	last := second.Message
	last.Delivery = nil
	want := messaging.Conversation{
		ID: id, Account: "acc_1", Number: ownNumber, Peer: "+33639980102", Open: true, Unread: 2, Last: &last, LastAt: at.Add(time.Minute), CreatedAt: at,
	}
	if got := get(); !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	edit := func(e messaging.ConversationEdit) messaging.Conversation {
		t.Helper()
		e.IDs, e.By = []messaging.ConversationID{id}, "usr_1"
		all, err := m.EditConversations(t.Context(), e)
		if err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], get()) {
			t.Fatalf("%+v: %v", all, err)
		}
		return all[0]
	}
	user, closed := messaging.UserID("usr_2"), false
	for range 2 { // The second time nothing changes.
		if c := edit(messaging.ConversationEdit{Open: &closed, Assignee: &user, Read: true}); c.Open || c.Assignee != user || c.Unread != 0 {
			t.Errorf("%+v", c)
		}
	}
	if in(2 * time.Minute); !get().Open || get().Unread != 1 {
		t.Errorf("%+v", get())
	}
	if keep(t, m, Draft(messaging.Outbound, "+33639980102", at.Add(3*time.Minute))); get().Unread != 0 || !get().LastAt.Equal(at.Add(3*time.Minute)) {
		t.Errorf("after an answer %+v", get())
	}
	toldOfConversation(t, s, id)
	unknownConversations(t, m, id)
}

// unknownConversations are found by nobody, and nothing is changed with them.
func unknownConversations(t *testing.T, m *store.Messages, id messaging.ConversationID) {
	t.Helper()
	open := true
	_, err := m.EditConversations(t.Context(), messaging.ConversationEdit{IDs: []messaging.ConversationID{id, "conv_none"}, Open: &open})
	if !errors.Is(err, messaging.ErrNotFound) {
		t.Error(err)
	}
	if _, err = m.Conversation(t.Context(), "conv_none"); !errors.Is(err, messaging.ErrNotFound) {
		t.Error(err)
	}
}

// toldOfConversation shows what was told of a conversation, and what the audit log has of it.
func toldOfConversation(t *testing.T, s *store.Store, id messaging.ConversationID) {
	t.Helper()
	var told []string
	for _, e := range AllEvents(t, s, provisioning.EventFilter{Types: []string{"conversation.*"}}) {
		if c, is := e.Conversation(); !is || c.ID != id || e.Subject != string(id) || e.Account != "acc_1" {
			t.Errorf("%+v", e)
		}
		told = append(told, e.Type)
	}
	if want := []string{"conversation.closed", "conversation.assigned", "conversation.read", "conversation.reopened"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	audit, err := s.Audit(t.Context(), provisioning.AuditFilter{Record: string(id)})
	if err != nil || len(audit.Entries) != 1 || audit.Entries[0].Actor != "usr_1" || len(audit.Entries[0].Fields) != 2 {
		t.Errorf("%+v: %v", audit, err)
	}
}

// Conversations are found by what they are, the one with the newest item first.
func conversationFilters(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	at := time.Now().Add(-time.Hour)
	var ids []messaging.ConversationID
	for i := range 6 {
		d := Draft([]messaging.Direction{messaging.Inbound, messaging.Outbound}[i%2], messaging.Address(fmt.Sprintf("+3363998010%d", i)), at.Add(time.Duration(i/2)*time.Second))
		d.Message.Number = messaging.NumberID(fmt.Sprintf("num_%d", i/3))
		ids = append(ids, keep(t, m, d)[0].Message.Conversation)
	}
	nobody, somebody, closed := messaging.UserID(""), messaging.UserID("usr_1"), false
	if _, err := m.EditConversations(t.Context(), messaging.ConversationEdit{IDs: ids[:1], Assignee: &somebody}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.EditConversations(t.Context(), messaging.ConversationEdit{IDs: ids[5:], Open: &closed}); err != nil {
		t.Fatal(err)
	}
	// Of two of one time the later id comes first.
	later := func(a, b int) int { return cmp.Or(cmp.Compare(b/2, a/2), cmp.Compare(ids[b], ids[a])) }
	for name, c := range map[string]struct {
		f    messaging.ConversationFilter
		want []int
	}{
		"account":         {messaging.ConversationFilter{Account: "acc_1"}, []int{5, 4, 3, 2, 1, 0}},
		"another account": {messaging.ConversationFilter{Account: "acc_2"}, nil},
		"numbers":         {messaging.ConversationFilter{Numbers: []messaging.NumberID{"num_1"}}, []int{5, 4, 3}},
		"no numbers":      {messaging.ConversationFilter{Numbers: []messaging.NumberID{}}, nil},
		"both numbers":    {messaging.ConversationFilter{Numbers: []messaging.NumberID{"num_0", "num_1"}, Limit: 4}, []int{5, 4, 3, 2}},
		"peers":           {messaging.ConversationFilter{Peers: []messaging.Address{"+33639980102", "+33639980104"}}, []int{4, 2}},
		"digits":          {messaging.ConversationFilter{Digits: "80103"}, []int{3}},
		"peers or digits": {messaging.ConversationFilter{Digits: "80103", Peers: []messaging.Address{"+33639980101"}}, []int{3, 1}},
		"open":            {messaging.ConversationFilter{Open: &closed}, []int{5}},
		"assigned":        {messaging.ConversationFilter{Assignee: &somebody}, []int{0}},
		"of nobody":       {messaging.ConversationFilter{Assignee: &nobody}, []int{5, 4, 3, 2, 1}},
		"unread":          {messaging.ConversationFilter{Unread: true}, []int{4, 2, 0}},
	} {
		slices.SortFunc(c.want, later)
		page, err := m.Conversations(t.Context(), c.f)
		if err != nil || page.More != (c.f.Limit > 0) || !slices.Equal(found(ids, page.Conversations), c.want) {
			t.Errorf("%s: %v, want %v: %v", name, found(ids, page.Conversations), c.want, err)
		}
	}
	var all []int
	for page := (messaging.ConversationPage{More: true}); page.More; {
		f := messaging.ConversationFilter{Limit: 1}
		if n := len(page.Conversations); n > 0 {
			f.Before = messaging.Mark{At: page.Conversations[n-1].LastAt, ID: page.Conversations[n-1].ID}
		}
		var err error
		if page, err = m.Conversations(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		all = append(all, found(ids, page.Conversations)...)
	}
	if !slices.IsSortedFunc(all, later) || len(all) != len(ids) {
		t.Errorf("page by page: %v", all)
	}
}

// found are the places of conversations in a list.
func found(ids []messaging.ConversationID, all []messaging.Conversation) []int {
	var out []int
	for i := range all {
		out = append(out, slices.Index(ids, all[i].ID))
	}
	return out
}

// Messages are found by what they are.
func messageFilters(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	var kept []messaging.Message
	for i := range 8 {
		d := Draft([]messaging.Direction{messaging.Inbound, messaging.Outbound}[i%2], messaging.Address(fmt.Sprintf("+3363998010%d", i%3)), at.Add(time.Duration(i)*time.Minute))
		d.Message.Number = messaging.NumberID(fmt.Sprintf("num_%d", i/4))
		if i == 3 {
			d.Message.User, d.Message.Channel = "usr_1", messaging.ChannelCTI
		}
		if i == 5 {
			d.Message.Class, d.Message.Body = messaging.ClassFlash, "a flash"
		}
		kept = append(kept, keep(t, m, d)[0].Message)
	}
	if kept[5].Place != 0 || kept[5].Conversation != "" {
		t.Errorf("what is no text has a place: %+v", kept[5])
	}
	fail := claimed(t, m, 1)[0]
	ended(t, m, messaging.Outcome{Delivery: fail.ID, Result: messaging.ResultFailed, Reason: "x"})
	for name, c := range map[string]struct {
		f    messaging.Filter
		want []int
	}{
		"all":             {messaging.Filter{}, []int{7, 6, 4, 3, 2, 1, 0}},
		"oldest":          {messaging.Filter{Account: "acc_1", Oldest: true}, []int{0, 1, 2, 3, 4, 6, 7}},
		"another account": {messaging.Filter{Account: "acc_2"}, nil},
		"number":          {messaging.Filter{Numbers: []messaging.NumberID{"num_1"}}, []int{7, 6, 4}},
		"numbers":         {messaging.Filter{Numbers: []messaging.NumberID{"num_1", "num_0"}}, []int{7, 6, 4, 3, 2, 1, 0}},
		"no numbers":      {messaging.Filter{Numbers: []messaging.NumberID{}}, nil},
		"conversation":    {messaging.Filter{Conversation: []messaging.ConversationID{kept[0].Conversation}}, []int{3, 0}},
		"no conversation": {messaging.Filter{Conversation: []messaging.ConversationID{}}, nil},
		"conversations":   {messaging.Filter{Conversation: []messaging.ConversationID{kept[0].Conversation, kept[1].Conversation}, Oldest: true}, []int{0, 1, 3}},
		"peers":           {messaging.Filter{Peers: []messaging.Address{"+33639980100"}}, []int{6, 3, 0}},
		"direction":       {messaging.Filter{Direction: messaging.Outbound}, []int{7, 3, 1}},
		"failed":          {messaging.Filter{Account: "acc_1", States: []messaging.State{messaging.StateFailed}}, []int{1}},
		"states":          {messaging.Filter{States: []messaging.State{messaging.StateFailed, messaging.StateReceived}}, []int{6, 4, 2, 1, 0}},
		"channel":         {messaging.Filter{Channel: messaging.ChannelCTI}, []int{3}},
		"user":            {messaging.Filter{User: "usr_1"}, []int{3}},
		"since":           {messaging.Filter{Since: at.Add(6 * time.Minute)}, []int{7, 6}},
		"until":           {messaging.Filter{Until: at.Add(2 * time.Minute)}, []int{1, 0}},
		"before":          {messaging.Filter{Before: kept[2].Place}, []int{1, 0}},
		"after":           {messaging.Filter{After: kept[3].Place}, []int{7, 6, 4}},
		"changed":         {messaging.Filter{Changed: time.Now().Add(time.Minute)}, nil},
	} {
		c.f.Count = true
		page, err := m.Messages(t.Context(), c.f)
		var got []int
		for _, msg := range page.Messages {
			got = append(got, slices.IndexFunc(kept, func(k messaging.Message) bool { return k.ID == msg.ID }))
		}
		if err != nil || page.More || !slices.Equal(got, c.want) || c.f.Before == 0 && c.f.After == 0 && page.Total != int64(len(c.want)) {
			t.Errorf("%s: %v of %d, want %v: %v", name, got, page.Total, c.want, err)
		}
	}
	if page, err := m.Messages(t.Context(), messaging.Filter{Limit: 2, Count: true, Before: kept[6].Place}); err != nil || !page.More || len(page.Messages) != 2 || page.Total != 7 {
		t.Errorf("%+v: %v", page, err)
	}
}

// part is a segment of a message of three.
func part(setName string, number int, says string) messaging.Part {
	return messaging.Part{
		Set: setName, Crowd: "crowd", Print: says, Segment: messaging.Segment{Reference: 7, Total: 3, Number: number},
		Arrival: messaging.Arrival{From: "+33639980102", To: ownE164, Body: messaging.Body{Octets: []byte(says)}, At: time.Now()},
	}
}

// joined makes one draft of parts.
func joined(parts []messaging.Part) ([]messaging.Draft, error) {
	d := Draft(messaging.Inbound, "+33639980102", time.Now())
	slices.SortFunc(parts, func(a, b messaging.Part) int { return a.Segment.Number - b.Segment.Number })
	d.Message.Body = ""
	for _, p := range parts {
		d.Message.Body += string(p.Arrival.Body.Octets)
	}
	return []messaging.Draft{d}, nil
}

// Segments wait for each other, across restarts and in any order; a repeat of one is none, and what comes round again is another message.
func segments(t *testing.T, cfg store.Config) {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	take := func(p messaging.Part) messaging.Assembly { return assembled(t, s, p) }
	bodies := func() []string {
		var out []string
		for _, msg := range listed(t, s.Messages(), messaging.Filter{Oldest: true}) {
			out = append(out, msg.Body)
		}
		return out
	}
	for i, p := range []messaging.Part{part("s", 3, "c"), part("s", 1, "a"), part("s", 1, "a")} {
		if a := take(p); a.Complete || a.Repeat != (i == 2) {
			t.Errorf("%d: %+v", i, a)
		}
	}
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	broken := errors.New("broken")
	if _, err = s.Messages().Assemble(t.Context(), part("s", 2, "b"), func([]messaging.Part) ([]messaging.Draft, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if a := take(part("s", 2, "b")); !a.Complete || len(a.Stored) != 1 || a.Stored[0].Message.Body != "abc" || a.Stored[0].Message.Place == 0 {
		t.Errorf("%+v", a)
	}
	comesRound(t, s)
	lateRepeat(t, s)
	if got := bodies(); !slices.Equal(got, []string{"abc", "ABC", "x"}) {
		t.Errorf("%q", got)
	}
}

// comesRound gives segments of other messages with the reference of the first.
func comesRound(t *testing.T, s *store.Store) {
	t.Helper()
	take := func(p messaging.Part) messaging.Assembly { return assembled(t, s, p) }
	for i, p := range []messaging.Part{part("s", 1, "A"), part("s", 2, "B"), part("s", 3, "C")} {
		if a := take(p); a.Repeat || a.Complete != (i == 2) {
			t.Errorf("%d: %+v", i, a)
		}
	}
	// And so it does before the first is whole.
	if a := take(part("s", 1, "x")); a.Repeat || a.Overdue {
		t.Errorf("%+v", a)
	}
	if a := take(part("s", 1, "y")); a.Repeat || !a.Overdue {
		t.Errorf("%+v", a)
	}
	if n, err := s.Messages().Overdue(t.Context(), time.Now().Add(-time.Hour), 10, joined); err != nil || n != 1 {
		t.Errorf("%d overdue: %v", n, err)
	}
	if n, err := s.Messages().Overdue(t.Context(), time.Now().Add(time.Hour), 10, func([]messaging.Part) ([]messaging.Draft, error) { return nil, nil }); err != nil || n != 1 {
		t.Errorf("%d overdue: %v", n, err)
	}
}

// lateRepeat gives all segments of the first message again, which makes none.
func lateRepeat(t *testing.T, s *store.Store) {
	t.Helper()
	for _, p := range []messaging.Part{part("s", 2, "b"), part("s", 3, "c"), part("s", 1, "a")} {
		if a := assembled(t, s, p); !a.Repeat || a.Complete {
			t.Errorf("a late repeat: %+v", a)
		}
	}
}

func assembled(t *testing.T, s *store.Store, p messaging.Part) messaging.Assembly {
	t.Helper()
	a, err := s.Messages().Assemble(t.Context(), p, joined)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A crowd has room for so many sets: one more, and the oldest is finished.
func crowds(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	take := func(p messaging.Part) messaging.Assembly { return assembled(t, s, p) }
	for i := range messaging.OpenSets {
		if a := take(part(fmt.Sprint("crowd ", i), 1, "1")); a.Overdue {
			t.Errorf("%d: %+v", i, a)
		}
	}
	if a := take(part("one more", 1, "1")); !a.Overdue {
		t.Errorf("%+v", a)
	}
	if n, err := s.Messages().Overdue(t.Context(), time.Now().Add(-time.Hour), 10, joined); err != nil || n != 1 {
		t.Errorf("%d overdue: %v", n, err)
	}
}

// Who wants no messages is listed, added and taken off.
func optOuts(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	at := time.Now().Truncate(time.Millisecond).UTC()
	one, two := messaging.OptOut{Number: ownNumber, Peer: "+33639980103", Word: "STOP", At: at}, messaging.OptOut{Number: ownNumber, Peer: "+33639980102", At: at}
	for _, o := range []messaging.OptOut{one, two, one} {
		if err := m.SetOptOut(t.Context(), o, messaging.StopAdd); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := m.OptOuts(t.Context(), ownNumber); err != nil || !reflect.DeepEqual(got, []messaging.OptOut{two, one}) {
		t.Errorf("%+v: %v", got, err)
	}
	d := Draft(messaging.Outbound, "+33639980103", at)
	d.HeedStop = true
	if out := keep(t, m, d)[0]; out.Refused != messaging.ReasonOptedOut {
		t.Errorf("%+v", out)
	}
	d.HeedStop = false
	if c, err := m.Conversation(t.Context(), keep(t, m, d)[0].Message.Conversation); err != nil || !c.OptedOut {
		t.Errorf("%+v: %v", c, err)
	}
	if err := m.SetOptOut(t.Context(), one, messaging.StopRemove); err != nil {
		t.Fatal(err)
	}
	if got, err := m.OptOuts(t.Context(), ownNumber); err != nil || len(got) != 1 {
		t.Errorf("%+v: %v", got, err)
	}
}

// A call that is over belongs to the conversation of its number and who was on the other side: it begins it, or touches it.
func calledConversations(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	m := s.Messages()
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond).UTC()
	call := func(d routing.Direction, peer string, after time.Duration) {
		t.Helper()
		c := Call(s.NextNumber(), at.Add(after))
		c.Direction, c.NumberID, c.From, c.To, c.EndedAt = d, ownNumber, peer, ownE164, at.Add(after)
		if d == routing.Outbound {
			c.From, c.To = ownE164, peer
		}
		if err := errors.Join(s.Finish(c), s.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	only := func() messaging.Conversation {
		t.Helper()
		page, err := m.Conversations(t.Context(), messaging.ConversationFilter{Numbers: []messaging.NumberID{ownNumber}})
		if err != nil || len(page.Conversations) != 1 {
			t.Fatalf("%+v: %v", page, err)
		}
		return page.Conversations[0]
	}
	call(routing.Inbound, "+33639980102", 0)
	call(routing.Inbound, "anonymous", 0)
	call(routing.Internal, "+33639980103", 0)
	first := only()
	if first.Peer != "+33639980102" || !first.Open || first.Last != nil || !first.LastAt.Equal(at) || first.Unread != 0 {
		t.Errorf("%+v", first)
	}
	msg := keep(t, m, Draft(messaging.Inbound, "+33639980102", at.Add(time.Minute)))[0]
	if !msg.Existing || msg.Message.Conversation != first.ID {
		t.Errorf("a message begins another: %+v", msg)
	}
	call(routing.Outbound, "+33639980102", 2*time.Minute)
	call(routing.Outbound, "+33639980102", 30*time.Second) // That ended before.
	if c := only(); c.ID != first.ID || !c.LastAt.Equal(at.Add(2*time.Minute)) || c.Unread != 1 || c.Last == nil || c.Last.ID != msg.Message.ID {
		t.Errorf("%+v", c)
	}
}
