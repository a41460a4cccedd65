package sip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
	"tandem/sip/trunk"
)

// What a Dial can be wrong about.
var (
	ErrNoTrunk     = errors.New("no such trunk")
	ErrInboundOnly = errors.New("trunk takes no calls out")
	ErrBadParty    = errors.New("a name or number that cannot be sent")
)

// Dial is an INVITE to be sent.
type Dial struct {
	Trunk       TrunkID       // send it by this trunk, or
	Contact     Contact       // to this binding of a device
	To          message.Party // who is called; for a trunk the host is filled from its settings
	From        message.Party // the caller ID to show
	Asserted    *message.Party
	Private     bool // Privacy: id, and an anonymous From
	Diversion   []message.Party
	AutoAnswer  bool          // Call-Info: answer-after=0
	Offer       *message.Body // nil: late offer
	MaxForwards int           // 0: 70
}

// Contact is one binding of a device: where it can be reached now.
type Contact struct {
	AOR     message.AOR
	URI     string
	Target  transport.Target
	Expires time.Time
	Agent   string // its User-Agent, for people
	Path    []string
}

// Dial sends an INVITE; the leg's events go to sink with ref. Resolving and connecting happen elsewhere: an error here means that the
// Dial itself cannot be right (an unknown trunk, an inbound-only trunk, control characters in a name).
func (s *Stack) Dial(d Dial, sink dialog.Sink, ref dialog.Ref) (*dialog.Leg, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	var out dialog.Outbound
	var err error
	if d.Trunk != "" {
		out, err = s.byTrunk(d)
	} else {
		out, err = s.byContact(d)
	}
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	out.Offer, out.MaxForwards = d.Offer, d.MaxForwards
	return s.end.Outbound(out, dialog.NewCallID(), sink, ref), nil
}

// check refuses what would have to be bent before it could be sent: a name with control characters is an attack or a fault, and either
// should be seen.
func (d *Dial) check() error {
	all := append([]message.Party{d.To, d.From}, d.Diversion...)
	if d.Asserted != nil {
		all = append(all, *d.Asserted)
	}
	for _, p := range all {
		for _, text := range []string{p.Display, p.Scheme, p.User, p.Host} {
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return ErrBadParty
			}
		}
	}
	if d.To.User == "" && d.Contact.URI == "" {
		return ErrBadParty
	}
	return nil
}

// byTrunk fills in what the trunk's settings say.
func (s *Stack) byTrunk(d Dial) (dialog.Outbound, error) {
	t, settings := s.trunk(d.Trunk)
	if t == nil {
		return dialog.Outbound{}, ErrNoTrunk
	}
	if len(t.Servers) == 0 {
		return dialog.Outbound{}, ErrInboundOnly
	}
	host := t.Domain
	to, from := d.To, d.From
	to.Scheme, to.Host, to.Port = "sip", t.Servers[0].Host, 0
	if from.Scheme == "tel" || from.Scheme == "" {
		from.Scheme = "sip"
	}
	from.Host, from.Port = host, 0
	user := to.URI().User
	return dialog.Outbound{
		From: shown(d, from), To: to.Address(""), Headers: d.headers(from),
		Roaming: dialog.FollowContact, Auth: s.credentials(t, settings),
		Resolve: func(deliver func([]dialog.Hop)) {
			t.Hops(func(hops []trunk.Hop) { deliver(dialHops(hops, user)) })
		},
		Tried: func(h dialog.Hop, status int, retryAfter time.Duration) {
			s.health.Report(h.Target, status, retryAfter)
		},
	}, nil
}

// dialHops names the callee at each server.
func dialHops(hops []trunk.Hop, user string) []dialog.Hop {
	list := make([]dialog.Hop, len(hops))
	for i, h := range hops {
		u := h.Server.URI
		u.User = user
		list[i] = dialog.Hop{Target: h.Target, URI: u}
	}
	return list
}

// byContact goes to a device by the way it registered.
func (s *Stack) byContact(d Dial) (dialog.Outbound, error) {
	uri, err := message.ParseURI(d.Contact.URI)
	if err != nil {
		return dialog.Outbound{}, fmt.Errorf("contact: %w", err)
	}
	var route []gosip.Uri
	for _, p := range d.Contact.Path {
		u, err := message.ParseURI(p)
		if err != nil {
			return dialog.Outbound{}, fmt.Errorf("path: %w", err)
		}
		route = append(route, u)
	}
	from, to := d.From, d.To
	if from.Host == "" || from.Scheme == "tel" {
		from.Scheme, from.Host = "sip", s.cfg.Realm
	}
	if to.User == "" {
		to, _ = message.PartyOfURI("sip:" + string(d.Contact.AOR)) // an AOR that is no URI leaves it empty: the Contact is dialled all the same
	}
	if to.Host == "" || to.Scheme == "tel" {
		to.Scheme, to.Host = "sip", s.cfg.Realm
	}
	hop := dialog.Hop{Target: d.Contact.Target, URI: uri, Route: route}
	headers := d.headers(from)
	if d.Private { // a device is outside the trust domain: RFC 3325 section 6
		headers = slices.DeleteFunc(headers, func(h gosip.Header) bool { return h.Name() == "P-Asserted-Identity" })
	}
	return dialog.Outbound{
		From: shown(d, from), To: to.Address(""), Headers: headers, Roaming: dialog.StayOnFlow,
		Resolve: func(deliver func([]dialog.Hop)) { deliver([]dialog.Hop{hop}) },
	}, nil
}

// shown is From as the callee may see it (RFC 3323 section 4.1).
func shown(d Dial, from message.Party) message.Address {
	if d.Private {
		from = message.Party{Display: "Anonymous", Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	return from.Address("")
}

// headers are built from an allow-list: nothing that another peer sent is passed on as it came.
func (d *Dial) headers(from message.Party) []gosip.Header {
	var list []gosip.Header
	add := func(name, value string) { list = append(list, gosip.NewHeader(name, value)) }
	asserted := d.Asserted
	if asserted == nil && d.Private && d.From.User != "" {
		asserted = &from
	}
	if asserted != nil {
		p := *asserted
		if p.Host == "" && p.Scheme != "tel" {
			p.Host = from.Host
		}
		add("P-Asserted-Identity", p.String())
	}
	if d.Private {
		add("Privacy", "id")
	}
	for _, p := range d.Diversion {
		if p.Host == "" && p.Scheme != "tel" {
			p.Host = from.Host
		}
		add("Diversion", p.String()+";reason=unknown")
	}
	if d.AutoAnswer {
		add("Call-Info", "<sip:"+from.Host+">;answer-after=0")
	}
	return list
}

// Contacts lists where a device can be reached now, newest first.
func (s *Stack) Contacts(aor message.AOR) []Contact {
	var list []Contact
	for _, b := range s.registrar.Contacts(aor) {
		list = append(list, Contact{AOR: aor, URI: b.URI, Target: b.Target, Expires: b.Expires, Agent: b.Agent, Path: b.Path})
	}
	return list
}

// contact is where a peer reached by a target can reach us: the advertised address of the listener that serves it.
func (s *Stack) contact(to transport.Target) gosip.Uri {
	var chosen transport.Listener
	for _, l := range s.listeners {
		same := l.Network == to.Network && l.Bind.Addr().Is4() == to.Addr.Addr().Unmap().Is4()
		if same && (!chosen.Bind.IsValid() || l.Bind == to.Listener.Bind) {
			chosen = l
		}
	}
	if !chosen.Bind.IsValid() { // a connection that we made without a listener of its kind
		if all := s.listeners; len(all) > 0 {
			chosen = all[0]
		}
	}
	at := chosen.Advertise
	if !at.IsValid() {
		at = chosen.Bind
	}
	u := message.HostPort("", at)
	if to.Network != transport.UDP {
		u.UriParams = gosip.HeaderParams{{K: "transport", V: strings.ToLower(string(to.Network))}}
	}
	return u
}
