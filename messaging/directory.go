package messaging

import "time"

// Directory answers whose numbers are whose. Its snapshot is immutable and swapped whole on change.
type Directory interface {
	Post() *Snapshot
}

// Snapshot is everything that must be known to decide upon a message, indexed. Nobody changes one.
type Snapshot struct {
	Lines      map[Address]*Line // by E.164
	Numbers    map[NumberID]*Line
	IMSIs      map[string]*Line // direct numbers on an eSIM, by the IMSI of their subscription
	Connectors map[ConnectorID]*Connector
}

// Line is a number of ours, as messages see it.
type Line struct {
	Account AccountID
	Number  NumberID
	E164    Address
	Country string  // ISO 3166: how national numbers written from it are read
	Native  *Native // native messaging of its user; nil: there is none
	Route   ConnectorID
	Path    Path
	Guard   Guard
	Phones  []string // AORs of the SIP phones of its users, which inbound messages are sent to
	Users   []UserID
}

// Native is how native messaging of a number is reached: the ways in the order in which they are tried.
type Native struct {
	IMSI string
	Ways []ConnectorID
}

// Path says where we stand between a handset and the network.
type Path string

// The paths.
const (
	PathInPath Path = "in_path" // the operator gives us what is sent from and to the handset, and we send it on
	PathCopy   Path = "copy"    // the operator delivers as usual, and gives us a copy
)

// Guard is how many messages a number may send (SPEC L21); 0: no limit. They slide: the last hour, day and 30 days count.
type Guard struct {
	Hour  int `json:"hour"`
	Day   int `json:"day"`
	Month int `json:"month"`
}

// Connector is a way to a carrier, an operator or a program.
type Connector struct {
	ID        ConnectorID
	Account   AccountID // empty: shared by all accounts
	Name      string
	Kind      ConnectorKind
	Role      Role
	Operator  string // of RoleOperator
	Country   string // ISO 3166: how national numbers from there are read
	InDoubt   InDoubt
	Window    int           // deliveries that it carries at a time, 1 to 1000
	Rate      float64       // segments a second at the most; 0: as fast as the other takes them
	Keep      time.Duration // for which a message that nobody takes is tried; 0: 24 h
	Emergency bool          // an emergency number's messages may leave by it
	Numbers   map[NumberID]struct{}
}

// ConnectorKind says what a connector speaks.
type ConnectorKind string

// The kinds of connector.
const (
	KindSMPPClient ConnectorKind = "smpp"        // we bind to an SMSC
	KindSMPPServer ConnectorKind = "smpp_server" // the other binds to us
	KindHTTP       ConnectorKind = "http"        // requests made by templates, both ways
	KindSIP        ConnectorKind = "sip"         // MESSAGE on a trunk (RFC 3428)
	KindIMS        ConnectorKind = "ims"         // SMS over IP on a trunk that leads to a core (TS 24.341)
)

// Role says who is at the other end, and so what a message from there is.
type Role string

// The roles.
const (
	RoleCarrier  Role = "carrier"  // carries messages to and from numbers of ours
	RoleOperator Role = "operator" // the SMSC of a mobile operator: it has handsets of ours too
	RoleProgram  Role = "program"  // writes from our numbers, and reads what comes to them
)

// InDoubt says what becomes of a message that was perhaps sent when we or the line went down.
type InDoubt string

// What can become of it. With InDoubtHold one message at a time is under way, so that no more than one is ever in doubt.
const (
	InDoubtHold  InDoubt = "hold"  // it is shown as such, and not sent again
	InDoubtRetry InDoubt = "retry" // it is sent again; the other may have it twice
)
