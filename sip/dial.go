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
	"tandem/sip/resolve"
	"tandem/sip/transport"
	"tandem/sip/trunk"
)

// What a Dial can be wrong about.
var (
	ErrNoTrunk     = errors.New("no such trunk")
	ErrInboundOnly = errors.New("trunk takes no calls out")
	ErrBadParty    = errors.New("a name or number that cannot be sent")
	ErrBadHeader   = errors.New("a header that cannot be sent")
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
	AutoAnswer  bool          // Call-Info: answer-after=0, and Alert-Info for the phones that know that alone
	Offer       *message.Body // nil: late offer
	MaxForwards int           // 0: 70

	Late bool // without an Offer: the owner can answer one that comes in a provisional response (dialog.EarlyOffered)

	Asked   string          // of a trunk alone: the Request-URI, verbatim; To and From then keep the hosts that they have. Empty: made of To
	Route   []string        // of a trunk alone: preloaded Route entries as Attempt.Route has them, verbatim; the first one's host is where the INVITE goes
	Headers []message.Field // sent as they are, after those that the other fields make; the caller answers for them

	// Rewrite changes the list of all headers that these fields make, at last; what comes back and cannot be sent, or is made by us alone, is left out. Nil: nothing.
	Rewrite func([]message.Field) []message.Field
}

// Contact is one binding of a device: where it can be reached now.
type Contact struct {
	AOR     message.AOR
	URI     string
	Target  transport.Target
	Expires time.Time
	Agent   string // its User-Agent, for people
	Path    []string

	Instance string    // of a browser: what names it, the same after a reload; empty: it has no name
	Since    time.Time // when it came to be; a refresh changes nothing
	Others   []Contact // further ways to the same device, for when this one fails (RFC 5626 section 7)
}

// Dial sends an INVITE; the leg's events go to sink with ref. Resolving and connecting happen elsewhere: an error here means that the
// Dial itself cannot be right (an unknown trunk, an inbound-only trunk, a Route that cannot be followed, control characters in a name or header).
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
	if d.To.User == "" && d.Contact.URI == "" && d.Asked == "" {
		return ErrBadParty
	}
	for _, f := range d.Headers {
		if !message.IsFieldName(f.Name) || !isClean(f.Value) || isFraming(f.Name) {
			return ErrBadHeader
		}
	}
	if d.Trunk == "" && (len(d.Route) > 0 || d.Asked != "") {
		return ErrBadRoute
	}
	return nil
}

// isFraming says that a header is made by us alone: what names the transaction, the dialog and the body.
func isFraming(name string) bool {
	switch strings.ToLower(name) {
	case "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "max-forwards", "route", "record-route",
		"content-length", "l", "content-type", "c":
		return true
	default:
		return false
	}
}

// byTrunk fills in what the trunk's settings say. With a Request-URI of its own, a Dial says itself who calls whom: what it names is left as it is.
func (s *Stack) byTrunk(d Dial) (dialog.Outbound, error) {
	t, settings := s.trunk(d.Trunk)
	if t == nil {
		return dialog.Outbound{}, ErrNoTrunk
	}
	if len(t.Servers) == 0 && len(d.Route) == 0 {
		return dialog.Outbound{}, ErrInboundOnly
	}
	to, from := d.parties(t)
	ask, err := d.asks(to)
	if err != nil {
		return dialog.Outbound{}, err
	}
	find := s.byServers(t, ask)
	if len(d.Route) > 0 {
		if find, err = s.along(d.Route, ask); err != nil {
			return dialog.Outbound{}, err
		}
		find = withProfile(find, t.Profile)
	}
	return dialog.Outbound{
		From: shown(d, from), To: to.Address(""), Headers: d.headers(from),
		Roaming: dialog.FollowContact, Auth: s.credentials(t, settings), Resolve: find,
		Refresh: s.refreshOf(d.Trunk, transport.UDP), Reliable: d.reliable(settings.settings.Reliable),
		Tried: func(h dialog.Hop, status int, retryAfter time.Duration) {
			if len(d.Route) == 0 || t.Owns(h.Target.Addr.Addr()) {
				s.health.Report(h.Target, status, retryAfter)
			}
		},
	}, nil
}

// parties are To and From with the hosts that the trunk's settings give them.
func (d *Dial) parties(t *trunk.Trunk) (to, from message.Party) {
	to, from = d.To, d.From
	if d.Asked == "" || to.Host == "" && to.Scheme != "tel" {
		to.Scheme, to.Host, to.Port = "sip", t.Domain, 0
		if len(t.Servers) > 0 {
			to.Host = t.Servers[0].Host
		}
	}
	if d.Asked == "" || from.Host == "" && from.Scheme != "tel" {
		if from.Scheme == "tel" || from.Scheme == "" {
			from.Scheme = "sip"
		}
		from.Host, from.Port = t.Domain, 0
	}
	return to, from
}

// asks gives what makes the Request-URI for a server: the Dial's own, verbatim, or the callee at that server.
func (d *Dial) asks(to message.Party) (func(resolve.Server) gosip.Uri, error) {
	if d.Asked != "" {
		u, err := message.Verbatim(d.Asked)
		if err != nil {
			return nil, fmt.Errorf("request-uri: %w", err)
		}
		return func(resolve.Server) gosip.Uri { return u }, nil
	}
	user := to.URI().User
	return func(v resolve.Server) gosip.Uri {
		u := v.URI
		u.User = user
		return u
	}, nil
}

// reliable is how the provisional responses are to come, by a trunk that has settings for it.
func (d *Dial) reliable(by dialog.Reliable) dialog.Reliable {
	if d.Late && by == dialog.ReliableOffered {
		return dialog.ReliableLate
	}
	return by
}

// byContact goes to a device by the way it registered.
func (s *Stack) byContact(d Dial) (dialog.Outbound, error) {
	hop, err := hopTo(d.Contact)
	if err != nil {
		return dialog.Outbound{}, err
	}
	hops := []dialog.Hop{hop}
	for _, other := range d.Contact.Others {
		if hop, err := hopTo(other); err == nil { // one that cannot be dialled is no other way
			hops = append(hops, hop)
		}
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
	var page transport.Target
	if n := d.Contact.Target.Network; n == transport.WS || n == transport.WSS {
		page = d.Contact.Target
	}
	headers := d.headers(from)
	if d.Private { // a device is outside the trust domain: RFC 3325 section 6
		headers = slices.DeleteFunc(headers, func(h gosip.Header) bool { return h.Name() == "P-Asserted-Identity" })
	}
	return dialog.Outbound{
		From: shown(d, from), To: to.Address(""), Headers: headers, Roaming: dialog.StayOnFlow, Page: page,
		Refresh: s.refreshOf("", d.Contact.Target.Network),
		Resolve: func(deliver func([]dialog.Hop)) { deliver(hops) },
	}, nil
}

// shown is From as the callee may see it (RFC 3323 section 4.1).
func shown(d Dial, from message.Party) message.Address {
	if d.Private {
		from = message.Party{Display: "Anonymous", Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	return from.Address("")
}

// headers are built from an allow-list: of what another peer sent only that is passed on as it came which the caller names in Headers.
func (d *Dial) headers(from message.Party) []gosip.Header {
	var fields []message.Field
	add := func(name, value string) { fields = append(fields, message.Field{Name: name, Value: value}) }
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
		add("Alert-Info", "<http://"+from.Host+">;info=alert-autoanswer")
	}
	for _, f := range d.Headers {
		add(f.Name, f.Value)
	}
	return d.rewritten(fields)
}

// rewritten makes headers of fields, once whoever dials has had a last look at them.
func (d *Dial) rewritten(fields []message.Field) []gosip.Header {
	changed := d.Rewrite != nil
	if changed {
		fields = d.Rewrite(fields)
	}
	list := make([]gosip.Header, 0, len(fields))
	for _, f := range fields {
		if changed && (!message.IsFieldName(f.Name) || !isClean(f.Value) || isFraming(f.Name)) {
			continue
		}
		list = append(list, gosip.NewHeader(f.Name, f.Value))
	}
	return list
}

// contact is where a peer reached by a target can reach us: the advertised address of the listener that serves it.
func (s *Stack) contact(to transport.Target) gosip.Uri {
	if to.Network == transport.WS || to.Network == transport.WSS { // a browser has no other way to us than its connection (RFC 7118 section 5)
		return gosip.Uri{Scheme: "sip", Host: s.cfg.Realm, UriParams: gosip.HeaderParams{{K: "transport", V: "ws"}}}
	}
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
