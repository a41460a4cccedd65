package web

import (
	"context"
	"errors"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/web/mail"
)

// Cores is what is asked of the mobile cores that we are joined to.
type Cores interface {
	// FilterCriteria writes what an operator loads for our subscribers (TS 29.228 annex E), as XML. It fails with a *provisioning.Refusal where that cannot be.
	FilterCriteria(o *provisioning.Operator, of Subscription) ([]byte, error)
	// ProbeOperator calls the operator's test number, which nobody answers, and says who did. It takes up to 45 s, and fails with a *provisioning.Refusal where
	// no call can be made.
	ProbeOperator(ctx context.Context, o *provisioning.Operator) (provisioning.Probe, error)
	// Core is what is known of a core now.
	Core(o *provisioning.Operator) CoreState
}

// Subscription is for whom filter criteria are written.
type Subscription struct {
	Server  string         // our SIP URI as the core reaches it; empty: as we listen
	IMSI    string         // empty: for the operator's own template
	Numbers []routing.E164 // at least one
	Notes   bool           // MESSAGE requests come to us too
}

// CoreState is what is known of a core.
type CoreState struct {
	Off         int    // handsets that are known to be off
	Deflections uint64 // answers of machines since we started
	Marked      uint64 // calls of ours that the core handed to us again since we started, with our mark
	Stripped    uint64 // the same without it: the core takes it away
	Heard       routing.Heard
	Peers       []ChargingPeer
	Platform    *PlatformState // nil: it was asked nothing yet
}

// ChargingPeer is somebody who asks for credit.
type ChargingPeer struct {
	Name  string
	Proto string // "diameter", "nchf"
}

// PlatformState is the last that an eSIM platform said.
type PlatformState struct {
	At     time.Time
	Status string // "Executed-Success"; of HTTP, "HTTP 503"; empty: it did not answer
	Detail string // in words
}

// Codes draws activation codes of eSIMs.
type Codes interface {
	// DrawCode makes the QR code of an activation code (SGP.22 section 4.1).
	DrawCode(code string) (Drawing, error)
}

// Drawing is a QR code.
type Drawing struct {
	PNG  []byte
	SVG  string
	Text string // for a terminal
}

// Mailer sends e-mail. It fails with whatever went wrong on the way.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Examiner looks whether everything is as it should be, here and around us.
type Examiner interface {
	// Examine looks at everything, or at what concerns one operator; nil: everything. It takes up to 20 s.
	Examine(ctx context.Context, o *provisioning.Operator) []Finding
}

// Finding is what came of looking at one thing.
type Finding struct {
	Check  string  `json:"check" doc:"What was looked at: clock, port, trunk, certificate, platform …"`
	About  string  `json:"about" doc:"Which one, for people."`
	State  Verdict `json:"state" enum:"ok,warn,fail"`
	Text   string  `json:"text"`
	Advice string  `json:"advice,omitempty" doc:"What to do."`

	Operator routing.OperatorID `json:"operator_id,omitempty"`
	Account  routing.AccountID  `json:"-"` // whose it is; empty: everybody's
}

// Verdict is how something is.
type Verdict string

// The verdicts.
const (
	Fine Verdict = "ok"
	Warn Verdict = "warn" // it works, and will not for long, or not for all
	Fail Verdict = "fail"
)

// Credit is what is left of the packages of eSIMs.
type Credit interface {
	// Data says how an eSIM's package stands; false: nothing is known of it.
	Data(ctx context.Context, n *provisioning.Number) (Data, bool, error)
	// Usage says how it stands in full; false: nothing is known of it.
	Usage(ctx context.Context, n *provisioning.Number) (Usage, bool, error)
	// TopUp adds to what an eSIM may use in this cycle. It fails with ErrNoCredit where the eSIM is not in force.
	TopUp(ctx context.Context, u TopUp) error
}

// ErrNoCredit says that nothing can be added: the eSIM is not in force.
var ErrNoCredit = errors.New("no credit")

// TopUp is what is added to a package.
type TopUp struct {
	ID        string // the same again adds nothing
	Number    routing.NumberID
	Gigabytes int
	By        string // who did it
}

// Usage is how a package stands in full, in bytes.
type Usage struct {
	Quota, ToppedUp, Used, Left, Reserved int64

	Begins, Resets time.Time
	Days           []UsageDay    // of the cycle, in order
	Sessions       []DataSession // open ones
}

// UsageDay is what was used on a day.
type UsageDay struct {
	Day  string // 2006-01-02
	Used int64
}

// DataSession is a data session of a handset.
type DataSession struct {
	Point             string // access point
	Started, Reported time.Time
	Used, Reserved    int64
	Metered, FarAway  bool
}

// Data is how a package stands.
type Data struct {
	Used, Left int64 // bytes
	Resets     time.Time
}
