package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/sim"
)

// numberReader is somebody outside, a customer of the carrier.
const numberReader = "+33639980210"

// writings are one message of every channel that Alice writes on: long ones, accents, characters that GSM 7 bit has and has not, emoji of several characters,
// right to left.
func writings() []struct{ channel, text string } {
	return []struct{ channel, text string }{
		{"native", "Œuf à la coque : 3 € 🥚"},
		{"workspace", "Votre commande est prête, à tout à l'heure. " + strings.Repeat("Pain aux noix, {4 €} | ", 12)},
		{"cti", "Ça marche 👩🏽‍🍳👍🏿 مرحبا بكم שלום"},
		{"app", "Reçu. " + strings.Repeat("Croissant à 1,20 €, façon ancienne. ", 8)},
		{"api", strings.Repeat("Dix segments. ", 109)},
		{"sip_phone", "du téléphone de bureau, ça va ?"},
		{"native", "Long, du mobile : " + strings.Repeat("mie de pain 🍞 ", 15)},
	}
}

// write has Alice write on a channel.
func (p *post) write(channel, to, text string) {
	p.t.Helper()
	switch channel {
	case "native":
		p.ok(p.handset.Text(to, text))
	case "sip_phone":
		status, err := p.desk.Text(p.ctx, to, text)
		p.ok(err)
		if status/100 != 2 {
			p.t.Errorf("the SIP phone's message is answered %d", status)
		}
	default:
		p.sends(channel, to, text)
	}
}

// everyChannel is the story of SPEC M1 to M7: Alice writes on every channel, somebody answers, and every channel shows what it should, in one order. reads gives
// what that somebody has.
func (p *post) everyChannel(reads func(n int) []sim.Text) {
	p.t.Helper()
	p.signIn()
	p.desk = p.phone("alice-desk")
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	stream := p.tail(ctx, "")
	var want []string
	for i, w := range writings() {
		p.write(w.channel, numberReader, w.text)
		got := reads(i + 1)
		if last := got[len(got)-1]; len(got) != i+1 || last.Text != w.text || last.Peer != numberMobile {
			p.t.Errorf("%s: outside came %d messages, the last is %+v", w.channel, len(got), last)
		}
		want = append(want, "outbound "+w.channel+": "+w.text)
	}
	answer := "Merci, à bientôt ! " + strings.Repeat("🎉", 70)
	p.ok(p.carrier.Text(numberReader, numberMobile, answer))
	want = append(want, "inbound network: "+answer)
	p.shownEverywhere(answer)
	list := p.settled(len(want))
	p.agree()
	for i, m := range list {
		if m.line() != want[i] {
			p.t.Errorf("message %d is %q, want %q", i, m.line(), want[i])
		}
	}
	var told []string
	for len(told) < len(want) {
		e, open := <-stream
		if !open {
			p.t.Fatalf("the stream told of %q", told)
		}
		if e.Type != "message.status_updated" {
			told = append(told, e.Message.line())
		}
	}
	if !slices.Equal(told, want) {
		p.t.Errorf("the stream told of %q", told)
	}
}

// shownEverywhere wants what came in on the handset and the SIP phone, and nothing else there: not what was written on a screen (M3).
func (p *post) shownEverywhere(answer string) {
	p.t.Helper()
	inbox, err := p.handset.Inbox(p.ctx, 1)
	p.ok(err)
	if len(inbox) != 1 || inbox[0].Text != answer || inbox[0].Peer != numberReader {
		p.t.Errorf("the handset has %+v", inbox)
	}
	texts, err := p.desk.Texts(p.ctx, 1)
	p.ok(err)
	if len(texts) != 1 || texts[0].Body != answer {
		p.t.Errorf("the SIP phone has %+v", texts)
	}
	sent, err := p.handset.Settled(p.ctx, 2)
	p.ok(err)
	for _, s := range sent {
		if len(sent) != 2 || s.State == sim.TextFailed {
			p.t.Errorf("the handset's own messages are %+v", sent)
		}
	}
}

const byCarrier = `, connector = "Carrier SMS"`

func TestSpec_M1_M2_M3_M4_M5_M6_M7_EveryChannel_InPathOverSMPP(t *testing.T) {
	onPost(t, messageSite(byCarrier, carrierSMS, operatorSMS), func(o *office) *post {
		return o.messages(sim.BearerRadio, sim.PathIn, sim.Quirks{
			Source: sim.SourceIMSI, AsDialled: sim.DialledAsTyped, IDs: sim.IDsNone, Receipts: sim.ReceiptsLiteral,
		})
	}, func(p *post) { p.everyChannel(p.outside) })
}

func TestSpec_M1_M2_M3_M4_M5_M6_M7_EveryChannel_OverIMS(t *testing.T) {
	onPost(t, messageSite(byCarrier, carrierSMS, operatorIMS), func(o *office) *post {
		return o.messages(sim.BearerIMS, sim.PathEnd, sim.Quirks{})
	}, func(p *post) { p.everyChannel(p.outside) })
}

// outside is what a customer of the carrier has.
func (p *post) outside(n int) []sim.Text {
	p.t.Helper()
	list, err := p.carrier.Outside(p.ctx, numberReader, n)
	p.ok(err)
	return list
}

// In copy mode the operator delivers what the handset writes and gets, and every screen shows it once; what is written on a screen leaves by the carrier.
func TestSpec_M2_M4_M5_CopyMode(t *testing.T) {
	onPost(t, messageSite(byCarrier+`, path = "copy"`, carrierSMS, operatorSMS), func(o *office) *post {
		return o.messages(sim.BearerRadio, sim.PathCopy, sim.Quirks{})
	}, func(p *post) {
		p.signIn()
		p.desk = p.phone("alice-desk")
		p.ok(p.handset.Text(numberReader, "écrit sur le mobile"))
		native, err := p.core.SMSC().Outside(p.ctx, numberReader, 1)
		p.ok(err)
		p.shows("the copy", func(all []texted) bool { return len(all) == 1 })
		p.sends("workspace", numberReader, "écrit à l'écran")
		screen := p.outside(1)
		p.ok(p.core.Text(numberReader, numberMobile, "pour le mobile"))
		inbox, err := p.handset.Inbox(p.ctx, 1)
		p.ok(err)
		texts, err := p.desk.Texts(p.ctx, 1)
		p.ok(err)
		p.shows("every message once", func(all []texted) bool { return len(all) == 3 && all[1].State == "delivered" })
		list := p.agree()
		want := []string{"outbound native: écrit sur le mobile", "outbound workspace: écrit à l'écran", "inbound network: pour le mobile"}
		for i, m := range list {
			if m.line() != want[i] {
				p.t.Errorf("message %d is %q", i, m.line())
			}
		}
		if len(native) != 1 || len(screen) != 1 || len(inbox) != 1 || texts[0].Body != "pour le mobile" {
			p.t.Errorf("outside came %v and %v, to the handset %v, to the phone %v", native, screen, inbox, texts)
		}
	})
}

// Between the handset and the network everything comes twice, and a program repeats its request: each message is there once (M8). What nobody can be reached
// with says why (M7), and an emergency number is reached by the operator alone, as it was written (O4).
func TestSpec_M7_M8_O4_RepeatsFailuresAndEmergencies(t *testing.T) {
	onPost(t, messageSite(byCarrier, carrierSMS, operatorSMS), func(o *office) *post {
		return o.messages(sim.BearerRadio, sim.PathIn, sim.Quirks{Repeat: 100, Shuffle: 100, IDs: sim.IDsHex})
	}, func(p *post) {
		p.signIn()
		p.carrier.SetQuirks(sim.Quirks{Forget: 100, Shuffle: 100, Early: sim.EarlyReceipt})
		long := strings.Repeat("deux fois, dans le désordre 🥖 ", 10)
		p.ok(p.handset.Text(numberReader, long))
		p.outside(1)
		p.ok(p.carrier.Text(numberReader, numberMobile, long))
		_, err := p.handset.Inbox(p.ctx, 1)
		p.ok(err)
		p.carrier.Restart()
		p.ok(p.carrier.Bound(p.ctx, 2))
		first := p.sends("api", numberReader, "une fois", "Idempotency-Key", "cle-1")
		if again := p.sends("api", numberReader, "une fois", "Idempotency-Key", "cle-1"); again.ID != first.ID {
			p.t.Errorf("the request again made %s beside %s", again.ID, first.ID)
		}
		p.sends("workspace", "+33639980404", "à personne")
		p.sends("workspace", "+33639980480", "à un mobile éteint")
		p.ok(p.handset.Text("114", "au secours"))
		p.shows("all states", func(all []texted) bool {
			states := map[string]int{}
			for _, m := range all {
				states[m.State]++
			}
			return len(all) == 6 && states["failed"] == 2 && states["delivered"] >= 2 && states["received"] == 1
		})
		for _, m := range p.agree() {
			switch {
			case m.State == "failed" && m.Reason == nil:
				p.t.Errorf("%s failed without a reason", m.Body)
			case m.To == "114" && !m.Emergency:
				p.t.Errorf("the emergency is %+v", m)
			}
		}
		if got := p.outside(2); len(got) != 2 {
			p.t.Errorf("outside came %+v", got)
		}
		rescue, err := p.core.SMSC().Outside(p.ctx, "114", 1)
		p.ok(err)
		if len(rescue) != 1 || rescue[0].Text != "au secours" {
			p.t.Errorf("114 has %+v", rescue)
		}
		inbox, err := p.handset.Inbox(p.ctx, 1)
		p.ok(err)
		if len(inbox) != 1 {
			p.t.Errorf("the handset has %+v", inbox)
		}
	})
}

// Whoever was away gets what it missed, in order, on its return (M9): the handset, a SIP phone, and the App by the stream where it left off.
func TestSpec_M9_WhoWasAwayGetsWhatItMissed(t *testing.T) {
	onPost(t, messageSite(byCarrier, carrierSMS, operatorIMS), func(o *office) *post {
		return o.messages(sim.BearerIMS, sim.PathEnd, sim.Quirks{})
	}, func(p *post) {
		missed := many("TANDEM_MISSED", 300)
		p.signIn()
		p.desk = p.phone("alice-desk")
		ctx, stop := context.WithCancel(p.ctx)
		stream := p.tail(ctx, "")
		p.ok(p.carrier.Text(numberReader, numberMobile, "0"))
		last := <-stream
		stop()
		_, err := p.desk.Texts(p.ctx, 1)
		p.ok(err)
		_, err = p.handset.Inbox(p.ctx, 1)
		p.ok(err)
		p.handset.SetPower(sim.PowerOff)
		p.ok(p.desk.Register(p.ctx, 0))
		for n := range missed {
			p.ok(p.carrier.Text(numberReader, numberMobile, fmt.Sprint(n+1)))
		}
		p.shows("all", func(all []texted) bool { return len(all) == missed+1 })
		began := time.Now()
		p.handset.SetPower(sim.PowerOn)
		inbox, err := p.handset.Inbox(p.ctx, missed+1)
		p.ok(err)
		p.t.Logf("the handset had %d messages %v after it was on", missed, time.Since(began).Round(time.Millisecond))
		began = time.Now()
		p.ok(p.desk.Register(p.ctx, 600))
		texts, err := p.desk.Texts(p.ctx, missed+1)
		p.ok(err)
		p.t.Logf("the SIP phone had them %v after it registered", time.Since(began).Round(time.Millisecond))
		began = time.Now()
		ctx, stop = context.WithCancel(p.ctx)
		defer stop()
		stream = p.tail(ctx, last.ID)
		list := p.agree()
		for n := range missed + 1 {
			want := fmt.Sprint(n)
			if list[n].Body != want || inbox[n].Text != want || texts[n].Body != want {
				p.t.Fatalf("message %d: the list has %q, the handset %q, the SIP phone %q", n, list[n].Body, inbox[n].Text, texts[n].Body)
			}
		}
		for n := 1; n <= missed; {
			e, open := <-stream
			if !open {
				p.t.Fatalf("the stream ended at %d", n)
			}
			if e.Type == "message.received" {
				if e.Message.Body != fmt.Sprint(n) {
					p.t.Fatalf("the stream told of %q, not of %d", e.Message.Body, n)
				}
				n++
			}
		}
		p.t.Logf("the App had them %v after it was back", time.Since(began).Round(time.Millisecond))
	})
}
