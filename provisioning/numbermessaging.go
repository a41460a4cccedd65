package provisioning

import (
	"tandem/messaging"
	"tandem/routing"
)

// mostGuarded is what a guard may let through at the most.
const mostGuarded = 1_000_000

// frenchGuard is how many messages a French mobile number sends where nobody says anything else (SPEC L21).
func frenchGuard() messaging.Guard { return messaging.Guard{Hour: 100, Day: 1000, Month: 10_000} }

// guard is how many messages the number may send.
func (n *Number) guard() messaging.Guard {
	switch m := n.Settings.Messaging; {
	case m != nil && m.Guard != nil:
		return *m.Guard
	case FrenchMobile(n.E164):
		return frenchGuard()
	}
	return messaging.Guard{}
}

func (m *NumberMessaging) fields() []Field {
	connector, path, guard := "", "", ""
	if m != nil {
		connector, path = string(m.Connector), string(m.Path)
		if m.Guard != nil {
			guard = asJSON(m.Guard)
		}
	}
	return []Field{text("messaging_connector", connector), text("messaging_path", path), text("messaging_guard", guard)}
}

// checkMessaging asks about how messages of a number go.
func (s *State) checkMessaging(n *Number) Refusals {
	m := n.Settings.Messaging
	if m == nil {
		return nil
	}
	r := &refuser{}
	args := map[string]string{"number": string(n.E164)}
	if m.Connector != "" {
		c, is := s.Find(KindConnector, string(m.Connector)).(*Connector)
		switch {
		case !is || c.Account != "" && c.Account != n.Account:
			r.no("unknown", "body.messaging.connector_id", "there is no connector {id}", map[string]string{"kind": string(KindConnector), "id": string(m.Connector)})
		case c.Settings.Role == messaging.RoleProgram:
			args["connector"] = c.Name
			r.no("connector_is_program", "body.messaging.connector_id", "the connector {connector} leads to a program: messages of {number} leave by a carrier, or an operator", args)
		}
	}
	switch m.Path {
	case "":
	case messaging.PathInPath, messaging.PathCopy:
		if e := n.Settings.ESIM; n.Kind != routing.Direct || e == nil || e.over() {
			r.no("messaging_path_no_esim", "body.messaging.path", "only a direct number with an eSIM has messages from and to a handset: {number} has none", args)
		}
	default:
		r.all = append(r.all, notOneOf("body.messaging.path", string(m.Path)))
	}
	if m.Guard != nil {
		for _, f := range []struct {
			field string
			value int
		}{{"hour", m.Guard.Hour}, {"day", m.Guard.Day}, {"month", m.Guard.Month}} {
			if f.value < 0 || f.value > mostGuarded {
				r.all = append(r.all, outOfRange("body.messaging.guard."+f.field, "0", "1000000"))
			}
		}
	}
	return r.all
}

// siteMessaging is how messages of a number go as a site file has it.
type siteMessaging struct {
	Connector string     `toml:"connector,omitempty"`
	Path      string     `toml:"path,omitempty"`
	Guard     *siteGuard `toml:"guard,omitempty"`
}

type siteGuard struct {
	Hour  int `toml:"hour"`
	Day   int `toml:"day"`
	Month int `toml:"month"`
}

// readMessaging reads how messages of a number go. A name stands in the place of the connector's id.
func readMessaging(t *table) *NumberMessaging {
	m := &NumberMessaging{Connector: messaging.ConnectorID(t.text("connector")), Path: one(t, "path", "", messaging.PathInPath, messaging.PathCopy)}
	if g := t.within("guard"); g != nil {
		m.Guard = &messaging.Guard{Hour: g.whole("hour", mostGuarded), Day: g.whole("day", mostGuarded), Month: g.whole("month", mostGuarded)}
		g.close()
	}
	t.close()
	return m
}

// messaging writes how messages of a number go.
func (x *exporter) messaging(m *NumberMessaging) *siteMessaging {
	out := &siteMessaging{Connector: x.name(string(m.Connector)), Path: string(m.Path)}
	if m.Guard != nil {
		out.Guard = new(siteGuard(*m.Guard))
	}
	return out
}
