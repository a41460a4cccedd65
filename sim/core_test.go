package sim_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/sim"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

const (
	alice   = "+33639980007"
	bruno   = "+33639980008"
	outside = "+33639980440" // says 440 Hz
)

// patience is how long a test waits for what has to come.
const patience = 5 * time.Minute

// server is an application server that hands every call back along its Route, as it came but for what it is told to change.
type server struct {
	stack *sip.Stack
	wg    sync.WaitGroup
	stop  chan struct{}

	mu        sync.Mutex
	alters    string // put into the original dialog id
	loses     bool   // the Route
	elsewhere bool   // says so when it cancels
	registers []sip.CoreRegistration
	attempts  []*sip.Attempt
	refuses   int
}

type events chan dialog.Event

func (b events) Post(e dialog.Event) bool {
	select {
	case b <- e:
		return true
	default:
		return false
	}
}

func (s *server) Invite(a *sip.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts = append(s.attempts, a)
	switch {
	case s.refuses != 0:
		a.Refuse(s.refuses, "", 0)
		return
	case a.MaxForwards <= 1:
		a.Refuse(483, "", 0)
		return
	}
	box := make(events, 64)
	in := a.Accept(box, 1)
	d := sip.Dial{Trunk: "core", To: a.To, From: a.From, Offer: a.Offer, Asked: a.Asked, Route: slices.Clone(a.Route), MaxForwards: a.MaxForwards - 1}
	d.Headers = []message.Field{{Name: "X-Mark", Value: "here"}}
	if s.alters != "" {
		d.Route[0] = strings.Replace(d.Route[0], "sip:odi-", "sip:odi-"+s.alters, 1)
	}
	if s.loses {
		d.Route = nil
	}
	out, err := s.stack.Dial(d, box, 2)
	if err != nil {
		_ = in.Reject(500, message.Reason{}, err.Error())
		return
	}
	s.wg.Go(func() { s.tie(box, in, out) })
}

// tie passes on what one side says to the other, until both are over.
func (s *server) tie(box events, in, out *dialog.Leg) {
	for !in.Over() || !out.Over() {
		select {
		case e := <-box:
			legs := map[dialog.Ref][2]*dialog.Leg{1: {in, out}, 2: {out, in}}[e.Of()]
			for _, sig := range legs[0].Step(e) {
				s.pass(sig, legs[1])
			}
		case <-s.stop:
			return
		}
	}
}

func (s *server) pass(sig dialog.Signal, to *dialog.Leg) {
	switch sig := sig.(type) {
	case dialog.Progress:
		_ = to.Ring(sig.Status, sig.Body)
	case dialog.Answered:
		_ = to.Answer(sig.Body)
	case dialog.Failed:
		_ = to.Reject(sig.Status, sig.Reason, "")
	case dialog.Cancelled:
		s.set(func() {
			if s.elsewhere {
				sig.Reason = message.CompletedElsewhere
			}
		})
		_ = to.Hangup(sig.Reason)
	case dialog.Ended:
		_ = to.Hangup(sig.Reason)
	case dialog.Confirmed, dialog.Offered, dialog.OfferConfirmed, dialog.OfferEnded, dialog.InfoReceived, dialog.Referred, dialog.ReferProgress:
	}
}

func (*server) TrunkChanged(sip.TrunkState) {}

func (*server) DeviceChanged(message.AOR, sip.Registered) {}

func (s *server) CoreRegistered(r sip.CoreRegistration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.registers = append(s.registers, r)
}

func (*server) Message(n *sip.Note) { n.Pass() }

func (*server) Registered(message.AOR, sip.Registered) {}

// set changes what it does.
func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// last is the newest attempt.
func (s *server) last() *sip.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts[len(s.attempts)-1]
}

// told is what was told of handsets.
func (s *server) told() []sip.CoreRegistration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.registers)
}

// isTold waits until it was told that often of handsets, and gives it.
func (s *server) isTold(ctx context.Context, t *testing.T, n int) []sip.CoreRegistration {
	t.Helper()
	for {
		if all := s.told(); len(all) >= n {
			return all
		}
		select {
		case <-time.NewTimer(5 * time.Millisecond).C:
		case <-ctx.Done():
			t.Fatalf("it was told %d times of handsets, want %d", len(s.told()), n)
		}
	}
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.attempts)
}

// nets numbers the networks of this run.
type nets struct{ n atomic.Uint32 }

var streets nets

// network joins a core and its application server.
func network(t *testing.T, change ...func(*sim.CoreConfig)) (*sim.Core, *server, context.Context) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	street := fmt.Sprintf("127.19.%d", streets.n.Add(1))
	s := &server{stop: make(chan struct{})}
	var err error
	s.stack, err = sip.New(sip.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: netip.MustParseAddrPort(street + ".1:0")}}, Log: slog.New(slog.DiscardHandler), Core: s, Notes: s,
	}, s)
	if err != nil {
		t.Fatal(err)
	}
	if err = s.stack.Start(ctx); err != nil {
		t.Fatal(err)
	}
	cfg := sim.CoreConfig{
		Server: s.stack.Listeners()[0].Bind, Bind: netip.MustParseAddrPort(street + ".2:0"), Voicemail: netip.MustParseAddr(street + ".3"),
		Subscribers: []sim.Subscriber{{Number: alice, IMSI: "208010000000007"}, {Number: bruno, IMSI: "208010000000008"}},
		Timing:      sim.Timing{}.Scaled(0.05), Seed: 1, Log: slog.New(slog.DiscardHandler),
	}
	cfg.Timing.Voicemail = 100 * time.Millisecond
	cfg.Timing.Server, cfg.Timing.Report = patience, patience // nobody is silent who is only slow
	for _, c := range change {
		c(&cfg)
	}
	core, err := sim.OpenCore(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.stack.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{
		ID: "core", Sources: []netip.Prefix{netip.PrefixFrom(core.Addr().Addr(), 32)}, Servers: []string{"sip:" + core.Addr().String()},
	}}})
	t.Cleanup(func() {
		end := context.WithoutCancel(ctx)
		core.Close(end)
		_ = s.stack.Close(end)
		close(s.stop)
		s.wg.Wait()
	})
	return core, s, ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// on switches handsets on.
func on(core *sim.Core, numbers ...string) *sim.Handset {
	for _, n := range numbers {
		core.Handset(n).SetPower(sim.PowerOn)
	}
	return core.Handset(numbers[0])
}

// A subscriber calls: the application server sees what an S-CSCF says, hands the call back, and both hear each other.
func TestASubscriberCallsOut(t *testing.T) {
	core, as, ctx := network(t, func(c *sim.CoreConfig) { c.History = sim.WithHistory })
	handset := on(core, alice)
	handset.Claim("+33600000000")
	talk, err := handset.Dial("0639980440")
	must(t, err)
	must(t, talk.Answered(ctx))
	must(t, talk.Hears(ctx, 440))
	a := as.last()
	for name, want := range map[string]string{
		"P-Served-User":         "<sip:" + alice + "@ims.example>;sescase=orig;regstate=reg",
		"P-Asserted-Identity":   "<sip:" + alice + "@ims.example>|<tel:" + alice + ">",
		"P-Access-Network-Info": "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2080100A10000B01",
		"History-Info":          "<tel:0639980440;phone-context=ims.example>;index=1",
	} {
		if got := strings.Join(a.Head.Values(name), "|"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Asked != "tel:0639980440;phone-context=ims.example" || len(a.Route) != 1 || !strings.Contains(a.Route[0], "odd=orig%3B") {
		t.Errorf("asked for %q by %q", a.Asked, a.Route)
	}
	if a.From.User != "+33600000000" {
		t.Errorf("From is %v, want what the handset claims", a.From)
	}
	must(t, talk.Hangup())
	must(t, handset.Idle(ctx))
	seen := core.Seen()
	if len(seen) != 1 || seen[0].Toward != "outside" || seen[0].Values("X-Mark") == nil {
		t.Errorf("delivered %v", seen)
	}
	if f := core.Faults(); len(f) > 0 {
		t.Error(f)
	}
}

// Somebody calls a subscriber through the application server: the handset rings after paging, and both hear each other.
func TestASubscriberIsCalled(t *testing.T) {
	core, as, ctx := network(t)
	handset := on(core, alice)
	call, err := core.Call("+33199001234", alice)
	must(t, err)
	ring, err := handset.Rings(ctx)
	must(t, err)
	if ring.Peer != "+33199001234" {
		t.Errorf("the handset shows %q", ring.Peer)
	}
	must(t, call.Rings(ctx))
	must(t, ring.Answer())
	must(t, call.Answered(ctx))
	must(t, call.Say(1300))
	must(t, ring.Say(1900))
	must(t, ring.Hears(ctx, 1300))
	must(t, call.Hears(ctx, 1900))
	must(t, ring.Press("42"))
	must(t, call.Types(ctx, "42"))
	must(t, call.Hangup())
	_, _, err = ring.Ended(ctx)
	must(t, err)
	if list, err := handset.Listed(ctx, 1); err != nil || list[0].Kind != sim.ListedReceived {
		t.Errorf("listed %v %v", list, err)
	}
	if got := as.last().Head.Values("P-Served-User"); len(got) != 1 || !strings.Contains(got[0], "sescase=term;regstate=reg") {
		t.Errorf("P-Served-User %q", got)
	}
}

// What becomes of a call to a handset, as it was measured on a real network: status, and cause of Q.850.
func TestCore_A4_WhatAHandsetSays(t *testing.T) {
	core, as, ctx := network(t)
	handset := on(core, alice)
	refused := func(name string, status, cause int) {
		t.Helper()
		call, err := core.Call("+33199001234", alice)
		must(t, err)
		got, why, err := call.Ended(ctx)
		must(t, err)
		if got != status || why.Protocol != "Q.850" || why.Cause != cause {
			t.Errorf("%s: %d with %v, want %d with Q.850 %d", name, got, why, status, cause)
		}
	}
	as.isTold(ctx, t, 1) // two at once may come in any order
	handset.SetPower(sim.PowerOff)
	as.isTold(ctx, t, 2)
	refused("off", 480, 18)
	if got := as.last().Head.Values("P-Served-User"); !strings.Contains(strings.Join(got, ""), "regstate=unreg") {
		t.Errorf("P-Served-User %q", got)
	}
	handset.SetPower(sim.PowerOn)
	handset.SetCoverage(sim.Uncovered)
	refused("no coverage", 502, 27)
	handset.SetCoverage(sim.Covered)
	talk, err := handset.Dial(outside)
	must(t, err)
	must(t, talk.Answered(ctx))
	refused("busy", 486, 17)
	must(t, talk.Hangup())
	must(t, handset.Idle(ctx))
	go func() {
		if ring, err := handset.Rings(ctx); err == nil {
			_ = ring.Reject()
		}
	}()
	refused("rejected", 500, 16)
	if got := as.isTold(ctx, t, 3); len(got) != 3 || got[0].Expires == 0 || got[1].Expires != 0 || got[2].Who.User != alice {
		t.Errorf("registrations %+v", got)
	}
}

// A caller who gives up makes a missed call, unless the call was completed elsewhere.
func TestAHandsetListsWhatItMissed(t *testing.T) {
	core, _, ctx := network(t)
	handset := on(core, alice)
	call, err := core.Call("+33199001234", alice)
	must(t, err)
	_, err = handset.Rings(ctx)
	must(t, err)
	must(t, call.Hangup())
	list, err := handset.Listed(ctx, 1)
	must(t, err)
	if list[0].Kind != sim.ListedMissed || list[0].Number != "+33199001234" {
		t.Errorf("listed %v", list)
	}
}

// Every manner of the voicemail on every occasion: it takes the call, and says what it says.
func TestTheVoicemailDeflects(t *testing.T) {
	core, _, ctx := network(t, func(c *sim.CoreConfig) { c.Timing.NoReply = 300 * time.Millisecond })
	handset := on(core, alice)
	occasions := map[sim.Occasion]func(){
		sim.WhenOff:      func() { handset.SetPower(sim.PowerOff) },
		sim.WhenBusy:     func() { _, err := handset.Dial(outside); must(t, err) },
		sim.WhenNoAnswer: func() {},
	}
	count := 0
	for when, make := range occasions {
		make()
		for _, m := range []sim.Manner{
			sim.AnswersAtOnce, sim.AnswersAtTimer, sim.AnswersWith181, sim.AnswersHistory, sim.AnswersChanged, sim.AnswersElsewhere, sim.AnswersUnrung,
		} {
			core.SetVoicemail(when, m)
			call, err := core.Call("+33199001234", alice)
			must(t, err)
			must(t, call.Hears(ctx, sim.VoicemailTone))
			must(t, call.Hangup())
			if count++; core.Deflected() != count {
				t.Errorf("deflected %d calls, want %d", core.Deflected(), count)
			}
		}
		handset.SetPower(sim.PowerOn)
		if talk := handset.Talk(); talk != nil {
			_ = talk.Hangup()
		}
		must(t, handset.Idle(ctx))
		core.SetVoicemail(when, sim.NoVoicemail)
	}
}

// The application server is silent or refuses: the core goes on without it (DefaultHandling 0), for calls both ways and for messages.
func TestCore_A13_TheCoreGoesOnWithoutTheServer(t *testing.T) {
	core, as, ctx := network(t, func(c *sim.CoreConfig) { c.Timing.Server = 400 * time.Millisecond })
	handset := on(core, alice, bruno)
	as.set(func() { as.refuses = 503 })
	talk, err := handset.Dial(outside)
	must(t, err)
	must(t, talk.Answered(ctx))
	must(t, talk.Hangup())
	must(t, handset.Idle(ctx))
	must(t, as.stack.Close(ctx))
	talk, err = handset.Dial(bruno)
	must(t, err)
	ring, err := core.Handset(bruno).Rings(ctx)
	must(t, err)
	must(t, ring.Answer())
	must(t, talk.Answered(ctx))
	must(t, handset.Text(bruno, "le pain est prêt"))
	inbox, err := core.Handset(bruno).Inbox(ctx, 1)
	must(t, err)
	if inbox[0].Text != "le pain est prêt" || inbox[0].Peer != alice {
		t.Errorf("came %v", inbox)
	}
}

// A dialog id that was changed is refused, and told.
func TestAnAlteredDialogIDIsRefused(t *testing.T) {
	core, as, ctx := network(t)
	handset := on(core, alice)
	as.set(func() { as.alters = "x" })
	talk, err := handset.Dial(outside)
	must(t, err)
	status, _, err := talk.Ended(ctx)
	must(t, err)
	if status != 403 || len(core.Faults()) != 1 {
		t.Errorf("ended with %d, faults %q", status, core.Faults())
	}
}

// A terminating call that comes back without its dialog id goes through the filter again: only Max-Forwards ends that loop, and with an
// operator that strips unknown headers nothing tells the server that it knows the call.
func TestALostDialogIDMakesALoop(t *testing.T) {
	for name, strips := range map[string]sim.Unknown{"kept": sim.KeepsUnknown, "stripped": sim.StripsUnknown} {
		t.Run(name, func(t *testing.T) { loop(t, strips) })
	}
}

func loop(t *testing.T, strips sim.Unknown) {
	t.Helper()
	core, as, ctx := network(t, func(c *sim.CoreConfig) { c.Unknown = strips })
	on(core, alice)
	as.set(func() { as.loses = true })
	call, err := core.Call("+33199001234", alice)
	must(t, err)
	status, _, err := call.Ended(ctx)
	must(t, err)
	if status != 483 || as.count() < 30 {
		t.Errorf("ended with %d after %d rounds", status, as.count())
	}
	if marked := as.last().Head.Values("X-Mark") != nil; marked == (strips == sim.StripsUnknown) {
		t.Errorf("strips %v, and the mark is there: %v", strips, marked)
	}
}

// In trunk attachment calls come as a circuit-switched gateway sends them, and the prefix rings the handset.
func TestTheCoreAsATrunk(t *testing.T) {
	core, as, ctx := network(t, func(c *sim.CoreConfig) {
		c.Attachment, c.OriginatingPrefix, c.ReturnPrefix = sim.AttachTrunk, "9901", "9902"
	})
	handset := on(core, alice)
	as.set(func() { as.refuses = 486 })
	talk, err := handset.Dial("0639980440")
	must(t, err)
	_, _, err = talk.Ended(ctx)
	must(t, err)
	must(t, handset.Idle(ctx))
	a := as.last()
	if a.RequestURI.User != "99010639980440" || a.From.User != strings.TrimPrefix(alice, "+") || len(a.Asserted) != 0 || len(a.Route) != 0 {
		t.Errorf("came as %v from %v with %v by %q", a.RequestURI, a.From, a.Asserted, a.Route)
	}
	box := make(events, 64)
	leg, err := as.stack.Dial(sip.Dial{
		Trunk: "core", To: message.Party{User: "9902" + alice}, From: message.Party{User: "+33199001234"},
		Offer: message.SDP([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n")),
	}, box, 1)
	must(t, err)
	as.wg.Go(func() { as.tie(box, leg, leg) })
	ring, err := handset.Rings(ctx)
	must(t, err)
	must(t, ring.Reject())
	must(t, handset.Idle(ctx))
}

// An emergency number of the handset's own list stays in the radio network; another one is an ordinary call.
func TestEmergencyNumbersOfTheHandset(t *testing.T) {
	core, as, ctx := network(t, func(c *sim.CoreConfig) { c.NotFlagged = []string{"15"} })
	handset := on(core, alice)
	if talk, err := handset.Dial("112"); talk != nil || err != nil || handset.Emergencies() != 1 || as.count() != 0 {
		t.Errorf("112: %v %v, %d in the radio network, %d at the server", talk, err, handset.Emergencies(), as.count())
	}
	for _, number := range []string{"15", "116117"} {
		talk, err := handset.Dial(number)
		must(t, err)
		must(t, talk.Answered(ctx))
		must(t, talk.Hangup())
		must(t, handset.Idle(ctx))
		if a := as.last(); !strings.HasPrefix(a.Asked, "tel:"+number+";") {
			t.Errorf("asked for %q", a.Asked)
		}
	}
}

// A message goes through the server, in the form that handsets send (TS 24.341), and comes to the one whom it is for.
func TestAMessageGoesThroughTheServer(t *testing.T) {
	core, _, ctx := network(t)
	handset := on(core, alice, bruno)
	must(t, handset.Text(bruno, "à tout de suite"))
	inbox, err := core.Handset(bruno).Inbox(ctx, 1)
	must(t, err)
	sent, err := handset.Settled(ctx, 1)
	must(t, err)
	seen := core.Seen()
	if inbox[0].Peer != alice || inbox[0].Text != "à tout de suite" || sent[0].State != sim.TextSent || len(seen) < 3 || seen[0].Toward != "message" {
		t.Errorf("came %v, sent %v, delivered %v", inbox, sent, seen)
	}
	if err := handset.Text("alice", "?"); err == nil {
		t.Error("sent to a name")
	}
}

// A leg that is cancelled because another answered leaves no missed call (RFC 3326 section 3.1).
func TestCompletedElsewhereIsNotMissed(t *testing.T) {
	core, as, ctx := network(t)
	handset := on(core, alice)
	as.set(func() { as.elsewhere = true })
	call, err := core.Call("+33199001234", alice)
	must(t, err)
	_, err = handset.Rings(ctx)
	must(t, err)
	must(t, call.Hangup())
	must(t, handset.Idle(ctx))
	if list, err := handset.Listed(ctx, 0); err != nil || len(list) > 0 {
		t.Errorf("listed %v, %v", list, err)
	}
}
