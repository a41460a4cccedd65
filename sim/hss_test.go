package sim_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"testing"

	"tandem/mobilecore/diameter"
	"tandem/mobilecore/ims"
	"tandem/sim"
)

// A registrar asks whom the HSS knows, takes a subscriber, and gives them back.
func TestAnHSSGivesARegistrarItsSubscribers(t *testing.T) {
	const alice = "sip:+33612345678@ims.example"
	hss, err := sim.OpenHSS(t.Context(), sim.HSSConfig{
		Identity: "hss.ims.example", Bind: netip.MustParseAddrPort("127.0.0.1:0"), Log: slog.New(slog.DiscardHandler),
		Profiles: []ims.Profile{{PrivateID: "a@ims.example", PublicIDs: []string{alice, "tel:+33612345678"}, Server: "sip:tandem.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hss.Close(context.WithoutCancel(t.Context())) })
	ask := registrar(t, hss.Addr().String())
	result := func(what string, m *diameter.Message, want diameter.Result) {
		t.Helper()
		if m.Result() != want {
			t.Errorf("%s: %v, want %v", what, m.Result(), want)
		}
	}
	server := diameter.Text(diameter.ServerName, "sip:scscf.ims.example")
	as := func(kind uint64) diameter.AVP { return diameter.Number(diameter.ServerAssignmentType, kind) }
	result("nobody", ask(diameter.ServerAssignment, "sip:nobody@ims.example", server, as(1)), diameter.CxUserUnknown)
	result("not served yet", ask(diameter.LocationInfo, alice), diameter.CxIdentityNotRegistered)
	result("first", ask(diameter.UserAuthorization, alice), diameter.CxFirstRegistration)
	taken := ask(diameter.ServerAssignment, alice, server, as(1))
	result("taken", taken, diameter.Success)
	if profile := taken.Find(diameter.UserProfile); profile == nil || !bytes.Contains(profile.Payload, []byte("sip:tandem.example")) {
		t.Errorf("the profile does not name the application server: %+v", taken)
	}
	result("again", ask(diameter.UserAuthorization, alice), diameter.CxSubsequentRegistration)
	if where := ask(diameter.LocationInfo, "tel:+33612345678"); where.Text(diameter.ServerName) != "sip:scscf.ims.example" {
		t.Errorf("by the other identity: %+v", where)
	}
	result("given back", ask(diameter.ServerAssignment, alice, server, as(5)), diameter.Success)
	if hss.Registration(alice) != sim.NotRegistered {
		t.Error("the HSS still knows a registration")
	}
	result("what it does not do", ask(diameter.PushProfile, alice), diameter.CommandUnsupported)
}

// registrar connects to the HSS and gives a way to ask it.
func registrar(t *testing.T, address string) func(c diameter.Command, public string, more ...diameter.AVP) *diameter.Message {
	t.Helper()
	peer, err := diameter.Dial(t.Context(), diameter.Config{
		Node: diameter.Node{Identity: "scscf.ims.example"}, Applications: []diameter.Application{diameter.Cx},
	}, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close(context.WithoutCancel(t.Context())) })
	return func(c diameter.Command, public string, more ...diameter.AVP) *diameter.Message {
		t.Helper()
		request := diameter.NewRequest(c, diameter.Cx, append([]diameter.AVP{
			diameter.Text(diameter.SessionID, "scscf.ims.example;1;1"), diameter.Text(diameter.OriginHost, "scscf.ims.example"),
			diameter.Text(diameter.OriginRealm, "ims.example"), diameter.Text(diameter.DestinationRealm, "ims.example"), diameter.Number(diameter.AuthSessionState, 1),
			diameter.Text(diameter.PublicIdentity, public),
		}, more...)...)
		answer, err := peer.Do(t.Context(), request)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		return answer
	}
}
