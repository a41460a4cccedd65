package smpp_test

import (
	"context"
	"testing"
	"testing/synctest"

	"tandem/mobilecore/smpp"
)

func TestMessagesGoBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		atServer := newEar(func(context.Context, *smpp.Bind, *smpp.SM) smpp.Answer { return smpp.Answer{MessageID: "42"} })
		h := serve(t, atServer, nil)
		atClient := newEar(nil)
		b := h.bind(t, atClient, nil)
		a, err := b.Submit(t.Context(), hello("33700000001", "33612345678", "salut"))
		if err != nil || a.MessageID != "42" {
			t.Fatalf("submit_sm: %+v, %v", a, err)
		}
		if _, err = h.Submit(t.Context(), "kate", hello("33612345678", "33700000001", "bonjour")); err != nil {
			t.Fatalf("deliver_sm: %v", err)
		}
		if got := atServer.got[0]; got.Command != smpp.SubmitSM || string(got.Octets()) != "salut" {
			t.Errorf("the server got %+v", got)
		}
		if got := atClient.got[0]; got.Command != smpp.DeliverSM || string(got.Octets()) != "bonjour" {
			t.Errorf("the client got %+v", got)
		}
		if b.Peer() != "TANDEM" || h.Binds("kate")[0].SystemID() != "kate" {
			t.Errorf("the two do not know who they are: %s, %s", b.Peer(), h.Binds("kate")[0].SystemID())
		}
	})
}
