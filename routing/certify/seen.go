package certify

import "time"

// Seen is what was seen of a peer. What is nil was not tried; NoTime says why, where that was for want of time.
type Seen struct {
	At     time.Time
	NoTime bool // the time for the run was up before everything was tried

	Options      *OptionsSeen
	Registration *RegistrationSeen
	Certificate  *CertificateSeen

	Call   *CallSeen // in which most is tried
	Cancel *CallSeen // that was cancelled while it rang
	Large  *CallSeen // whose INVITE was large, and cancelled as soon as it was taken
	Wrong  *CallSeen // to a number that is nobody's
}

// OptionsSeen is what came of OPTIONS.
type OptionsSeen struct {
	Server string
	Status int // 408: silence; 503: not reached; 0: no server was found
	RTT    time.Duration
}

// RegistrationSeen is how our registration is.
type RegistrationSeen struct {
	Wanted bool // the trunk is one that we register with
	Until  time.Time
	Status int    // the last one of OPTIONS or REGISTER
	Detail string // in words
}

// CertificateSeen is what a server over TLS shows.
type CertificateSeen struct {
	TLS     bool   // it is reached over TLS at all
	Names   string // that the certificate carries; empty: none came
	Expires time.Time
	Refused string // why our connections to it are refused; empty: they are not
}

// CallSeen is how a call went.
type CallSeen struct {
	Impossible string // why no INVITE could be sent; empty: one was
	Size       int    // of the body and the headers that were added to the INVITE; 0: not known

	Ringing  int           // the first provisional status above 100; 0: none came
	Early    bool          // it brought a session description
	RangIn   time.Duration // from the INVITE
	Reliable bool          // it wanted a PRACK

	Answered   bool
	AnsweredIn time.Duration
	Status     int // of the refusal; 408: silence; 0: it was not refused
	Phrase     string

	Requires []string // extensions that the answer asks for
	Supports []string
	Allows   []string // methods; nil: it did not say
	Expires  string   // its Session-Expires, as written
	Asserted string   // its P-Asserted-Identity, as written

	Terms  Terms
	Shown  string // the caller ID, as it was written for it
	Offer  []string
	Picked []string
	Media  string // why its description could not be taken; empty: it could

	Audio  *AudioSeen
	Digits *DigitsSeen
	Hold   *ChangeSeen
	Resume *ChangeSeen
	Fax    *ChangeSeen

	Left     bool // we wanted to end it
	EndedIn  time.Duration
	Ended    bool // it ended after we wanted that
	PeerLeft bool // it ended the call before we did
}

// Terms is what was agreed on with the peer before, as far as steps depend on it.
type Terms struct {
	TimerOff         bool
	ReliableOff      bool
	ReliableRequired bool
	Digits           string // "auto", "rfc4733", "info" or "inband"
}

// AudioSeen is what came while a tone was sent.
type AudioSeen struct {
	Sent, Received, Lost uint64 // packets
	Jitter               time.Duration
	MOS                  float64 // 0: not known
	Codec                string
	For                  time.Duration // how long it was counted
}

// DigitsSeen is what was typed.
type DigitsSeen struct {
	Sent   string
	Events bool   // telephone-event was agreed on
	Echo   string // keys that came back
}

// ChangeSeen is what came of a re-INVITE.
type ChangeSeen struct {
	Status    int // 0: no answer came in time
	Direction string
	Media     string // why its answer could not be taken; empty: it could
	Image     bool   // it took the picture line
	Over      bool   // the call ended with it
	Received  uint64 // packets that came after a resume
}
