package smpp_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/smpp"
)

func TestWhoeverHasNoRightIsNotBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), func(c *smpp.ServerConfig) {
			c.Authenticate = func(ctx context.Context, l smpp.Login) (smpp.Terms, error) {
				if l.SystemID == "stranger" {
					return smpp.Terms{}, errors.New("nobody knows that")
				}
				return secrets(ctx, l)
			}
		})
		for name, c := range map[string]struct {
			bind   smpp.BindRequest
			status smpp.Status
		}{
			"a wrong password":        {smpp.BindRequest{Command: smpp.BindTransceiver, SystemID: "kate", Password: "guess", Version: smpp.Version34}, smpp.RINVPASWD},
			"somebody unknown":        {smpp.BindRequest{Command: smpp.BindTransmitter, SystemID: "stranger", Password: "secret", Version: smpp.Version34}, smpp.RBINDFAIL},
			"a version of the future": {smpp.BindRequest{Command: smpp.BindReceiver, SystemID: "kate", Password: "secret", Version: 0x60}, smpp.RBINDFAIL},
		} {
			w := h.raw(t)
			w.say(t, &smpp.PDU{Sequence: 7, Body: &c.bind})
			w.expect(t, c.bind.Command.Response(), c.status, 7)
			if p := w.hear(t); p != nil {
				t.Errorf("%s: the line stays, and says %+v", name, p)
			}
		}
		for _, v := range []smpp.Version{smpp.Version33, smpp.Version34, smpp.Version50} {
			w := h.raw(t)
			w.say(t, &smpp.PDU{Sequence: 7, Body: &smpp.BindRequest{Command: smpp.BindTransceiver, SystemID: "kate", Password: "secret", Version: v}})
			answer, _ := w.expect(t, smpp.BindTransceiverResp, smpp.ROK, 7).Body.(*smpp.BindResponse)
			if told := answer.TLVs.Number(smpp.TagSCInterfaceVersion, 0); (told == 0x34) != (v >= smpp.Version34) {
				t.Errorf("a peer of version %x is told ours is %x", v, told)
			}
		}
	})
}

func TestNothingIsTakenBeforeABind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(nil)
		h := serve(t, e, nil)
		w := h.raw(t)
		w.say(t, submit(3, "too early"))
		w.expect(t, smpp.SubmitSMResp, smpp.RINVBNDSTS, 3)
		w.say(t, plain(smpp.EnquireLink, 4))
		w.expect(t, smpp.EnquireLinkResp, smpp.RINVBNDSTS, 4)
		w.put(t, octets(0x7777, "?"))
		w.expect(t, smpp.GenericNack, smpp.RINVCMDID, 9)
		w.say(t, bindAs(smpp.BindTransceiver, "kate"))
		w.expect(t, smpp.BindTransceiverResp, smpp.ROK, 1)
		w.say(t, bindAs(smpp.BindTransceiver, "kate"))
		w.expect(t, smpp.BindTransceiverResp, smpp.RALYBND, 1)
		if len(e.got) != 0 {
			t.Errorf("%d messages were taken", len(e.got))
		}
	})
}

func TestAConnectionThatSaysNothingIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), nil)
		w, began := h.raw(t), time.Now()
		if p := w.hear(t); p != nil || time.Since(began) != 10*time.Second {
			t.Errorf("it hears %+v after %s", p, time.Since(began))
		}
		w, began = h.raw(t), time.Now()
		w.put(t, []byte{0, 0, 0, 40, 0})
		if p := w.hear(t); p != nil || time.Since(began) != 10*time.Second {
			t.Errorf("half a PDU: it hears %+v after %s", p, time.Since(began))
		}
	})
}

func TestAbsurdLengthsEndTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(nil)
		h := serve(t, e, nil)
		for _, n := range []uint32{0, 15, 65537, 0x7fffffff, 0xffffffff} {
			for _, w := range []*wire{h.raw(t), h.bound(t, smpp.BindTransceiver)} {
				w.put(t, binary.BigEndian.AppendUint32(nil, n))
				w.expect(t, smpp.GenericNack, smpp.RINVCMDLEN, 0)
				if p := w.hear(t); p != nil {
					t.Errorf("a length of %d: the line stays, and says %+v", n, p)
				}
			}
		}
	})
}

func TestMalformedPDUsAreAnsweredAndNothingElseHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(nil)
		h := serve(t, e, nil)
		w := h.bound(t, smpp.BindTransceiver)
		w.put(t, octets(smpp.SubmitSM, "TOOLONG\x00"))
		w.expect(t, smpp.SubmitSMResp, smpp.RINVSERTYP, 9)
		w.put(t, octets(smpp.DataSM, "\x00\x01\x01"))
		w.expect(t, smpp.DataSMResp, smpp.RINVCMDLEN, 9)
		w.put(t, octets(0x00000666, "beast"))
		w.expect(t, smpp.GenericNack, smpp.RINVCMDID, 9)
		w.put(t, octets(0x80000666, "an answer to nothing"))
		w.put(t, octets(smpp.SubmitSMResp, "777\x00")) // and another
		w.put(t, octets(smpp.GenericNack, ""))
		deliver := submit(10, "the wrong way")
		deliver.Body.(*smpp.SM).Command = smpp.DeliverSM
		w.say(t, deliver)
		w.expect(t, smpp.DeliverSMResp, smpp.RINVBNDSTS, 10)
		w.say(t, &smpp.PDU{Sequence: 11, Body: &smpp.Query{MessageID: "1"}})
		w.expect(t, smpp.QuerySMResp, smpp.RQUERYFAIL, 11)
		w.say(t, &smpp.PDU{Sequence: 12, Body: &smpp.Multi{Destinations: []smpp.Address{paris}}})
		w.expect(t, smpp.SubmitMultiResp, smpp.RSUBMITFAIL, 12)
		w.say(t, submit(13, "good"))
		w.expect(t, smpp.SubmitSMResp, smpp.ROK, 13)
		if len(e.got) != 1 {
			t.Errorf("%d messages were taken, want 1", len(e.got))
		}
	})
}

func TestEachKindOfBindDoesItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), func(c *smpp.ServerConfig) {
			c.Ask = func(_ context.Context, _ *smpp.Bind, what smpp.Body) (smpp.Body, smpp.Status) {
				q, is := what.(*smpp.Query)
				if !is {
					return nil, smpp.RCANCELFAIL
				}
				return &smpp.QueryResponse{MessageID: q.MessageID, State: smpp.StateDelivered}, smpp.ROK
			}
		})
		receiver := h.bound(t, smpp.BindReceiver)
		receiver.say(t, submit(2, "no"))
		receiver.expect(t, smpp.SubmitSMResp, smpp.RINVBNDSTS, 2)
		transmitter := h.bound(t, smpp.BindTransmitter)
		transmitter.say(t, submit(2, "yes"))
		transmitter.expect(t, smpp.SubmitSMResp, smpp.ROK, 2)
		transmitter.say(t, &smpp.PDU{Sequence: 3, Body: &smpp.Query{MessageID: "77"}})
		if q := transmitter.expect(t, smpp.QuerySMResp, smpp.ROK, 3).Body.(*smpp.QueryResponse); q.MessageID != "77" || q.State != smpp.StateDelivered {
			t.Errorf("the state of 77 is %+v", q)
		}
		transmitter.say(t, &smpp.PDU{Sequence: 4, Body: &smpp.Cancel{MessageID: "77"}})
		transmitter.expect(t, smpp.CancelSMResp, smpp.RCANCELFAIL, 4)
		go func() { _, _ = h.Submit(t.Context(), "kate", hello("1", "2", "down")) }()
		p := receiver.hear(t)
		if p.Command() != smpp.DeliverSM {
			t.Errorf("the receiver hears %s", p.Command())
		}
		receiver.say(t, &smpp.PDU{Sequence: p.Sequence, Body: &smpp.SMResponse{Command: smpp.DeliverSMResp}})
		for _, b := range h.Binds("kate") {
			if b.Kind() != smpp.BindTransmitter {
				continue
			}
			if _, err := b.Submit(t.Context(), hello("1", "2", "down")); !errors.Is(err, smpp.ErrKind) {
				t.Errorf("a message is sent to a transmitter: %v", err)
			}
		}
	})
}

func TestWhoGuessesPasswordsIsHeardNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		h := serve(t, newEar(nil), func(c *smpp.ServerConfig) {
			c.Failures = 3
			c.Authenticate = func(ctx context.Context, l smpp.Login) (smpp.Terms, error) {
				asked++
				return secrets(ctx, l)
			}
		})
		attempt := func(password smpp.Secret, want smpp.Status) {
			t.Helper()
			w := h.raw(t)
			w.say(t, &smpp.PDU{Sequence: 1, Body: &smpp.BindRequest{Command: smpp.BindTransceiver, SystemID: "kate", Password: password, Version: smpp.Version34}})
			w.expect(t, smpp.BindTransceiverResp, want, 1)
			_ = w.Close()
			synctest.Wait()
		}
		for i := range 3 {
			attempt(smpp.Secret(fmt.Sprint("guess", i)), smpp.RINVPASWD)
		}
		attempt("secret", smpp.RBINDFAIL)
		if asked != 3 {
			t.Errorf("%d binds were looked at, want 3", asked)
		}
		time.Sleep(time.Minute + time.Second)
		attempt("secret", smpp.ROK)
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := serve(t, newEar(nil), func(c *smpp.ServerConfig) {
			c.PerSource = 3
			c.Authenticate = func(context.Context, smpp.Login) (smpp.Terms, error) { return smpp.Terms{Binds: 1}, nil }
		})
		first := h.bound(t, smpp.BindTransceiver)
		second := h.raw(t)
		second.say(t, bindAs(smpp.BindTransceiver, "kate"))
		second.expect(t, smpp.BindTransceiverResp, smpp.RBINDFAIL, 1)
		synctest.Wait()
		for range 2 {
			h.raw(t)
		}
		synctest.Wait()
		if p := h.raw(t).hear(t); p != nil {
			t.Errorf("a fourth connection hears %+v", p)
		}
		_ = first.Close()
		synctest.Wait()
		h.bound(t, smpp.BindTransceiver)
	})
}
