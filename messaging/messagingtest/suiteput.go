package messagingtest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"tandem/messaging"
)

func putCases() []suiteCase {
	return []suiteCase{
		{"PutKeepsEverything", putKeepsEverything},
		{"PutKeepsTwoOrNone", putKeepsTwoOrNone},
		{"RepeatsByName", repeatsByName},
		{"RepeatsByPrint", repeatsByPrint},
		{"Copies", copies},
		{"StopRefuses", stopRefuses},
		{"GuardRefuses", guardRefuses},
		{"PlacesRiseInTheOrderOfCommits", placesRise},
		{"RepeatsAtTheSameTime", repeatsAtOnce},
		{"WhatIsNoTextIsInNoList", noText},
	}
}

func putKeepsEverything(t *trial) {
	d := t.draft("Ça va ? 😀 مرحبا", by(ByAir), func(d *messaging.Draft) {
		d.Message.User, d.Message.Call, d.Message.Encoding, d.Message.Segments, d.Message.Missing, d.Message.Emergency = "usr_1", "call_1", "ucs2", 3, 1, true
	})
	got := t.put(d)[0]
	if got.Repeat || got.Refused != "" || got.Existing || got.Message.Conversation == "" || got.Message.Place == 0 {
		t.Fatalf("put: %+v", got)
	}
	kept := t.message(d.Message.ID)
	want(t, "place", kept.Place, got.Message.Place)
	want(t, "at", kept.At.UnixMilli(), d.Message.At.UnixMilli())
	want(t, "deliveries", len(kept.Delivery), 1)
	if len(kept.Delivery) == 1 {
		a := kept.Delivery[0]
		want(t, "delivery", fmt.Sprint(a.Channel, a.Connector, a.State, a.Tries), fmt.Sprint(messaging.ChannelNetwork, ByAir, messaging.StateAccepted, 0))
	}
	kept.Conversation, kept.Place, kept.Seq, kept.Delivery, kept.At, kept.UpdatedAt = "", 0, 0, nil, d.Message.At, d.Message.UpdatedAt
	want(t, "message", fmt.Sprintf("%+v", *kept), fmt.Sprintf("%+v", d.Message))
	want(t, "the next is of the same conversation", t.put(t.draft("encore"))[0].Existing, true)
}

func putKeepsTwoOrNone(t *trial) {
	out := t.draft("entre nous", asAlice, peer(Desk))
	in := t.draft("entre nous", inbound, peer(Alice))
	got := t.put(out, in)
	if got[0].Message.Place == got[1].Message.Place || got[0].Message.Conversation == got[1].Message.Conversation {
		t.Errorf("two messages share a place or a conversation: %+v", got)
	}
	want(t, "kept", len(t.list(messaging.Filter{})), 2)
	t.put(t.draft("STOP", inbound, peer(Third), func(d *messaging.Draft) { d.Stop = messaging.StopAdd }))
	heeds := func(d *messaging.Draft) { d.HeedStop = true }
	got = t.put(t.draft("bonne", inbound, heeds), t.draft("refusée", peer(Third), heeds))
	want(t, "the second is refused", got[1].Refused, messaging.ReasonOptedOut)
	want(t, "kept", len(t.list(messaging.Filter{})), 3)
}

// named gives a draft a name that is known for an hour.
func named(name string) func(*messaging.Draft) {
	return func(d *messaging.Draft) { d.Key.Name, d.Key.Since = name, d.Message.At.Add(-time.Hour) }
}

func repeatsByName(t *trial) {
	first := t.put(t.draft("un", named("n1"), by(ByAir)))[0]
	again := t.put(t.draft("un", named("n1"), by(ByAir)))[0]
	if !again.Repeat || again.Message.ID != first.Message.ID || again.Message.Place != first.Message.Place {
		t.Errorf("a repeat is %+v, want that of %s", again, first.Message.ID)
	}
	want(t, "another name", t.put(t.draft("un", named("n2")))[0].Repeat, false)
	t.put(t.draft("vieux", ago(2*time.Hour), named("n3")))
	want(t, "after the window", t.put(t.draft("vieux", named("n3")))[0].Repeat, false)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "un", "un", "vieux", "vieux")
	_, texts := t.claim(ByAir, 10)
	wantAll(t, "deliveries", texts, "un")
}

func bind2(d *messaging.Draft) { d.Key.Bind = "bind2" }

func repeatsByPrint(t *trial) {
	t.put(t.draft("ok", inbound))
	want(t, "by the same bind", t.put(t.draft("ok", inbound))[0].Repeat, false)
	want(t, "by another", t.put(t.draft("ok", inbound, bind2))[0].Repeat, true)
	want(t, "another text", t.put(t.draft("non", inbound, bind2))[0].Repeat, false)
	t.put(t.draft("hier", inbound, ago(time.Hour)))
	want(t, "after the window", t.put(t.draft("hier", inbound, bind2))[0].Repeat, false)
	t.put(t.draft("à nous"))
	want(t, "nothing is looked for", t.put(t.draft("à nous", bind2))[0].Repeat, false)
}

func copies(t *trial) {
	expects := func(d *messaging.Draft) { d.Key.Expects, d.Key.Bind = true, "" }
	isCopy := func(name string) func(*messaging.Draft) {
		return func(d *messaging.Draft) {
			d.Key.Copy, d.Key.Name, d.Key.Since = true, name, d.Message.At.Add(-10*time.Minute)
		}
	}
	first := t.put(t.draft("ok", expects))[0]
	got := t.put(t.draft("ok", isCopy("c1")))[0]
	if !got.Repeat || got.Message.ID != first.Message.ID {
		t.Errorf("the copy of our own message is %+v", got)
	}
	want(t, "the copy once more", t.put(t.draft("ok", isCopy("c1")))[0].Repeat, true)
	want(t, "the handset's own, later", t.put(t.draft("ok", isCopy("c2")))[0].Repeat, false)
	a, b := t.put(t.draft("re", expects))[0], t.put(t.draft("re", expects))[0]
	want(t, "the copy of the older", t.put(t.draft("re", isCopy("c3")))[0].Message.ID, a.Message.ID)
	want(t, "the copy of the newer", t.put(t.draft("re", isCopy("c4")))[0].Message.ID, b.Message.ID)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "ok", "ok", "re", "re")
}

func stopRefuses(t *trial) {
	heeds := func(d *messaging.Draft) { d.HeedStop = true }
	says := func(s messaging.Stop) func(*messaging.Draft) { return func(d *messaging.Draft) { d.Stop = s } }
	t.put(t.draft("Arrêt", inbound, says(messaging.StopAdd)))
	want(t, "after STOP", t.put(t.draft("promo", heeds))[0].Refused, messaging.ReasonOptedOut)
	want(t, "what does not heed it", t.put(t.draft("urgence"))[0].Refused, "")
	want(t, "to another", t.put(t.draft("promo", heeds, peer(Third)))[0].Refused, "")
	want(t, "from another number", t.put(t.draft("promo", heeds, asAlice))[0].Refused, "")
	list, err := t.OptOuts(t.ctx(), DeskID)
	if err != nil || len(list) != 1 || list[0].Peer != Other || list[0].Word != "Arrêt" {
		t.Errorf("opted out: %+v, %v", list, err)
	}
	t.put(t.draft("OUI", inbound, says(messaging.StopRemove)))
	want(t, "after START", t.put(t.draft("promo", heeds))[0].Refused, "")
}

func guardRefuses(t *trial) {
	guarded := func(g messaging.Guard) func(*messaging.Draft) { return func(d *messaging.Draft) { d.Guard = &g } }
	t.put(t.draft("hier", ago(25*time.Hour)), t.draft("ce matin", ago(3*time.Hour)), t.draft("à l'instant", ago(time.Minute)))
	t.put(t.draft("reçu", inbound))
	for _, c := range []struct {
		guard messaging.Guard
		want  messaging.Reason
	}{
		{messaging.Guard{Hour: 1, Day: 100, Month: 100}, messaging.CodeRateHour},
		{messaging.Guard{Hour: 2, Day: 2, Month: 100}, messaging.CodeRateDay},
		{messaging.Guard{Hour: 100, Day: 100, Month: 3}, messaging.CodeRateMonth},
	} {
		want(t, fmt.Sprintf("guard %+v", c.guard), t.put(t.draft("de trop", guarded(c.guard)))[0].Refused, c.want)
	}
	want(t, "what the guard allows", t.put(t.draft("permis", guarded(messaging.Guard{Hour: 2, Day: 3, Month: 4})))[0].Refused, "")
	want(t, "and then no more", t.put(t.draft("de trop", guarded(messaging.Guard{Hour: 2})))[0].Refused, messaging.CodeRateHour)
	want(t, "of another number", t.put(t.draft("permis", asAlice, guarded(messaging.Guard{Hour: 1})))[0].Refused, "")
	if slices.Contains(t.bodies(messaging.Filter{}), "de trop") {
		t.Error("what was refused is kept")
	}
}

// placesRise: whoever reads on from the last place that he saw misses nothing.
func placesRise(t *trial) {
	const writers, each = 6, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := t.Put(t.ctx(), t.draft(fmt.Sprintf("%d/%d", w, i), peer(messaging.Address(fmt.Sprintf("+3361234567%d", w))))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	seen := t.readOn(done)
	want(t, "read while they were written", len(seen), writers*each)
	for w := range writers {
		next := 0
		for _, s := range seen {
			if s == fmt.Sprintf("%d/%d", w, next) {
				next++
			}
		}
		want(t, "in the writer's order", next, each)
	}
}

// readOn reads what is new again and again until nothing more is written.
func (t *trial) readOn(done <-chan struct{}) (seen []string) {
	t.Helper()
	last, finished := int64(0), false
	for {
		for _, m := range t.list(messaging.Filter{After: last}) {
			if m.Place <= last {
				t.Errorf("place %d after %d", m.Place, last)
			}
			last, seen = m.Place, append(seen, m.Body)
		}
		if finished {
			return seen
		}
		select {
		case <-done:
			finished = true
		default:
		}
	}
}

func repeatsAtOnce(t *trial) {
	const n = 12
	fresh := make(chan bool, n)
	var wg sync.WaitGroup
	for range n {
		d := t.draft("une fois", named("once"), by(ByAir))
		wg.Go(func() {
			got, err := t.Put(t.ctx(), d)
			if err != nil {
				t.Error(err)
				return
			}
			fresh <- !got[0].Repeat
		})
	}
	wg.Wait()
	close(fresh)
	first := 0
	for f := range fresh {
		if f {
			first++
		}
	}
	want(t, "of twelve at the same time, new ones", first, 1)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "une fois")
}

func noText(t *trial) {
	d := t.draft("", by(ByAir), func(d *messaging.Draft) {
		d.Message.Class, d.Message.Encoding = messaging.ClassData, "binary"
		d.Deliveries[0].Raw = nil
	})
	d.Deliveries[0].Raw = &messaging.Body{Coding: messaging.CodingBinary, Octets: []byte{0, 1, 254}, Raw: []byte{6, 5, 4}, Kind: "smpp:64:4"}
	t.put(d)
	want(t, "in the list", len(t.list(messaging.Filter{})), 0)
	p, err := t.Conversations(t.ctx(), messaging.ConversationFilter{})
	if err != nil || len(p.Conversations) != 0 {
		t.Errorf("conversations %+v, %v", p, err)
	}
	want(t, "kept", t.message(d.Message.ID).Class, messaging.ClassData)
	ds, _ := t.claim(ByAir, 1)
	if len(ds) != 1 || ds[0].Raw == nil || string(ds[0].Raw.Octets) != "\x00\x01\xfe" || string(ds[0].Raw.Raw) != "\x06\x05\x04" || ds[0].Raw.Kind != "smpp:64:4" {
		t.Errorf("delivered %+v", ds)
	}
}
