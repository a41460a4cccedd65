package provisioning

import (
	"strings"
	"time"

	"tandem/routing"
)

// siteOperator is an operator as a site file has it.
type siteOperator struct {
	Account      string   `toml:"account,omitempty"`
	Name         string   `toml:"name"`
	Trunk        string   `toml:"trunk"`
	Attachment   string   `toml:"attachment"`
	Domain       string   `toml:"domain,omitempty"`
	Country      string   `toml:"country,omitempty"`
	Breakout     string   `toml:"breakout,omitempty"`
	Originating  string   `toml:"originating_prefix,omitempty"`
	Return       string   `toml:"return_prefix,omitempty"`
	ShortCodes   []string `toml:"short_codes,omitempty"`
	Emergency    string   `toml:"emergency,omitempty"`
	ProvenClean  bool     `toml:"proven_clean,omitempty"`
	Confirm      string   `toml:"confirm,omitempty"`
	HandsetRing  string   `toml:"handset_ring,omitempty"`
	NoReply      string   `toml:"no_reply,omitempty"`
	Decline      string   `toml:"decline,omitempty"`
	MediaServers []string `toml:"media_servers,omitempty"`
	History      string   `toml:"history,omitempty"`
	TestNumber   string   `toml:"test_number,omitempty"`

	Quirks   []siteQuirk   `toml:"quirks,omitempty"`
	Platform *sitePlatform `toml:"platform,omitempty"`
	HLR      *siteHLR      `toml:"hlr,omitempty"`
	Charging *siteCharging `toml:"charging,omitempty"`
	Cards    []siteCard    `toml:"cards,omitempty"`
}

type siteQuirk struct {
	Status int `toml:"status,omitzero"`
	Q850   int `toml:"q850,omitzero"`
	Means  int `toml:"means"`
}

type sitePlatform struct {
	URL         string `toml:"url"`
	Requester   string `toml:"requester"`
	ProfileType string `toml:"profile_type,omitempty"`
	Address     string `toml:"address,omitempty"`
	Authority   string `toml:"authority,omitempty"`
	Notifier    string `toml:"notifier,omitempty"`
}

type siteHLR struct {
	Kind    string `toml:"kind"`
	Address string `toml:"address"`
}

type siteCharging struct {
	Peers []string `toml:"peers,omitempty"`
	Free  []string `toml:"free,omitempty"`

	Notify   []string `toml:"notify,omitempty"`
	CycleDay int      `toml:"cycle_day,omitempty"`
}

type siteCard struct {
	ICCID string `toml:"iccid"`
	IMSI  string `toml:"imsi"`
}

func (s *Site) readOperator(t *table) {
	o := Operator{Account: routing.AccountID(t.text("account")), Name: t.needed("name"), Trunk: routing.TrunkID(t.needed("trunk"))}
	o.ID = routing.OperatorID(o.Name)
	if o.Account != "" {
		s.knownAccount(t, string(o.Account))
	}
	o.Settings = OperatorSettings{Core: readCore(t), TestNumber: routing.E164(t.text("test_number"))}
	if p := t.within("platform"); p != nil {
		o.Settings.Platform = &ESIMPlatform{
			URL: p.needed("url"), Requester: p.needed("requester"), ProfileType: p.text("profile_type"), Address: p.text("address"),
			Authority: p.text("authority"), Notifier: p.text("notifier"),
		}
		p.close()
	}
	if h := t.within("hlr"); h != nil {
		o.Settings.HLR = &SubscriberBook{Kind: one(h, "kind", BookOsmo), Address: h.needed("address")}
		h.close()
	}
	if c := t.within("charging"); c != nil {
		o.Settings.Charging = &ChargingSettings{
			Peers: c.texts("peers"), Free: c.texts("free"), Notify: c.texts("notify"), CycleDay: c.whole("cycle_day", lastCycleDay),
		}
		c.close()
	}
	for _, c := range t.tables("cards") {
		o.Settings.Cards = append(o.Settings.Cards, Card{ICCID: c.needed("iccid"), IMSI: c.needed("imsi")})
		c.close()
	}
	t.close()
	if first := find(s.operators, func(other *Operator) bool { return other.Name == o.Name }); first != nil {
		s.twice(t, "name", o.Name, first.path)
		return
	}
	s.operators = append(s.operators, declared[Operator]{t.path, o})
}

// readCore reads how an operator's core is joined; what is not said is as most have it.
func readCore(t *table) routing.Operator {
	c := routing.Operator{
		Attachment:        one(t, "attachment", routing.AttachISC, routing.AttachTrunk),
		Domain:            t.text("domain"),
		Country:           "FR",
		Breakout:          one(t, "breakout", routing.BreakoutTrunk, routing.BreakoutReturn),
		OriginatingPrefix: t.text("originating_prefix"),
		ReturnPrefix:      t.text("return_prefix"),
		ShortCodes:        t.texts("short_codes"),
		Emergency:         one(t, "emergency", routing.EmergencyReturn, routing.Emergency380),
		ProvenClean:       t.truth("proven_clean"),
		Confirm:           one(t, "confirm", routing.ConfirmSuspect, routing.ConfirmAlways, routing.ConfirmNever),
		HandsetRing:       t.duration("handset_ring", time.Minute),
		NoReplyTimer:      t.duration("no_reply", 2*time.Minute),
		Decline:           one(t, "decline", routing.DeclineEverywhere, routing.DeclineDevice),
		MediaServers:      prefixes(t, "media_servers"),
		WriteHistory:      one(t, "history", routing.WriteBoth, routing.WriteDiversion, routing.WriteHistoryInfo, routing.WriteNone),
	}
	if country := t.text("country"); country != "" {
		c.Country = strings.ToUpper(country)
	}
	for _, q := range t.tables("quirks") {
		const lowest, highest = -1, 127
		c.Quirks = append(c.Quirks, routing.Quirk{
			Status: q.whole("status", 699), Q850: int(q.number("q850", 0, lowest, highest)), Means: q.whole("means", highest),
		})
		q.close()
	}
	return c
}

// wantedOperator puts ids in the place of names, and keeps what a site file does not say: what came of the last probe, and which cards are used up.
func (p *planner) wantedOperator(d declared[Operator]) *Operator {
	o := d.record
	o.ID = routing.OperatorID(p.ids[KindOperator][key{"", o.Name}])
	if o.Account != "" {
		o.Account = p.account(o.Account)
	}
	o.Trunk = routing.TrunkID(p.id(KindTrunk, key{"", string(o.Trunk)}))
	if before, is := p.before(KindOperator, string(o.ID)).(*Operator); is {
		o.Settings.Probe = before.Settings.Probe
		o.KeepCards(before)
	}
	return &o
}

func (x *exporter) operators(d *siteDocument) {
	for _, o := range byName(x.state.Operators) {
		if x.mine(o.Account) {
			d.Operators = append(d.Operators, x.operator(o))
		}
	}
}

func (x *exporter) operator(o *Operator) siteOperator {
	c := &o.Settings.Core
	out := siteOperator{
		Account: x.name(string(o.Account)), Name: o.Name, Trunk: x.name(string(o.Trunk)), Attachment: string(c.Attachment), Domain: c.Domain,
		Country: c.Country, Breakout: string(c.Breakout), Originating: c.OriginatingPrefix, Return: c.ReturnPrefix, ShortCodes: c.ShortCodes,
		Emergency: string(c.Emergency), ProvenClean: c.ProvenClean, Confirm: string(c.Confirm), HandsetRing: span(c.HandsetRing),
		NoReply: span(c.NoReplyTimer), Decline: string(c.Decline), MediaServers: texts(c.MediaServers), History: string(c.WriteHistory),
		TestNumber: string(o.Settings.TestNumber),
	}
	for _, q := range c.Quirks {
		out.Quirks = append(out.Quirks, siteQuirk(q))
	}
	if p := o.Settings.Platform; p != nil {
		out.Platform = new(sitePlatform(*p))
	}
	if h := o.Settings.HLR; h != nil {
		out.HLR = new(siteHLR(*h))
	}
	if c := o.Settings.Charging; c != nil {
		out.Charging = new(siteCharging(*c))
	}
	for _, one := range o.Settings.Cards {
		out.Cards = append(out.Cards, siteCard{ICCID: one.ICCID, IMSI: one.IMSI})
	}
	return out
}
