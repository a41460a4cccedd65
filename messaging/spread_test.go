package messaging

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// ladder is every cell of the table: D it is delivered there, h the channel hears of it, . neither.
const ladder = `
direction from      path    network native workspace cti app api flow sip_phone
inbound   network   in_path .       D      h         h   h   D   .    D
inbound   network   copy    .       .      h         h   h   D   .    D
outbound  native    in_path D       .      h         h   h   h   .    .
outbound  native    copy    .       .      h         h   h   h   .    .
outbound  workspace in_path D       .      h         h   h   h   .    .
outbound  cti       in_path D       .      h         h   h   h   .    .
outbound  app       in_path D       .      h         h   h   h   .    .
outbound  api       in_path D       .      h         h   h   h   .    .
outbound  flow      in_path D       .      h         h   h   h   .    .
outbound  sip_phone in_path D       .      h         h   h   h   .    .
`

func TestSpec_M1_M2_M3_M4_M5_EveryChannelToEveryChannel(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-9s %-9s %-7s", "direction", "from", "path")
	for _, c := range Channels() {
		fmt.Fprintf(&b, " %s", c)
	}
	b.WriteByte('\n')
	for _, r := range Spread() {
		var line strings.Builder
		fmt.Fprintf(&line, "%-9s %-9s %-7s", r.Direction, r.From, r.Path)
		for _, c := range Channels() {
			cell := "."
			if slices.Contains(r.Tell, c) {
				cell = "h"
			}
			if slices.Contains(r.To, c) {
				cell = "D"
			}
			fmt.Fprintf(&line, " %-*s", len(c), cell)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	t.Log(b.String())
	if b.String() != ladder {
		t.Errorf("the table is\n%s\nwant\n%s", b.String(), ladder)
	}
}

func TestEveryWayToWriteIsInTheTableOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Spread() {
		key := fmt.Sprint(r.Direction, r.From, r.Path)
		if seen[key] {
			t.Errorf("twice: %+v", r)
		}
		seen[key] = true
	}
	for _, c := range Channels() {
		if c != ChannelNetwork && !seen[fmt.Sprint(Outbound, c, PathInPath)] {
			t.Errorf("nobody says where goes what is written on %s", c)
		}
	}
}

func TestSpec_L20_TheWordsOfStop(t *testing.T) {
	for text, want := range map[string]Stop{
		"STOP": StopAdd, "stop": StopAdd, " Stop. ": StopAdd, "ARRET": StopAdd, "Arrêt": StopAdd, "arre\u0302t": StopAdd, "ARRÊT !": StopAdd, "StopSMS": StopAdd,
		"unsubscribe": StopAdd, "END": StopAdd, "quit": StopAdd, "Cancel": StopAdd, "« STOP »": StopAdd, "STOP\n": StopAdd,
		"START": StopRemove, "unstop": StopRemove, "Oui": StopRemove, "oui !": StopRemove,
		"": StopNothing, "STOP this": StopNothing, "Je m'arrête": StopNothing, "non": StopNothing, "oui merci": StopNothing, "stopper": StopNothing,
		strings.Repeat("STOP", 1000): StopNothing, "ST OP": StopNothing, "Ştop": StopNothing,
	} {
		if got := stopOf(text); got != want {
			t.Errorf("%.20q: got %d, want %d", text, got, want)
		}
	}
}

func TestSpec_M7_StatesOnlyGoForward(t *testing.T) {
	all := []State{StateAccepted, StateSent, StateUnknown, StateDelivered, StateFailed}
	want := map[State]string{
		StateReceived:  "received received received received received",
		StateAccepted:  "accepted sent unknown delivered failed",
		StateSent:      "sent sent sent delivered failed",
		StateUnknown:   "unknown sent unknown delivered failed",
		StateDelivered: "delivered delivered delivered delivered delivered",
		StateFailed:    "failed failed failed failed failed",
	}
	for from, line := range want {
		var got []string
		for _, next := range all {
			got = append(got, string(from.Advance(next)))
		}
		if s := strings.Join(got, " "); s != line {
			t.Errorf("%s becomes %s, want %s", from, s, line)
		}
	}
	for _, c := range []struct {
		segments []State
		want     State
	}{
		{nil, StateSent},
		{[]State{StateDelivered}, StateDelivered},
		{[]State{StateDelivered, StateSent}, StateSent},
		{[]State{StateDelivered, StateDelivered}, StateDelivered},
		{[]State{StateDelivered, StateFailed, StateSent}, StateFailed},
	} {
		if got := SegmentsState(c.segments); got != c.want {
			t.Errorf("%v make %s, want %s", c.segments, got, c.want)
		}
	}
}
