package messagingtest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tandem/messaging"
)

func bookCases() []suiteCase {
	return []suiteCase{
		{"Conversations", conversations},
		{"ConversationsAreListed", conversationsListed},
		{"FiltersOfMessages", filters},
		{"PagesOfMessages", pages},
		{"OptOuts", optOuts},
		{"NothingFound", nothingFound},
	}
}

// talk is the conversation of Desk with Other.
func (t *trial) talk() messaging.Conversation {
	t.Helper()
	p, err := t.Conversations(t.ctx(), messaging.ConversationFilter{Account: Account, Numbers: []messaging.NumberID{DeskID}, Peers: []messaging.Address{Other}})
	if err != nil || len(p.Conversations) != 1 {
		t.Fatalf("conversations: %+v, %v", p, err)
	}
	return p.Conversations[0]
}

func (t *trial) edit(e messaging.ConversationEdit) messaging.Conversation {
	t.Helper()
	got, err := t.EditConversations(t.ctx(), e)
	if err != nil || len(got) != len(e.IDs) {
		t.Fatalf("edit: %+v, %v", got, err)
	}
	return got[0]
}

func conversations(t *trial) {
	t.put(t.draft("un", inbound, ago(time.Minute)), t.draft("deux", inbound, ago(time.Second)))
	c := t.talk()
	if !c.Open || c.Unread != 2 || c.Last == nil || c.Last.Body != "deux" || c.LastAt.UnixMilli() != t.base.Add(-time.Second).UnixMilli() || c.OptedOut {
		t.Errorf("after two: %+v", c)
	}
	want(t, "read", t.edit(messaging.ConversationEdit{IDs: []messaging.ConversationID{c.ID}, Read: true}).Unread, 0)
	t.put(t.draft("trois", inbound))
	want(t, "unread", t.talk().Unread, 1)
	t.put(t.draft("réponse"))
	want(t, "answered", t.talk().Unread, 0)
	closed := t.edit(messaging.ConversationEdit{IDs: []messaging.ConversationID{c.ID}, Open: new(false), Assignee: new(messaging.UserID("usr_1"))})
	if closed.Open || closed.Assignee != "usr_1" {
		t.Errorf("closed: %+v", closed)
	}
	t.put(t.draft("Stop", inbound, func(d *messaging.Draft) { d.Stop = messaging.StopAdd }))
	if c = t.talk(); !c.Open || c.Assignee != "usr_1" || !c.OptedOut || c.Unread != 1 {
		t.Errorf("reopened by a message: %+v", c)
	}
	found, err := t.Conversation(t.ctx(), c.ID)
	if err != nil || found.ID != c.ID || found.Last.Body != "Stop" || !found.OptedOut {
		t.Errorf("found %+v, %v", found, err)
	}
	_, err = t.EditConversations(t.ctx(), messaging.ConversationEdit{IDs: []messaging.ConversationID{c.ID, "conv_none"}, Open: new(false)})
	if !errors.Is(err, messaging.ErrNotFound) || !t.talk().Open {
		t.Errorf("an edit of one that is not there: %v", err)
	}
}

func conversationsListed(t *trial) {
	peers := []messaging.Address{"+33611111111", "+33622222222", "+33633333333", "36105"}
	for i, p := range peers {
		t.put(t.draft("x", inbound, peer(p), ago(time.Duration(len(peers)-i)*time.Second)))
	}
	t.put(t.draft("x", asAlice))
	first, err := t.Conversations(t.ctx(), messaging.ConversationFilter{Numbers: []messaging.NumberID{DeskID}, Limit: 3})
	if err != nil || len(first.Conversations) != 3 || !first.More || first.Conversations[0].Peer != "36105" {
		t.Fatalf("first page: %+v, %v", first, err)
	}
	counted, err := t.Conversations(t.ctx(), messaging.ConversationFilter{
		Numbers: []messaging.NumberID{DeskID}, Limit: 1, Count: true, Before: messaging.Mark{At: first.Conversations[0].LastAt, ID: first.Conversations[0].ID},
	})
	if err != nil || counted.Total != 4 || counted.Waiting != 4 || first.Total != 0 {
		t.Errorf("counted: %+v, %v", counted, err)
	}
	last := first.Conversations[2]
	rest, err := t.Conversations(t.ctx(), messaging.ConversationFilter{Numbers: []messaging.NumberID{DeskID}, Before: messaging.Mark{At: last.LastAt, ID: last.ID}})
	if err != nil || len(rest.Conversations) != 1 || rest.More || rest.Conversations[0].Peer != peers[0] {
		t.Errorf("second page: %+v, %v", rest, err)
	}
	t.edit(messaging.ConversationEdit{IDs: []messaging.ConversationID{last.ID}, Open: new(false), Read: true, Assignee: new(messaging.UserID("usr_1"))})
	for what, c := range map[string]struct {
		filter messaging.ConversationFilter
		want   int
	}{
		"open":     {messaging.ConversationFilter{Open: new(true)}, 4},
		"closed":   {messaging.ConversationFilter{Open: new(false)}, 1},
		"of one":   {messaging.ConversationFilter{Assignee: new(messaging.UserID("usr_1"))}, 1},
		"of none":  {messaging.ConversationFilter{Assignee: new(messaging.UserID(""))}, 4},
		"unread":   {messaging.ConversationFilter{Unread: true}, 3},
		"digits":   {messaging.ConversationFilter{Digits: "3622"}, 1},
		"nobody's": {messaging.ConversationFilter{Numbers: []messaging.NumberID{}}, 0},
		"account":  {messaging.ConversationFilter{Account: "acc_other"}, 0},
	} {
		p, err := t.Conversations(t.ctx(), c.filter)
		if err != nil || len(p.Conversations) != c.want {
			t.Errorf("%s: %d, %v, want %d", what, len(p.Conversations), err, c.want)
		}
	}
}

func filters(t *trial) {
	t.put(t.draft("in", inbound, ago(time.Hour)))
	t.put(t.draft("out", by(ByAir), func(d *messaging.Draft) { d.Message.User, d.Message.Channel = "usr_1", messaging.ChannelCTI }))
	t.put(t.draft("alice", asAlice, peer(Third)))
	out := t.list(messaging.Filter{User: "usr_1"})[0]
	for _, c := range []struct {
		filter messaging.Filter
		want   []string
	}{
		{messaging.Filter{}, []string{"in", "out", "alice"}},
		{messaging.Filter{Account: Account}, []string{"in", "out", "alice"}},
		{messaging.Filter{Account: "acc_other"}, []string{}},
		{messaging.Filter{Numbers: []messaging.NumberID{AliceID}}, []string{"alice"}},
		{messaging.Filter{Numbers: []messaging.NumberID{}}, []string{}},
		{messaging.Filter{Peers: []messaging.Address{Third, "+1"}}, []string{"alice"}},
		{messaging.Filter{Conversation: []messaging.ConversationID{out.Conversation}}, []string{"in", "out"}},
		{messaging.Filter{Direction: messaging.Inbound}, []string{"in"}},
		{messaging.Filter{States: []messaging.State{messaging.StateAccepted, messaging.StateFailed}}, []string{"out", "alice"}},
		{messaging.Filter{Channel: messaging.ChannelCTI}, []string{"out"}},
		{messaging.Filter{Since: t.base.Add(-time.Minute)}, []string{"out", "alice"}},
		{messaging.Filter{Until: t.base.Add(-time.Minute)}, []string{"in"}},
	} {
		got := t.bodies(c.filter)
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %q, want %q", c.filter, got, c.want)
		}
	}
}

func pages(t *trial) {
	const all = 25
	for i := range all {
		t.put(t.draft(fmt.Sprint(i)))
	}
	var newest []string
	before := int64(0)
	for {
		p, err := t.Messages(t.ctx(), messaging.Filter{Numbers: []messaging.NumberID{DeskID}, Before: before, Limit: 10, Count: true})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "total", p.Total, all)
		for _, m := range p.Messages {
			newest, before = append(newest, m.Body), m.Place
		}
		if !p.More {
			break
		}
		want(t, "a page", len(p.Messages), 10)
	}
	slices.Reverse(newest)
	wantAll(t, "newest first is oldest first backwards", newest, t.bodies(messaging.Filter{})...)
	want(t, "all", len(newest), all)
}

func optOuts(t *trial) {
	for _, p := range []messaging.Address{Third, Other} {
		if err := t.SetOptOut(t.ctx(), messaging.OptOut{Number: DeskID, Peer: p, At: t.base}, messaging.StopAdd); err != nil {
			t.Fatal(err)
		}
	}
	list, err := t.OptOuts(t.ctx(), DeskID)
	if err != nil || len(list) != 2 || list[0].Peer != Other || list[1].Peer != Third {
		t.Errorf("opted out: %+v, %v", list, err)
	}
	heeds := func(d *messaging.Draft) { d.HeedStop = true }
	want(t, "refused", t.put(t.draft("promo", heeds))[0].Refused, messaging.ReasonOptedOut)
	if err := t.SetOptOut(t.ctx(), messaging.OptOut{Number: DeskID, Peer: Other}, messaging.StopRemove); err != nil {
		t.Fatal(err)
	}
	want(t, "not any more", t.put(t.draft("promo", heeds))[0].Refused, "")
}

func nothingFound(t *trial) {
	if _, err := t.Message(t.ctx(), "msg_none"); !errors.Is(err, messaging.ErrNotFound) {
		t.Errorf("a message: %v", err)
	}
	if _, err := t.Conversation(t.ctx(), "conv_none"); !errors.Is(err, messaging.ErrNotFound) {
		t.Errorf("a conversation: %v", err)
	}
	p, err := t.Messages(t.ctx(), messaging.Filter{})
	if err != nil || len(p.Messages) != 0 || p.More {
		t.Errorf("messages: %+v, %v", p, err)
	}
}
