package overip_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/messaging"
	"tandem/messaging/messagingtest"
	"tandem/mobilecore/sms"
	"tandem/sip"
	"tandem/sip/message"
)

const long = "Où êtes-vous ? Le cœur, l'île 👩🏾‍🚀 "

func TestSpec_M1_M4_M6_AHandsetsMessageIsTakenOver(t *testing.T) {
	inCore(t, func(c *core) {
		air := &messagingtest.Carrier{}
		defer c.office.Attach(messaging.Route(messagingtest.ByAir), air)()
		text := strings.Repeat(long, 8)
		notes := c.writes("0612345678", text, sms.Options{Reference: 9})
		for i, n := range notes {
			if a := c.hears(n); a.is() != 202 {
				t.Fatalf("segment %d was answered %d", i, a.is())
			}
		}
		if got := air.Bodies(); len(got) != 1 || got[0] != text {
			t.Errorf("the carrier got %q", got)
		}
		all := c.messages()
		if len(all) != 1 || all[0].Body != text || all[0].Channel != messaging.ChannelNative || all[0].Peer != other || all[0].Own != alice {
			t.Errorf("the store has %+v", all)
		}
		for i, m := range c.texts() {
			rp, err := sms.ParseRP(m.Body.Bytes)
			if err != nil || rp.Kind != sms.RPAck || rp.Way != sms.ToHandset || m.Asked != "sip:+33639980101@ims.example;user=phone" {
				t.Errorf("the handset is answered %+v %v at %s", rp, err, m.Asked)
			}
			if unit, err := rp.TPDU(); err != nil || unit.(*sms.SubmitReport).Failure != 0 {
				t.Errorf("with %+v %v", unit, err)
			}
			if v := value(m, "In-Reply-To"); v+" 1" != notes[i].Reference || m.From.User != centre {
				t.Errorf("In-Reply-To %s from %s", v, m.From.User)
			}
		}
		if n := len(c.texts()); n != len(notes) {
			t.Errorf("%d answers to %d segments", n, len(notes))
		}
	})
}

func value(m sip.Text, name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

func TestSpec_M8_AHandsetThatAsksAgainIsAnsweredAgain(t *testing.T) {
	inCore(t, func(c *core) {
		unit := &sms.Submit{Reference: 5, To: sms.AddressOf("0612345678"), Data: sms.UserData{Octets: []byte("once")}}
		c.hears(c.mo(unit, 1))
		unit.NoRepeats = true // as a handset does the second time
		if a := c.hears(c.mo(unit, 2)); a.is() != 202 {
			t.Errorf("the repeat was answered %d", a.is())
		}
		if all, texts := c.messages(), c.texts(); len(all) != 1 || len(texts) != 2 {
			t.Errorf("%d messages, %d answers", len(all), len(texts))
		}
		unit.Data.Octets = []byte("twice") // a handset that never counts
		c.hears(c.mo(unit, 3))
		if all := c.messages(); len(all) != 2 {
			t.Errorf("%d messages after another one with that reference", len(all))
		}
	})
}

func TestWhatNoOtherCarriesIsKeptAndPassedOn(t *testing.T) {
	inCore(t, func(c *core) {
		c.house.Post().Lines[alice].Route = messagingtest.ByIMS
		if a := c.hears(c.writes("0612345678", "by the core", sms.Options{})[0]); a.is() != passed {
			t.Errorf("it was answered %d", a.is())
		}
		if all := c.messages(); len(all) != 1 || all[0].State != messaging.StateSent || len(c.texts()) != 0 {
			t.Errorf("the store has %+v; sent %d", all, len(c.texts()))
		}
		desk := c.writes("0123456789", "to a number of ours", sms.Options{})[0]
		if a := c.hears(desk); a.is() != 202 || len(c.messages()) != 3 {
			t.Errorf("to a number of ours: answered %d, %d messages", a.is(), len(c.messages()))
		}
	})
}

func TestSpec_O4_EmergenciesGoOnAtOnceAndAreKept(t *testing.T) {
	inCore(t, func(c *core) {
		n := c.writes("114", "au secours", sms.Options{})[0]
		a := &answer{}
		c.link.Hear(n, a)
		a.mu.Lock()
		if a.status != passed {
			t.Errorf("it waited: %d", a.status)
		}
		a.mu.Unlock()
		all := c.messages()
		if len(all) != 1 || !all[0].Emergency || all[0].Body != "au secours" || len(c.texts()) != 0 {
			t.Errorf("the store has %+v; sent %d", all, len(c.texts()))
		}
		stranger := c.writes("114", "moi aussi", sms.Options{})[0]
		stranger.Head = c.note(sms.RP{Kind: sms.RPMemory}, "+33700000000", "orig").Head
		if a := c.hears(stranger); a.is() != passed {
			t.Errorf("a stranger's was answered %d", a.is())
		}
	})
}

func TestSpec_M5_M8_WhatComesIsKeptOnceHoweverOftenItIsTried(t *testing.T) {
	inCore(t, func(c *core) {
		at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		unit := &sms.Deliver{From: sms.AddressOf(string(other)), At: at, Data: sms.UserData{DCS: 8, Octets: sms.EncodeUCS2("ça va ? 👍🏽")}}
		for range 5 { // a handset without room: the centre tries again
			if a := c.hears(c.comes(unit)); a.is() != passed {
				t.Fatalf("it was answered %d", a.is())
			}
			unit.More = !unit.More
			time.Sleep(5 * time.Second)
		}
		all := c.messages()
		if len(all) != 1 || all[0].Direction != messaging.Inbound || all[0].Body != "ça va ? 👍🏽" || len(c.texts()) != 0 {
			t.Errorf("the store has %+v; sent %d", all, len(c.texts()))
		}
		fromBob := &sms.Deliver{From: sms.AddressOf(string(messagingtest.Bob)), At: at, Data: sms.UserData{Octets: []byte("from a colleague")}}
		c.hears(c.comes(fromBob))
		if all = c.messages(); len(all) != 2 || all[1].Direction != messaging.Inbound || all[1].Own != alice {
			t.Errorf("what a colleague sent through the network is %+v", all)
		}
	})
}

// native has the office bring a message of somebody outside to Alice's handset.
func (c *core) native(text string) {
	c.t.Helper()
	if _, err := c.office.Take(c.t.Context(), messagingtest.Text(messagingtest.ByAir, other, alice, text)); err != nil {
		c.t.Fatal(err)
	}
}

func TestSpec_M5_M6_AMessageOfOursReachesTheHandset(t *testing.T) {
	inCore(t, func(c *core) {
		h := c.far()
		text := strings.Repeat(long, 10)
		c.native(text)
		if got := h.text(); got != text {
			t.Errorf("the handset has %q", got)
		}
		for _, m := range c.texts() {
			if value(m, "Accept-Contact") != "*;+g.3gpp.smsip" || value(m, "Request-Disposition") != "no-fork" || m.Asked != "sip:+33639980101@ims.example;user=phone" {
				t.Errorf("sent %+v", m)
			}
		}
		if d := c.messages()[0].Delivery; len(d) != 1 || d[0].State != messaging.StateDelivered || d[0].Connector != messagingtest.ByIMS {
			t.Errorf("its delivery is %+v", d)
		}
		if h.from[0] != string(other) {
			t.Errorf("from %s", h.from[0])
		}
	})
}

func TestAFullHandsetIsTriedAgainWhenItHasRoom(t *testing.T) {
	inCore(t, func(c *core) {
		h := c.far()
		h.cause = sms.CauseMemoryFull
		c.native("room?")
		synctest.Wait()
		if d := c.messages()[0].Delivery; d[0].Reason != messaging.ReasonMemoryFull || d[0].State == messaging.StateFailed {
			t.Errorf("its delivery is %+v", d)
		}
		h.mu.Lock()
		h.cause, h.chunks = 0, nil
		h.mu.Unlock()
		if a := c.hears(c.note(sms.RP{Kind: sms.RPMemory, Way: sms.ToCentre, Reference: 1}, string(alice), "orig")); a.is() != passed {
			t.Errorf("RP-SMMA was answered %d", a.is())
		}
		time.Sleep(outer)
		if got := h.text(); got != "room?" {
			t.Errorf("a second later the handset has %q", got)
		}
	})
}

func TestARegistrationWakesWhatWaits(t *testing.T) {
	inCore(t, func(c *core) {
		snap := c.house.Post()
		snap.Lines[alice].Native.Ways = []messaging.ConnectorID{messagingtest.ByIMS}
		c.do = func(_ sip.Text, done func(sip.Answer)) { done(sip.Answer{Status: 480}) }
		c.native("are you there?")
		time.Sleep(10 * time.Minute)
		if d := c.messages()[0].Delivery; d[0].Reason != messaging.ReasonAbsent {
			t.Errorf("its delivery is %+v", d)
		}
		h := c.far()
		c.link.Registered(sip.CoreRegistration{Trunk: "core", Who: message.Party{Scheme: "sip", User: string(alice), Host: domain}, Expires: time.Hour})
		time.Sleep(outer)
		if got := h.text(); got != "are you there?" {
			t.Errorf("a second later the handset has %q", got)
		}
	})
}

func TestWhoIsNotThereIsReachedByTheNextWay(t *testing.T) {
	for _, status := range []int{480, 415} {
		inCore(t, func(c *core) {
			smpp := &messagingtest.Carrier{}
			defer c.office.Attach(messaging.Route(messagingtest.ByCore), smpp)()
			c.do = func(_ sip.Text, done func(sip.Answer)) { done(sip.Answer{Status: status}) }
			c.native("by the old way")
			synctest.Wait()
			if got := smpp.Bodies(); len(got) != 1 || got[0] != "by the old way" {
				t.Errorf("after %d the SMSC has %q", status, got)
			}
		})
	}
}

func TestWithoutAReportItIsInDoubtAndTriedAgain(t *testing.T) {
	inCore(t, func(c *core) {
		h := c.far()
		h.mute = true
		c.native("hello?")
		time.Sleep(39 * time.Second)
		if n := len(c.texts()); n != 1 {
			t.Fatalf("sent %d times within TR1N", n)
		}
		h.mu.Lock()
		h.mute, h.chunks = false, nil
		h.mu.Unlock()
		time.Sleep(time.Minute)
		if d := c.messages()[0].Delivery; h.text() != "hello?" || d[0].State != messaging.StateDelivered || !d[0].Repeated {
			t.Errorf("the handset has %q; its delivery is %+v", h.text(), d)
		}
		late := c.note(sms.RP{Kind: sms.RPAck, Way: sms.ToCentre, Reference: 1}, string(alice), "orig", "In-Reply-To", c.texts()[0].CallID)
		if a := c.hears(late); a.is() != 202 {
			t.Errorf("a report that comes late was answered %d", a.is())
		}
		foreign := c.note(sms.RP{Kind: sms.RPAck, Way: sms.ToCentre, Reference: 1}, string(alice), "orig", "In-Reply-To", "somebody@else")
		if a := c.hears(foreign); a.is() != passed {
			t.Errorf("a report on the network's own message was answered %d", a.is())
		}
	})
}

func TestSpec_M1_M7_AScreensMessageLeavesByTheCentreAndItsReceiptIsKept(t *testing.T) {
	inCore(t, func(c *core) {
		c.house.Post().Lines[alice].Route = messagingtest.ByIMS
		far := c.far()
		text := strings.Repeat(long, 3)
		_, err := c.office.Send(c.t.Context(), messaging.Outgoing{Account: messagingtest.Account, Number: messagingtest.AliceID, To: other, Body: text, Channel: messaging.ChannelWorkspace, User: "usr_1"})
		if err != nil {
			t.Fatal(err)
		}
		if got := far.text(); got != text {
			t.Errorf("the centre has %q", got)
		}
		sent := c.texts()
		if m := sent[0]; m.Asked != "sip:+33609001390@ims.example;user=phone" || m.Route[0] != "sip:192.0.2.1:6060;lr;orig" || !strings.Contains(value(m, "P-Served-User"), "sescase=orig") {
			t.Errorf("sent %+v", m)
		}
		if s := c.messages()[0].State; s != messaging.StateSent {
			t.Errorf("it is %s", s)
		}
		for i, m := range sent {
			rp, _ := sms.ParseRP(m.Body.Bytes)
			unit, _ := rp.TPDU()
			report := &sms.StatusReport{Reference: unit.(*sms.Submit).Reference, To: sms.AddressOf(string(other)), At: far.times[i], Done: time.Now()}
			if !unit.(*sms.Submit).Report {
				t.Error("no status report is asked for")
			}
			if a := c.hears(c.comes(report)); a.is() != passed {
				t.Errorf("the status report was answered %d", a.is())
			}
		}
		if s := c.messages()[0].State; s != messaging.StateDelivered {
			t.Errorf("it is %s", s)
		}
	})
}

func TestWhatIsNotOursGoesOnAsItCame(t *testing.T) {
	inCore(t, func(c *core) {
		returned := c.writes("0612345678", "x", sms.Options{})[0]
		returned.Returned = true
		plain := c.writes("0612345678", "x", sms.Options{})[0]
		plain.Body = &message.Body{Type: "text/plain", Bytes: []byte("x")}
		torn := c.writes("0612345678", "x", sms.Options{})[0]
		torn.Body = &message.Body{Type: "application/vnd.3gpp.sms", Bytes: []byte{0, 1, 0, 7, 0x91}}
		contradicts := c.writes("0612345678", "x", sms.Options{})[0]
		contradicts.Head = c.note(sms.RP{Kind: sms.RPMemory}, string(alice), "term").Head
		bob := c.writes("0612345678", "x", sms.Options{})[0] // whose core this is not
		bob.Head = c.note(sms.RP{Kind: sms.RPMemory}, string(messagingtest.Bob), "orig").Head
		flash := c.mo(&sms.Submit{To: sms.AddressOf("0612345678"), Data: sms.UserData{DCS: 0x10, Octets: []byte("x")}}, 1)
		for name, n := range map[string]*sip.Note{"returned": returned, "plain": plain, "torn": torn, "contradicts": contradicts, "bob": bob, "flash": flash} {
			if a := c.hears(n); a.is() != passed {
				t.Errorf("%s: answered %d", name, a.is())
			}
		}
		if all := c.messages(); len(all) != 0 {
			t.Errorf("the store has %+v", all)
		}
	})
}

// away is a desk whose records are away.
type away struct{ messaging.Desk }

func (away) Take(ctx context.Context, _ messaging.Arrival) (messaging.Taken, error) {
	<-ctx.Done()
	return messaging.Taken{}, context.Cause(ctx)
}

func TestWithOurRecordsAwayTheNetworkGoesOn(t *testing.T) {
	inCore(t, func(c *core) {
		c.link = c.withDesk(away{c.office})
		ctx, stop := context.WithCancel(c.t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.link.Run(ctx)
		}()
		synctest.Wait()
		coming := c.hears(c.comes(&sms.Deliver{From: sms.AddressOf(string(other)), Data: sms.UserData{Octets: []byte("x")}}))
		writing := c.hears(c.writes("0612345678", "x", sms.Options{})[0])
		time.Sleep(1900 * time.Millisecond)
		if coming.is() != passed {
			t.Errorf("what comes was answered %d before the core gave us up", coming.is())
		}
		time.Sleep(10 * time.Second)
		if writing.is() != 503 {
			t.Errorf("what a handset writes was answered %d", writing.is())
		}
		stop()
		<-done
		if a := c.hears(c.writes("0612345678", "x", sms.Options{})[0]); a.is() != passed {
			t.Errorf("at the end it was answered %d", a.is())
		}
	})
}

func TestAFloodIsRefusedAndAnEmergencyIsNot(t *testing.T) {
	inCore(t, func(c *core) {
		c.link = c.withDesk(away{c.office})
		ctx, stop := context.WithCancel(c.t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.link.Run(ctx)
		}()
		synctest.Wait()
		refused := 0
		for range 1000 {
			a := &answer{}
			c.link.Hear(c.writes("0612345678", "x", sms.Options{})[0], a)
			a.mu.Lock()
			if a.status == 503 {
				refused++
			}
			a.mu.Unlock()
		}
		if refused < 400 {
			t.Errorf("%d of 1000 were refused", refused)
		}
		help := &answer{}
		c.link.Hear(c.writes("114", "au secours", sms.Options{})[0], help)
		if help.is() != passed {
			t.Errorf("an emergency was answered %d", help.is())
		}
		stop()
		<-done
	})
}
