package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/messagingtest"
	"tandem/routing"
)

func TestATextOfAFlowIsSentOnceForEachNode(t *testing.T) {
	h, kept := messagingtest.NewHouse(), messagingtest.NewMemory()
	office := messagingtest.NewOffice(h, kept)
	line := newTexts(h, slog.New(slog.DiscardHandler))
	send := func(node, body string) {
		t.Helper()
		err := line.Send(routing.Text{
			Account: routing.AccountID(messagingtest.Account), From: routing.E164(messagingtest.Desk), To: routing.E164(messagingtest.Other), Body: body, Call: "call_1", Node: node,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	send("n7", "Rappelez-nous") // Before anybody sends: it waits.
	line.start(t.Context(), office)
	send("n7", "Rappelez-nous") // The caller went round.
	send("n8", "Merci")
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	line.close(ctx)
	page, err := kept.Messages(t.Context(), messaging.Filter{Oldest: true})
	if err != nil || len(page.Messages) != 2 {
		t.Fatalf("%d messages, %v", len(page.Messages), err)
	}
	for i, want := range []string{"Rappelez-nous", "Merci"} {
		m := page.Messages[i]
		if m.Body != want || m.Channel != messaging.ChannelFlow || m.Call != "call_1" || m.Own != messagingtest.Desk || m.Peer != messagingtest.Other || m.Direction != messaging.Outbound {
			t.Errorf("%+v", m)
		}
	}
	if err := line.Send(routing.Text{}); err == nil {
		t.Error("a line that is closed takes more")
	}
}

func TestMessagesWaitingAreSummedByWhatTheirConnectorSpeaks(t *testing.T) {
	p := messagingtest.NewHouse().Post()
	got := byKind(p, map[messaging.Route]int64{
		messaging.Route(messagingtest.ByCore): 2, messaging.Route(messagingtest.ByAir): 3, messaging.PhoneRoute(messagingtest.Phone): 4, "mcn_gone": 5,
	})
	for kind, want := range map[string]int64{"smpp": 5, "smpp_server": 0, "ims": 0, "phone": 4, "gone": 5} {
		if n, there := got[kind]; !there || n != want {
			t.Errorf("%s: %d, want %d", kind, n, want)
		}
	}
}
