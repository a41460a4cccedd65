package e2e

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
	"tandem/mobilecore/ims"
	"tandem/mobilecore/sms"
	"tandem/sim/scscf"
)

const (
	smsCentre = "+33609001390"
	longText  = "Où êtes-vous ? Le cœur, l'île, ça, 12 € 👩🏾‍🚀👍🏽 مرحبا "
)

// aroundTexts opens the office and the core, whose short messages pass by us.
func aroundTexts(t *testing.T) *realCore {
	t.Helper()
	return aroundCore(t, scscf.Regular, coreSite()+`
[[connectors]]
name = "core sms"
kind = "ims"
role = "operator"
operator = "Core"
centre = "`+smsCentre+`"
in_doubt = "retry"
`, ims.NotesCome)
}

// messenger is native messaging of a handset, or the operator's service centre.
type messenger struct {
	r         *realCore
	p         *softphone.Phone
	number    string
	way       sms.Way // of what it sends
	reference byte
}

// handsetTexts is a handset that is on.
func (r *realCore) handsetTexts(at, number string) *messenger {
	r.o.t.Helper()
	p := r.line(at, number)
	r.registers(p, number, 600)
	return &messenger{r: r, p: p, number: number, way: sms.ToCentre}
}

// centre is the operator's service centre, which is where everybody is who is no subscriber.
func (r *realCore) centre() *messenger {
	r.o.t.Helper()
	return &messenger{r: r, p: r.line(".201:5060", smsCentre), number: smsCentre, way: sms.ToHandset}
}

// sends sends an RP message, and wants it accepted.
func (m *messenger) sends(to string, rp sms.RP, headers ...string) (callID string, body []byte) {
	t := m.r.o.t
	t.Helper()
	b, err := rp.Append(nil)
	m.r.o.ok(err)
	if m.way == sms.ToCentre {
		headers = append(headers, fmt.Sprintf("Route: <sip:orig@%s;lr>", m.r.core.Addr()))
	}
	headers = append(headers, fmt.Sprintf("P-Asserted-Identity: <sip:%s@%s>", m.number, imsDomain))
	answer, err := m.p.Ask(m.r.o.ctx, fmt.Sprintf("MESSAGE sip:%[1]s@%[2]s SIP/2.0\r\nVia: {via}\r\nFrom: <sip:%[3]s@%[2]s>;tag={tag}\r\nTo: <sip:%[1]s@%[2]s>\r\nCall-ID: {id}\r\n"+
		"CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n%[4]s\r\nContent-Type: application/vnd.3gpp.sms\r\nContent-Length: %[5]d\r\n\r\n%[6]s",
		to, imsDomain, m.number, strings.Join(headers, "\r\n"), len(b), b))
	m.r.o.ok(err)
	if answer.Status/100 != 2 {
		t.Fatalf("%s's MESSAGE was answered %d %s", m.number, answer.Status, answer.Phrase)
	}
	return answer.Get("Call-ID"), b
}

// data sends a unit, and gives the Call-ID and the octets of it.
func (m *messenger) data(to string, u sms.TPDU) (callID string, body []byte) {
	m.r.o.t.Helper()
	unit, err := u.Append(nil)
	m.r.o.ok(err)
	m.reference++
	rp := sms.RP{Kind: sms.RPData, Way: m.way, Reference: m.reference, Unit: unit}
	if m.way == sms.ToCentre {
		rp.To = sms.AddressOf(smsCentre)
	} else {
		rp.From = sms.AddressOf(smsCentre)
	}
	return m.sends(to, rp)
}

// writes sends a text to a number, and wants each segment acknowledged.
func (m *messenger) writes(to, text string) {
	m.r.o.t.Helper()
	message, err := sms.Plan(text, sms.Options{Reference: uint16(m.reference)})
	m.r.o.ok(err)
	for _, s := range message.Segments {
		data, err := sms.UserDataOf(message, s)
		m.r.o.ok(err)
		callID, _ := m.data(smsCentre, &sms.Submit{Reference: m.reference, To: sms.AddressOf(to), Data: data})
		m.acknowledged(callID)
	}
}

// acknowledged wants the RP-ACK on what was sent last.
func (m *messenger) acknowledged(callID string) {
	m.r.o.t.Helper()
	heard, rp := m.hears()
	if rp.Kind != sms.RPAck || rp.Reference != m.reference || rp.Way == m.way || callID != "" && heard.Get("In-Reply-To") != callID {
		m.r.o.t.Fatalf("%s is answered %+v to %q, want RP-ACK %d to %q", m.number, rp, heard.Get("In-Reply-To"), m.reference, callID)
	}
}

// hears waits for the next MESSAGE.
func (m *messenger) hears() (wire.Message, sms.RP) {
	m.r.o.t.Helper()
	heard, err := m.p.Note(m.r.o.ctx)
	m.r.o.ok(err)
	rp, err := sms.ParseRP(heard.Body)
	m.r.o.ok(err)
	return heard, rp
}

// gets waits for the segments of a text, and acknowledges each.
func (m *messenger) gets() (text, from string) {
	m.r.o.t.Helper()
	var chunks []sms.Chunk
	for {
		heard, rp := m.hears()
		unit, err := rp.TPDU()
		m.r.o.ok(err)
		answer := sms.RP{Kind: sms.RPAck, Way: m.way, Reference: rp.Reference}
		back, data := "", sms.UserData{}
		switch u := unit.(type) {
		case *sms.Deliver:
			back, from, data = smsCentre, u.From.String(), u.Data
		case *sms.Submit:
			back, from, data = numberIn(heard.Get("From")), numberIn(heard.Get("From")), u.Data
			b, err := (&sms.SubmitReport{At: time.Now()}).Append(nil)
			m.r.o.ok(err)
			answer.Unit = b
		default:
			m.r.o.t.Fatalf("%s got %+v", m.number, unit)
		}
		m.sends(back, answer, "In-Reply-To: "+heard.Get("Call-ID"))
		chunks = append(chunks, data.Chunk())
		if c, part := data.Header.Concat(); !part || c.Number == c.Total {
			return sms.Join(chunks...), from
		}
	}
}

// numberIn is the number in a name-addr.
func numberIn(party string) string {
	_, rest, _ := strings.Cut(party, "sip:")
	number, _, _ := strings.Cut(rest, "@")
	return number
}

// keptText is a message as the API shows it.
type keptText struct {
	Direction, Channel, State, From, To, Body string
	Emergency                                 bool
}

// kept waits until the store has that many messages which are in no state that will change; the newest comes first.
func (r *realCore) kept(n int, state string) []keptText {
	r.o.t.Helper()
	for {
		var page struct{ Data []keptText }
		r.o.read("/api/v1/messages?limit=200", &page)
		if len(page.Data) >= n && (state == "" || page.Data[0].State == state) {
			return page.Data
		}
		select {
		case <-r.o.ctx.Done():
			r.o.t.Fatalf("the store has %+v, want %d and the last %s: %v", page.Data, n, state, context.Cause(r.o.ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// One subscriber writes to another on the handset, in parts: we answer as the centre, keep it once for each of them, and bring it to the other's handset.
func TestSpec_M2_M4_M5_M6_RealCore_OneHandsetWritesToAnother(t *testing.T) {
	r := aroundTexts(t)
	alice, bruno := r.handsetTexts(".210:5060", numberAlice), r.handsetTexts(".211:5060", numberBruno)
	text := strings.Repeat(longText, 6)
	read := make(chan string, 1)
	go func() {
		got, _ := bruno.gets()
		read <- got
	}()
	alice.writes("0639980009", text)
	select {
	case got := <-read:
		if got != text {
			t.Errorf("Bruno reads %q, want %q", got, text)
		}
	case <-r.o.ctx.Done():
		t.Fatal("Bruno got nothing")
	}
	all := r.kept(2, "")
	for _, m := range all {
		if m.Body != text || m.From != numberAlice || m.To != numberBruno {
			t.Errorf("the store has %+v", m)
		}
	}
	if len(all) != 2 || all[0].Direction == all[1].Direction {
		t.Errorf("the store has %d messages: %+v", len(all), all)
	}
}

// What only the core can carry goes on to its centre as it came, and is kept; what its centre sends is kept and reaches the handset; and an emergency is not touched.
func TestSpec_M1_M5_M8_O4_RealCore_TheCentreAndTheHandset(t *testing.T) {
	r := aroundTexts(t)
	alice, centre := r.handsetTexts(".210:5060", numberAlice), r.centre()
	for i, to := range []string{numberOutside, "114"} {
		septets, _ := sms.EncodeGSM7("où êtes"[:3] + " [" + to + "]")
		callID, sent := alice.data(smsCentre, &sms.Submit{Reference: byte(40 + i), To: sms.AddressOf(to), Data: sms.UserData{Octets: septets}, Report: true})
		heard, rp := centre.hears()
		if !bytes.Equal(heard.Body, sent) {
			t.Errorf("the centre gets\n%x, Alice sent\n%x", heard.Body, sent)
		}
		if heard.Get("Call-ID") != callID || !strings.Contains(heard.Get("P-Asserted-Identity"), numberAlice) {
			t.Errorf("the centre is asked in another call: %v", heard.Head)
		}
		centre.sends(numberAlice, sms.RP{Kind: sms.RPAck, Way: sms.ToHandset, Reference: rp.Reference}, "In-Reply-To: "+callID)
		alice.acknowledged(callID)
		if m := r.kept(i+1, "sent")[0]; m.Channel != "native" || m.To != to || m.Emergency != (to == "114") {
			t.Errorf("the store has %+v", m)
		}
	}
	unit := &sms.Deliver{From: sms.AddressOf(numberOutside), At: time.Now(), Data: sms.UserData{DCS: 8, Octets: sms.EncodeUCS2("ça va ? 👍🏽")}}
	for range 2 { // the centre hears no report, and tries again
		callID, sent := centre.data(numberAlice, unit)
		heard, rp := alice.hears()
		if !bytes.Equal(heard.Body, sent) {
			t.Errorf("Alice gets\n%x, the centre sent\n%x", heard.Body, sent)
		}
		alice.sends(smsCentre, sms.RP{Kind: sms.RPAck, Way: sms.ToCentre, Reference: rp.Reference}, "In-Reply-To: "+callID)
		centre.acknowledged(callID)
	}
	if all := r.kept(3, ""); len(all) != 3 || all[0].Direction != "inbound" || all[0].Body != "ça va ? 👍🏽" {
		t.Errorf("the store has %d messages: %+v", len(all), all)
	}
}

// A program writes from the direct number: the centre gets it in the subscriber's name, and what it reports is the message's state. Then we are killed: handset and
// centre go on without us.
func TestSpec_M1_M7_RealCore_AScreenWritesAndWeAreKilled(t *testing.T) {
	r := aroundTexts(t)
	alice, centre := r.handsetTexts(".210:5060", numberAlice), r.centre()
	var report sms.StatusReport
	r.o.post("/api/v1/messages", fmt.Sprintf(`{"from": %q, "to": %q, "body": "de l'écran"}`, numberAlice, numberOutside))
	heard, rp := centre.hears()
	unit, err := rp.TPDU()
	r.o.ok(err)
	submit, is := unit.(*sms.Submit)
	if !is || submit.To.String() != numberOutside || submit.Data.Text() != "de l'écran" || numberIn(heard.Get("P-Asserted-Identity")) != numberAlice || !submit.Report {
		t.Fatalf("the centre gets %+v of %s", unit, heard.Get("P-Asserted-Identity"))
	}
	report = sms.StatusReport{Reference: submit.Reference, To: submit.To, At: time.Now().Truncate(time.Second), Done: time.Now()}
	taken, err := (&sms.SubmitReport{At: report.At}).Append(nil)
	r.o.ok(err)
	centre.sends(numberAlice, sms.RP{Kind: sms.RPAck, Way: sms.ToHandset, Reference: rp.Reference, Unit: taken}, "In-Reply-To: "+heard.Get("Call-ID"))
	r.kept(1, "sent")
	centre.data(numberAlice, &report)
	r.kept(1, "delivered")
	alice.hears() // it is told too, and does nothing with it

	r.o.stop(syscall.SIGKILL)
	callID, sent := alice.data(smsCentre, &sms.Submit{To: sms.AddressOf(numberOutside), Data: sms.UserData{Octets: []byte("still")}})
	heard, rp = centre.hears()
	if !bytes.Equal(heard.Body, sent) {
		t.Errorf("without us the centre gets %x, want %x", heard.Body, sent)
	}
	centre.sends(numberAlice, sms.RP{Kind: sms.RPAck, Way: sms.ToHandset, Reference: rp.Reference}, "In-Reply-To: "+callID)
	alice.acknowledged(callID)
}
