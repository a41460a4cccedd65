package provisioning

import (
	"strings"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

func (s *Site) readNumber(t *table) {
	n := Number{
		Account: s.account(t), E164: routing.E164(t.needed("e164")), Name: t.text("name"), Flow: flow.ID(t.text("flow")), Users: s.readUsers(t),
		RingBeforeAnswer: t.duration("ring_before_answer", time.Minute),
	}
	for _, team := range t.texts("teams") {
		n.Teams = append(n.Teams, routing.TeamID(team))
	}
	n.ID = routing.NumberID(n.E164)
	n.Settings = readNumberSettings(t)
	if e := t.within("esim"); e != nil {
		n.Settings.ESIM = readESIM(e, &n)
	}
	if m := t.within("messaging"); m != nil {
		n.Settings.Messaging = readMessaging(m)
	}
	usual := routing.Shared
	if FrenchMobile(n.E164) && n.Flow == "" && len(n.Users)+len(n.Teams) == 0 {
		usual = routing.Unconfigured // As bought (SPEC D3).
	}
	n.Kind = one(t, "kind", usual, routing.Shared, routing.Direct, routing.Unconfigured, routing.LegacyClassic, routing.LegacyIVR)
	if err := CheckE164(n.E164); n.E164 != "" && err != nil {
		t.refuse("e164", "O12", "%q is %s", string(n.E164), err)
	}
	legacy := t.within("legacy")
	switch n.Kind {
	case routing.LegacyClassic, routing.LegacyIVR:
		if legacy == nil {
			legacy = &table{doc: t.doc, path: t.at("legacy")}
		}
		s.readLegacy(legacy, &n)
	case routing.Direct:
		s.directFlow(t, &n)
	case routing.Shared, routing.Unconfigured:
		if legacy != nil {
			t.refuse("legacy", "", "only legacy numbers have legacy settings")
		}
	}
	t.close()
	if first := find(s.numbers, func(o *Number) bool { return o.E164 == n.E164 }); first != nil {
		s.twice(t, "e164", string(n.E164), first.path)
		return
	}
	s.numbers = append(s.numbers, declared[Number]{t.path, n})
}

// makeFlow declares a flow that is made of a number's settings.
func (s *Site) makeFlow(t *table, n *Number, f *flow.Flow) {
	if n.Flow != "" {
		t.refuse("flow", "", "the flow of this number is made of its settings: leave flow out")
	}
	f.Name = string(n.E164)
	f.ID = flow.ID(f.Name)
	n.Flow = f.ID
	s.flows = append(s.flows, declared[declaredFlow]{t.path, declaredFlow{account: n.Account, flow: f, made: t.path}})
}

// directFlow applies the template of direct numbers where the file gives no flow: ring the user, then their voicemail.
func (s *Site) directFlow(t *table, n *Number) {
	if n.Flow != "" || len(n.Users) != 1 {
		return
	}
	s.makeFlow(t, n, &flow.Flow{Start: "ring", Nodes: map[flow.NodeID]*flow.Node{
		"ring": {
			ID: "ring", Next: map[string]flow.NodeID{flow.PortUnanswered: "voicemail"},
			RingTo: &flow.RingTo{Users: n.Users, Rule: flow.Simultaneous, RingForSeconds: 30, RingUserSeconds: 30},
		},
		"voicemail": {ID: "voicemail", Next: map[string]flow.NodeID{}, Voicemail: &flow.Voicemail{MaxSeconds: 180}},
	}})
}

// readLegacy reads the settings of a legacy number and makes its flow of them (SPEC X8, X9).
func (s *Site) readLegacy(t *table, n *Number) {
	l := flow.Legacy{
		Name: n.Name, Welcome: flow.AudioID(t.text("welcome")), Menu: flow.AudioID(t.text("menu")), Music: flow.AudioID(t.text("music")),
		Ring: flow.RingTo{Users: n.Users, RingForSeconds: t.number("ring_for_seconds", 30, 5, 3600)},
	}
	if len(n.Teams) == 1 && len(n.Users) == 0 {
		l.Ring.Team = n.Teams[0]
	}
	if v := t.within("voicemail"); v != nil {
		l.Voicemail = readVoicemail(v)
	}
	n.Settings.Legacy = &Legacy{
		Open: one(t, "open", OpenAlways, OpenNever, OpenByHours), Closed: flow.AudioID(t.text("closed")), Hours: readWeek(t),
	}
	for _, o := range t.tables("options") {
		l.Options = append(l.Options, readOption(o, s, l.Ring.RingForSeconds))
	}
	t.close()
	switch {
	case n.Kind == routing.LegacyIVR && (l.Menu == "" || len(l.Options) == 0):
		t.doc.refuse(t.path, "", "a legacy IVR number needs a menu and options")
	case n.Kind == routing.LegacyClassic && (l.Menu != "" || len(l.Options) > 0):
		t.doc.refuse(t.path, "", "a legacy classic number has no menu and no options")
	case n.Kind == routing.LegacyClassic && len(l.Ring.Users) == 0 && l.Ring.Team == "":
		t.doc.refuse(t.path, "", "a legacy classic number needs users, or one team")
	default:
		n.Settings.Legacy.Settings = l
		s.makeFlow(t, n, n.Settings.Legacy.flow())
	}
}

func readOption(t *table, s *Site, ringFor float64) flow.LegacyOption {
	key := t.needed("key")
	if len(key) != 1 || !strings.Contains("0123456789*#", key) {
		t.refuse("key", "", "%q is no key of a telephone: write 0 to 9, * or #", key)
		key = "0"
	}
	o := flow.LegacyOption{Key: key[0], Title: t.text("title")}
	o.Ring = flow.RingTo{Users: s.readUsers(t), Team: flow.TeamID(t.text("team")), RingForSeconds: ringFor}
	if (len(o.Ring.Users) == 0) == (o.Ring.Team == "") {
		t.doc.refuse(t.path, "R1", "give users, or a team")
	}
	t.close()
	return o
}
