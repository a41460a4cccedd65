package provisioning

import (
	"strconv"
	"time"

	"tandem/routing"
)

// checkSubscription asks about the operator of a number's eSIM, and whether its account may have one more (SPEC E17).
func (s *State) checkSubscription(before, n *Number) Refusals {
	e := n.Settings.ESIM
	if e == nil {
		return nil
	}
	var out Refusals
	if e.Operator != "" {
		o, is := s.Find(KindOperator, string(e.Operator)).(*Operator)
		if !is || o.Account != "" && o.Account != n.Account {
			out = append(out, told(Refusal{
				Code: "unknown", Location: "body.operator_id", Args: map[string]string{"kind": string(KindOperator), "id": string(e.Operator)},
				Text: "there is no operator {id}",
			}))
		}
	}
	for _, o := range s.Numbers {
		other := o.Settings.ESIM
		if o.ID == n.ID || other == nil || other.over() {
			continue
		}
		args := map[string]string{"number": string(o.E164)}
		if e.ICCID != "" && e.ICCID == other.ICCID || e.IMSI != "" && e.IMSI == other.IMSI {
			out = append(out, told(Refusal{Why: Clash, Code: "esim_card_taken", Row: "E1", Location: "body.iccid", Args: args, Text: "this card is that of {number} already"}))
			break
		}
	}
	if had := before != nil && before.Settings.ESIM != nil && !before.Settings.ESIM.over(); had || e.over() {
		return out
	}
	return append(out, s.licenceRefusals(n)...)
}

// licenceRefusals says whether an account has an eSIM licence left for one more number (SPEC E17).
func (s *State) licenceRefusals(n *Number) Refusals {
	a, is := s.Find(KindAccount, string(n.Account)).(*Account)
	if !is || a.Settings.Licences == nil {
		return nil
	}
	used := s.LicencesUsed(n.Account, n.ID)
	if used < *a.Settings.Licences {
		return nil
	}
	return Refusals{told(Refusal{
		Code: "esim_no_licence", Row: "E17", Location: "path.id", Text: "all {licences} eSIM licences of the account are used: the owner buys more",
		Args: map[string]string{"licences": strconv.Itoa(*a.Settings.Licences)},
	})}
}

// LicencesUsed counts the eSIMs of an account, without that of one number.
func (s *State) LicencesUsed(account routing.AccountID, but routing.NumberID) int {
	used := 0
	for _, n := range s.Numbers {
		if e := n.Settings.ESIM; n.Account == account && n.ID != but && e != nil && !e.over() {
			used++
		}
	}
	return used
}

// over says whether an eSIM has come to its end.
func (e *ESIM) over() (is bool) { return bool(e.Ended()) }

// WithoutCode is the eSIM without what would let somebody else download it.
func (e *ESIM) WithoutCode() *ESIM {
	out := *e
	out.Code, out.MatchingID = "", ""
	return &out
}

// fields are what an eSIM says; of none they are empty. Whoever has the activation code has the number, so it is a secret.
func (e *ESIM) fields() []Field {
	if e == nil {
		e = &ESIM{}
	}
	assigned, card, cycle := "", "", ""
	if e.User != "" {
		assigned = asJSON(struct {
			ID       string             `json:"id,omitempty"`
			Operator routing.OperatorID `json:"operator,omitempty"`
			User     routing.UserID     `json:"user"`
			Package  int                `json:"package"`
		}{e.ID, e.Operator, e.User, e.Package})
	}
	if e.ICCID+e.EID+e.IMSI != "" {
		card = asJSON(struct {
			ICCID string `json:"iccid,omitempty"`
			EID   string `json:"eid,omitempty"`
			IMSI  string `json:"imsi,omitempty"`
		}{e.ICCID, e.EID, e.IMSI})
	}
	if !e.Cycle.IsZero() {
		cycle = e.Cycle.UTC().Format("2006-01-02")
	}
	step := ""
	if e.Step != "" || e.Tries > 0 || e.Fault != "" || !e.Next.IsZero() {
		step = asJSON(struct {
			Step  ESIMStep `json:"step"`
			Tries int      `json:"tries,omitempty"`
			Next  int64    `json:"next,omitempty"`
			Fault string   `json:"fault,omitempty"`
		}{e.Step, e.Tries, max(e.Next.UnixMilli(), 0), e.Fault})
	}
	mail := ""
	if e.Mail != nil {
		mail = asJSON(e.Mail)
	}
	since := ""
	if !e.Since.IsZero() {
		since = e.Since.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	told := ""
	if e.Profile != "" || e.Line != LineNone || !e.HeardAt.IsZero() {
		told = asJSON(struct {
			Profile ESIMState `json:"profile,omitempty"`
			Line    ESIMLine  `json:"line,omitempty"`
			At      time.Time `json:"heard_at,omitzero"`
			Heard   []string  `json:"heard,omitempty"`
		}{e.Profile, e.Line, e.HeardAt, e.Heard})
	}
	return []Field{
		text("esim", assigned), text("esim_state", string(e.State)), text("esim_since", since), text("esim_want", string(e.Want)), text("esim_step", step),
		text("esim_card", card), text("esim_address", e.Address), text("esim_cycle", cycle), text("esim_profile", told), text("esim_mail", mail),
		{Name: "esim_code", Secret: Secret(e.MatchingID + e.Code)},
	}
}
