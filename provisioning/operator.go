package provisioning

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tandem/routing"
)

// Operator is a mobile network whose core we are joined to, with what it lets us do to its subscriptions.
type Operator struct {
	ID      routing.OperatorID `json:"id"`
	Account routing.AccountID  `json:"account"` // empty: shared by all accounts
	Name    string             `json:"name"`    // unique
	Trunk   routing.TrunkID    `json:"trunk"`   // leads to one operator

	Settings OperatorSettings `json:"settings"`
}

// OperatorSettings is what an operator says beside that; kept as JSON.
type OperatorSettings struct {
	Core       routing.Operator  `json:"core"` // of it everything but ID, Account, Name and Trunk
	Platform   *ESIMPlatform     `json:"platform,omitempty"`
	HLR        *SubscriberBook   `json:"hlr,omitempty"`
	Charging   *ChargingSettings `json:"charging,omitempty"`
	Cards      []Card            `json:"cards,omitempty"`       // profiles that the operator set aside for us
	TestNumber routing.E164      `json:"test_number,omitempty"` // of a subscription whose handset nobody answers: what probes call; empty: there are none
	Probe      *Probe            `json:"probe,omitempty"`       // of the last look for the operator's voicemail
}

// ESIMPlatform is the operator's SM-DP+ (SGP.22 section 5.3).
type ESIMPlatform struct {
	URL         string `json:"url"`                    // https://host[:port] before /gsma/rsp2/es2plus
	Requester   string `json:"requester"`              // functionRequesterIdentifier: our object identifier
	ProfileType string `json:"profile_type,omitempty"` // ordered where no card is set aside
	Address     string `json:"address,omitempty"`      // of the SM-DP+ as phones reach it; empty: what it says itself, else the URL's host
	Authority   string `json:"authority,omitempty"`    // PEM: who signs the platform's certificates; empty: the system's authorities
	Notifier    string `json:"notifier,omitempty"`     // subject common name of the certificate that its notifications come with; empty: the URL's host
}

// SubscriberBook is the operator's HLR.
type SubscriberBook struct {
	Kind    string `json:"kind"`    // "osmo": the control interface of OsmoHLR
	Address string `json:"address"` // host:port
}

// ChargingSettings says who may ask for credit, and what is granted.
type ChargingSettings struct {
	Peers []string `json:"peers,omitempty"` // Origin-Hosts of Diameter, and common names of Nchf clients
	Free  []string `json:"free,omitempty"`  // access point names that are never metered, beside "ims" and "sos"

	Notify   []string `json:"notify,omitempty"`    // hosts that Nchf clients may have us tell, beside the one that they ask from
	CycleDay int      `json:"cycle_day,omitempty"` // day of the month on which packages begin anew, 1 to 28; 0: the first
}

// Card is a profile that the operator set aside.
type Card struct {
	ICCID string `json:"iccid"`
	IMSI  string `json:"imsi"`
	For   string `json:"for,omitempty"` // id of the eSIM that it became: it is used up for good
}

// KeepCards takes over from what an operator was before which of its cards are used up; those stay, or they could be used again.
func (o *Operator) KeepCards(before *Operator) {
	if before == nil {
		return
	}
	o.Settings.Cards = slices.Clone(o.Settings.Cards)
	for i, c := range o.Settings.Cards {
		if at := slices.IndexFunc(before.Settings.Cards, func(b Card) bool { return b.ICCID == c.ICCID }); at >= 0 {
			o.Settings.Cards[i].For = before.Settings.Cards[at].For
		}
	}
	for _, b := range before.Settings.Cards {
		if b.For != "" && !slices.ContainsFunc(o.Settings.Cards, func(c Card) bool { return c.ICCID == b.ICCID }) {
			o.Settings.Cards = append(o.Settings.Cards, b)
		}
	}
}

// NewOperator is an operator with the manners that most have: joined as an application server, whose subscribers dial as in France.
func NewOperator(id routing.OperatorID) *Operator {
	o := &Operator{ID: id}
	o.Settings.Core = routing.Operator{
		Attachment: routing.AttachISC, Country: "FR", Breakout: routing.BreakoutTrunk, Emergency: routing.EmergencyReturn, Confirm: routing.ConfirmSuspect,
		Decline: routing.DeclineEverywhere, WriteHistory: routing.WriteBoth,
	}
	return o
}

// Ref names the operator.
func (o *Operator) Ref() Ref { return Ref{KindOperator, string(o.ID), o.Account, o.Name} }

// Secrets is empty: keys and certificates of ours are files.
func (*Operator) Secrets() map[string]*Secret { return nil }

func (*Operator) record() {}

// Fields lists what the operator says.
func (o *Operator) Fields() []Field {
	c, p := &o.Settings.Core, o.Settings.Probe
	platform, hlr, charging, probe := "", "", "", ""
	if s := o.Settings.Platform; s != nil {
		platform = asJSON(s)
	}
	if s := o.Settings.HLR; s != nil {
		hlr = asJSON(s)
	}
	if s := o.Settings.Charging; s != nil {
		charging = asJSON(s)
	}
	if p != nil {
		probe = asJSON(p)
	}
	cards := ""
	if len(o.Settings.Cards) > 0 {
		sum := sha256.Sum256([]byte(asJSON(o.Settings.Cards)))
		cards = fmt.Sprintf("%d (%x)", len(o.Settings.Cards), sum[:4]) // Whose cards they are to be is nobody's business yet.
	}
	return []Field{
		text("name", o.Name), text("account", string(o.Account)), text("trunk", string(o.Trunk)), text("attachment", string(c.Attachment)),
		text("domain", c.Domain), text("country", c.Country), text("breakout", string(c.Breakout)), text("originating_prefix", c.OriginatingPrefix),
		text("return_prefix", c.ReturnPrefix), list("short_codes", c.ShortCodes), text("emergency", string(c.Emergency)), text("proven_clean", c.ProvenClean),
		text("confirm", string(c.Confirm)), text("handset_ring", c.HandsetRing), text("no_reply", c.NoReplyTimer), text("decline", string(c.Decline)),
		list("media_servers", c.MediaServers), list("quirks", c.Quirks), text("history", string(c.WriteHistory)), text("platform", platform), text("hlr", hlr),
		text("charging", charging), text("cards", cards), text("test_number", string(o.Settings.TestNumber)), text("probe", probe),
	}
}

// switchboard is the operator as calls see it.
func (o *Operator) switchboard() *routing.Operator {
	out := o.Settings.Core
	out.ID, out.Account, out.Name, out.Trunk = o.ID, o.Account, o.Name, o.Trunk
	out.MediaServers = append([]netip.Prefix(nil), out.MediaServers...)
	return &out
}

// Subscribers counts the eSIMs of an operator that are not over.
func (s *State) Subscribers(id routing.OperatorID) int {
	count := 0
	for _, n := range s.Numbers {
		if e := n.Settings.ESIM; e != nil && e.Operator == id && !e.over() {
			count++
		}
	}
	return count
}

// CardsFree counts the profiles that an operator set aside and that no eSIM is, or was.
func (s *State) CardsFree(o *Operator) int {
	used := map[string]bool{}
	for _, n := range s.Numbers {
		if e := n.Settings.ESIM; e != nil && e.ICCID != "" {
			used[e.ICCID] = true
		}
	}
	free := 0
	for _, c := range o.Settings.Cards {
		if c.For == "" && !used[c.ICCID] {
			free++
		}
	}
	return free
}

// KeepProbe plans to keep what came of a probe. Clean, the operator is proven so; with a machine that answered it is not any more; where nothing was found out
// it stays as it is.
func KeepProbe(id routing.OperatorID, p Probe) Edit {
	return func(s *State) ([]Change, error) {
		o, is := s.Find(KindOperator, string(id)).(*Operator)
		if !is {
			return nil, NotFound(KindOperator, string(id))
		}
		next := *o
		next.Settings.Probe = &p
		switch {
		case p.Clean:
			next.Settings.Core.ProvenClean = true
		case p.After != "":
			next.Settings.Core.ProvenClean = false
		}
		return s.Put(&next)
	}
}

// ProbeDue says whether an operator is to be probed this night: it has a test number, and the last look is not of this night already.
func ProbeDue(o *Operator, now time.Time) (is bool) {
	const night = 12 * time.Hour
	p := o.Settings.Probe
	return o.Settings.TestNumber != "" && (p == nil || now.Sub(p.At) > night)
}
