package provisioning

import (
	"slices"
	"strconv"
	"time"

	"tandem/routing"
)

// ESIM is the eSIM of a direct number (SPEC E1): one assignment, from its order to its end. A later assignment is another ESIM with another ID.
type ESIM struct {
	ID       string             `json:"id"` // "esim_…": the key of every request that concerns it, so that none is done twice
	Operator routing.OperatorID `json:"operator,omitempty"`
	User     routing.UserID     `json:"user"`
	Package  int                `json:"package"` // 0, 20 or 50 GB (SPEC E3)
	State    ESIMState          `json:"state"`
	Since    time.Time          `json:"since"`          // of the state
	Want     ESIMWant           `json:"want,omitempty"` // what it is to become; empty: enabled
	Step     ESIMStep           `json:"step,omitempty"` // what is asked of the operator now; empty: nothing
	Busy     Works              `json:"busy,omitempty"` // somebody is at it, until Next at the latest; else it waits
	Tries    int                `json:"tries,omitempty"`
	Next     time.Time          `json:"next,omitzero"`   // when the step is tried again
	Fault    string             `json:"fault,omitempty"` // why the last try failed, for an operator

	ICCID      string    `json:"iccid,omitempty"`
	EID        string    `json:"eid,omitempty"`
	IMSI       string    `json:"imsi,omitempty"`
	MatchingID string    `json:"matching_id,omitempty"`
	Address    string    `json:"address,omitempty"` // of the SM-DP+, as phones reach it
	Code       string    `json:"code,omitempty"`    // the activation code, "LPA:1$…" (SGP.22 section 4.1)
	Cycle      time.Time `json:"cycle,omitzero"`    // when the package's current cycle began

	Profile ESIMState `json:"profile,omitempty"` // what became of the profile itself, whatever else is so: empty, ordered, released, downloaded, enabled, disabled, terminated
	Line    ESIMLine  `json:"line,omitempty"`    // what the HLR was told
	HeardAt time.Time `json:"heard_at,omitzero"` // the newest notification that counted, by the platform's clock
	Heard   []string  `json:"heard,omitempty"`   // those of that very second: a repeat of one counts for nothing

	Mail *ESIMMail `json:"mail,omitempty"` // that brings its user the code (SPEC E17); nil: none yet
}

// ESIMState is where an eSIM is in its life (SPEC E2).
type ESIMState string

// The states.
const (
	ESIMRequested  ESIMState = "requested"  // assigned, and no platform was asked for it yet
	ESIMOrdered    ESIMState = "ordered"    // a profile is reserved for it
	ESIMReleased   ESIMState = "released"   // it can be downloaded: there is an activation code
	ESIMDownloaded ESIMState = "downloaded" // it is in the handset
	ESIMEnabled    ESIMState = "enabled"
	ESIMDisabled   ESIMState = "disabled" // switched off in the handset
	ESIMSuspended  ESIMState = "suspended"
	ESIMTerminated ESIMState = "terminated"
	ESIMFailed     ESIMState = "failed" // the platform refused it, and trying again would not help
)

// ESIMWant is what somebody asked for.
type ESIMWant string

// What can be asked for.
const (
	WantEnabled    ESIMWant = ""
	WantSuspended  ESIMWant = "suspended"
	WantTerminated ESIMWant = "terminated"
)

// ESIMStep is one request to the operator that is under way.
type ESIMStep string

// The steps. Each can be taken again without harm: its key is the assignment and the step.
const (
	StepOrder      ESIMStep = "order"      // reserve a profile (SGP.22 section 5.3.1)
	StepSubscribe  ESIMStep = "subscribe"  // make the subscription at the HLR
	StepConfirm    ESIMStep = "confirm"    // give the order its matching ID (SGP.22 section 5.3.2)
	StepRelease    ESIMStep = "release"    // let it be downloaded (SGP.22 section 5.3.4)
	StepData       ESIMStep = "data"       // mobile data on or off, as the package is
	StepSuspend    ESIMStep = "suspend"    // bar the subscription
	StepResume     ESIMStep = "resume"     // and let it in again
	StepDisconnect ESIMStep = "disconnect" // delete the subscription
	StepCancel     ESIMStep = "cancel"     // make the profile unavailable (SGP.22 section 5.3.3)
)

// ESIMLine is what the HLR lets a subscription do.
type ESIMLine string

// What it can do.
const (
	LineNone   ESIMLine = ""      // it is not there, or there is no HLR of ours to ask
	LineVoice  ESIMLine = "voice" // calls and messages (the package of 0 GB)
	LineData   ESIMLine = "data"  // and mobile data
	LineBarred ESIMLine = "barred"
)

// rank orders what becomes of a profile; it never goes down. Enabled and disabled take turns.
func (s ESIMState) rank() int {
	switch s {
	case ESIMRequested, ESIMFailed, ESIMSuspended:
		return 0
	case ESIMOrdered:
		return 1
	case ESIMReleased:
		return 2
	case ESIMDownloaded:
		return 3
	case ESIMEnabled, ESIMDisabled:
		return 4
	case ESIMTerminated:
		return 5
	}
	return 0
}

// profile is what became of the profile; of an eSIM that a site file brought along its state says it.
func (e *ESIM) profile() ESIMState {
	switch {
	case e.Profile != "":
		return e.Profile
	case e.State == ESIMSuspended:
		return ESIMEnabled
	case e.State == ESIMRequested || e.State == ESIMFailed:
		return ""
	}
	return e.State
}

// Ending says whether an eSIM is on its way to its end: nothing but that is done with it any more.
func (e *ESIM) Ending() Ends { return Ends(e.Want == WantTerminated || e.profile() == ESIMTerminated) }

// Ended says whether nothing of an eSIM is left at its operator.
func (e *ESIM) Ended() Ends { return Ends(e.profile() == ESIMTerminated && e.Line == LineNone) }

// Ends says whether something ends.
type Ends bool

// Active says whether the handset works: what E5, E6, E14 and E15 call an active eSIM.
func (e *ESIM) Active() Works { return Works(e.State == ESIMEnabled && e.Want == WantEnabled) }

// Works says whether something can be used.
type Works bool

// esimRefusals says why a number cannot have its eSIM (SPEC E1, E3, E16).
func (n *Number) esimRefusals() Refusals {
	e := n.Settings.ESIM
	if e == nil || e.over() {
		return nil
	}
	args := map[string]string{"number": string(n.E164), "user": string(e.User), "package": strconv.Itoa(e.Package)}
	switch {
	case n.Kind != routing.Direct && FrenchMobile(n.E164):
		return Refusals{told(Refusal{
			Code: "esim_needs_direct_number", Row: "E16", Location: "path.id", Args: args,
			Text: "only a direct number has an eSIM: convert {number} to a direct number first",
		})}
	case n.Kind != routing.Direct:
		return Refusals{told(Refusal{
			Code: "esim_unsupported_number", Row: "E1", Location: "path.id", Args: args,
			Text: "only a direct number has an eSIM, and {number} cannot be one: take a French mobile number",
		})}
	case !slices.Contains(n.Users, e.User):
		return Refusals{told(Refusal{
			Code: "esim_wrong_user", Row: "E1", Location: "body.user_id", Args: args, Text: "the eSIM of {number} is for the user of that number alone",
		})}
	case e.Package != 0 && e.Package != 20 && e.Package != 50:
		return Refusals{told(Refusal{
			Code: "esim_package", Row: "E3", Location: "body.package", Args: args, Text: "there is no package of {package} GB: take 0, 20 or 50",
		})}
	}
	return nil
}
