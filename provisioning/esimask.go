package provisioning

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/routing"
)

// ProfileServer is what an operator's SM-DP+ can be asked for; es2plus.Platform is one.
type ProfileServer interface {
	DownloadOrder(ctx context.Context, call es2plus.Call, o es2plus.Order) (es2plus.ICCID, error)
	ConfirmOrder(ctx context.Context, call es2plus.Call, o es2plus.ConfirmOrder) (es2plus.Confirmed, error)
	CancelOrder(ctx context.Context, call es2plus.Call, o es2plus.CancelOrder) error
	ReleaseProfile(ctx context.Context, call es2plus.Call, id es2plus.ICCID) error
}

// Subscriptions is what an operator's HLR can be asked for.
type Subscriptions interface {
	// SetLine makes a subscription what it is to be, whatever it was; LineNone deletes it. It may be repeated.
	SetLine(ctx context.Context, s Subscription, line ESIMLine) error
}

// Subscription is a line of an HLR.
type Subscription struct {
	IMSI   string
	Number routing.E164
}

// Reach is how an operator is asked for things; what it does not have is nil.
type Reach struct {
	Profiles ProfileServer
	Lines    Subscriptions
}

// Pace says how soon what failed is tried again; its zero value takes what is usual.
type Pace struct {
	First time.Duration // 0: 2 s
	Most  time.Duration // 0: 10 min
}

// after is how long the try after so many is waited for: twice as long each time, a fifth more or less.
func (p Pace) after(tries int) time.Duration {
	const usualFirst, usualMost = 2 * time.Second, 10 * time.Minute
	first, most := cmp.Or(p.First, usualFirst), cmp.Or(p.Most, usualMost)
	const doublings = 16
	wait := min(first<<min(max(tries-1, 0), doublings), most)
	return wait*4/5 + rand.N(wait*2/5+1) //nolint:gosec // It spreads load.
}

// errNoWay says that an operator does not have what a step needs.
var errNoWay = errors.New("the operator's settings do not say how")

// job is a step that somebody took up.
type job struct {
	number routing.E164
	esim   ESIM // as it was claimed
	step   ESIMStep
	way    *Operator
}

// ask asks the operator, and says what came of it.
func (j *job) ask(ctx context.Context, r Reach, p Pace) ESIMNews {
	line := j.esim.wantedLine()
	done := StepDone{Step: j.step, Line: line}
	var err error
	switch j.step {
	case StepSubscribe, StepData, StepSuspend, StepResume, StepDisconnect:
		err = errNoWay
		if r.Lines != nil {
			err = r.Lines.SetLine(ctx, Subscription{IMSI: j.esim.IMSI, Number: j.number}, line)
		}
	case StepOrder, StepConfirm, StepRelease, StepCancel:
		err = errNoWay
		if r.Profiles != nil {
			err = j.askProfiles(ctx, r.Profiles, &done)
		}
	}
	if err == nil || j.wasDone(err) {
		if done.Address == "" && j.step == StepConfirm {
			done.Address = j.way.phoneAddress()
		}
		return done
	}
	refused := StepRefused{Step: j.step, Try: j.esim.Tries, Fault: err.Error(), Again: time.Now().Add(p.after(j.esim.Tries))}
	if hopeless(err) {
		refused.Again = time.Time{}
	}
	return refused
}

// askProfiles asks the SM-DP+.
func (j *job) askProfiles(ctx context.Context, to ProfileServer, done *StepDone) error {
	e, call := &j.esim, es2plus.Call(j.esim.Call(j.step))
	id, matching := es2plus.ICCID(e.ICCID), es2plus.MatchingID(e.MatchingID)
	switch j.step {
	case StepOrder:
		o := es2plus.Order{ICCID: id}
		if id == "" {
			o.ProfileType = j.way.Settings.Platform.ProfileType
		}
		got, err := to.DownloadOrder(ctx, call, o)
		if err == nil && id != "" && got != id {
			return fmt.Errorf("downloadOrder: the platform reserved %s in the place of %s", got, id)
		}
		done.ICCID = string(got)
		return err
	case StepConfirm:
		got, err := to.ConfirmOrder(ctx, call, es2plus.ConfirmOrder{ICCID: id, MatchingID: matching, Release: es2plus.ReleaseLater})
		if err == nil && got.MatchingID != "" && got.MatchingID != matching {
			return fmt.Errorf("confirmOrder: the platform gave the order another matching ID")
		}
		done.Address = cmp.Or(j.way.Settings.Platform.Address, got.Address)
		return err
	case StepRelease:
		return to.ReleaseProfile(ctx, call, id)
	case StepCancel:
		return to.CancelOrder(ctx, call, es2plus.CancelOrder{ICCID: id, MatchingID: matching, Final: es2plus.FinalUnavailable})
	case StepSubscribe, StepData, StepSuspend, StepResume, StepDisconnect:
	}
	return errNoWay
}

// phoneAddress is the operator's SM-DP+ as phones reach it, where the platform does not say.
func (o *Operator) phoneAddress() string {
	p := o.Settings.Platform
	if p.Address != "" {
		return p.Address
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Codes of failures (SGP.22 section 5.2.6) that say where a profile or a matching ID is already.
const (
	codeProfileUsed     = "8.2.1/3.3"
	codeProfileMoved    = "8.2.1/3.5"
	codeProfileUnknown  = "8.2.1/3.9"
	codeMatchingUsed    = "8.2.6/3.3"
	codeMatchingUnknown = "8.2.6/3.9"
)

// wasDone says whether a refusal means that the step was done before: by a try whose answer was lost, at a platform that does not know calls again; or, of an
// order that is cancelled, that there is nothing left to cancel, since the profile is in a phone, where without a subscription it is of no use.
func (j *job) wasDone(err error) (is bool) {
	f, refused := errors.AsType[*es2plus.Failure](err)
	if !refused {
		return false
	}
	switch {
	case j.step == StepCancel:
		return f.Has(codeProfileUsed, codeProfileMoved, codeProfileUnknown, codeMatchingUnknown)
	case j.esim.Tries < 2:
		return false
	case j.step == StepOrder:
		return j.esim.ICCID != "" && f.Has(codeProfileUsed, codeProfileMoved)
	case j.step == StepConfirm:
		return f.Has(codeProfileUsed, codeProfileMoved, codeMatchingUsed)
	case j.step == StepRelease:
		return f.Has(codeProfileUsed, codeProfileMoved)
	}
	return false
}

// hopeless says whether trying again would not help: the platform has said no, for a reason that lasts.
func hopeless(err error) (is bool) {
	if f, failed := errors.AsType[*es2plus.Failure](err); failed {
		return !bool(f.Hope())
	}
	r, refused := errors.AsType[*es2plus.RefusedError](err)
	return refused && !bool(r.Hope())
}
