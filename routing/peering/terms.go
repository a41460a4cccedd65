package peering

import "slices"

// Terms are how a peer is spoken with. The zero value is what most peers want: every field's own zero says what that is.
type Terms struct {
	Codecs    []Codec   `json:"codecs,omitempty" toml:"codecs,omitempty" maxItems:"8" doc:"Best first: PCMA, PCMU, G722. Left out: PCMA, PCMU."`
	DigitsIn  DigitMode `json:"digits_in,omitempty" toml:"digits_in,omitempty" doc:"How its digits come: auto (RFC 4733 where agreed, else tones; INFO always counts), rfc4733, info or inband."`
	DigitsOut DigitMode `json:"digits_out,omitempty" toml:"digits_out,omitempty" doc:"How digits go to it: auto (RFC 4733 where agreed, else tones), rfc4733, info or inband."`
	EventType int       `json:"event_type,omitempty" toml:"event_type,omitzero" doc:"Payload type of telephone-event in our offers, 96 to 127. 0: 101."`
	Ptime     int       `json:"ptime,omitempty" toml:"ptime,omitzero" doc:"Milliseconds of voice in a packet that we ask for: 10, 20, 30, 40 or 60. 0: 20."`

	HeadersIn  []HeaderRule `json:"headers_in,omitempty" toml:"headers_in,omitempty" maxItems:"50" doc:"What is done to headers of its requests before they are read, in this order."`
	HeadersOut []HeaderRule `json:"headers_out,omitempty" toml:"headers_out,omitempty" maxItems:"50" doc:"What is done to headers of our requests before they are sent, in this order."`
	PrefixIn   []PrefixRule `json:"prefix_in,omitempty" toml:"prefix_in,omitempty" maxItems:"200" doc:"How numbers that it sends are made international; the longest match rules, where none does, country and dial say."`
	PrefixOut  []PrefixRule `json:"prefix_out,omitempty" toml:"prefix_out,omitempty" maxItems:"200" doc:"How called numbers are written for it; the longest match rules, where none does, dial says."`

	FromFormat     NumberFormat `json:"from_format,omitempty" toml:"from_format,omitempty" doc:"How From writes the caller: plus, 00, national or bare. Left out: as dial."`
	AssertedFormat NumberFormat `json:"asserted_format,omitempty" toml:"asserted_format,omitempty" doc:"How P-Asserted-Identity writes the caller. Left out: as from_format."`
	Identity       Identity     `json:"identity,omitempty" toml:"identity,omitempty" doc:"How the caller is named beside From: asserted (P-Asserted-Identity), preferred (P-Preferred-Identity), party (Remote-Party-ID) or none. Left out: asserted."`
	Redirection    Redirection  `json:"redirection,omitempty" toml:"redirection,omitempty" doc:"How a forwarded call names who forwarded it: diversion, history, both or none. Left out: both."`
	TrustDiversion bool         `json:"trust_diversion,omitempty" toml:"trust_diversion,omitempty" doc:"Its Diversion and History-Info are believed."`

	MaxIn  int `json:"max_in,omitempty" toml:"max_in,omitzero" doc:"Most calls from it at once. 0: as max_calls alone says."`
	MaxOut int `json:"max_out,omitempty" toml:"max_out,omitzero" doc:"Most calls to it at once. 0: as max_calls alone says."`
	Rate   int `json:"calls_per_second,omitempty" toml:"calls_per_second,omitzero" doc:"Most new calls a second, both ways together. 0: no limit."`
	Full   int `json:"full_status,omitempty" toml:"full_status,omitzero" doc:"What a call from it is answered beyond these limits: 503 or 486. 0: 503."`
	Weight int `json:"weight,omitempty" toml:"weight,omitzero" doc:"Share of the calls among trunks of one priority, 1 to 1000. 0: they are tried in the order of their ids."`

	Timer        Policy     `json:"session_timer,omitempty" toml:"session_timer,omitempty" doc:"RFC 4028: off or supported. Left out: supported."`
	TimerSeconds int        `json:"session_seconds,omitempty" toml:"session_seconds,omitzero" doc:"What we ask for, 90 to 86400. 0: 1800."`
	Reliable     Policy     `json:"reliable,omitempty" toml:"reliable,omitempty" doc:"RFC 3262 (100rel): off, supported or required. Left out: supported."`
	EarlyMedia   EarlyMedia `json:"early_media,omitempty" toml:"early_media,omitempty" doc:"What is heard before it answers: pass, or ignore, and our own ringing is heard. Left out: pass."`
}

// Codec names a codec of voice as SDP does.
type Codec string

// The codecs that a trunk may have.
const (
	PCMA Codec = "PCMA"
	PCMU Codec = "PCMU"
	G722 Codec = "G722"
)

// DigitMode is how keys travel.
type DigitMode string

// The modes; empty is DigitsAuto.
const (
	DigitsAuto   DigitMode = "auto"
	DigitsEvent  DigitMode = "rfc4733"
	DigitsInfo   DigitMode = "info"
	DigitsInband DigitMode = "inband"
)

// NumberFormat is how a number is written for a peer.
type NumberFormat string

// The formats; empty is that of another field.
const (
	FormatPlus     NumberFormat = "plus"
	FormatDouble0  NumberFormat = "00"
	FormatNational NumberFormat = "national"
	FormatBare     NumberFormat = "bare"
)

// Identity is what names the caller beside From.
type Identity string

// The ways of naming; empty is IdentityAsserted.
const (
	IdentityAsserted  Identity = "asserted"
	IdentityPreferred Identity = "preferred"
	IdentityParty     Identity = "party"
	IdentityNone      Identity = "none"
)

// Redirection is what names who forwarded a call.
type Redirection string

// The ways of naming; empty is RedirectionBoth.
const (
	RedirectionNone      Redirection = "none"
	RedirectionDiversion Redirection = "diversion"
	RedirectionHistory   Redirection = "history"
	RedirectionBoth      Redirection = "both"
)

// Policy says whether something of SIP is used with a peer.
type Policy string

// The policies; empty is PolicySupported.
const (
	PolicyOff       Policy = "off"
	PolicySupported Policy = "supported"
	PolicyRequired  Policy = "required"
)

// EarlyMedia says who is heard before the answer.
type EarlyMedia string

// The choices; empty is EarlyPass.
const (
	EarlyPass   EarlyMedia = "pass"
	EarlyIgnore EarlyMedia = "ignore"
)

// IsZero says that nothing was set.
func (t *Terms) IsZero() bool {
	return len(t.Codecs) == 0 && t.DigitsIn == "" && t.DigitsOut == "" && t.EventType == 0 && t.Ptime == 0 && len(t.HeadersIn) == 0 && len(t.HeadersOut) == 0 &&
		len(t.PrefixIn) == 0 && len(t.PrefixOut) == 0 && t.FromFormat == "" && t.AssertedFormat == "" && t.Identity == "" && t.Redirection == "" &&
		!t.TrustDiversion && t.limitsZero() && t.Timer == "" && t.TimerSeconds == 0 && t.Reliable == "" && t.EarlyMedia == ""
}

func (t *Terms) limitsZero() bool {
	return t.MaxIn == 0 && t.MaxOut == 0 && t.Rate == 0 && t.Full == 0 && t.Weight == 0
}

// Voices are the codecs to offer, best first.
func (t *Terms) Voices() []Codec {
	if len(t.Codecs) == 0 {
		return []Codec{PCMA, PCMU}
	}
	return slices.Clone(t.Codecs)
}

// SendsInfo says that digits go to the peer by INFO.
func (t *Terms) SendsInfo() (is bool) { return t.DigitsOut == DigitsInfo }

// OffersEvents says whether telephone-event stands in our descriptions: not where neither side uses it.
func (t *Terms) OffersEvents() (does bool) {
	used := func(m DigitMode) bool { return m == "" || m == DigitsAuto || m == DigitsEvent }
	return used(t.DigitsIn) || used(t.DigitsOut)
}
