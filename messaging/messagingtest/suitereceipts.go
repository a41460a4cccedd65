package messagingtest

import (
	"fmt"

	"tandem/messaging"
)

func receiptCases() []suiteCase {
	return []suiteCase{
		{"ReceiptsById", receiptsByID},
		{"ReceiptsOfSegments", receiptsOfSegments},
		{"ReceiptsByAddresses", receiptsByAddresses},
		{"AReceiptBeforeTheIds", receiptBefore},
		{"AReceiptOfWhatWasInDoubt", receiptInDoubt},
		{"ReceiptsOfNobody", receiptsOfNobody},
	}
}

// sent puts a message, and has it sent with ids.
func (t *trial) sent(text string, ids ...string) messaging.ID {
	t.Helper()
	id := t.put(t.draft(text, by(ByAir)))[0].Message.ID
	ds, _ := t.claim(ByAir, 1)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultSent, IDs: ids})
	return id
}

// receipt hands one in from Other.
func (t *trial) receipt(s messaging.State, why messaging.Reason, ids ...string) messaging.Found {
	t.Helper()
	found, err := t.Receipt(t.ctx(), messaging.Receipt{Connector: ByAir, IDs: ids, From: Other, To: Desk, State: s, Reason: why, At: t.base})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (t *trial) state(id messaging.ID) string {
	t.Helper()
	m := t.message(id)
	if len(m.Delivery) != 1 || m.Delivery[0].State != m.State {
		t.Errorf("the message is %s, its deliveries %+v", m.State, m.Delivery)
	}
	return fmt.Sprint(m.State, m.Reason)
}

func receiptsByID(t *trial) {
	a, b := t.sent("a", "1f"), t.sent("b", "31")
	want(t, "of b", t.receipt(messaging.StateDelivered, "", "31", "1f"), true)
	want(t, "b", t.state(b), "delivered")
	want(t, "a", t.state(a), "sent")
	seq := t.message(b).Seq
	want(t, "once more", t.receipt(messaging.StateDelivered, "", "31", "1f"), true)
	want(t, "a repeat tells of nothing", t.message(b).Seq, seq)
	want(t, "on its way", t.receipt(messaging.StateSent, "", "1f"), true)
	want(t, "a", t.state(a), "sent")
	want(t, "of a, in another dialect", t.receipt(messaging.StateFailed, messaging.ReasonUndeliverable, "0000000031x", "1f"), true)
	want(t, "a", t.state(a), "failedundeliverable")
	want(t, "after all", t.receipt(messaging.StateDelivered, "", "1f"), true)
	want(t, "what is final stays", t.state(a), "failedundeliverable")
}

func receiptsOfSegments(t *trial) {
	m := t.sent("longue", "s1", "s2", "s3")
	for _, id := range []string{"s3", "s1", "s3"} {
		t.receipt(messaging.StateDelivered, "", id)
	}
	want(t, "two of three", t.state(m), "sent")
	t.receipt(messaging.StateDelivered, "", "s2")
	want(t, "all", t.state(m), "delivered")
	m = t.sent("autre", "t1", "t2")
	t.receipt(messaging.StateFailed, "smpp_err_21", "t2")
	want(t, "one failed", t.state(m), "failedsmpp_err_21")
}

func receiptsByAddresses(t *trial) {
	a, b := t.sent("a"), t.sent("b")
	want(t, "the first", t.receipt(messaging.StateDelivered, "", "00000003"), true)
	want(t, "a", t.state(a), "delivered")
	want(t, "b", t.state(b), "sent")
	want(t, "the first again", t.receipt(messaging.StateDelivered, "", "00000003"), true)
	want(t, "a replay is of the same", t.state(b), "sent")
	want(t, "the second", t.receipt(messaging.StateFailed, "", "00000004"), true)
	want(t, "b", t.state(b), "failed")
}

func receiptBefore(t *trial) {
	id := t.put(t.draft("vite", by(ByAir)))[0].Message.ID
	ds, _ := t.claim(ByAir, 1)
	want(t, "before the ids are written", t.receipt(messaging.StateDelivered, "", "early"), false)
	want(t, "it", t.state(id), "accepted")
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultSent, IDs: []string{"early"}})
	want(t, "and then", t.state(id), "delivered")
}

func receiptInDoubt(t *trial) {
	id := t.put(t.draft("peut-être", by(ByAir)))[0].Message.ID
	t.claim(ByAir, 1)
	t.reopen()
	if _, err := t.Recover(t.ctx(), func(messaging.Route) messaging.InDoubt { return messaging.InDoubtHold }); err != nil {
		t.Fatal(err)
	}
	want(t, "it", t.state(id), "unknownin_doubt")
	want(t, "a receipt", t.receipt(messaging.StateDelivered, "", "77"), true)
	want(t, "it was sent", t.state(id), "delivered")
}

func receiptsOfNobody(t *trial) {
	id := t.sent("a", "1")
	found, err := t.Receipt(t.ctx(), messaging.Receipt{Connector: ByCore, IDs: []string{"1"}, From: Other, To: Desk, State: messaging.StateDelivered, At: t.base})
	if found || err != nil {
		t.Errorf("of another connector: %v, %v", found, err)
	}
	found, err = t.Receipt(t.ctx(), messaging.Receipt{Connector: ByAir, IDs: []string{"2"}, From: Third, To: Desk, State: messaging.StateDelivered, At: t.base})
	if found || err != nil {
		t.Errorf("of another party: %v, %v", found, err)
	}
	want(t, "it", t.state(id), "sent")
}
