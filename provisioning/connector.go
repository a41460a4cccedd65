package provisioning

import (
	"cmp"
	"time"

	"tandem/messaging"
	"tandem/routing"
)

// Connector is a way to a carrier, an operator or a program for messages. Which trunks calls take has nothing to do with it.
type Connector struct {
	ID      messaging.ConnectorID `json:"id"`      // "mcn_…"
	Account routing.AccountID     `json:"account"` // empty: shared by all accounts
	Name    string                `json:"name"`    // unique

	Settings ConnectorSettings `json:"settings"`

	Password Secret `json:"password"` // of the bind, or of the HTTP requests
	Token    Secret `json:"token"`    // that the other shows us, in requests or as the password of its bind to us
}

// ConnectorSettings is what a connector says beside its name; kept as JSON.
type ConnectorSettings struct {
	Kind      messaging.ConnectorKind `json:"kind"`
	Role      messaging.Role          `json:"role"`
	Operator  routing.OperatorID      `json:"operator,omitempty"` // of RoleOperator
	Country   string                  `json:"country,omitempty"`  // how national numbers from there are read; empty: FR
	InDoubt   messaging.InDoubt       `json:"in_doubt"`
	Window    int                     `json:"window,omitempty"` // 0: 10; with InDoubtHold always 1
	Rate      float64                 `json:"rate,omitempty"`   // segments a second; 0: no limit
	Keep      time.Duration           `json:"keep,omitempty"`   // 0: 24 h
	Emergency bool                    `json:"emergency,omitempty"`
	Numbers   []routing.NumberID      `json:"numbers,omitempty"` // of RoleProgram: those that it writes and reads for
	Disabled  bool                    `json:"disabled,omitempty"`

	SMPP  *SMPPSettings   `json:"smpp,omitempty"` // of both SMPP kinds
	HTTP  *HTTPSettings   `json:"http,omitempty"`
	Trunk routing.TrunkID `json:"trunk,omitempty"` // of KindSIP; KindIMS takes its operator's

	Centre string `json:"centre,omitempty"` // of KindIMS: the operator's service centre, a number with its plus or a SIP or tel URI; empty: nothing leaves by it
}

// SMPPSettings is how a connector speaks SMPP 3.4. What is not said is as most have it.
type SMPPSettings struct {
	Address     string        `json:"address,omitempty"` // host:port of the SMSC; empty with KindSMPPServer
	TLS         bool          `json:"tls,omitempty"`
	Authority   string        `json:"authority,omitempty"` // PEM: who signs the SMSC's certificate; empty: the system's authorities
	SystemID    string        `json:"system_id"`
	SystemType  string        `json:"system_type,omitempty"`
	Bind        SMPPBind      `json:"bind,omitempty"`
	Binds       int           `json:"binds,omitempty"` // connections at the same time, 1 to 16; 0: 1
	ServiceType string        `json:"service_type,omitempty"`
	Default     string        `json:"default,omitempty"` // alphabet of data_coding 0: "gsm7" (empty) or "latin1"
	Long        SMPPLong      `json:"long,omitempty"`
	Enquire     time.Duration `json:"enquire,omitempty"`  // between enquire_link; 0: 30 s
	Patience    time.Duration `json:"patience,omitempty"` // for a response; 0: 10 s
	Sources     []string      `json:"sources,omitempty"`  // with KindSMPPServer: prefixes of addresses that it may bind from; empty: any
}

// SMPPBind says how a connector binds.
type SMPPBind string

// The binds.
const (
	BindTransceiver SMPPBind = "transceiver" // "" too
	BindPair        SMPPBind = "pair"        // a transmitter and a receiver
	BindTransmitter SMPPBind = "transmitter"
	BindReceiver    SMPPBind = "receiver"
)

// SMPPLong says how long messages go out.
type SMPPLong string

// The ways of a long message.
const (
	LongUDH     SMPPLong = "udh"     // "" too: 8-bit user data headers
	LongUDH16   SMPPLong = "udh16"   // 16-bit references
	LongSAR     SMPPLong = "sar"     // sar_* TLVs
	LongPayload SMPPLong = "payload" // one message_payload
)

// NumberMessaging is how messages of a number go.
type NumberMessaging struct {
	Connector messaging.ConnectorID `json:"connector,omitempty"` // that its messages leave by; empty: of an eSIM its operator's, else none
	Path      messaging.Path        `json:"path,omitempty"`      // of a direct number on an eSIM; empty: in_path
	Guard     *messaging.Guard      `json:"guard,omitempty"`     // nil: of French mobile numbers 100 an hour, 1,000 a day, 10,000 a month; of others none
}

// Ref names the connector.
func (c *Connector) Ref() Ref { return Ref{KindConnector, string(c.ID), c.Account, c.Name} }

// Secrets are what we show the other, and what the other shows us.
func (c *Connector) Secrets() map[string]*Secret {
	return map[string]*Secret{"password": &c.Password, "token": &c.Token}
}

func (*Connector) record() {}

// Fields lists what the connector says.
func (c *Connector) Fields() []Field {
	s := &c.Settings
	smpp, http := "", ""
	if s.SMPP != nil {
		smpp = asJSON(s.SMPP)
	}
	if s.HTTP != nil {
		http = asJSON(s.HTTP)
	}
	return []Field{
		text("name", c.Name), text("account", string(c.Account)), text("kind", string(s.Kind)), text("role", string(s.Role)),
		text("operator", string(s.Operator)), text("trunk", string(s.Trunk)), text("centre", s.Centre), text("country", s.Country), text("in_doubt", string(s.InDoubt)),
		text("window", s.Window), text("rate", s.Rate), text("keep", s.Keep), text("emergency", s.Emergency), set("numbers", s.Numbers),
		text("disabled", s.Disabled), text("smpp", smpp), text("http", http),
		{Name: "password", Secret: c.Password},
		{Name: "token", Secret: c.Token},
	}
}

// NewConnector is a connector of a kind with the manners that most have.
func NewConnector(id messaging.ConnectorID, kind messaging.ConnectorKind) *Connector {
	c := &Connector{ID: id, Settings: ConnectorSettings{Kind: kind, Role: UsualRole(kind), InDoubt: messaging.InDoubtHold}}
	switch kind {
	case messaging.KindSMPPClient, messaging.KindSMPPServer:
		c.Settings.SMPP = &SMPPSettings{}
	case messaging.KindHTTP:
		c.Settings.HTTP = &HTTPSettings{}
	case messaging.KindSIP, messaging.KindIMS:
	}
	return c
}

// UsualRole is who is at the other end of most connectors of a kind.
func UsualRole(kind messaging.ConnectorKind) messaging.Role {
	switch kind {
	case messaging.KindSMPPServer:
		return messaging.RoleProgram
	case messaging.KindIMS:
		return messaging.RoleOperator
	case messaging.KindSMPPClient, messaging.KindHTTP, messaging.KindSIP:
	}
	return messaging.RoleCarrier
}

// UsualWindow is how many messages a connector that says nothing else carries at a time.
const UsualWindow = 10

// switchboard is the connector as messages see it.
func (c *Connector) switchboard() *messaging.Connector {
	s := &c.Settings
	out := &messaging.Connector{
		ID: c.ID, Account: messaging.AccountID(c.Account), Name: c.Name, Kind: s.Kind, Role: s.Role, Operator: string(s.Operator), Country: cmp.Or(s.Country, "FR"), InDoubt: s.InDoubt,
		Window: cmp.Or(s.Window, UsualWindow), Rate: s.Rate, Keep: s.Keep, Emergency: s.Emergency,
	}
	if s.InDoubt == messaging.InDoubtHold {
		out.Window = 1
	}
	if len(s.Numbers) > 0 {
		out.Numbers = make(map[messaging.NumberID]struct{}, len(s.Numbers))
		for _, n := range s.Numbers {
			out.Numbers[messaging.NumberID(n)] = struct{}{}
		}
	}
	return out
}

// Uses says whether something uses something.
type Uses bool

// connectorsOf names the connectors that use something.
func (s *State) connectorsOf(use func(*ConnectorSettings) Uses) []string {
	var out []string
	for _, c := range s.Connectors {
		if use(&c.Settings) {
			out = append(out, "the connector "+c.Name)
		}
	}
	return out
}
