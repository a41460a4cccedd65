package bysip_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/bysip"
	mt "tandem/messaging/messagingtest"
	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
)

const patience = time.Minute

// The parties of the tests beside those of messagingtest: alice and bob each have a phone, and Desk is alice's.
const (
	byTrunk  = messaging.ConnectorID("mcn_trunk")
	awkward  = "Ça va ? œuf à 2 €, 👩🏽‍🚀 مرحبا <&\"\\ {to}"
	carriers = "carrier.test"
)

// end is a SIP stack of its own: the house, a phone, or a carrier.
type end struct {
	*sip.Stack

	t     *testing.T
	notes chan *sip.Note
}

func (*end) Invite(*sip.Attempt)                       {}
func (*end) TrunkChanged(sip.TrunkState)               {}
func (*end) DeviceChanged(message.AOR, sip.Registered) {}
func (e *end) Message(n *sip.Note)                     { e.notes <- n }
func (*end) Registered(message.AOR, sip.Registered)    {}

// ownAddress is an address that nobody else has: what is too long for UDP is first tried by TCP at the same port, where nobody else may listen.
func ownAddress() netip.Addr {
	const most = 250
	return netip.AddrFrom4([4]byte{127, byte(1 + rand.N(most)), byte(rand.N(most)), byte(1 + rand.N(most))})
}

// open starts one on loopback.
func open(t *testing.T, realm string, notes sip.Notes, peers *sip.Peers) *end {
	t.Helper()
	e := &end{t: t, notes: make(chan *sip.Note, 100)}
	if notes == nil {
		notes = e
	}
	local := netip.AddrPortFrom(ownAddress(), 0)
	var err error
	e.Stack, err = sip.New(sip.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: local}, {Network: transport.TCP, Bind: local}}, Realm: realm, Notes: notes,
		Log: slog.New(slog.DiscardHandler), Limits: transport.Limits{Rate: 1e6, Burst: 1e6},
	}, e)
	if err == nil {
		err = e.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	e.SetPeers(peers)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		_ = e.Close(ctx)
	})
	return e
}

func (e *end) at() string {
	for _, l := range e.Listeners() {
		if l.Network == transport.UDP {
			return "sip:" + l.Bind.String()
		}
	}
	return ""
}

// got waits for the next MESSAGE.
func (e *end) got() *sip.Note {
	e.t.Helper()
	select {
	case n := <-e.notes:
		return n
	case <-time.After(patience):
		e.t.Fatal("no MESSAGE came")
		return nil
	}
}

// quiet checks that none comes.
func (e *end) quiet() {
	e.t.Helper()
	select {
	case n := <-e.notes:
		e.t.Fatalf("got %q, want nothing", n.Body.Bytes)
	case <-time.After(50 * time.Millisecond):
	}
}

// write sends a MESSAGE by the one trunk that an end has, and gives the answer.
func (e *end) write(m sip.Text) sip.Answer {
	e.t.Helper()
	m.Trunk = "house"
	answers := make(chan sip.Answer, 1)
	if err := e.SendMessage(m, func(a sip.Answer) { answers <- a }); err != nil {
		e.t.Fatal(err)
	}
	select {
	case a := <-answers:
		return a
	case <-time.After(patience):
		e.t.Fatal("no answer")
		return sip.Answer{}
	}
}

// house is an office with phones and a trunk.
type house struct {
	*end

	directory *mt.House
	store     *mt.Memory
	office    *messaging.Office
	carrier   *end
	trunk     *bysip.Trunk
	phones    *bysip.Phones
	sorter    *bysip.Sorter
}

// Writer implements bysip.People.
func (*house) Writer(aor string) bysip.Writer {
	switch aor {
	case "alice@tandem.test":
		return bysip.Writer{Account: mt.Account, User: "usr_alice", Number: mt.Desk}
	case "bob@tandem.test":
		return bysip.Writer{Account: mt.Account, User: "usr_bob"}
	}
	return bysip.Writer{}
}

// Colleague implements bysip.People.
func (*house) Colleague(_ messaging.AccountID, dialled string) (messaging.Address, bool) {
	switch dialled {
	case "202":
		return mt.Bob, true
	case "203":
		return "", true
	}
	return "", false
}

// build makes the house: alice's numbers leave and come by the trunk.
func build(t *testing.T) *house {
	t.Helper()
	h := &house{directory: mt.NewHouse(), store: mt.NewMemory()}
	s := *h.directory.Post()
	s.Connectors[byTrunk] = &messaging.Connector{ID: byTrunk, Kind: messaging.KindSIP, Role: messaging.RoleCarrier, Country: "FR", InDoubt: messaging.InDoubtRetry, Window: 4}
	desk := s.Lines[mt.Desk]
	desk.Route, desk.Phones, desk.Users = byTrunk, []string{"alice@tandem.test"}, []messaging.UserID{"usr_alice"}
	s.Lines[mt.Bob].Phones, s.Lines[mt.Bob].Users = []string{"bob@tandem.test"}, []messaging.UserID{"usr_bob", "usr_alice"}
	s.Lines[mt.Bob].Route, s.Lines[mt.Bob].Native = byTrunk, nil
	h.directory.Set(&s)
	h.office = mt.NewOffice(h.directory, h.store)
	if err := h.office.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.sorter = bysip.NewSorter(nil)
	h.end = open(t, "tandem.test", h.sorter, &sip.Peers{})
	h.carrier = open(t, carriers, nil, &sip.Peers{})
	h.carrier.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "house", Servers: []string{h.at()}, Domain: carriers, Sources: loopback()}}})
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "carrier", Servers: []string{h.carrier.at()}, Sources: loopback()}}, Devices: []sip.Device{device("alice"), device("bob")}})
	h.trunk = bysip.OpenTrunk(t.Context(), bysip.TrunkConfig{Connector: byTrunk, Trunk: "carrier", Desk: h.office, Wire: h.Stack, Sorter: h.sorter})
	h.phones = bysip.OpenPhones(t.Context(), bysip.PhonesConfig{Desk: h.office, Directory: h.directory, People: h, Wire: h.Stack, Sorter: h.sorter})
	t.Cleanup(func() {
		h.trunk.Close()
		h.phones.Close()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := h.office.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

// loopback is where everybody is: known from the start, whatever the DNS takes.
func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// device is somebody's phone, with their name as password.
func device(name string) sip.Device {
	sum := sha256.Sum256([]byte(name + ":tandem.test:" + name))
	return sip.Device{AOR: message.AOR(name + "@tandem.test"), Username: name, HA1: sip.HA1{SHA256: hex.EncodeToString(sum[:])}}
}

// register makes a phone of somebody and waits until it is registered.
func (h *house) register(name string) *end {
	h.t.Helper()
	before := len(h.Contacts(message.AOR(name + "@tandem.test")))
	p := open(h.t, "phone.test", nil, &sip.Peers{Trunks: []sip.Trunk{
		{ID: "house", Servers: []string{h.at()}, Domain: "tandem.test", Sources: loopback(), AuthUser: name, AuthPass: sip.Secret(name), Register: true},
	}})
	for deadline := time.Now().Add(patience); len(h.Contacts(message.AOR(name+"@tandem.test"))) == before; {
		if time.Now().After(deadline) {
			h.t.Fatal("the phone does not register")
		}
		<-time.NewTimer(5 * time.Millisecond).C
	}
	return p
}

// kept lists what the store has, oldest first.
func (h *house) kept() []messaging.Message {
	h.t.Helper()
	p, err := h.store.Messages(h.t.Context(), messaging.Filter{Oldest: true, Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Messages
}

// until waits until a message is in a state.
func (h *house) until(id messaging.ID, s messaging.State) *messaging.Message {
	h.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.NewTimer(5 * time.Millisecond).C {
		m, err := h.store.Message(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if m.State == s {
			return m
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("it is %s for %s, want %s", m.State, m.Reason, s)
		}
	}
}

func text(body string) *message.Body {
	return &message.Body{Type: "text/plain;charset=UTF-8", Bytes: []byte(body)}
}

func party(user string) message.Party { return message.Party{User: user} }
