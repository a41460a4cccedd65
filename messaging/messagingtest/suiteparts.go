package messagingtest

import (
	"errors"
	"fmt"
	"time"

	"tandem/messaging"
)

func partCases() []suiteCase {
	return []suiteCase{
		{"PartsInAnyOrder", partsInAnyOrder},
		{"PartsThatAreNotKept", partsNotKept},
		{"ReferencesComeRound", referencesComeRound},
		{"AWholeSetComesOnceMore", wholeRepeats},
		{"LatePartsGiveWay", latePartsGiveWay},
		{"ALatePartSwallowsNoNewMessage", newMessageLikeAnOld},
		{"OverduePartsAreFinished", overdueParts},
		{"ACrowdOfSetsIsBounded", crowdOfSets},
	}
}

// part is a segment of a message in three.
func (t *trial) part(set string, n int, text string) messaging.Part {
	return messaging.Part{
		Set: set, Crowd: "crowd", Print: "print of " + text, Segment: messaging.Segment{Reference: 7, Total: 3, Number: n},
		Arrival: messaging.Arrival{
			Connector: ByAir, Bind: "bind1", From: Other, To: Desk, Reference: "ref", At: t.base,
			Body: messaging.Body{Coding: messaging.CodingUCS2, Octets: []byte(text), Part: messaging.Segment{Reference: 7, Total: 3, Number: n}},
		},
	}
}

// whole makes one draft of parts: their texts in the order of their numbers.
func (t *trial) whole(parts []messaging.Part) ([]messaging.Draft, error) {
	text := [3]string{"-", "-", "-"}
	for _, p := range parts {
		text[p.Segment.Number-1] = string(p.Arrival.Body.Octets)
	}
	return []messaging.Draft{t.draft(text[0]+text[1]+text[2], inbound, by(ByCore))}, nil
}

func (t *trial) assemble(p messaging.Part) messaging.Assembly {
	t.Helper()
	got, err := t.Assemble(t.ctx(), p, t.whole)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func partsInAnyOrder(t *trial) {
	for _, n := range []int{3, 1} {
		if got := t.assemble(t.part("s", n, fmt.Sprint(n))); got.Repeat || got.Complete || got.Overdue {
			t.Errorf("part %d: %+v", n, got)
		}
	}
	want(t, "a part again", t.assemble(t.part("s", 3, "3")).Repeat, true)
	t.assemble(t.part("other", 2, "2"))
	t.reopen()
	got := t.assemble(t.part("s", 2, "2"))
	if !got.Complete || len(got.Stored) != 1 || got.Stored[0].Message.Body != "123" || got.Stored[0].Message.Place == 0 {
		t.Fatalf("the last part: %+v", got)
	}
	for n := 1; n <= 3; n++ {
		want(t, "a late part", t.assemble(t.part("s", n, fmt.Sprint(n))).Repeat, true)
	}
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "123")
	_, texts := t.claim(ByCore, 10)
	wantAll(t, "deliveries", texts, "123")
}

func partsNotKept(t *trial) {
	t.assemble(t.part("s", 1, "1"))
	t.assemble(t.part("s", 2, "2"))
	broken := errors.New("no")
	_, err := t.Assemble(t.ctx(), t.part("s", 3, "3"), func([]messaging.Part) ([]messaging.Draft, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	want(t, "the part comes again", t.assemble(t.part("s", 3, "3")).Complete, true)
	t.put(t.draft("STOP", inbound, func(d *messaging.Draft) { d.Stop = messaging.StopAdd }))
	t.assemble(t.part("r", 1, "a"))
	t.assemble(t.part("r", 2, "b"))
	got, err := t.Assemble(t.ctx(), t.part("r", 3, "c"), func([]messaging.Part) ([]messaging.Draft, error) {
		return []messaging.Draft{t.draft("abc", func(d *messaging.Draft) { d.HeedStop = true })}, nil
	})
	if err != nil || len(got.Stored) != 1 || got.Stored[0].Refused != messaging.ReasonOptedOut {
		t.Errorf("a set that is refused: %+v, %v", got, err)
	}
	want(t, "sets that are left", t.overdue(t.base.Add(time.Hour), 10), 0)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "123", "STOP")
}

func (t *trial) overdue(before time.Time, limit int) int {
	t.Helper()
	n, err := t.Overdue(t.ctx(), before, limit, t.whole)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func referencesComeRound(t *trial) {
	t.assemble(t.part("s", 1, "a"))
	t.assemble(t.part("s", 2, "b"))
	want(t, "another text with the number of one", t.assemble(t.part("s", 1, "A")).Overdue, true)
	want(t, "sets that are overdue", t.overdue(t.base.Add(-time.Hour), 10), 1)
	t.assemble(t.part("s", 2, "B"))
	want(t, "the new set", t.assemble(t.part("s", 3, "C")).Complete, true)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "ab-", "ABC")
	t.assemble(t.part("s", 1, "x"))
	t.assemble(t.part("s", 2, "y"))
	want(t, "a third of that name", t.assemble(t.part("s", 3, "z")).Complete, true)
	t.assemble(t.part("s", 1, "new"))
	t.assemble(t.part("s", 2, "B"))
	want(t, "a fourth, with a part that another had", t.assemble(t.part("s", 3, "C")).Complete, true)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "ab-", "ABC", "xyz", "newBC")
}

// latePartsGiveWay: a late part of an old message is not mixed into a new one.
func latePartsGiveWay(t *trial) {
	at := func(after time.Duration, n int, text string) messaging.Part {
		p := t.part("s", n, text)
		p.Arrival.At = p.Arrival.At.Add(after)
		return p
	}
	for n := 1; n <= 3; n++ {
		t.assemble(at(0, n, fmt.Sprint("old", n)))
	}
	t.assemble(at(time.Minute, 1, "old1"))
	t.assemble(at(time.Hour, 2, "new2"))
	t.assemble(at(time.Hour, 3, "new3"))
	want(t, "the new one", t.assemble(at(time.Hour, 1, "new1")).Complete, true)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "old1old2old3", "new1new2new3")
	want(t, "sets that are left", t.overdue(time.Now().Add(time.Hour), 10), 0)
}

// newMessageLikeAnOld: references come round to a message that ends as an old one did, while a late first part of the old one waits.
func newMessageLikeAnOld(t *trial) {
	for i, order := range [][]int{{3, 2, 1}, {3, 1, 2}, {1, 2, 3}, {2, 1, 3}} {
		set, text := fmt.Sprint("s", i), func(n int) string { return fmt.Sprint(i, "old", n, ".") }
		for n := 1; n <= 3; n++ {
			t.assemble(t.part(set, n, text(n)))
		}
		want(t, "the old first part again", t.assemble(t.part(set, 1, text(1))).Complete, false)
		made := 0
		for _, n := range order {
			p := t.part(set, n, text(n))
			if n == 1 {
				p = t.part(set, n, fmt.Sprint(i, "new1."))
			}
			if t.assemble(p).Complete {
				made++
			}
		}
		want(t, fmt.Sprint("new messages in the order ", order), made, 1)
		kept := t.bodies(messaging.Filter{})
		want(t, "the new one", kept[len(kept)-1], fmt.Sprint(i, "new1.")+text(2)+text(3))
	}
}

// wholeRepeats: all parts of a set come once more, or some of them.
func wholeRepeats(t *trial) {
	for range 3 {
		for _, n := range []int{2, 3, 1} {
			t.assemble(t.part("s", n, fmt.Sprint(n)))
		}
	}
	want(t, "a late part", t.assemble(t.part("s", 2, "2")).Repeat, true)
	want(t, "which makes nothing", t.overdue(time.Now().Add(time.Hour), 10), 1)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "123")
	_, texts := t.claim(ByCore, 10)
	wantAll(t, "deliveries", texts, "123")
}

func overdueParts(t *trial) {
	t.assemble(t.part("s", 1, "1"))
	t.assemble(t.part("s", 3, "3"))
	t.assemble(t.part("t", 2, "2"))
	want(t, "sets that began an hour ago", t.overdue(t.base.Add(-time.Hour), 10), 0)
	late := time.Now().Add(time.Hour)
	want(t, "one at a time", t.overdue(late, 1), 1)
	want(t, "the other", t.overdue(late, 1), 1)
	want(t, "and no more", t.overdue(late, 1), 0)
	wantAll(t, "kept", t.bodies(messaging.Filter{}), "1-3", "-2-")
	want(t, "a late part of what was finished", t.assemble(t.part("s", 1, "1")).Repeat, true)
	want(t, "a set of late parts is overdue", t.overdue(late, 10), 1)
	wantAll(t, "and makes nothing", t.bodies(messaging.Filter{}), "1-3", "-2-")
	t.assemble(t.part("u", 1, "1"))
	n, err := t.Overdue(t.ctx(), late, 10, func([]messaging.Part) ([]messaging.Draft, error) { return nil, nil })
	if n != 1 || err != nil {
		t.Errorf("a set of which nothing is made: %d, %v", n, err)
	}
	want(t, "it is dropped", t.overdue(late, 10), 0)
}

func crowdOfSets(t *trial) {
	for i := range messaging.OpenSets {
		if t.assemble(t.part(fmt.Sprintf("s%d", i), 1, fmt.Sprint(i))).Overdue {
			t.Fatalf("set %d is one too many", i)
		}
	}
	want(t, "one more", t.assemble(t.part("more", 1, "more")).Overdue, true)
	want(t, "overdue", t.overdue(t.base.Add(-time.Hour), 10), 1)
	wantAll(t, "the oldest is finished", t.bodies(messaging.Filter{}), "0--")
	p := t.part("elsewhere", 1, "x")
	p.Crowd = "another"
	want(t, "another crowd", t.assemble(p).Overdue, false)
}
