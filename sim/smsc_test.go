package sim_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/smpp"
	"tandem/sim"
)

// program is an ESME that takes what it is given, and notes it.
type program struct {
	t    *testing.T
	conn net.Conn

	mu      sync.Mutex
	last    uint32
	waits   map[uint32]chan *smpp.PDU
	says    smpp.Status // to what it is given
	given   []*smpp.SM
	alerts  []*smpp.Alert
	order   []string // commands as they came
	changed chan struct{}
}

// binds lets a program bind to a centre.
func binds(t *testing.T, c *sim.SMSC) *program {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", c.Addr().String())
	must(t, err)
	p := &program{t: t, conn: conn, waits: make(map[uint32]chan *smpp.PDU), changed: make(chan struct{})}
	t.Cleanup(func() { _ = conn.Close() })
	go p.read()
	resp := p.ask(t.Context(), &smpp.BindRequest{Command: smpp.BindTransceiver, SystemID: "tandem", Password: "secret", Version: smpp.Version34})
	if resp.Status != smpp.ROK {
		t.Fatalf("bound with %v", resp.Status)
	}
	p.ask(t.Context(), &smpp.Plain{Command: smpp.EnquireLink}) // Its answer follows once the centre counts the bind.
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = slices.DeleteFunc(p.order, func(name string) bool { return name == smpp.EnquireLinkResp.String() })
	return p
}

func (p *program) read() {
	in := bufio.NewReader(p.conn)
	for {
		octets, err := smpp.Read(in)
		if err != nil {
			return
		}
		m, err := smpp.Decode(octets)
		if err != nil {
			p.t.Errorf("the centre sent what cannot be read: %v", err)
			return
		}
		p.take(m)
	}
}

func (p *program) take(m *smpp.PDU) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = append(p.order, m.Command().String())
	switch b := m.Body.(type) {
	case *smpp.SM:
		if p.says == smpp.ROK {
			p.given = append(p.given, b)
		}
		p.writeLocked(&smpp.PDU{Status: p.says, Sequence: m.Sequence, Body: &smpp.SMResponse{Command: b.Command.Response()}})
	case *smpp.Alert:
		p.alerts = append(p.alerts, b)
	default:
		if w := p.waits[m.Sequence]; w != nil {
			w <- m
		}
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *program) writeLocked(m *smpp.PDU) {
	octets, err := m.Append(nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	_, _ = p.conn.Write(octets)
}

func (p *program) ask(ctx context.Context, b smpp.Body) *smpp.PDU {
	p.t.Helper()
	came := make(chan *smpp.PDU, 1)
	p.mu.Lock()
	p.last++
	p.waits[p.last] = came
	p.writeLocked(&smpp.PDU{Sequence: p.last, Body: b})
	p.mu.Unlock()
	select {
	case m := <-came:
		return m
	case <-ctx.Done():
		p.t.Fatal("no response")
		return nil
	}
}

// submits sends a text on, as somebody's, and gives the response.
func (p *program) submits(ctx context.Context, from, to, text string) *smpp.PDU {
	p.t.Helper()
	sm := &smpp.SM{
		Command: smpp.SubmitSM, Source: address(from), Destination: address(to), Registered: smpp.ReceiptFinal, DataCoding: 3, Short: []byte(text),
	}
	return p.ask(ctx, sm)
}

func address(n string) smpp.Address {
	if digits, is := strings.CutPrefix(n, "+"); is {
		return smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: digits}
	}
	return smpp.Address{NPI: smpp.NPIISDN, Number: n}
}

// until waits for something about the program.
func (p *program) until(ctx context.Context, what string, is func() bool) {
	p.t.Helper()
	for {
		p.mu.Lock()
		ok, changed := is(), p.changed
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			p.t.Fatalf("%s: never; it was given %d", what, len(p.given))
		}
	}
}

// gets waits until the program was given that many messages.
func (p *program) gets(ctx context.Context, n int) []*smpp.SM {
	p.t.Helper()
	var all []*smpp.SM
	p.until(ctx, fmt.Sprintf("%d messages", n), func() bool {
		all = slices.Clone(p.given)
		return len(all) >= n
	})
	return all
}

// centre opens a mobile network whose messages go by SMPP.
func centre(t *testing.T, path sim.Path, quirks sim.Quirks) (*sim.Core, *sim.Handset, context.Context) {
	t.Helper()
	core, _, ctx := network(t, func(c *sim.CoreConfig) {
		c.Bearer, c.Timing.Message = sim.BearerRadio, time.Millisecond
		c.SMSC = sim.SMSCConfig{Bind: "127.0.0.1:0", Quirks: quirks, Seed: 1, ESMEs: []sim.ESME{{
			SystemID: "tandem", Password: "secret", Path: path, Numbers: []string{alice}, Absent: sim.AbsentWithoutIt,
		}}}
	})
	return core, on(core, alice, bruno), ctx
}

// In the path, with the habits of OsmoMSC: what a handset writes and what comes for it goes to the program, with the IMSI as its source, the destination as it
// was typed, and the handset's own reference; to the handset comes only what the program submits. Without a bind messages go their way.
func TestTheProgramStandsInThePath(t *testing.T) {
	core, handset, ctx := centre(t, sim.PathIn, sim.Quirks{Source: sim.SourceIMSI, AsDialled: sim.DialledAsTyped, IDs: sim.IDsNone, Receipts: sim.ReceiptsLiteral})
	must(t, handset.Text("0639980101", "sans toi"))
	if list, err := core.SMSC().Outside(ctx, "+33639980101", 1); err != nil || list[0].Text != "sans toi" || list[0].Peer != alice {
		t.Errorf("outside came %v", list)
	}
	p := binds(t, core.SMSC())
	must(t, handset.Text("0639980101", "Ça va ?"))
	sm := p.gets(ctx, 1)[0]
	if sm.Source != (smpp.Address{TON: smpp.TONSubscriber, NPI: smpp.NPILandMobile, Number: "208010000000007"}) || sm.Destination != (smpp.Address{NPI: smpp.NPIISDN, Number: "0639980101"}) ||
		sm.ServiceType != "CMT" || sm.ESMClass != smpp.ModeDatagram || sm.DataCoding != 0 || sm.Reference() != 2 {
		t.Errorf("a handset's message came as %+v", sm)
	}
	sent, err := handset.Settled(ctx, 2)
	must(t, err)
	if sent[1].State != sim.TextSent {
		t.Errorf("sent %v", sent)
	}
	must(t, core.Text("+33639980101", alice, "Et toi ?"))
	if sm = p.gets(ctx, 2)[1]; sm.Source != address("+33639980101") || sm.Destination != address(alice) || string(sm.Short) != "Et toi ?" {
		t.Errorf("a message for a handset came as %+v", sm)
	}
	resp := p.submits(ctx, "+33639980101", alice, "Et toi ?")
	if id := resp.Body.(*smpp.SMResponse).MessageID; resp.Status != smpp.ROK || id != "msg_id_not_implemented" {
		t.Errorf("answered %v %q", resp.Status, id)
	}
	inbox, err := handset.Inbox(ctx, 1)
	must(t, err)
	if len(inbox) != 1 || inbox[0].Text != "Et toi ?" || inbox[0].Peer != "+33639980101" {
		t.Errorf("the handset has %v", inbox)
	}
	receipt := p.gets(ctx, 3)[2]
	if got := string(receipt.Short); receipt.ESMClass != smpp.TypeReceipt || receipt.Source != address(alice) || receipt.TLVs.Get(smpp.TagReceiptedMessageID) != nil ||
		got != "id:01000002 sub:000 dlvrd:000 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000 text:" {
		t.Errorf("the receipt is %q: %+v", got, receipt)
	}
	if len(p.gets(ctx, 3)) != 3 || len(core.SMSC().Passed()) != 4 {
		t.Errorf("passed %v", core.SMSC().Passed())
	}
}

// In copy mode everything goes its way, and the program gets it too.
func TestTheProgramGetsACopy(t *testing.T) {
	core, handset, ctx := centre(t, sim.PathCopy, sim.Quirks{})
	p := binds(t, core.SMSC())
	must(t, handset.Text(bruno, "pour toi"))
	inbox, err := core.Handset(bruno).Inbox(ctx, 1)
	must(t, err)
	p.gets(ctx, 1) // the copy may come later than what it is of
	must(t, core.Text("+33639980101", alice, "pour Alice"))
	own, err := handset.Inbox(ctx, 1)
	must(t, err)
	copies := p.gets(ctx, 2)
	if inbox[0].Text != "pour toi" || own[0].Text != "pour Alice" || copies[0].Source != address(alice) || copies[1].Destination != address(alice) {
		t.Errorf("came %v and %v, copies %+v", inbox, own, copies)
	}
}

// A long message, accents and emoji come whole, by the radio and by SMPP, also where its segments come out of order and twice.
func TestLongMessagesComeWhole(t *testing.T) {
	core, handset, ctx := centre(t, sim.PathIn, sim.Quirks{Shuffle: 100, Repeat: 100})
	long := strings.Repeat("Œuf à la coque, 1 € 👩🏽‍🍳 ; ", 12)
	must(t, handset.Text(bruno, long))
	got, err := core.Handset(bruno).Inbox(ctx, 1)
	must(t, err)
	if got[0].Text != long {
		t.Errorf("came %q", got[0].Text)
	}
	p := binds(t, core.SMSC())
	must(t, core.Text("+33639980101", alice, long))
	parts := p.gets(ctx, 2)
	n := int(parts[0].Octets()[4])
	if parts = p.gets(ctx, 2*n); n < 5 || !parts[0].ESMClass.UDHI() || parts[0].DataCoding != 8 {
		t.Fatalf("%d segments: %+v", n, parts[0])
	}
	if parts[0].Octets()[5] == 1 && parts[1].Octets()[5] == 2 && parts[2].Octets()[5] == 3 {
		t.Error("they came in order")
	}
	given := map[byte]bool{}
	for _, part := range parts {
		number := part.Octets()[5]
		if given[number] {
			continue
		}
		given[number] = true
		p.ask(ctx, &smpp.SM{
			Command: smpp.SubmitSM, Source: part.Source, Destination: part.Destination, ESMClass: smpp.FeatureUDHI, DataCoding: 8, Short: part.Short,
		})
	}
	got, err = handset.Inbox(ctx, 1)
	must(t, err)
	if got[0].Text != long {
		t.Errorf("came %q", got[0].Text)
	}
}

// A handset that is full, off or not covered: the centre tries again, and tells the program when it is back, more than once.
func TestAHandsetThatTakesNothing(t *testing.T) {
	core, handset, ctx := centre(t, sim.PathIn, sim.Quirks{FullRetry: 20 * time.Millisecond, AbsentRetry: time.Hour, Alerts: 3})
	p := binds(t, core.SMSC())
	handset.SetMemory(1)
	for _, text := range []string{"un", "deux"} {
		if resp := p.submits(ctx, "+33639980101", alice, text); resp.Status != smpp.ROK {
			t.Fatalf("answered %v", resp.Status)
		}
	}
	list, err := handset.Inbox(ctx, 1)
	must(t, err)
	if len(list) != 1 {
		t.Errorf("came %v", list)
	}
	handset.Erase()
	list, err = handset.Inbox(ctx, 1)
	must(t, err)
	if list[0].Text != "deux" {
		t.Errorf("came %v", list)
	}
	handset.SetMemory(0)
	p.gets(ctx, 2) // Two receipts.
	handset.SetPower(sim.PowerOff)
	p.submits(ctx, "+33639980101", alice, "trois")
	must(t, core.SMSC().Missed(ctx, alice))
	handset.SetPower(sim.PowerOn)
	_, err = handset.Inbox(ctx, 2)
	must(t, err)
	p.until(ctx, "alerts", func() bool { return len(p.alerts) == 3 })
	if p.alerts[0].Source.Number != "208010000000007" || !p.alerts[0].Available() {
		t.Errorf("alerted of %+v", p.alerts[0])
	}
}

// What the program did not answer when the centre went down is given again, and what it submitted is not lost.
func TestTheCentreRestarts(t *testing.T) {
	core, handset, ctx := centre(t, sim.PathIn, sim.Quirks{Delay: 10 * time.Millisecond, Forget: 100})
	p := binds(t, core.SMSC())
	must(t, core.Text("+33639980101", alice, "oubli"))
	p.gets(ctx, 1)
	p.submits(ctx, "+33639980101", alice, "reste")
	p.mu.Lock() // It answers nothing.
	for range 20 {
		must(t, core.Text("+33639980101", alice, "encore"))
	}
	_ = p.conn.Close()
	p.mu.Unlock()
	core.SMSC().Restart()
	again := binds(t, core.SMSC())
	again.until(ctx, "what was forgotten and what was not answered", func() bool {
		times := make(map[string]int) // The receipt of "reste" comes among them, whenever its message is read.
		for _, m := range again.given {
			times[string(m.Short)]++
		}
		return times["oubli"] == 1 && times["encore"] == 20
	})
	_, err := handset.Inbox(ctx, 1)
	must(t, err)
}

// Every way in which a centre refuses, names and tells.
func TestQuirksOfTheCentre(t *testing.T) {
	core, _, ctx := centre(t, sim.PathIn, sim.Quirks{IDs: sim.IDsHex, Throttle: 3, Full: 4, Early: sim.EarlyReceipt})
	p := binds(t, core.SMSC())
	var said []smpp.Status
	for range 4 {
		said = append(said, p.submits(ctx, alice, "+33639980101", "essai").Status)
	}
	if !slices.Equal(said, []smpp.Status{smpp.ROK, smpp.ROK, smpp.RTHROTTLED, smpp.RMSGQFUL}) {
		t.Errorf("answered %v", said)
	}
	p.mu.Lock()
	order := slices.Clone(p.order)
	p.mu.Unlock()
	if !slices.Equal(order[1:3], []string{"deliver_sm", "submit_sm_resp"}) {
		t.Errorf("the receipt did not come first: %q", order)
	}
	core.SMSC().SetQuirks(sim.Quirks{Unknown: sim.DestinationAccepted})
	if got := p.submits(ctx, alice, "+33639980404", "?").Status; got != smpp.ROK {
		t.Errorf("nobody's number: %v", got)
	}
	if sm := p.gets(ctx, 3)[2]; !strings.Contains(string(sm.Short), "stat:UNDELIV err:001") {
		t.Errorf("the receipt says %q", sm.Short)
	}
	core.SMSC().SetQuirks(sim.Quirks{})
	if got := p.submits(ctx, alice, "+33639980404", "?").Status; got != smpp.RINVDSTADR {
		t.Errorf("nobody's number: %v", got)
	}
	for range 20 {
		p.submits(ctx, alice, "+33639980101", "essai")
	}
	core.SMSC().SetQuirks(sim.Quirks{IDs: sim.IDsHex})
	hex := p.submits(ctx, alice, "+33639980101", "essai").Body.(*smpp.SMResponse).MessageID
	if last := p.gets(ctx, 24)[23]; hex != "1000018" || !strings.HasPrefix(string(last.Short), "id:16777240 ") {
		t.Errorf("named %q, in the receipt %q", hex, last.Short)
	}
}

// Two centres: one is a carrier whose people answer, the other binds to it and has a person of its own.
func TestACarrierAndAClient(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	carrier, err := sim.OpenSMSC(ctx, sim.SMSCConfig{Bind: "127.0.0.1:0", ESMEs: []sim.ESME{{SystemID: "tandem", Password: "secret"}}})
	must(t, err)
	defer carrier.Close()
	client, err := sim.OpenSMSC(ctx, sim.SMSCConfig{ESMEs: []sim.ESME{{SystemID: "tandem", Password: "secret", Address: carrier.Addr().String()}}})
	must(t, err)
	defer client.Close()
	must(t, client.Bound(ctx, 1))
	for number, want := range map[string]string{"+33639980600": "Bonjour", "+33639980987": "STOP", "+33639980999": "Bien reçu : « Bonjour »"} {
		must(t, client.Text("+33199001234", number, "Bonjour"))
		if list, err := client.Outside(ctx, "+33199001234", 1); err != nil || !slices.ContainsFunc(list, func(m sim.Text) bool { return m.Peer == number && m.Text == want }) {
			must(t, client.Pass(ctx, want, func(p sim.Passed) bool { return p.From == number && p.Text == want }))
		}
	}
}

// Over IP (TS 24.341), through the application server both ways: long messages, reports by RP-ACK, a receipt, a handset without room that says when it has some
// (RP-SMMA), and one that was off.
func TestMessagesOverIP(t *testing.T) {
	core, _, ctx := network(t, func(c *sim.CoreConfig) { c.SMSC.Quirks = sim.Quirks{FullRetry: time.Hour, AbsentRetry: time.Hour} })
	handset, other := on(core, alice, bruno), core.Handset(bruno)
	handset.SetReports(sim.WantsReport)
	long := strings.Repeat("à la carte, 5 € 🎂 ", 10)
	must(t, handset.Text(bruno, long))
	got, err := other.Inbox(ctx, 1)
	must(t, err)
	if got[0].Text != long || got[0].Peer != alice {
		t.Errorf("came %v", got)
	}
	must(t, handset.Reported(ctx, 1))
	other.SetMemory(1)
	must(t, handset.Text(bruno, "il y a de la place ?"))
	must(t, core.Text("+33639980101", bruno, "et pour moi ?"))
	_, err = handset.Settled(ctx, 2)
	must(t, err)
	other.Erase()
	got, err = other.Inbox(ctx, 1)
	must(t, err)
	if got[0].Text != "il y a de la place ?" && got[0].Text != "et pour moi ?" {
		t.Errorf("came %v", got)
	}
	other.SetMemory(0)
	_, err = other.Inbox(ctx, 2)
	must(t, err)
	other.SetPower(sim.PowerOff)
	must(t, core.Text("+33639980101", bruno, "dors bien"))
	must(t, core.SMSC().Missed(ctx, bruno))
	other.SetPower(sim.PowerOn)
	_, err = other.Inbox(ctx, 3)
	must(t, err)
	if f := core.Faults(); len(f) > 0 {
		t.Error(f)
	}
}
