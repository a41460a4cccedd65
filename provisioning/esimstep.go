package provisioning

import (
	"cmp"
	"slices"
	"time"

	"tandem/mobilecore/es2plus"
)

// stepLease is how long whoever took up a step has it for themselves: longer than any answer is waited for.
const stepLease = 45 * time.Second

// booked says whether an eSIM has a subscription in an HLR that we may change.
func (e *ESIM) booked(o *Operator) Works {
	return Works(o != nil && o.Settings.HLR != nil && e.IMSI != "")
}

// wantedLine is what the HLR is to let the subscription do.
func (e *ESIM) wantedLine() ESIMLine {
	switch {
	case bool(e.Ending()):
		return LineNone
	case e.Want == WantSuspended:
		return LineBarred
	case e.Package > 0:
		return LineData
	}
	return LineVoice
}

// NextStep is what is to be asked of the operator, by what is known now; empty: nothing. Each step makes true what the next one leans on:
//
//	requested ─order─▶ ordered ─subscribe, confirm, release─▶ released ┄▶ downloaded ┄▶ enabled ◀┄▶ disabled
//	    └────────────────────────┴───────── disconnect, cancel ───────────┴──────────────┴───────────┴──▶ terminated
//
// Dotted ways are the platform's notifications. Suspending and the package's data are steps at the HLR, wherever the profile is.
func (e *ESIM) NextStep(o *Operator) ESIMStep {
	if o == nil || e.State == ESIMFailed || e.Operator == "" {
		return ""
	}
	if e.Ending() {
		return e.lastSteps(o)
	}
	platform, profile := o.Settings.Platform != nil, e.profile()
	switch {
	case profile == "" && platform:
		return StepOrder
	case profile == "":
		return ""
	case bool(e.booked(o)) && e.Line == LineNone:
		return StepSubscribe
	case profile == ESIMOrdered && platform && e.Address == "":
		return StepConfirm
	case profile == ESIMOrdered && platform:
		return StepRelease
	case !bool(e.booked(o)) || e.Line == e.wantedLine():
		return ""
	case e.wantedLine() == LineBarred:
		return StepSuspend
	case e.Line == LineBarred:
		return StepResume
	}
	return StepData
}

// lastSteps are those of an eSIM that ends: the handset is cut off first.
func (e *ESIM) lastSteps(o *Operator) ESIMStep {
	inDoubt := e.profile() == "" && e.Step != "" // An order may have reached the platform.
	switch {
	case e.Line != LineNone && bool(e.booked(o)):
		return StepDisconnect
	case o.Settings.Platform == nil || e.profile() == ESIMTerminated || (e.profile() == "" && !inDoubt):
		return ""
	case e.ICCID == "":
		return StepOrder // What was ordered is known only to the platform: the same order again tells it.
	}
	return StepCancel
}

// Due is when the next step may be taken, and which it is; false: there is none.
func (e *ESIM) Due(o *Operator) (time.Time, ESIMStep, Works) {
	step := e.NextStep(o)
	return e.Next, step, step != ""
}

// Claimed is the eSIM of whoever takes up a step now: for a while nobody else does.
func (e *ESIM) Claimed(step ESIMStep, now time.Time) ESIM {
	next := *e
	if next.Step != step {
		next.Step, next.Tries = step, 0
	}
	next.Tries++
	next.Busy = true
	next.Next = now.Add(stepLease).UTC().Truncate(time.Millisecond)
	return next
}

// Call is the key of a step's request: the same whenever it is taken again.
func (e *ESIM) Call(step ESIMStep) string { return e.ID + "-" + string(step) }

// ESIMNews is what was heard of an eSIM.
//
//sumtype:decl
type ESIMNews interface{ news() }

// What can be heard.
type (
	// StepDone says that the operator has done a step.
	StepDone struct {
		Step    ESIMStep
		ICCID   string   // of an order
		Address string   // of a confirmation: the SM-DP+ as phones reach it
		Line    ESIMLine // of a step at the HLR: what it lets the subscription do now
	}
	// StepRefused says that a try of a step came to nothing.
	StepRefused struct {
		Step  ESIMStep
		Try   int // which of its tries it was
		Fault string
		Again time.Time // when it is tried again; zero: it would not help
	}
	// ProfileNews is a notification of the platform (SGP.22 section 5.3.5).
	ProfileNews struct {
		Profile ESIMState // what became of the profile; empty: what Fault says
		EID     string    // empty: not told
		At      time.Time // by the platform's clock
		Key     string    // two of one second that have the same are one
		Fault   string    // of a download that failed
	}
)

func (StepDone) news()    {}
func (StepRefused) news() {}
func (ProfileNews) news() {}

// After is the eSIM once something was heard of it. What is heard again, late or out of order changes nothing that was heard rightly.
func (e *ESIM) After(news ESIMNews, now time.Time) ESIM {
	next := *e
	switch news := news.(type) {
	case StepDone:
		next.done(news, now)
	case StepRefused:
		next.refused(news, now)
	case ProfileNews:
		next.notified(news, now)
	}
	return next
}

// done takes that a step was done.
func (e *ESIM) done(d StepDone, now time.Time) {
	if e.Step == d.Step {
		e.Step, e.Busy, e.Tries, e.Next, e.Fault = "", false, 0, time.Time{}, ""
	}
	to := e.profile()
	switch d.Step {
	case StepOrder:
		if e.ICCID = cmp.Or(e.ICCID, d.ICCID); to.rank() < ESIMOrdered.rank() {
			to = ESIMOrdered
		}
	case StepConfirm:
		e.Address = cmp.Or(d.Address, e.Address)
	case StepRelease:
		if to.rank() < ESIMReleased.rank() {
			to = ESIMReleased
		}
	case StepCancel:
		to = ESIMTerminated
	case StepSubscribe, StepData, StepSuspend, StepResume, StepDisconnect:
		e.Line = d.Line
	}
	e.settle(now, to)
}

// refused takes that a try of a step came to nothing. Without a profile there is no going on; with one, what the HLR refuses is asked of it again.
func (e *ESIM) refused(r StepRefused, now time.Time) {
	if e.Step != r.Step || e.Tries != r.Try {
		return // Somebody else has taken it up since, or it was done after all.
	}
	e.Fault, e.Busy = r.Fault, false
	if !r.Again.IsZero() {
		e.Next = r.Again.UTC().Truncate(time.Millisecond)
		return
	}
	e.Next = time.Time{}
	if e.Want == WantTerminated && r.Step == StepOrder {
		e.Step, e.Tries, e.Fault = "", 0, "" // Nothing was ordered, and so there is nothing to end.
		e.settle(now, ESIMTerminated)
		return
	}
	e.State, e.Since = ESIMFailed, now.UTC().Truncate(time.Millisecond)
}

// notified takes a notification. A profile goes from released to downloaded and on to enabled, and never back; enabled and disabled take turns, in the order
// of the platform's clock; after its end nothing is heard any more.
func (e *ESIM) notified(p ProfileNews, now time.Time) {
	was := e.profile()
	if was == ESIMTerminated || e.known(p) {
		return
	}
	newer := !p.At.Before(e.HeardAt)
	switch {
	case p.Profile == "":
		if !newer || was.rank() >= ESIMDownloaded.rank() {
			return
		}
		e.Fault = p.Fault
		e.hears(p)
		return
	case p.Profile.rank() < was.rank(), p.Profile.rank() == was.rank() && !newer:
		return
	}
	if newer {
		e.hears(p)
	}
	e.EID = cmp.Or(p.EID, e.EID)
	if p.Profile == was {
		return
	}
	if p.Profile.rank() > was.rank() {
		e.Fault = ""
	}
	if e.State == ESIMFailed {
		e.Step, e.Busy, e.Tries, e.Next = "", false, 0, time.Time{} // What was refused has happened after all.
	}
	e.settle(now, p.Profile)
}

// known says whether a notification of the newest second was heard before.
func (e *ESIM) known(p ProfileNews) (is bool) {
	return p.At.Equal(e.HeardAt) && slices.Contains(e.Heard, p.Key)
}

// hears remembers a notification.
func (e *ESIM) hears(p ProfileNews) {
	if !p.At.Equal(e.HeardAt) {
		e.HeardAt, e.Heard = p.At.UTC(), nil
	}
	const most = 16 // of one second
	if e.Heard = append(slices.Clone(e.Heard), p.Key); len(e.Heard) > most {
		e.Heard = e.Heard[1:]
	}
}

// settle makes the state what its parts say; at the zero time its age stays.
func (e *ESIM) settle(now time.Time, profile ESIMState) {
	state := cmp.Or(profile, ESIMRequested)
	if e.Profile = profile; profile == ESIMRequested {
		e.Profile = ""
	}
	// Where there is no HLR to ask, an eSIM is suspended with us: its handset does not ring, and its calls are refused.
	if barred := e.Line == LineBarred || e.Line == LineNone && e.Want == WantSuspended; barred && profile != ESIMTerminated {
		state = ESIMSuspended
	}
	if profile.rank() >= ESIMReleased.rank() && profile != ESIMTerminated && e.Code == "" && e.Address != "" {
		e.Code = es2plus.Activation{Address: e.Address, MatchingID: es2plus.MatchingID(e.MatchingID)}.String()
	}
	if state == e.State {
		return
	}
	e.State = state
	if !now.IsZero() {
		e.Since = now.UTC().Truncate(time.Millisecond)
	}
}

// hurry makes a step that waits to be tried again due. One that is under way keeps its time: nobody else may take it up meanwhile.
func (e *ESIM) hurry() {
	if !e.Busy {
		e.Next = time.Time{}
	}
}

// revive puts an eSIM that has failed back where it was, and one that waits to go on at once.
func (e *ESIM) revive() {
	e.hurry()
	if e.State == ESIMFailed {
		e.Fault = ""
		e.settle(time.Time{}, cmp.Or(e.Profile, ESIMRequested))
	}
}
