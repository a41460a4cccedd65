package routing

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// house is a switchboard whose wire and media are played by the test, on the clock of a synctest bubble. What it does is one ladder of text.
type house struct {
	t      *testing.T
	sw     *Switch
	snap   *Snapshot
	ledger *book

	mu      sync.Mutex
	start   time.Time
	steps   []string
	lines   map[string]*fakeLine          // by name: "carrier", "alice", "alice/2", "trunk:backup"
	phones  map[message.AOR]int           // how many bindings
	pages   map[message.AOR][]sip.Contact // of browsers
	named   map[string]int
	peers   *sip.Peers
	dialErr error
	noPorts bool
	found   sip.Inspection // of every trunk
}

// happened is an event on the wire that means what it says.
type happened struct {
	dialog.Event

	ref     dialog.Ref
	signals []dialog.Signal
}

func (h happened) Of() dialog.Ref { return h.ref }

// fakeLine is a peer that the test plays.
type fakeLine struct {
	h     *house
	name  string
	sink  dialog.Sink
	ref   dialog.Ref
	id    string
	over  bool
	match dialog.Match // what a Replaces finds in it; nothing set: MatchConfirmed
	dial  sip.Dial
	voice *fakeVoice
}

func (l *fakeLine) say(format string, args ...any) {
	l.h.step(l.name + " <- " + fmt.Sprintf(format, args...))
}

// does lets the peer do something, and waits until the house has reacted.
func (l *fakeLine) does(what string, signals ...dialog.Signal) {
	l.h.t.Helper()
	l.h.step(l.name + " -> " + what)
	if !l.sink.Post(happened{ref: l.ref, signals: signals}) {
		l.h.t.Logf("%s: nobody hears %q any more", l.name, what)
	}
	synctest.Wait()
}

func (l *fakeLine) Step(e dialog.Event) []dialog.Signal {
	signals := e.(happened).signals
	for _, s := range signals {
		switch s.(type) {
		case dialog.Ended, dialog.Failed, dialog.Cancelled:
			l.over = true
		default:
		}
	}
	return signals
}

func (l *fakeLine) Over() bool     { return l.over }
func (l *fakeLine) CallID() string { return l.id }

func (l *fakeLine) Matches(r message.Replaces) dialog.Match {
	switch {
	case r.CallID != l.id || r.ToTag == "wrong":
		return dialog.MatchNone
	case l.over:
		return dialog.MatchOver
	case l.match == dialog.MatchNone:
		return dialog.MatchConfirmed
	}
	return l.match
}

func (l *fakeLine) Hangup(r message.Reason) error {
	l.over = true
	text := "hang up"
	if r.Protocol != "" {
		text += fmt.Sprintf(" (%s;cause=%d)", r.Protocol, r.Cause)
	}
	l.say("%s", text)
	return nil
}

func (l *fakeLine) Ring(status int, body *message.Body) error {
	l.say("%d%s", status, sdpText(body))
	return nil
}

func (l *fakeLine) RingPlainly(status int, body *message.Body) error { return l.Ring(status, body) }

func (l *fakeLine) Answer(body *message.Body) error {
	l.say("200%s", sdpText(body))
	return nil
}

func (l *fakeLine) Reject(status int, r message.Reason, warning string) error {
	l.over = true
	text := fmt.Sprint(status)
	if r.Protocol != "" {
		text += fmt.Sprintf(" (%s;cause=%d)", r.Protocol, r.Cause)
	}
	if warning != "" {
		text += " " + warning
	}
	l.say("%s", text)
	return nil
}

func (l *fakeLine) Carry(fields ...message.Field) {
	for _, f := range fields {
		l.say("carries %s: %s", f.Name, f.Value)
	}
}

func (l *fakeLine) Acknowledge(body *message.Body) error { l.say("ACK%s", sdpText(body)); return nil }

func (l *fakeLine) AnswerEarly(body *message.Body) error { l.say("PRACK%s", sdpText(body)); return nil }

func (l *fakeLine) Offer(body *message.Body) error { l.say("re-INVITE%s", sdpText(body)); return nil }

func (l *fakeLine) AnswerOffer(b *message.Body) error {
	l.say("200 re-INVITE%s", sdpText(b))
	return nil
}

func (l *fakeLine) RefuseOffer(status int, w string) error {
	l.say("%s", strings.TrimSpace(fmt.Sprintf("%d re-INVITE %s", status, w)))
	return nil
}
func (l *fakeLine) Info(*message.Body) error          { l.say("INFO"); return nil }
func (l *fakeLine) Refer(message.Party, string) error { l.say("REFER"); return nil }
func (l *fakeLine) AcceptRefer() error                { l.say("202 REFER"); return nil }
func (l *fakeLine) RefuseRefer(status int) error      { l.say("%d REFER", status); return nil }
func (l *fakeLine) ReportRefer(status int) error      { l.say("NOTIFY %d", status); return nil }

func sdpText(b *message.Body) string {
	if b == nil {
		return ""
	}
	return " [" + string(b.Bytes) + "]"
}

// The house as wire, studio, sounds and door.

func (h *house) dial(d sip.Dial, sink dialog.Sink, ref dialog.Ref) (line, error) {
	if h.dialErr != nil {
		return nil, h.dialErr
	}
	h.mu.Lock()
	base := "trunk:" + string(d.Trunk)
	if d.Trunk == "" {
		base, _, _ = strings.Cut(string(d.Contact.AOR), "@")
	}
	h.named[base]++
	name := base
	if n := h.named[base]; n > 1 {
		name = fmt.Sprintf("%s/%d", base, n)
	}
	l := &fakeLine{h: h, name: name, sink: sink, ref: ref, id: name + "@sip", dial: d}
	h.lines[name] = l
	h.mu.Unlock()
	h.nameVoice(l)
	l.say("INVITE %s from %s%s", d.To.User, d.From.User, sdpText(d.Offer))
	return l, nil
}

func (h *house) contacts(aor message.AOR) []sip.Contact {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]sip.Contact, h.phones[aor])
	for i := range list {
		list[i] = sip.Contact{AOR: aor, Target: transport.Target{Network: transport.UDP, Addr: netip.MustParseAddrPort("192.0.2.7:5060")}}
	}
	return append(list, h.pages[aor]...)
}

func (h *house) setPeers(p *sip.Peers)                                        { h.peers = p }
func (h *house) inspect(context.Context, sip.TrunkID) (sip.Inspection, error) { return h.found, nil }

func (h *house) drain() { h.step("wire drains") }

// voices by Ref of their call's sink, until their line has a name.
func (h *house) open(o media.Opening) (voice, error) {
	if h.noPorts {
		return nil, errUnheard
	}
	return &fakeVoice{h: h, open: o, name: "?"}, nil
}

func (h *house) bridge(a, b voice) error {
	x, y := a.(*fakeVoice), b.(*fakeVoice)
	x.play, y.play = media.Play{}, media.Play{}
	h.step("bridge " + x.name + " = " + y.name)
	return nil
}

// nameVoice finds the voice that was opened for a leg.
func (h *house) nameVoice(l *fakeLine) {
	for _, c := range h.sw.tableNow() {
		if (wireBox{c.box}) == l.sink {
			if v, ok := c.legs[l.ref].voice.(*fakeVoice); ok {
				v.name, l.voice = l.name, v
			}
		}
	}
}

func (s *Switch) tableNow() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*call, 0, len(s.table))
	for _, c := range s.table {
		list = append(list, c)
	}
	return list
}

// Prompt gives every sound but those that are "missing".
func (h *house) Prompt(_ AccountID, _ string, id flow.AudioID) *prompt.Prompt {
	if id == "missing" {
		return nil
	}
	return prompt.FromPCM(string(id), make([]int16, 80))
}

// Snapshot is the directory.
func (h *house) Snapshot() *Snapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.snap
}

// book is a ledger in memory.
type book struct {
	mu       sync.Mutex
	begun    []CallID
	finished []*CallRecord
	number   int64
	events   []CallEvent
	shifts   []StatusChange
	stuck    chan struct{} // while it is open, nothing can be written
}

func (b *book) Begin(c *CallRecord) error {
	if b.stuck != nil {
		<-b.stuck
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.begun = append(b.begun, c.ID)
	return nil
}

func (b *book) Finish(c *CallRecord) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finished = append(b.finished, c)
	return nil
}

func (b *book) NextNumber() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	return b.number
}

// door

type fakeDoor struct {
	h    *house
	line *fakeLine
}

func (d *fakeDoor) accept(sink dialog.Sink, ref dialog.Ref) line {
	d.line.sink, d.line.ref = sink, ref
	return d.line
}

func (d *fakeDoor) refuse(status int, warning string, _ time.Duration) {
	d.line.over = true
	d.line.say("%d %s", status, warning)
}

func (d *fakeDoor) instead(status int, body *message.Body, headers ...message.Field) {
	d.line.over = true
	d.line.say("%d %s %v", status, body.Type, headers)
}

// inHouse runs a story in a bubble.
func inHouse(t *testing.T, story func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{
			t: t, snap: bakery(), ledger: &book{}, start: time.Now(), lines: map[string]*fakeLine{},
			phones: map[message.AOR]int{"alice@tandem": 1, "bruno@tandem": 1, "chloe@tandem": 1}, named: map[string]int{},
		}
		sw, err := newSwitch(Config{Directory: h, Ledger: h.ledger, Sounds: h, DataDir: t.TempDir()}, h)
		if err != nil {
			t.Fatal(err)
		}
		h.sw = sw
		sw.start(h)
		defer func() { // Also after a failed step: a bubble ends only when its goroutines have.
			if err := sw.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		story(h)
	})
}

func (h *house) step(s string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps = append(h.steps, s)
}

// rings lets a stranger call a number by a trunk.
func (h *house) rings(to string, change ...func(a *sip.Attempt)) *fakeLine {
	h.t.Helper()
	a := &sip.Attempt{
		CallID: fmt.Sprintf("carrier-%d@sip", len(h.named)), Trunk: "main", RequestURI: message.Party{Scheme: "sip", User: to},
		To: message.Party{Scheme: "sip", User: to}, From: message.Party{Scheme: "sip", User: "+33639980101", Host: "carrier.example"},
		Source: netip.MustParseAddrPort("198.51.100.1:5060"), Network: transport.UDP, Offer: message.SDP([]byte("carrier offer")), At: time.Now(),
	}
	for _, f := range change {
		f(a)
	}
	return h.attempt("carrier", a)
}

// dials lets a user call from their phone.
func (h *house) dials(who, to string) *fakeLine {
	h.t.Helper()
	return h.attempt(who+".phone", &sip.Attempt{
		CallID: who + "-dials-" + to + "@sip", Device: message.AOR(who + "@tandem"), RequestURI: message.Party{Scheme: "sip", User: to, Host: "tandem"},
		To: message.Party{Scheme: "sip", User: to}, From: message.Party{Scheme: "sip", User: who, Host: "tandem"},
		Source: netip.MustParseAddrPort("192.0.2.7:5060"), Network: transport.UDP, Offer: message.SDP([]byte(who + " offer")), At: time.Now(),
	})
}

func (h *house) attempt(name string, a *sip.Attempt) *fakeLine {
	h.t.Helper()
	h.mu.Lock()
	h.named[name]++
	if n := h.named[name]; n > 1 {
		name = fmt.Sprintf("%s/%d", name, n)
	}
	h.mu.Unlock()
	l := &fakeLine{h: h, name: name, id: a.CallID}
	before := h.sw.tableNow()
	h.step(name + " -> INVITE " + a.RequestURI.User)
	h.sw.studio = namingStudio{h, name}
	h.sw.invite(a, &fakeDoor{h, l})
	synctest.Wait()
	for _, c := range h.sw.tableNow() {
		if !slices.Contains(before, c) {
			l.voice, _ = c.legs[0].voice.(*fakeVoice)
		}
	}
	return l
}

// namingStudio knows that the next voice is the caller's.
type namingStudio struct {
	*house

	name string
}

func (n namingStudio) open(o media.Opening) (voice, error) {
	v, err := n.house.open(o)
	if fv, ok := v.(*fakeVoice); ok && o.Ref == 0 {
		fv.name = n.name
	}
	return v, err
}

// sees compares what happened since the last time with a ladder; lines that do not matter are left out of it by ignore.
func (h *house) sees(ladder string) {
	h.t.Helper()
	synctest.Wait()
	h.mu.Lock()
	got := h.steps
	h.steps = nil
	h.mu.Unlock()
	var want []string
	for line := range strings.Lines(ladder) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if !slices.Equal(got, want) {
		h.t.Fatalf("the ladder is\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// forget leaves out what happened so far.
func (h *house) forget() {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps = nil
}

// record waits for the record of the only call, and checks that there is one.
func (h *house) record() *CallRecord {
	h.t.Helper()
	list := h.records()
	if len(list) != 1 {
		h.t.Fatalf("%d records, want 1", len(list))
	}
	return list[0]
}

func (h *house) records() []*CallRecord {
	h.t.Helper()
	time.Sleep(3 * time.Second)
	synctest.Wait()
	h.ledger.mu.Lock()
	defer h.ledger.mu.Unlock()
	if len(h.ledger.begun) != len(h.ledger.finished) {
		h.t.Fatalf("%d calls began, %d finished", len(h.ledger.begun), len(h.ledger.finished))
	}
	return slices.Clone(h.ledger.finished)
}

// The words of a wire.

func ringing() dialog.Progress { return dialog.Progress{Status: 180, Tag: "t"} }

func answer(sdp string) dialog.Answered { return dialog.Answered{Body: message.SDP([]byte(sdp))} }

func failure(status int) dialog.Failed { return dialog.Failed{Status: status} }

func bye() dialog.Ended { return dialog.Ended{By: dialog.EndedByPeer} }

// Tell keeps a copy, as a ledger must.
func (b *book) Tell(e *CallEvent) error {
	one, call := *e, *e.Call
	one.Call = &call
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, one)
	return nil
}

// heard lists the events so far: "call.answered answered alice".
func (b *book) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, e := range b.events {
		out = append(out, strings.TrimSpace(fmt.Sprint(e.Type, " ", e.Status, " ", e.User)))
	}
	return out
}

// Shift keeps what users did.
func (b *book) Shift(s StatusChange) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shifts = append(b.shifts, s)
	return nil
}
