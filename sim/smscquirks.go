package sim

import "time"

// Quirks are what a centre does differently from what its programs expect, each as it was seen on a real one. The zero value is a well-behaved centre.
type Quirks struct {
	Source      Source
	AsDialled   Dialled
	Reference   Reference
	IDs         IDs
	Receipts    Receipts
	Early       Early
	Unknown     Destination
	Alerts      int           // alert_notifications when a handset comes back for whom something waits; 0: none
	FullRetry   time.Duration // between attempts at a handset whose memory is full; 0: 5 s
	AbsentRetry time.Duration // at one that was not reached; 0: 30 s. One that is switched on is tried at once
	Delay       time.Duration // of every response
	Throttle    int           // every so many submit_sm is refused with ESME_RTHROTTLED; 0: none
	Full        int           // every so many with ESME_RMSGQFUL
	Repeat      int           // per cent of deliver_sm that come again although they were answered
	Forget      int           // per cent of deliver_sm whose response is forgotten: they come again by the next bind
	Shuffle     int           // per cent of long messages whose segments come out of order
}

// Source says how the subscriber of a handset is named to a program that stands in the path.
type Source int

// The sources.
const (
	SourceMSISDN Source = iota // TON 1, NPI 1, without a plus
	SourceIMSI                 // TON 4, NPI 6
)

// Dialled says how the destination of what a handset wrote is given.
type Dialled int

// How it is given.
const (
	DialledInternational Dialled = iota // TON 1, NPI 1
	DialledAsTyped                      // TON 0, NPI 1
)

// Reference says whether the sender's own reference is told (TLV user_message_reference): of a handset its TP-MR, of somebody outside a number of the centre's.
type Reference int

// Whether it is told.
const (
	ReferenceTold Reference = iota
	ReferenceNot
)

// IDs says how messages are named to whoever submits them.
type IDs int

// The ways of naming.
const (
	IDsDecimal IDs = iota
	IDsHex         // in the response in hexadecimal digits, in the receipt in decimal ones
	IDsNone        // "msg_id_not_implemented" for each, and some other name in the receipt
)

// Receipts says how receipts look.
type Receipts int

// The looks.
const (
	ReceiptsAsMost  Receipts = iota // with receipted_message_id and message_state
	ReceiptsLiteral                 // the text alone, with "YYMMDDhhmm" for its dates
)

// Early says when a receipt comes.
type Early int

// When it comes.
const (
	EarlyNever   Early = iota
	EarlyReceipt       // before the submit_sm_resp, where the message was delivered at once
)

// Destination says what becomes of a message to a number that nobody has.
type Destination int

// What becomes of it.
const (
	DestinationRefused  Destination = iota // ESME_RINVDSTADR
	DestinationAccepted                    // status 0; a receipt says later that it is undeliverable
)
