package provisioning

import (
	"cmp"
	"slices"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/routing"
)

// ESIMOrder is what somebody asks for a number.
type ESIMOrder struct {
	User     routing.UserID
	Operator routing.OperatorID // empty: the only one that the account can have
	Package  int                // gigabytes a month (SPEC E3)
}

// esimPrefix begins the ids of eSIMs.
const esimPrefix = "esim"

// AssignESIM gives the user of a direct number an eSIM (SPEC E1, E3), or the one that they have another package; one that had failed is tried again. A number
// has one profile at a time: while the last one ends there is no other. Nothing is asked of the operator here.
func (s *State) AssignESIM(id routing.NumberID, o ESIMOrder, now time.Time) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	next := *n
	e := &ESIM{
		ID: routing.NewID(esimPrefix, now), User: o.User, Operator: o.Operator, Package: o.Package, State: ESIMRequested, Since: now.UTC().Truncate(time.Millisecond),
	}
	old := n.Settings.ESIM
	if old != nil && !old.over() {
		*e = *old
		e.User, e.Package, e.Operator = o.User, o.Package, cmp.Or(old.Operator, o.Operator)
	}
	next.Settings.ESIM = e
	if refused := next.esimRefusals(); len(refused) > 0 {
		return nil, refused // Which operator is the next question.
	}
	if old != nil && !old.over() {
		if err := old.stays(n, o); err != nil {
			return nil, err
		}
		if e.revive(); !e.unasked() || e.MatchingID != "" {
			return s.Put(&next)
		}
	}
	return s.provide(&next)
}

// provide plans a number with a new eSIM, with the operator and the card that it gets. Where there is no operator yet it waits for one.
func (s *State) provide(n *Number) ([]Change, error) {
	e := n.Settings.ESIM
	if e.Operator == "" {
		only, err := s.onlyOperator(n.Account)
		if err != nil {
			return nil, err
		}
		e.Operator = only
	}
	o := s.operator(e.Operator)
	if o == nil || o.Settings.Platform == nil {
		return s.Put(n)
	}
	e.MatchingID = string(es2plus.MatchingIDFor(e.ID))
	if e.ICCID != "" {
		return s.Put(n)
	}
	free := slices.IndexFunc(o.Settings.Cards, func(c Card) bool { return c.For == "" && !s.holdsCard(c) })
	switch {
	case free >= 0:
		e.ICCID, e.IMSI = o.Settings.Cards[free].ICCID, o.Settings.Cards[free].IMSI
		return s.putWithCard(n, o, o.withCard(free, e.ID))
	case o.Settings.Platform.ProfileType == "":
		return nil, told(Refusal{
			Why: Clash, Code: "esim_no_profile", Row: "E1", Location: "path.id", Args: map[string]string{"operator": o.Name},
			Text: "{operator} has no profile left for us: add those that it sets aside, or give its type of profile",
		})
	}
	return s.Put(n)
}

// operator finds an operator; nil: there is none of that id.
func (s *State) operator(id routing.OperatorID) *Operator {
	o, _ := s.Find(KindOperator, string(id)).(*Operator)
	return o
}

// putWithCard plans a number, and whose a card of its operator is; the operator's other settings are no question here.
func (s *State) putWithCard(n *Number, before, after *Operator) ([]Change, error) {
	changes, err := s.Put(n)
	if err != nil {
		return nil, err
	}
	return append([]Change{updated(before, after)}, changes...), nil
}

// withCard is an operator one of whose cards is an eSIM's; empty: is nobody's again.
func (o *Operator) withCard(i int, esim string) *Operator {
	next := *o
	next.Settings.Cards = slices.Clone(o.Settings.Cards)
	next.Settings.Cards[i].For = esim
	return &next
}

// holdsCard says whether an eSIM that a site file brought along is on a card already.
func (s *State) holdsCard(c Card) (held bool) {
	return slices.ContainsFunc(s.Numbers, func(n *Number) bool { return n.Settings.ESIM != nil && n.Settings.ESIM.ICCID == c.ICCID })
}

// stays refuses to take an eSIM to another operator, or to change one that comes to its end.
func (e *ESIM) stays(n *Number, o ESIMOrder) error {
	args := map[string]string{"number": string(n.E164)}
	switch {
	case bool(e.Ending()):
		return told(Refusal{Why: Clash, Code: "esim_ending", Row: "E2", Location: "path.id", Args: args, Text: "the eSIM of {number} comes to its end: wait until it has"})
	case o.Operator != "" && e.Operator != "" && o.Operator != e.Operator:
		return told(Refusal{
			Why: Clash, Code: "esim_assigned", Row: "E1", Location: "body.operator_id", Args: args, Text: "an eSIM is assigned to {number}: take it away first",
		})
	}
	return nil
}

// onlyOperator is the operator that an account's eSIMs are of where none is named: those of its own come before those that all share, and those with an eSIM
// platform before others. Empty: there is none yet, and the eSIM waits for one.
func (s *State) onlyOperator(account routing.AccountID) (routing.OperatorID, error) {
	best, found := -1, []*Operator(nil)
	for _, o := range s.Operators {
		if o.Account != "" && o.Account != account {
			continue
		}
		rank := 0
		if o.Account != "" {
			rank++
		}
		if o.Settings.Platform != nil {
			rank += 2
		}
		if rank > best {
			best, found = rank, nil
		}
		if rank == best {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0].ID, nil
	}
	return "", &Refusal{Code: "esim_which_operator", Row: "E1", Location: "body.operator_id", Text: "there are several operators: say which one's eSIM it is"}
}

// RemoveESIM ends the eSIM of a number. It stays with the number, wanted terminated, until its operator has confirmed that neither the subscription nor the
// profile can be used any more; where nothing was asked of an operator it is gone at once.
func (s *State) RemoveESIM(id routing.NumberID) ([]Change, error) {
	n, e, err := s.esimOf(id)
	if err != nil {
		return nil, err
	}
	e.Want = WantTerminated
	e.revive()
	return s.putESIM(n, e)
}

// SuspendESIM asks for an eSIM to be suspended, once there is something to suspend (SPEC E2).
func (s *State) SuspendESIM(id routing.NumberID, now time.Time) ([]Change, error) {
	return s.wantESIM(id, WantSuspended, now)
}

// ResumeESIM asks for an eSIM that is, or is to be, suspended to be enabled again.
func (s *State) ResumeESIM(id routing.NumberID, now time.Time) ([]Change, error) {
	return s.wantESIM(id, WantEnabled, now)
}

// wantESIM sets what an eSIM is to become; who looks after it begins at once.
func (s *State) wantESIM(id routing.NumberID, want ESIMWant, now time.Time) ([]Change, error) {
	n, e, err := s.esimOf(id)
	if err == nil {
		err = e.released(n)
	}
	if err != nil {
		return nil, err
	}
	if e.Want == want {
		return nil, nil
	}
	e.Want = want
	e.hurry()
	e.settle(now, e.profile())
	return s.putESIM(n, e)
}

// putESIM plans a number with its eSIM as it is now, or without it where nothing of it is left.
func (s *State) putESIM(n *Number, e *ESIM) ([]Change, error) {
	next := *n
	next.Settings.ESIM = e
	o := s.operator(e.Operator)
	if e.Want != WantTerminated || e.State == ESIMFailed || e.NextStep(o) != "" {
		return s.Put(&next)
	}
	next.Settings.ESIM = nil
	if o == nil || !e.unasked() {
		return s.Put(&next)
	}
	// The next one may have its card.
	if i := slices.IndexFunc(o.Settings.Cards, func(c Card) bool { return c.For == e.ID }); i >= 0 {
		return s.putWithCard(&next, o, o.withCard(i, ""))
	}
	return s.Put(&next)
}

// esimOf finds a number and its eSIM, to be changed.
func (s *State) esimOf(id routing.NumberID) (*Number, *ESIM, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, nil, NotFound(KindNumber, string(id))
	}
	if n.Settings.ESIM == nil {
		return nil, nil, NoESIM()
	}
	e := *n.Settings.ESIM
	return n, &e, nil
}

// NoESIM refuses what is asked of an eSIM that a number does not have.
func NoESIM() *Refusal {
	return &Refusal{Why: Missing, Code: "no_esim", Row: "E1", Location: "path.id", Text: "no eSIM is assigned to this number"}
}

// unasked says whether no platform was asked for it.
func (e *ESIM) unasked() (is bool) {
	return e.profile() == "" && e.Step == ""
}

// released refuses what can only be done to an eSIM that a handset can have, or has.
func (e *ESIM) released(n *Number) error {
	args := map[string]string{"number": string(n.E164), "state": string(e.State)}
	switch e.State {
	case ESIMRequested, ESIMOrdered:
		return told(Refusal{
			Why: Clash, Code: "esim_not_released", Row: "E2", Location: "path.id", Args: args, Text: "the eSIM of {number} is {state}: there is nothing of it yet",
		})
	case ESIMTerminated, ESIMFailed:
		return told(Refusal{Why: Clash, Code: "esim_over", Row: "E2", Location: "path.id", Args: args, Text: "the eSIM of {number} is {state}: assign a new one"})
	case ESIMReleased, ESIMDownloaded, ESIMEnabled, ESIMDisabled, ESIMSuspended:
	}
	if e.Want == WantTerminated {
		return told(Refusal{Why: Clash, Code: "esim_ending", Row: "E2", Location: "path.id", Args: args, Text: "the eSIM of {number} comes to its end: wait until it has"})
	}
	return nil
}
