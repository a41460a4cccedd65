package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/sim"
)

// many is a count that the environment raises for a long run.
func many(name string, usual int) int {
	if n, is := long[name]; is {
		return n
	}
	return usual
}

// peer is one of a hundred people outside who only read and write.
func peer(n int) string { return fmt.Sprintf("+336399821%02d", n%100) }

// history is what was seen of messages from outside, by their texts: how often each was written, and where it came.
type history struct {
	mu      sync.Mutex
	inbound map[string]string // text: peer
	out     map[string]string
}

func newHistory() *history {
	return &history{inbound: map[string]string{}, out: map[string]string{}}
}

func (h *history) wrote(to map[string]string, text, peer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	to[text] = peer
}

// textOf makes a text that no other is, some of them of several segments.
func textOf(kind string, n int) string {
	text := fmt.Sprintf("%s %d, ça va ?", kind, n)
	if n%10 == 0 {
		text += strings.Repeat(fmt.Sprintf(" Œuf %d, lait, 1 € de levure…", n), 3+n/10%4)
	}
	return text
}

// check reads the histories: what the API has, what the log of events told, what the handset and the people outside have.
func (h *history) check(p *post) {
	p.t.Helper()
	list := p.agree()
	times, ids := map[string]int{}, map[string]string{}
	var order []string // of what is for the handset
	for _, m := range list {
		times[m.Body]++
		ids[m.Body] = m.ID
		if m.Direction == "inbound" {
			order = append(order, m.Body)
		}
		if m.State == "failed" {
			p.t.Errorf("%q failed: %+v", m.Body, m)
		}
	}
	for _, all := range []map[string]string{h.inbound, h.out} {
		for text := range all {
			if times[text] != 1 {
				p.t.Errorf("the API has %q %d times", text, times[text])
			}
		}
	}
	if len(list) != len(h.inbound)+len(h.out) {
		p.t.Errorf("the API has %d messages, %d were written", len(list), len(h.inbound)+len(h.out))
	}
	inbox, err := p.handset.Inbox(p.ctx, 0)
	p.ok(err)
	v := &verdict{post: p, ids: ids, doubt: map[string]bool{}, again: map[string]bool{}}
	v.judge("the handset", h.inbound, texts(inbox))
	v.judge("outside", h.out, texts(p.carrier.Carried()))
	h.ordered(p, order, texts(inbox), v.doubt)
	p.t.Logf("%d messages: %d in doubt, %d there twice since they were sent again", len(list), count(v.doubt), count(v.again))
}

func count(all map[string]bool) int {
	n := 0
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}

func texts(all []sim.Text) []string {
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = t.Text
	}
	return out
}

// verdict is what the API shows of deliveries that did not end as they should, by text.
type verdict struct {
	*post

	ids          map[string]string
	doubt, again map[string]bool
}

// judge wants each text where it belongs once; one that is marked as sent again may be there twice, one that is marked as in doubt not at all.
func (v *verdict) judge(where string, want map[string]string, got []string) {
	v.t.Helper()
	seen := map[string]int{}
	for _, text := range got {
		if _, is := want[text]; is {
			seen[text]++
		}
	}
	for text := range want {
		if seen[text] == 1 {
			continue
		}
		m := v.detail(v.ids[text])
		doubt, again := m.doubtful()
		v.doubt[text], v.again[text] = doubt, again
		if seen[text] == 0 && !doubt || seen[text] > 1 && !again {
			v.t.Errorf("%s had %q %d times: %+v%s", where, text, seen[text], m, v.historyOf(text))
		}
	}
}

// detail is a message with its deliveries.
func (p *post) detail(id string) texted {
	p.t.Helper()
	var m texted
	p.read("/api/v1/messages/"+id, &m)
	return m
}

// doubtful says whether a delivery is in doubt, and whether one was sent again.
func (m texted) doubtful() (doubt, again bool) {
	for _, d := range m.Deliveries {
		doubt = doubt || d.State == "unknown"
		again = again || d.Repeated
	}
	return doubt, again
}

// ordered wants the handset to have everything in the order of the API: what it has twice counts where it came first, or, when it was marked as in doubt, not.
func (h *history) ordered(p *post, order, inbox []string, doubt map[string]bool) {
	p.t.Helper()
	place := map[string]int{}
	for i, text := range order {
		place[text] = i
	}
	seen, last := map[string]bool{}, -1
	for _, text := range inbox {
		if seen[text] || doubt[text] {
			continue
		}
		seen[text] = true
		if at := place[text]; at < last {
			p.t.Errorf("the handset had %q out of order", text)
			return
		}
		last = place[text]
	}
}

// Messages from every side, one in twenty twice, the segments of long ones in any order, and both centres going down ten times each while they are under way: the
// API, the log of events, the handset and the people outside have each once, in one order (SPEC M2, M8). What was in doubt when a centre went down and was sent
// again is marked, and only that may be anywhere twice. TANDEM_MESSAGES=500000 makes the long run.
func TestCore_A8_NoneLostNoneDoubled(t *testing.T) {
	onPost(t, messageSite(byCarrier, carrierSMS, operatorSMS), func(o *office) *post {
		return o.messages(sim.BearerRadio, sim.PathIn, sim.Quirks{Repeat: 5, Shuffle: 100, IDs: sim.IDsHex})
	}, func(p *post) {
		const rounds = 10
		p.carrier.SetQuirks(sim.Quirks{Forget: 5, Shuffle: 100})
		all, h := many("TANDEM_MESSAGES", 400), newHistory()
		began := time.Now()
		for round := range rounds {
			from, to := round*all/rounds, (round+1)*all/rounds
			p.burst(h, from, to)
			for _, centre := range []*sim.SMSC{p.carrier, p.core.SMSC()} {
				p.ok(centre.Bound(p.ctx, round+1))
				centre.Restart()
			}
		}
		p.drained(h)
		took := time.Since(began)
		p.t.Logf("%d messages in %v: %.0f a second, with 20 restarts", all, took.Round(time.Millisecond), float64(all)/took.Seconds())
		h.check(p)
	})
}

// burst has messages written on every side: half from outside by the carrier, a fifth from the mobile network, a fifth by programs, a tenth on the handset.
func (p *post) burst(h *history, from, to int) {
	p.t.Helper()
	for n := from; n < to; n++ {
		switch who := peer(n); n % 10 {
		case 0, 1, 2, 3, 4:
			text := textOf("carrier", n)
			h.wrote(h.inbound, text, who)
			p.ok(p.carrier.Text(who, numberMobile, text))
		case 5, 6:
			text := textOf("mobile", n)
			h.wrote(h.inbound, text, who)
			p.ok(p.core.Text(who, numberMobile, text))
		case 7, 8:
			text := textOf("program", n)
			h.wrote(h.out, text, who)
			p.sends("api", who, text)
		case 9:
			text := textOf("handset", n)
			h.wrote(h.out, text, who)
			p.ok(p.handset.Text(who, text))
		}
	}
}

// drained waits until everything that was written is where it belongs, or shown as in doubt.
func (p *post) drained(h *history) {
	p.t.Helper()
	_, err := p.handset.Settled(p.ctx, 0)
	p.ok(err)
	for {
		why := p.under(h)
		if why == "" {
			return
		}
		wait := p.short(100 * time.Millisecond)
		if <-wait.Done(); p.ctx.Err() != nil {
			p.t.Fatalf("not over: %s", why)
		}
	}
}

// under says what is under way still; empty: nothing.
func (p *post) under(h *history) string {
	p.t.Helper()
	if a, b, c := p.carrier.Waiting("tandem"), p.core.SMSC().Waiting("tandem"), p.core.SMSC().Held(); a+b+c > 0 {
		return fmt.Sprintf("%d messages wait at the carrier, %d at the operator, %d for handsets", a, b, c)
	}
	var way struct{ Data []texted }
	p.read("/api/v1/messages?state=accepted&limit=1", &way)
	if len(way.Data) > 0 {
		return way.Data[0].Body + " is accepted and no more"
	}
	inbox, err := p.handset.Inbox(p.ctx, 0)
	p.ok(err)
	has := map[string]bool{}
	for _, t := range inbox {
		has[t.Text] = true
	}
	var missing []string
	for text := range h.inbound {
		if !has[text] {
			missing = append(missing, text)
		}
	}
	const few = 50
	if len(missing) > few {
		return fmt.Sprintf("%d messages are not on the handset", len(missing))
	}
	for _, text := range missing {
		if !p.detail(p.idOf(h.inbound[text], text)).over() || p.core.SMSC().Held() > 0 {
			return text + " is not on the handset"
		}
	}
	return ""
}

// idOf finds a message of a peer by its text.
func (p *post) idOf(peer, text string) string {
	p.t.Helper()
	var page struct{ Data []texted }
	p.read("/api/v1/messages?limit=200&peer=%2B"+peer[1:], &page)
	for _, m := range page.Data {
		if m.Body == text {
			return m.ID
		}
	}
	p.t.Fatalf("%q is not in the API: %s", text, p.historyOf(text))
	return ""
}

// over says whether nothing more becomes of a message.
func (m texted) over() bool {
	for _, d := range m.Deliveries {
		if d.State == "accepted" && d.Channel != "sip_phone" {
			return false
		}
	}
	return true
}

// The program is killed at any moment, with messages coming from every side: what it answered for is there, once; of what it had not finished sending at most one
// message a connector and kill is in doubt, shown as such, and never sent again (SPEC M8, connectors that hold). TANDEM_KILLS=50 makes the long run.
func TestCore_A8_KilledAtAnyMoment(t *testing.T) {
	hold := strings.NewReplacer(`in_doubt = "retry"`, `in_doubt = "hold"`)
	onPost(t, messageSite(byCarrier, hold.Replace(carrierSMS), hold.Replace(operatorSMS)), func(o *office) *post {
		return o.messages(sim.BearerRadio, sim.PathIn, sim.Quirks{})
	}, func(p *post) {
		kills, h := many("TANDEM_KILLS", 3), newHistory()
		acked, n := map[string]string{}, 0
		for range kills {
			n = p.untilKilled(h, acked, n)
			p.serve()
		}
		p.drained(h)
		p.judgeKills(h, acked, kills)
	})
}

// untilKilled writes until the program is dead, which happens at some moment of the next quarter of a second. It gives the number of the next message.
func (p *post) untilKilled(h *history, acked map[string]string, n int) int {
	p.t.Helper()
	dead := make(chan struct{})
	moment := time.Duration(20+rand.IntN(250)) * time.Millisecond
	go func() {
		defer close(dead)
		t := time.NewTimer(moment)
		defer t.Stop()
		<-t.C
		p.stop(syscall.SIGKILL)
	}()
	for ; ; n++ {
		select {
		case <-dead:
			return n
		default:
		}
		who := peer(n)
		switch n % 4 {
		case 0:
			if p.carrier.Waiting("tandem") < 50 {
				text := textOf("carrier", n)
				h.wrote(h.inbound, text, who)
				p.ok(p.carrier.Text(who, numberMobile, text))
			}
		case 1:
			if p.core.SMSC().Waiting("tandem") < 50 {
				text := textOf("mobile", n)
				h.wrote(h.inbound, text, who)
				p.ok(p.core.Text(who, numberMobile, text))
			}
		default:
			text := textOf("program", n)
			if id := p.tries(who, text); id != "" {
				acked[id] = text
				h.wrote(h.out, text, who)
			}
		}
	}
}

// historyOf is how a text passed between the centres and the program.
func (p *post) historyOf(text string) string {
	var out strings.Builder
	for name, centre := range map[string]*sim.SMSC{"carrier": p.carrier, "operator": p.core.SMSC()} {
		for _, x := range centre.Passed() {
			if strings.Contains(text, x.Text) && !x.Receipt {
				fmt.Fprintf(&out, "\n%s %s way %d %s part %d of %d status %d", x.At.Format("15:04:05.000"), name, x.Way, x.ID, x.Part.Number, x.Part.Total, x.Status)
			}
		}
	}
	return out.String()
}

// tries sends as a program does, and gives the id if it was taken.
func (p *post) tries(to, text string) string {
	wish, _ := json.Marshal(map[string]string{"from": numberMobile, "to": to, "body": text})
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, "http://tandem/api/v1/messages", strings.NewReader(string(wish)))
	p.ok(err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.socket().Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	told, err := io.ReadAll(resp.Body)
	var m texted
	if err != nil || resp.StatusCode/100 != 2 || json.Unmarshal(told, &m) != nil {
		return ""
	}
	return m.ID
}

// judgeKills reads the histories.
func (p *post) judgeKills(h *history, acked map[string]string, kills int) {
	p.t.Helper()
	list := p.agree()
	times, ids := map[string]int{}, map[string]string{}
	kept := map[string]bool{}
	for _, m := range list {
		times[m.Body]++
		ids[m.Body], kept[m.ID] = m.ID, true
	}
	for id, text := range acked {
		if !kept[id] {
			p.t.Errorf("%s was answered for and is not there: %q", id, text)
		}
	}
	for _, centre := range []*sim.SMSC{p.carrier, p.core.SMSC()} {
		for _, x := range centre.Passed() {
			if x.Receipt || x.Part.Total > 1 {
				continue
			}
			if (x.Way == sim.Submitted || x.Status == 0) && times[x.Text] != 1 {
				p.t.Errorf("%q passed and is there %d times", x.Text, times[x.Text])
			}
		}
	}
	for text := range h.inbound {
		if times[text] != 1 {
			p.t.Errorf("%q is there %d times: %s", text, times[text], p.historyOf(text))
		}
	}
	inbox, err := p.handset.Inbox(p.ctx, 0)
	p.ok(err)
	v := &verdict{post: p, ids: ids, doubt: map[string]bool{}, again: map[string]bool{}}
	v.judge("the handset", h.inbound, texts(inbox))
	v.judge("outside", h.out, texts(p.carrier.Carried()))
	doubts := count(v.doubt)
	if p.t.Logf("%d messages and %d kills: %d never came and are in doubt", len(list), kills, doubts); doubts > 2*kills {
		p.t.Errorf("%d deliveries by two connectors are in doubt after %d kills", doubts, kills)
	}
}
