package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
)

// from is an arrival at the operator that a handset wrote.
func from(imsi string, to messaging.Address, text string) messaging.Arrival {
	a := mt.Text(mt.ByCore, messaging.Address(imsi), to, text)
	a.FromIMSI = imsi
	return a
}

func (r *room) try(a messaging.Arrival) error {
	_, err := r.office.Take(r.t.Context(), a)
	return err
}

func (r *room) tryNumber(n messaging.NumberID, to messaging.Address, text string) error {
	_, err := r.office.Send(r.t.Context(), messaging.Outgoing{Account: mt.Account, Number: n, To: to, Body: text, Channel: messaging.ChannelWorkspace})
	return err
}

func TestSpec_M2_BetweenTwoNumbersOfOursNothingLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.send(mt.DeskID, "0639980101", "du standard", messaging.ChannelWorkspace)
		r.take(from(mt.AliceSI, "0123456789", "d'Alice"))
		r.send(mt.AliceID, "0639980102", "à Bob", messaging.ChannelApp)
		synctest.Wait()
		var got []string
		for _, m := range r.all() {
			got = append(got, fmt.Sprint(m.Own, " ", m.Direction, " ", m.Channel, " ", m.Peer, " ", m.State))
		}
		want := []string{
			"+33123456789 outbound workspace +33639980101 delivered", "+33639980101 inbound network +33123456789 received",
			"+33639980101 outbound native +33123456789 delivered", "+33123456789 inbound network +33639980101 received",
			"+33639980101 outbound app +33639980102 delivered", "+33639980102 inbound network +33639980101 received",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the store has\n%s", strings.Join(got, "\n"))
		}
		for _, d := range append(r.core.Carried(), r.air.Carried()...) {
			if d.Channel != messaging.ChannelNative {
				t.Errorf("it left: %+v", d)
			}
		}
		if got := slices.Sorted(slices.Values(r.core.Bodies())); !slices.Equal(got, []string{"du standard", "à Bob"}) {
			t.Errorf("the handsets got %q", got)
		}
		if got := r.phone.Bodies(); !slices.Equal(got, []string{"d'Alice"}) {
			t.Errorf("the SIP phone got %q", got)
		}
	})
}

func TestSpec_M2_M8_InCopyModeEachIsThereOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		sent := r.send(mt.BobID, mt.Other, "Bonjour", messaging.ChannelWorkspace) // The operator tells us of it again.
		echo := from(mt.BobSI, "0612345678", "Bonjour")
		echo.Reference = "41"
		if got := r.take(echo); !got.Repeat || got.Message != sent.ID {
			t.Errorf("the copy of our own message: %+v", got)
		}
		if got := r.take(echo); !got.Repeat {
			t.Errorf("the copy once more: %+v", got)
		}
		own := from(mt.BobSI, "0612345678", "Bonjour")
		own.Reference = "42"
		if got := r.take(own); got.Repeat {
			t.Errorf("what Bob wrote on the handset later: %+v", got)
		}
		r.take(mt.Text(mt.ByCore, "0612345678", "0639980102", "Salut"))
		synctest.Wait()
		if got := r.core.Bodies(); !slices.Equal(got, []string{"Bonjour"}) {
			t.Errorf("carried %q: the handset and the network have the rest already", got)
		}
		all := r.all()
		if len(all) != 3 || all[1].Channel != messaging.ChannelNative || all[1].State != messaging.StateSent || all[2].Direction != messaging.Inbound {
			t.Errorf("the store has %+v", all)
		}
		// Between two handsets in copy mode the operator tells of it twice.
		r.house.Change(func(s *messaging.Snapshot) { s.Lines[mt.Alice].Path = messaging.PathCopy })
		mo, mtCopy := from(mt.AliceSI, "0639980102", "à Bob"), mt.Text(mt.ByCore, mt.Alice, mt.Bob, "à Bob")
		mo.Reference = "9"
		r.take(mo)
		if got := r.take(mtCopy); !got.Repeat {
			t.Errorf("the other copy: %+v", got)
		}
		if n := len(r.all()); n != 5 {
			t.Errorf("the store has %d", n)
		}
	})
}

func TestSpec_M8_RepeatsOfTheCoreACarrierAndAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		named := mt.Text(mt.ByCore, mt.Other, mt.Alice, "code 1234")
		named.Reference = "smsc-1"
		first := r.take(named)
		time.Sleep(5 * time.Second)
		named.At = time.Now()
		if got := r.take(named); !got.Repeat || got.Message != first.Message {
			t.Errorf("the core's retry: %+v", got)
		}
		time.Sleep(11 * time.Minute)
		named.At = time.Now()
		if got := r.take(named); got.Repeat {
			t.Error("eleven minutes later it is another")
		}
		plain := mt.Text(mt.ByAir, mt.Other, mt.Desk, "ok")
		r.take(plain)
		if got := r.take(plain); got.Repeat {
			t.Error("by the same bind it is another: somebody says ok twice")
		}
		plain.Bind = "bind2"
		if got := r.take(plain); !got.Repeat {
			t.Error("a carrier that reconnects and repeats")
		}
		out := messaging.Outgoing{Account: mt.Account, Number: mt.DeskID, To: mt.Other, Body: "devis", Channel: messaging.ChannelAPI, Key: "k1"}
		one, err := r.office.Send(t.Context(), out)
		time.Sleep(23 * time.Hour)
		two, err2 := r.office.Send(t.Context(), out)
		if err != nil || err2 != nil || !two.Repeat || two.Message.ID != one.Message.ID {
			t.Errorf("a client's retry: %+v, %v, %v", two, err, err2)
		}
		out.Key = ""
		three, err := r.office.Send(t.Context(), out)
		if err != nil || three.Repeat {
			t.Errorf("without a key it is another: %+v, %v", three, err)
		}
	})
}

func TestSpec_O4_AMessageToAnEmergencyNumberGoesUnchangedByTheOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.house.Change(func(s *messaging.Snapshot) {
			s.Lines[mt.Alice].Route, s.Lines[mt.Alice].Guard = mt.ByAir, messaging.Guard{Hour: 1}
		})
		r.send(mt.AliceID, mt.Other, "le dernier permis", messaging.ChannelApp)
		stop := mt.Text(mt.ByAir, "114", mt.Alice, "STOP")
		r.take(stop)
		for i, p := range mt.Segments(from(mt.AliceSI, "114", ""), strings.Repeat("Au secours ! ", 15), 3) {
			p.Body.Raw, p.Body.Kind = []byte{0x40, byte(i)}, "smpp:64:0"
			r.take(p)
		}
		r.send(mt.AliceID, "114", "de l'écran", messaging.ChannelApp)
		synctest.Wait()
		to := r.core.Carried()
		to = slices.DeleteFunc(to, func(d messaging.Delivery) bool { return d.Channel == messaging.ChannelNative })
		if len(to) != 3 || to[0].To != "114" || to[0].Raw == nil || !slices.Equal(to[1].Raw.Raw, []byte{0x40, 1}) || to[2].Body != "de l'écran" {
			t.Fatalf("the operator was given %+v", to)
		}
		for _, m := range r.all() {
			if m.Peer == "114" && m.Direction == messaging.Outbound && !m.Emergency {
				t.Errorf("not marked: %+v", m)
			}
		}
		if got := refused(t, r.tryNumber(mt.DeskID, "114", "à l'aide")); got != messaging.CodeEmergencyNoRoute {
			t.Errorf("a number that only a carrier serves: %s", got)
		}
		if n := len(r.air.Carried()); n != 1 {
			t.Errorf("the carrier was given %d", n)
		}
	})
}

func TestSpec_L20_STOPIsKeptAndHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.take(mt.Text(mt.ByCore, mt.Other, mt.Alice, "Arrêt"))
		if got := refused(t, r.tryNumber(mt.AliceID, mt.Other, "promo")); got != messaging.CodeOptedOut {
			t.Errorf("refused with %s", got)
		}
		r.take(from(mt.AliceSI, mt.Other, "de ma main")) // What the handset's user writes goes.
		r.send(mt.DeskID, mt.Other, "d'un autre numéro", messaging.ChannelWorkspace)
		r.take(mt.Text(mt.ByCore, mt.Other, mt.Alice, "START"))
		r.send(mt.AliceID, mt.Other, "promo", messaging.ChannelWorkspace)
		synctest.Wait()
		if got := r.air.Bodies(); !slices.Equal(got, []string{"d'un autre numéro"}) {
			t.Errorf("by the carrier: %q", got)
		}
	})
}

func TestSpec_L21_AMobileNumberIsGuarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.house.Change(func(s *messaging.Snapshot) { s.Lines[mt.Alice].Guard = messaging.Guard{Hour: 3, Day: 5, Month: 6} })
		refusedNow := func() string {
			t.Helper()
			err := r.tryNumber(mt.AliceID, mt.Other, "x")
			if err == nil {
				return ""
			}
			return refused(t, err)
		}
		expect := func(want ...string) {
			t.Helper()
			for _, w := range want {
				if got := refusedNow(); got != w {
					t.Errorf("got %q, want %q", got, w)
				}
			}
		}
		r.take(from(mt.AliceSI, mt.Other, "compte aussi"))
		expect("", "", messaging.CodeRateHour)
		r.take(from(mt.AliceSI, mt.Other, "n'est jamais refusé"))
		time.Sleep(time.Hour + time.Second)
		expect("", messaging.CodeRateDay)
		time.Sleep(24 * time.Hour)
		expect("", messaging.CodeRateMonth)
		time.Sleep(30 * 24 * time.Hour)
		expect("")
	})
}

func TestSpec_L23_WhatMayBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		for what, c := range map[string]struct {
			number messaging.NumberID
			to     messaging.Address
			text   string
			want   string
		}{
			"1601 characters":   {mt.AliceID, mt.Other, strings.Repeat("é", 1601), messaging.CodeBodyTooLong},
			"nothing":           {mt.AliceID, mt.Other, "", messaging.CodeBodyRequired},
			"no text":           {mt.AliceID, mt.Other, "a\xffb", messaging.CodeBodyInvalid},
			"a control":         {mt.AliceID, mt.Other, "a\x00b", messaging.CodeBodyInvalid},
			"to a name":         {mt.AliceID, "PARIS", "x", messaging.CodeToInvalid},
			"to nobody":         {mt.AliceID, "", "x", messaging.CodeToInvalid},
			"to two digits":     {mt.AliceID, "12", "x", messaging.CodeToInvalid},
			"to itself":         {mt.AliceID, "06 39 98 01 01", "x", messaging.CodeToSelf},
			"another's number":  {"num_other", mt.Other, "x", messaging.CodeFromUnknown},
			"absurdly far":      {mt.AliceID, "+" + messaging.Address(strings.Repeat("9", 40)), "x", messaging.CodeToInvalid},
			"an injected plus ": {mt.AliceID, "+33+1", "x", messaging.CodeToInvalid},
		} {
			if got := refused(t, r.tryNumber(c.number, c.to, c.text)); got != c.want {
				t.Errorf("%s: refused with %s, want %s", what, got, c.want)
			}
		}
		r.send(mt.AliceID, mt.Other, strings.Repeat("😀", 1600), messaging.ChannelAPI)
		r.send(mt.AliceID, "36105", "à un numéro court\nsur deux lignes", messaging.ChannelAPI)
		r.house.Change(func(s *messaging.Snapshot) { s.Connectors = nil })
		if got := refused(t, r.tryNumber(mt.AliceID, mt.Other, "x")); got != messaging.CodeNoRoute {
			t.Errorf("without a connector: %s", got)
		}
		if got := refused(t, r.try(mt.Text(mt.ByAir, mt.Other, mt.Desk, "x"))); got != messaging.CodeUnknownNumber {
			t.Errorf("by a connector that is gone: %s", got)
		}
		if n := len(r.all()); n != 2 {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestWhoseAnArrivalIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		flash := mt.Text(mt.ByApp, mt.Desk, mt.Other, "x")
		flash.Body.Class = messaging.ClassFlash
		silent := mt.Text(mt.ByAir, mt.Other, mt.Desk, "")
		silent.Body.Class = messaging.ClassSilent
		for what, c := range map[string]struct {
			a    messaging.Arrival
			want string
		}{
			"to nobody, by a carrier":          {mt.Text(mt.ByAir, mt.Other, mt.Third, "x"), messaging.CodeUnknownNumber},
			"of strangers, by the operator":    {mt.Text(mt.ByCore, mt.Other, mt.Third, "x"), messaging.CodeUnknownNumber},
			"by a program, of another number":  {mt.Text(mt.ByApp, mt.Alice, mt.Other, "x"), messaging.CodeSenderNotAllowed},
			"by a program, as a name":          {mt.Text(mt.ByApp, "PARIS", mt.Other, "x"), messaging.CodeSenderNotAllowed},
			"by a program, class 0":            {flash, messaging.CodeClassNotSupported},
			"silent, to a line without mobile": {silent, messaging.CodeClassNotSupported},
		} {
			if got := refused(t, r.try(c.a)); got != c.want {
				t.Errorf("%s: refused with %s, want %s", what, got, c.want)
			}
		}
		r.take(mt.Text(mt.ByApp, "01 23 45 67 89", "06 12 34 56 78", "du programme"))
		r.take(mt.Text(mt.ByAir, "PARIS", "33123456789", "d'un nom"))
		r.take(mt.Text(mt.ByAir, "", "0033123456789", "de personne"))
		synctest.Wait()
		var got []string
		for _, m := range r.all() {
			got = append(got, fmt.Sprint(m.Own, " ", m.Direction, " ", m.Channel, " ", m.Peer))
		}
		want := []string{"+33123456789 outbound api +33612345678", "+33123456789 inbound network PARIS", "+33123456789 inbound network unknown"}
		if !slices.Equal(got, want) {
			t.Errorf("the store has %q", got)
		}
	})
}

func TestWhatIsNoTextGoesToTheHandsetAsItCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		a := mt.Text(mt.ByCore, mt.Other, mt.Alice, "")
		a.Body = messaging.Body{
			Coding: messaging.CodingBinary, Octets: []byte{1, 2}, Raw: []byte{6, 5, 4, 1, 2}, Kind: "smpp:64:4", Part: messaging.Segment{Reference: 1, Total: 2, Number: 1},
		}
		got := r.take(a)
		synctest.Wait()
		to := r.core.Carried()
		if len(to) != 1 || to[0].Raw == nil || !slices.Equal(to[0].Raw.Raw, a.Body.Raw) {
			t.Errorf("the handset was given %+v", to)
		}
		if m, err := r.store.Message(t.Context(), got.Message); err != nil || m.Class != messaging.ClassData || len(r.all()) != 0 {
			t.Errorf("kept %+v, %v, and shown: %+v", m, err, r.all())
		}
	})
}

func TestALinkThatPassesAMessageOnDeliversIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		in := mt.Text(mt.ByCore, mt.Other, mt.Alice, "reçu")
		in.Passes = messaging.ChannelNative
		out := from(mt.AliceSI, mt.Other, "envoyé")
		out.Passes = messaging.ChannelNetwork
		r.take(in)
		r.take(out)
		synctest.Wait()
		if n := len(r.core.Carried()); n != 0 {
			t.Errorf("carried %d", n)
		}
		if all := r.all(); len(all) != 2 || all[1].State != messaging.StateSent {
			t.Errorf("the store has %+v", all)
		}
	})
}

func TestSpec_M8_NothingIsTakenThatIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		down := errors.New("the disk is full")
		r.store.Fail(func(call, _ string) error {
			if call == "put" || call == "assemble" {
				return down
			}
			return nil
		})
		long := mt.Segments(mt.Text(mt.ByAir, mt.Other, mt.Desk, ""), strings.Repeat("x", 300), 1)[0]
		for _, err := range []error{r.try(mt.Text(mt.ByAir, mt.Other, mt.Desk, "x")), r.try(long), r.tryNumber(mt.AliceID, mt.Other, "x")} {
			if !errors.Is(err, down) {
				t.Errorf("answered %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r.store.Fail(nil)
		if _, err := r.office.Take(ctx, mt.Text(mt.ByAir, mt.Other, mt.Desk, "x")); !errors.Is(err, context.Canceled) {
			t.Errorf("answered %v", err)
		}
	})
}
