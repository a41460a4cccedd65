package routing_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/prompt"
	"tandem/routing"
	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// patience is how long what must come is waited for.
const patience = 30 * time.Second

var loopback = netip.MustParsePrefix("127.0.0.0/8")

// exchange is the product's switchboard with its real neighbours, on loopback.
type exchange struct {
	t     *testing.T
	sw    *routing.Switch
	addr  netip.AddrPort
	book  *shelf
	stack *sip.Stack

	mu   sync.Mutex
	snap *routing.Snapshot
}

// notes gives MESSAGEs to a switchboard.
type notes struct{ *routing.Switch }

func (notes) Registered(message.AOR, sip.Registered) {}

// shelf is a ledger in memory.
type shelf struct {
	mu   sync.Mutex
	n    int64
	done chan *routing.CallRecord
}

func (s *shelf) Begin(*routing.CallRecord) error { return nil }

func (s *shelf) Finish(c *routing.CallRecord) error {
	s.done <- c
	return nil
}

func (s *shelf) NextNumber() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return s.n
}

// Snapshot is the directory.
func (x *exchange) Snapshot() *routing.Snapshot {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.snap
}

// change gives the directory another snapshot.
func (x *exchange) change(s *routing.Snapshot) {
	x.mu.Lock()
	x.snap = s
	x.mu.Unlock()
	x.sw.Reload()
}

// Prompt knows two sounds: a tone of 400 Hz for the welcome, and 500 Hz for everything else. They are longer than a slow machine takes to type a key meanwhile.
func (x *exchange) Prompt(_ routing.AccountID, _ string, id flow.AudioID) *prompt.Prompt {
	hz := 500.0
	if id == "welcome" {
		hz = 400
	}
	return prompt.FromPCM(string(id), mediatest.Tone(30*time.Second, hz))
}

// open starts an exchange with a trunk from the carrier's address, and Bruno's account.
func open(t *testing.T, carrier netip.AddrPort) *exchange {
	t.Helper()
	x := &exchange{t: t, book: &shelf{done: make(chan *routing.CallRecord, 8)}, snap: directory(carrier)}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("TANDEM_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	engine, err := media.New(media.Config{Bind: netip.MustParseAddr("127.0.0.1"), Ports: media.PortRange{First: 30000, Last: 39999}, Deny: []netip.Prefix{}, Log: log})
	check(t, err)
	t.Cleanup(func() { check(t, engine.Close()) })
	ladder := routing.NewLadder()
	x.sw, err = routing.NewSwitch(routing.Config{Directory: x, Ledger: x.book, Sounds: x, Media: engine, Ladder: ladder, DataDir: t.TempDir(), Log: log})
	check(t, err)
	x.stack, err = sip.New(sip.Config{Listeners: []transport.Listener{{Network: transport.UDP, Bind: netip.MustParseAddrPort("127.0.0.1:0")}}, Trace: ladder, Core: x.sw, Notes: notes{x.sw}, Log: log}, x.sw)
	check(t, err)
	x.sw.Start(x.stack)
	check(t, x.stack.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		check(t, x.sw.Close(ctx))
		check(t, x.stack.Close(ctx))
	})
	x.addr = x.stack.Listeners()[0].Bind
	return x
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func directory(carrier netip.AddrPort) *routing.Snapshot {
	account := []byte("bruno:tandem:secret")
	ha1, ha1sha256 := md5.Sum(account), sha256.Sum256(account)
	d := &routing.Device{ID: "dev", User: "bruno", Kind: routing.SIPPhone, AOR: "bruno@tandem", Username: "bruno", HA1MD5: hex.EncodeToString(ha1[:]), HA1SHA256: hex.EncodeToString(ha1sha256[:])}
	bruno := &routing.User{ID: "bruno", Account: "acc", Name: "Bruno", Extension: "202", Devices: []*routing.Device{d}}
	e := *d
	e.User, e.AOR, e.Username = "chloe", "chloe@tandem", "chloe"
	account = []byte("chloe:tandem:secret")
	ha1, ha1sha256 = md5.Sum(account), sha256.Sum256(account)
	e.HA1MD5, e.HA1SHA256 = hex.EncodeToString(ha1[:]), hex.EncodeToString(ha1sha256[:])
	chloe := &routing.User{ID: "chloe", Account: "acc", Name: "Chloé", Extension: "203", Devices: []*routing.Device{&e}}
	return &routing.Snapshot{
		Accounts: map[routing.AccountID]*routing.Account{"acc": {ID: "acc", Country: "FR", Language: "fr", Extensions: map[string]routing.UserID{"202": "bruno", "203": "chloe"}}},
		Users:    map[routing.UserID]*routing.User{"bruno": bruno, "chloe": chloe},
		Numbers: map[routing.E164]*routing.Number{"+33199001234": {
			ID: "num", Account: "acc", E164: "+33199001234", Kind: routing.Shared, Flow: "flow", Users: []routing.UserID{"bruno"},
		}},
		Trunks: map[routing.TrunkID]*routing.Trunk{"main": {
			ID: "main", Account: "acc", Sources: []netip.Prefix{netip.PrefixFrom(carrier.Addr(), 32)}, Servers: []string{"sip:" + carrier.String()},
			Country: "FR", Dial: routing.DialPlus, MediaAllow: []netip.Prefix{loopback},
		}},
		Devices: map[string]*routing.Device{"bruno@tandem": d, "chloe@tandem": &e},
		Flows: map[flow.ID]*flow.Flow{"flow": {ID: "flow", Version: 3, Start: "hello", Nodes: map[flow.NodeID]*flow.Node{
			"hello": {ID: "hello", AudioMessage: &flow.AudioMessage{Audio: "welcome"}, Next: map[string]flow.NodeID{"done": "bye"}},
			"bye":   {ID: "bye", Hangup: &flow.Hangup{}},
		}}},
	}
}

// telephone is a peer with a SIP stack and a voice of its own.
type telephone struct {
	t     *testing.T
	stack *sip.Stack
	voice *mediatest.Peer
	addr  netip.AddrPort
	up    chan struct{}

	mu      sync.Mutex
	leg     *dialog.Leg
	events  chan dialog.Event
	signals chan dialog.Signal
	came    chan *sip.Attempt
}

// plug starts a telephone on an address of its own.
func plug(t *testing.T, ip string) *telephone {
	t.Helper()
	addr := netip.MustParseAddr(ip)
	p := &telephone{t: t, up: make(chan struct{}), events: make(chan dialog.Event, 256), signals: make(chan dialog.Signal, 32), came: make(chan *sip.Attempt, 4), voice: mediatest.NewPeer(t, addr)}
	go p.listen()
	var err error
	p.stack, err = sip.New(sip.Config{Listeners: []transport.Listener{{Network: transport.UDP, Bind: netip.AddrPortFrom(addr, 0)}}, Realm: "peer"}, p)
	check(t, err)
	check(t, p.stack.Start(t.Context()))
	t.Cleanup(func() {
		// The exchange has gone by now: nobody hears that the telephone signs off.
		ctx, cancel := context.WithTimeout(context.Background(), time.Second/10)
		defer cancel()
		_ = p.stack.Close(ctx)
	})
	p.addr = p.stack.Listeners()[0].Bind
	return p
}

// knows tells the telephone of the exchange; with a name it registers there.
func (p *telephone) knows(x *exchange, name string) {
	p.t.Helper()
	trunk := sip.Trunk{ID: "house", Sources: []netip.Prefix{netip.PrefixFrom(x.addr.Addr(), 32)}, Servers: []string{"sip:" + x.addr.String() + ";transport=udp"}}
	if name != "" {
		trunk.Register, trunk.AuthUser, trunk.AuthPass, trunk.Domain, trunk.RegisterExpiry = true, name, "secret", "tandem", time.Minute
	}
	p.stack.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunk}})
	if name == "" {
		return
	}
	select {
	case <-p.up:
	case <-time.After(patience):
		p.t.Fatal("the telephone does not register")
	}
}

// Invite keeps what comes, and takes it.
func (p *telephone) Invite(a *sip.Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leg = a.Accept(p, 0)
	p.came <- a
}

// TrunkChanged tells that the registration stands.
func (p *telephone) TrunkChanged(s sip.TrunkState) {
	if s.Up && s.LastStatus == 200 {
		select {
		case <-p.up:
		default:
			close(p.up)
		}
	}
}

// DeviceChanged is of no interest.
func (p *telephone) DeviceChanged(message.AOR, sip.Registered) {}

// Post keeps an event for listen.
func (p *telephone) Post(e dialog.Event) bool {
	p.events <- e
	return true
}

// listen steps the leg; a test has one leg a telephone.
func (p *telephone) listen() {
	for {
		select {
		case e := <-p.events:
			p.mu.Lock()
			signals := p.leg.Step(e)
			p.mu.Unlock()
			for _, s := range signals {
				p.signals <- s
			}
		case <-p.t.Context().Done():
			return
		}
	}
}

// do runs f with the leg.
func (p *telephone) do(f func(l *dialog.Leg) error) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	check(p.t, f(p.leg))
}

// calls dials a number through the exchange.
func (p *telephone) calls(to string, offer *message.Body) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	p.leg, err = p.stack.Dial(sip.Dial{
		Trunk: "house", To: message.Party{Scheme: "sip", User: to}, From: message.Party{Scheme: "sip", User: "+33639980101"}, Offer: offer,
	}, p, 0)
	check(p.t, err)
}

// rings waits for a call, says 180, and takes its offer.
func (p *telephone) rings() {
	p.t.Helper()
	select {
	case a := <-p.came:
		check(p.t, p.voice.Take(a.Offer.Bytes))
		p.do(func(l *dialog.Leg) error { return l.Ring(180, nil) })
	case <-time.After(patience):
		p.t.Fatal("the telephone does not ring")
	}
}

func (p *telephone) answers() {
	p.t.Helper()
	p.do(func(l *dialog.Leg) error { return l.Answer(message.SDP(p.voice.SDP(mediatest.Sketch{}))) })
}

// hears waits for a signal of its kind.
func hears[S dialog.Signal](p *telephone) S {
	p.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case s := <-p.signals:
			if want, ok := s.(S); ok {
				return want
			}
		case <-limit:
			var none S
			p.t.Fatalf("no %T came", none)
			return none
		}
	}
}

// hearsTone waits until a quarter of a second of a tone has come.
func (p *telephone) hearsTone(hz float64) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if got, err := p.voice.Await(ctx, func(ps mediatest.Packets) bool { return ps.Tone(hz) >= 12 }); err != nil {
		p.t.Fatalf("%s does not hear %g Hz: %v, %d packets", p.addr, hz, err, len(got))
	}
}

func TestSpec_X3_ExtensionDuringAMessageOnTheWire(t *testing.T) {
	carrier, desk, pocket := plug(t, "127.0.0.21"), plug(t, "127.0.0.22"), plug(t, "127.0.0.23")
	x := open(t, carrier.addr)
	carrier.knows(x, "")
	desk.knows(x, "bruno")
	pocket.knows(x, "bruno")

	carrier.calls("0199001234", message.SDP(carrier.voice.SDP(mediatest.Sketch{})))
	check(t, carrier.voice.Take(hears[dialog.Answered](carrier).Body.Bytes))
	carrier.hearsTone(400)
	carrier.voice.SendDigits("202")

	desk.rings()
	pocket.rings()
	pocket.answers()
	if got := hears[dialog.Cancelled](desk).Reason; got.Protocol != "SIP" || got.Cause != 200 {
		t.Errorf("the desk phone is told %+v, want SIP;cause=200", got)
	}
	hears[dialog.Confirmed](pocket)
	carrier.voice.Forget()
	carrier.voice.SendTone(700, 4*time.Second)
	pocket.voice.SendTone(900, 4*time.Second)
	pocket.hearsTone(700)
	carrier.hearsTone(900)

	if live := x.sw.Calls(); len(live) != 1 || live[0].Status != routing.CallAnswered {
		t.Errorf("in progress: %+v", live)
	}
	carrier.do(func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
	hears[dialog.Ended](pocket)

	select {
	case r := <-x.book.done:
		checkRecord(t, r)
	case <-time.After(patience):
		t.Fatal("no record")
	}
	if live := x.sw.Calls(); len(live) != 0 {
		t.Errorf("still in progress: %+v", live[0])
	}
}

func checkRecord(t *testing.T, r *routing.CallRecord) {
	t.Helper()
	if r.Outcome != routing.OutcomeAnswered || r.User != "bruno" || r.From != "+33639980101" || r.To != "+33199001234" || r.EndedBy != "caller" {
		t.Errorf("the record is %+v", r)
	}
	if len(r.Legs) != 3 || r.Legs[0].Codec != "PCMA" || r.Legs[0].PacketsIn == 0 {
		t.Errorf("legs are %+v", r.Legs)
	}
	var rows []string
	for _, step := range r.Ladder {
		first, _, _ := strings.Cut(step.Raw, "\r\n")
		rows = append(rows, strings.TrimPrefix(first, "SIP/2.0 "))
	}
	for _, want := range []string{"INVITE sip:0199001234@127.0.0.1", "180 ", "200 OK", "CANCEL", "487", "BYE"} {
		if !slices.ContainsFunc(rows, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("no %q in the ladder:\n%s", want, strings.Join(rows, "\n"))
		}
	}
}

func TestUnknownNumberOnTheWire(t *testing.T) {
	carrier := plug(t, "127.0.0.24")
	x := open(t, carrier.addr)
	carrier.knows(x, "")
	carrier.calls("0199999999", message.SDP(carrier.voice.SDP(mediatest.Sketch{})))
	if f := hears[dialog.Failed](carrier); f.Status != 404 {
		t.Errorf("refused with %d, want 404", f.Status)
	}
}

func TestSpec_C1_HoldAndTransferOnTheWire(t *testing.T) {
	carrier, bruno, chloe := plug(t, "127.0.0.25"), plug(t, "127.0.0.26"), plug(t, "127.0.0.27")
	x := open(t, carrier.addr)
	carrier.knows(x, "")
	bruno.knows(x, "bruno")
	chloe.knows(x, "chloe")
	carrier.calls("+33199001234", message.SDP(carrier.voice.SDP(mediatest.Sketch{})))
	check(t, carrier.voice.Take(hears[dialog.Answered](carrier).Body.Bytes))
	carrier.voice.SendDigits("202")
	bruno.rings()
	bruno.answers()
	hears[dialog.Confirmed](bruno)

	// On hold the caller hears music, and afterwards Bruno again.
	bruno.do(func(l *dialog.Leg) error {
		return l.Offer(message.SDP(bruno.voice.SDP(mediatest.Sketch{Direction: "sendonly", Version: 1})))
	})
	if got := hears[dialog.OfferEnded](bruno); got.Status != 200 || !strings.Contains(string(got.Body.Bytes), "a=recvonly") {
		t.Fatalf("hold is answered %d:\n%s", got.Status, got.Body.Bytes)
	}
	carrier.hearsTone(500)
	bruno.do(func(l *dialog.Leg) error { return l.Offer(message.SDP(bruno.voice.SDP(mediatest.Sketch{Version: 2}))) })
	hears[dialog.OfferEnded](bruno)
	carrier.voice.Forget()
	bruno.voice.SendTone(900, 4*time.Second)
	carrier.hearsTone(900)

	// Bruno hands the caller on to Chloé, and is out of it.
	bruno.do(func(l *dialog.Leg) error {
		return l.Refer(message.Party{Scheme: "sip", User: "203", Host: "tandem"}, "")
	})
	chloe.rings()
	chloe.answers()
	for {
		if p := hears[dialog.ReferProgress](bruno); p.Final {
			if p.Status != 200 {
				t.Errorf("Bruno is told %d", p.Status)
			}
			break
		}
	}
	hears[dialog.Ended](bruno)
	carrier.voice.Forget()
	carrier.voice.SendTone(700, 4*time.Second)
	chloe.voice.SendTone(1100, 4*time.Second)
	chloe.hearsTone(700)
	carrier.hearsTone(1100)
	chloe.do(func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
	hears[dialog.Ended](carrier)
	select {
	case r := <-x.book.done:
		if r.User != "chloe" || len(r.Legs) != 3 || r.EndedBy != "callee" {
			t.Errorf("the record is of %s, %d legs, ended by %s", r.User, len(r.Legs), r.EndedBy)
		}
	case <-time.After(patience):
		t.Fatal("no record")
	}
}

// Tell forgets.
func (s *shelf) Tell(*routing.CallEvent) error { return nil }

// Shift forgets.
func (s *shelf) Shift(routing.StatusChange) error { return nil }
