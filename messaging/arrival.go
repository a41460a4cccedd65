package messaging

import "time"

// Arrival is a message, or a segment of one, as a connector hands it in.
type Arrival struct {
	Connector ConnectorID
	Bind      string  // of the connection that it came by, unique for ever: what comes again by another is a repeat
	From      Address // as the other wrote it: national, without plus, an IMSI; it is read with the connector's country
	FromIMSI  string  // with a source that is an IMSI
	To        Address
	Reference string // what the other calls it (TP-MR, SMSC id, Call-ID, SCTS): the same again is a repeat. Empty: it has none
	Body      Body
	At        time.Time // when it came to us
	Passes    Channel   // whoever hands it in passes it on to this channel, and nothing is to be delivered there; empty: nowhere
}

// Body is what a message, or one segment of it, says on the wire.
type Body struct {
	Coding Coding
	Octets []byte  // user data without its header, as Coding says; septets unpacked, one to an octet
	Part   Segment // zero: it is whole
	Class  Class
	Raw    []byte // the whole unit as it came (short_message with its header, or RP-DATA), for what must go on unchanged
	Kind   string // what Raw is: "smpp:<esm_class>:<data_coding>", "rp"
}

// Coding is the alphabet of user data (TS 23.038).
type Coding string

// The codings.
const (
	CodingGSM7   Coding = "gsm7"
	CodingUCS2   Coding = "ucs2"
	CodingLatin1 Coding = "latin1"
	CodingBinary Coding = "binary"
)

// Class says what a handset does with a message (TS 23.038 section 4); only ordinary ones may be sent by programs and people.
type Class string

// The classes.
const (
	ClassOrdinary Class = ""
	ClassFlash    Class = "flash"  // class 0
	ClassSIM      Class = "sim"    // class 2, or a SIM data download
	ClassSilent   Class = "silent" // type 0
	ClassData     Class = "data"   // ordinary, but its coding is binary: no text
)

// Segment says which part of a concatenated message this is (TS 23.040 section 9.2.3.24.1).
type Segment struct {
	Reference int // 8 or 16 bits
	Total     int // 0: it is no part; 1 to 255
	Number    int // 1 to Total
}

// Outgoing is a message that somebody of ours wrote on a screen, a phone or a program.
type Outgoing struct {
	Account AccountID
	Number  NumberID
	To      Address // as it was written
	Body    string
	Channel Channel
	User    UserID // empty: a program, or a flow
	Call    string // of whose flow it is
	Key     string // the client's own name for it: the same again is the same message. Empty: it has none
}

// Receipt is what a network says became of a message, or of one segment of it.
type Receipt struct {
	Connector ConnectorID
	IDs       []string // that the message may have had when it was taken: as written, and as other dialects write it, best first
	From, To  Address  // as in the receipt: the addressee first. They find a message whose id is no use
	State     State    // StateSent (buffered, en route), StateDelivered or StateFailed
	Reason    Reason
	At        time.Time
}

// Refusal says why a message was not taken. It is the writer's to mend.
type Refusal struct { //nolint:errname // It is what the glossary calls it; it fails like any other.
	Code     string // "body_too_long"
	Row      string // of SPEC
	Location string // "body.to"
	Text     string
	Args     map[string]string
}

// Error is the text, in the words of the rule.
func (r *Refusal) Error() string { return r.Text }
