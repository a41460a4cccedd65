package messagingtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tandem/messaging"
)

// House is a directory with some numbers and connectors, for tests.
type House struct {
	snapshot atomic.Pointer[messaging.Snapshot]
}

// Post implements messaging.Directory.
func (h *House) Post() *messaging.Snapshot { return h.snapshot.Load() }

// Set swaps what is known.
func (h *House) Set(s *messaging.Snapshot) { h.snapshot.Store(s) }

// Change swaps what is known for a copy that is changed.
func (h *House) Change(how func(*messaging.Snapshot)) {
	old := h.Post()
	s := &messaging.Snapshot{
		Lines: map[messaging.Address]*messaging.Line{}, Numbers: map[messaging.NumberID]*messaging.Line{}, IMSIs: map[string]*messaging.Line{},
		Connectors: map[messaging.ConnectorID]*messaging.Connector{},
	}
	for e, l := range old.Lines {
		l = new(*l)
		s.Lines[e], s.Numbers[l.Number] = l, l
		if l.Native != nil {
			l.Native = new(*l.Native)
			s.IMSIs[l.Native.IMSI] = l
		}
	}
	for id, c := range old.Connectors {
		s.Connectors[id] = new(*c)
	}
	how(s)
	h.Set(s)
}

// The parties of NewHouse.
const (
	Account messaging.AccountID   = "acc_1"
	Alice   messaging.Address     = "+33639980101" // a direct number on an eSIM, in path
	Bob     messaging.Address     = "+33639980102" // another, whose operator gives copies
	Desk    messaging.Address     = "+33123456789" // a shared line with a SIP phone
	Other   messaging.Address     = "+33612345678" // somebody outside
	Third   messaging.Address     = "+33698765432" // another
	AliceID messaging.NumberID    = "num_alice"
	BobID   messaging.NumberID    = "num_bob"
	DeskID  messaging.NumberID    = "num_desk"
	ByCore  messaging.ConnectorID = "mcn_core"    // the operator's SMSC
	ByIMS   messaging.ConnectorID = "mcn_ims"     // the operator's core
	ByAir   messaging.ConnectorID = "mcn_carrier" // a carrier
	ByApp   messaging.ConnectorID = "mcn_program" // a program that has Desk
	Phone                         = "sip:desk@example.com"
	AliceSI                       = "208950000000101" // IMSI
	BobSI                         = "208950000000102" // IMSI
)

// NewHouse has the numbers and connectors above: Alice leaves by the operator and is reached by it, Bob too in copy mode, Desk leaves by the carrier.
func NewHouse() *House {
	line := func(id messaging.NumberID, e messaging.Address, imsi string) *messaging.Line {
		return &messaging.Line{
			Account: Account, Number: id, E164: e, Country: "FR", Route: ByCore, Path: messaging.PathInPath,
			Native: &messaging.Native{IMSI: imsi, Ways: []messaging.ConnectorID{ByCore}},
		}
	}
	alice, bob := line(AliceID, Alice, AliceSI), line(BobID, Bob, BobSI)
	bob.Path = messaging.PathCopy
	desk := &messaging.Line{Account: Account, Number: DeskID, E164: Desk, Country: "FR", Route: ByAir, Phones: []string{Phone}}
	s := &messaging.Snapshot{
		Lines:   map[messaging.Address]*messaging.Line{Alice: alice, Bob: bob, Desk: desk},
		Numbers: map[messaging.NumberID]*messaging.Line{AliceID: alice, BobID: bob, DeskID: desk},
		IMSIs:   map[string]*messaging.Line{AliceSI: alice, BobSI: bob},
		Connectors: map[messaging.ConnectorID]*messaging.Connector{
			ByCore: {ID: ByCore, Kind: messaging.KindSMPPClient, Role: messaging.RoleOperator, Operator: "op_1", Country: "FR", InDoubt: messaging.InDoubtRetry, Window: 10},
			ByIMS:  {ID: ByIMS, Kind: messaging.KindIMS, Role: messaging.RoleOperator, Operator: "op_1", Country: "FR", InDoubt: messaging.InDoubtRetry, Window: 10},
			ByAir:  {ID: ByAir, Kind: messaging.KindSMPPClient, Role: messaging.RoleCarrier, Country: "FR", InDoubt: messaging.InDoubtHold, Window: 10},
			ByApp: {
				ID: ByApp, Kind: messaging.KindSMPPServer, Role: messaging.RoleProgram, Country: "FR", InDoubt: messaging.InDoubtRetry, Window: 10,
				Numbers: map[messaging.NumberID]struct{}{DeskID: {}},
			},
		},
	}
	h := &House{}
	h.Set(s)
	return h
}

// Normal reads French numbers, as messaging.Config asks.
func Normal(a messaging.Address, _ string) messaging.Address {
	s := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(string(a))
	const national, plusless = 10, 11
	switch {
	case strings.HasPrefix(s, "+"):
	case strings.HasPrefix(s, "00"):
		s = "+" + s[2:]
	case len(s) == national && s[0] == '0':
		s = "+33" + s[1:]
	case len(s) >= plusless:
		s = "+" + s
	}
	return messaging.Address(s)
}

// Emergency knows 112 and 114, as messaging.Config asks.
func Emergency(a messaging.Address, _ string) bool { return a == "112" || a == "114" }

// IDs makes ids that rise, as messaging.Config asks.
func IDs() func(prefix string, at time.Time) string {
	var n atomic.Int64
	return func(prefix string, _ time.Time) string { return fmt.Sprintf("%s_%026d", prefix, n.Add(1)) }
}

// NewOffice makes an office in a house, with a store of its own or one that was there before.
func NewOffice(h *House, s interface {
	messaging.Store
	messaging.Waker
},
) *messaging.Office {
	return messaging.New(messaging.Config{Store: s, Waker: s, Directory: h, Emergency: Emergency, Normal: Normal, NewID: IDs()})
}

// Carrier is a messaging.Carrier that keeps what it was asked to carry.
type Carrier struct {
	mu      sync.Mutex
	do      func(ctx context.Context, d *messaging.Delivery) messaging.Outcome
	carried []messaging.Delivery
}

// Will has do say what comes of deliveries from now on; nil, as in the zero value: all are sent, with ids "id1" and so on.
func (c *Carrier) Will(do func(ctx context.Context, d *messaging.Delivery) messaging.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.do = do
}

// Carry implements messaging.Carrier.
func (c *Carrier) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	c.mu.Lock()
	c.carried = append(c.carried, *d)
	n, do := len(c.carried), c.do
	c.mu.Unlock()
	if do != nil {
		return do(ctx, d)
	}
	return messaging.Outcome{Result: messaging.ResultSent, IDs: []string{fmt.Sprintf("id%d", n)}}
}

// Carried is what it was asked to carry, in order.
func (c *Carrier) Carried() []messaging.Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.carried)
}

// Bodies are the texts of those.
func (c *Carrier) Bodies() []string {
	var out []string
	for _, d := range c.Carried() {
		out = append(out, d.Body)
	}
	return out
}

// Text is an arrival of a text.
func Text(by messaging.ConnectorID, from, to messaging.Address, text string) messaging.Arrival {
	return messaging.Arrival{
		Connector: by, Bind: "bind1", From: from, To: to, At: time.Now(),
		Body: messaging.Body{Coding: messaging.CodingUCS2, Octets: UCS2(text), Raw: []byte(text), Kind: "smpp:0:8"},
	}
}
