package provisioning

import (
	"maps"
	"slices"
	"strings"

	"tandem/messaging"
	"tandem/routing"
)

// siteConnector is a connector as a site file has it.
type siteConnector struct {
	Account   string   `toml:"account,omitempty"`
	Name      string   `toml:"name"`
	Kind      string   `toml:"kind"`
	Role      string   `toml:"role,omitempty"`
	Operator  string   `toml:"operator,omitempty"`
	Trunk     string   `toml:"trunk,omitempty"`
	Centre    string   `toml:"centre,omitempty"`
	Country   string   `toml:"country,omitempty"`
	InDoubt   string   `toml:"in_doubt,omitempty"`
	Window    int      `toml:"window,omitzero"`
	Rate      float64  `toml:"rate,omitzero"`
	Keep      string   `toml:"keep,omitempty"`
	Emergency bool     `toml:"emergency,omitempty"`
	Numbers   []string `toml:"numbers,omitempty"`
	Disabled  bool     `toml:"disabled,omitempty"`
	Password  string   `toml:"password,omitempty"`
	Token     string   `toml:"token,omitempty"`

	SMPP *siteSMPP `toml:"smpp,omitempty"`
	HTTP *siteHTTP `toml:"http,omitempty"`
}

type siteSMPP struct {
	Address     string   `toml:"address,omitempty"`
	TLS         bool     `toml:"tls,omitempty"`
	Authority   string   `toml:"authority,omitempty"`
	SystemID    string   `toml:"system_id"`
	SystemType  string   `toml:"system_type,omitempty"`
	Bind        string   `toml:"bind,omitempty"`
	Binds       int      `toml:"binds,omitzero"`
	ServiceType string   `toml:"service_type,omitempty"`
	Default     string   `toml:"default,omitempty"`
	Long        string   `toml:"long,omitempty"`
	Enquire     string   `toml:"enquire,omitempty"`
	Patience    string   `toml:"patience,omitempty"`
	Sources     []string `toml:"sources,omitempty"`
}

type siteHTTP struct {
	Answer  string       `toml:"answer,omitempty"`
	Key     bool         `toml:"key,omitempty"`
	Send    *siteRequest `toml:"send,omitempty"`
	Sent    *siteReading `toml:"sent,omitempty"`
	Inbound *siteReading `toml:"inbound,omitempty"`
	Receipt *siteReading `toml:"receipt,omitempty"`
	Sign    *siteSign    `toml:"sign,omitempty"`
}

type siteRequest struct {
	Method  string            `toml:"method,omitempty"`
	URL     string            `toml:"url,omitempty"`
	Headers map[string]string `toml:"headers,omitempty"`
	Body    string            `toml:"body,omitempty"`
}

type siteReading struct {
	From   string            `toml:"from,omitempty"`
	To     string            `toml:"to,omitempty"`
	Body   string            `toml:"body,omitempty"`
	ID     string            `toml:"id,omitempty"`
	State  string            `toml:"state,omitempty"`
	Reason string            `toml:"reason,omitempty"`
	States map[string]string `toml:"states,omitempty"`
}

type siteSign struct {
	Header string `toml:"header,omitempty"`
	Scheme string `toml:"scheme,omitempty"`
}

func (s *Site) readConnector(t *table) {
	kind := one(t, "kind", messaging.KindSMPPClient, messaging.KindSMPPServer, messaging.KindHTTP, messaging.KindSIP, messaging.KindIMS)
	usual := UsualRole(kind)
	c := Connector{
		Account: routing.AccountID(t.text("account")), Name: t.needed("name"), Password: Secret(t.text("password")), Token: Secret(t.text("token")),
	}
	c.ID = messaging.ConnectorID(c.Name)
	if c.Account != "" {
		s.knownAccount(t, string(c.Account))
	}
	c.Settings = ConnectorSettings{
		Kind: kind, Role: one(t, "role", usual, messaging.RoleCarrier, messaging.RoleOperator, messaging.RoleProgram),
		Operator: routing.OperatorID(t.text("operator")), Trunk: routing.TrunkID(t.text("trunk")), Centre: t.text("centre"), Country: strings.ToUpper(t.text("country")),
		InDoubt: one(t, "in_doubt", messaging.InDoubtHold, messaging.InDoubtRetry), Window: t.whole("window", mostWindow),
		Rate: t.number("rate", 0, 0, mostRate), Keep: t.duration("keep", longestKeep), Emergency: t.truth("emergency"), Disabled: t.truth("disabled"),
	}
	for _, n := range t.texts("numbers") {
		c.Settings.Numbers = append(c.Settings.Numbers, routing.NumberID(n))
	}
	if p := t.within("smpp"); p != nil {
		c.Settings.SMPP = readSMPP(p)
	}
	if h := t.within("http"); h != nil {
		c.Settings.HTTP = readHTTP(h)
	}
	t.close()
	if first := find(s.connectors, func(o *Connector) bool { return o.Name == c.Name }); first != nil {
		s.twice(t, "name", c.Name, first.path)
		return
	}
	s.connectors = append(s.connectors, declared[Connector]{t.path, c})
}

func readSMPP(t *table) *SMPPSettings {
	defer t.close()
	return &SMPPSettings{
		Address: t.text("address"), TLS: t.truth("tls"), Authority: t.text("authority"), SystemID: t.needed("system_id"), SystemType: t.text("system_type"),
		Bind: one(t, "bind", "", BindTransceiver, BindPair, BindTransmitter, BindReceiver), Binds: t.whole("binds", mostBinds),
		ServiceType: t.text("service_type"), Default: t.text("default"), Long: one(t, "long", "", LongUDH, LongUDH16, LongSAR, LongPayload),
		Enquire: t.duration("enquire", longestEnquire), Patience: t.duration("patience", longestPatience), Sources: t.texts("sources"),
	}
}

func readHTTP(t *table) *HTTPSettings {
	defer t.close()
	h := &HTTPSettings{Answer: t.text("answer"), Key: t.truth("key"), Sent: readReading(t, "sent"), Inbound: readReading(t, "inbound"), Receipt: readReading(t, "receipt")}
	if q := t.within("send"); q != nil {
		h.Send = HTTPTemplate{Method: q.text("method"), URL: q.text("url"), Headers: readWords(q, "headers"), Body: q.text("body")}
		q.close()
	}
	if q := t.within("sign"); q != nil {
		h.Sign = HTTPSign{Header: q.text("header"), Scheme: q.text("scheme")}
		q.close()
	}
	return h
}

func readReading(t *table, key string) HTTPReading {
	q := t.within(key)
	if q == nil {
		return HTTPReading{}
	}
	defer q.close()
	return HTTPReading{
		From: q.text("from"), To: q.text("to"), Body: q.text("body"), ID: q.text("id"), State: q.text("state"), Reason: q.text("reason"),
		States: readWords(q, "states"),
	}
}

// readWords reads a table of texts whose keys are the writer's own; nil when absent.
func readWords(t *table, key string) map[string]string {
	q := t.within(key)
	if q == nil {
		return nil
	}
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		out[name] = q.text(name)
	}
	return out
}

// wantedConnector puts ids in the place of names, and keeps the secrets that it has where the file gives it none.
func (p *planner) wantedConnector(d declared[Connector]) *Connector {
	c := d.record
	c.ID = messaging.ConnectorID(p.ids[KindConnector][key{"", c.Name}])
	if c.Account != "" {
		c.Account = p.account(c.Account)
	}
	is := &c.Settings
	is.Operator = routing.OperatorID(p.optional(KindOperator, key{"", string(is.Operator)}))
	is.Trunk = routing.TrunkID(p.optional(KindTrunk, key{"", string(is.Trunk)}))
	var numbers []routing.NumberID
	for _, n := range is.Numbers {
		numbers = append(numbers, routing.NumberID(p.id(KindNumber, key{"", string(n)})))
	}
	is.Numbers = numbers
	if before, there := p.before(KindConnector, string(c.ID)).(*Connector); there {
		if c.Password == "" {
			c.Password = before.Password
		}
		if c.Token == "" {
			c.Token = before.Token
		}
	}
	return &c
}

func (x *exporter) connectors(d *siteDocument) {
	for _, c := range byName(x.state.Connectors) {
		if x.mine(c.Account) {
			d.Connectors = append(d.Connectors, x.connector(c))
		}
	}
}

func (x *exporter) connector(c *Connector) siteConnector {
	s := &c.Settings
	out := siteConnector{
		Account: x.name(string(c.Account)), Name: c.Name, Kind: string(s.Kind), Role: string(s.Role), Operator: x.name(string(s.Operator)),
		Trunk: x.name(string(s.Trunk)), Centre: s.Centre, Country: s.Country, InDoubt: string(s.InDoubt), Window: s.Window, Rate: s.Rate, Keep: span(s.Keep),
		Emergency: s.Emergency, Numbers: each(x, s.Numbers), Disabled: s.Disabled, Password: x.secret(c.Password), Token: x.secret(c.Token),
	}
	if p := s.SMPP; p != nil {
		out.SMPP = &siteSMPP{
			Address: p.Address, TLS: p.TLS, Authority: p.Authority, SystemID: p.SystemID, SystemType: p.SystemType, Bind: string(p.Bind), Binds: p.Binds,
			ServiceType: p.ServiceType, Default: p.Default, Long: string(p.Long), Enquire: span(p.Enquire), Patience: span(p.Patience),
			Sources: p.Sources,
		}
	}
	if h := s.HTTP; h != nil {
		out.HTTP = &siteHTTP{
			Answer: h.Answer, Key: h.Key, Sent: siteReadingOf(h.Sent), Inbound: siteReadingOf(h.Inbound), Receipt: siteReadingOf(h.Receipt),
		}
		if h.Send.Method+h.Send.URL+h.Send.Body != "" || len(h.Send.Headers) > 0 {
			out.HTTP.Send = new(siteRequest(h.Send))
		}
		if h.Sign != (HTTPSign{}) {
			out.HTTP.Sign = new(siteSign(h.Sign))
		}
	}
	return out
}

// siteReadingOf is a reading as a site file has it; nil for none.
func siteReadingOf(r HTTPReading) *siteReading {
	if r.From+r.To+r.Body+r.ID+r.State+r.Reason == "" && len(r.States) == 0 {
		return nil
	}
	return new(siteReading(r))
}
