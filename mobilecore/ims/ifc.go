package ims

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// Profile is a subscription as the operator's HSS holds it, with us in its chain of application servers.
type Profile struct {
	PrivateID string   // IMPI; empty: a fragment of filter criteria for the operator's own template
	PublicIDs []string // IMPUs, SIP and tel URIs
	Server    string   // our SIP URI, as the core reaches it: "sip:tandem.example:5060"
	First     int      // priority of the terminating criteria, which must come before every other's; 0 is the highest
	Last      int      // of the originating ones, which must come after every other's; 0: 900
	Notes     Notes    // whether MESSAGE requests of the user come to us
}

// Notes says whether SMS over IP goes through us.
type Notes int

// The choices.
const (
	NotesStay Notes = iota // the core keeps them
	NotesCome
)

// What a Profile can be wrong about.
var (
	ErrNoServer  = errors.New("the application server's address is no SIP URI")
	ErrNoPublic  = errors.New("a subscription has at least one public identity")
	ErrPriority  = errors.New("the terminating criteria must come before the originating ones")
	errIdentity  = errors.New("an identity is no URI")
	errPrivateID = errors.New("a private identity has the form user@realm")
)

// Subscription is the document that an HSS gives a registrar (TS 29.228 annex E): User-Data on Cx.
type Subscription struct {
	XMLName   xml.Name         `xml:"IMSSubscription"`
	PrivateID string           `xml:"PrivateID"`
	Profiles  []ServiceProfile `xml:"ServiceProfile"`
}

// ServiceProfile is a set of public identities and what triggers for them.
type ServiceProfile struct {
	Identities []PublicIdentity  `xml:"PublicIdentity"`
	Criteria   []InitialCriteria `xml:"InitialFilterCriteria"`
}

// PublicIdentity is one IMPU.
type PublicIdentity struct {
	Identity string `xml:"Identity"`
}

// InitialCriteria is one entry of the chain. Its elements are a sequence: their order is the schema's.
type InitialCriteria struct {
	Priority int               `xml:"Priority"`
	Trigger  TriggerPoint      `xml:"TriggerPoint"`
	Server   ApplicationServer `xml:"ApplicationServer"`
}

// TriggerPoint is a condition in conjunctive normal form: the groups are joined by "and", what is in a group by "or".
type TriggerPoint struct {
	CNF    int       `xml:"ConditionTypeCNF"`
	Points []Trigger `xml:"SPT"`
}

// Trigger is one service point trigger: Method or SessionCase.
type Trigger struct {
	Negated int    `xml:"ConditionNegated"`
	Group   int    `xml:"Group"`
	Method  string `xml:"Method,omitempty"`
	Case    *int   `xml:"SessionCase"`
}

// ApplicationServer is where a triggered request goes, and what the core does when it does not answer.
type ApplicationServer struct {
	Name            string `xml:"ServerName"`
	DefaultHandling int    `xml:"DefaultHandling"` // 0: the call goes on without us
}

// FilterCriteria writes what makes a core send us a subscriber's calls: first in the terminating chain, with a phone that is off too; last in the originating one,
// and not for calls that were diverted; the registrations; MESSAGE both ways where it is wanted, to phones that are off too. DefaultHandling is SESSION_CONTINUED everywhere: with us down, calls go on.
func FilterCriteria(p Profile) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	profile := ServiceProfile{Criteria: p.criteria()}
	for _, id := range p.PublicIDs {
		profile.Identities = append(profile.Identities, PublicIdentity{id})
	}
	body, err := xml.MarshalIndent(Subscription{PrivateID: p.PrivateID, Profiles: []ServiceProfile{profile}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("filter criteria: %w", err)
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

func (p *Profile) check() error {
	if p.Last == 0 {
		p.Last = 900
	}
	server, is := parseURI(p.Server)
	switch {
	case !is || !strings.HasPrefix(server.scheme, "sip") || strings.ContainsFunc(p.Server, isControl):
		return ErrNoServer
	case len(p.PublicIDs) == 0:
		return ErrNoPublic
	case p.First < 0 || p.First+3 > p.Last:
		return ErrPriority
	case p.PrivateID != "" && (!strings.Contains(p.PrivateID, "@") || !plain(p.PrivateID)):
		return errPrivateID
	}
	for _, id := range p.PublicIDs {
		if _, is = parseURI(id); !is || strings.ContainsFunc(id, isControl) {
			return errIdentity
		}
	}
	return nil
}

func (p *Profile) criteria() []InitialCriteria {
	list := []InitialCriteria{
		p.entry(p.First, method("INVITE"), sessionCase(1, Terminating), sessionCase(1, TerminatingUnregistered)),
		p.entry(p.First+1, method("REGISTER")),
	}
	if p.Notes == NotesCome {
		list = append(list, p.entry(p.First+2, method("MESSAGE"), sessionCase(1, Originating), sessionCase(1, Terminating), sessionCase(1, TerminatingUnregistered)))
	}
	return append(list, p.entry(p.Last,
		method("INVITE"), sessionCase(1, Originating), sessionCase(1, OriginatingUnregistered), not(sessionCase(2, OriginatingCDIV))))
}

func (p *Profile) entry(priority int, points ...Trigger) InitialCriteria {
	return InitialCriteria{priority, TriggerPoint{1, points}, ApplicationServer{Name: p.Server}}
}

func method(name string) Trigger { return Trigger{Method: name} } // of the first group

func sessionCase(group int, c SessionCase) Trigger {
	n := int(c)
	return Trigger{Group: group, Case: &n}
}

func not(t Trigger) Trigger {
	t.Negated = 1
	return t
}
