package provisioning

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tandem/routing/flow"
)

// names puts the names of a site file in the place of the ids in a flow.
type names struct{ exporter *exporter }

// User is an e-mail address.
func (n names) User(u flow.UserID) flow.UserID { return flow.UserID(n.exporter.name(string(u))) }

// Team is a name.
func (n names) Team(t flow.TeamID) flow.TeamID { return flow.TeamID(n.exporter.name(string(t))) }

// Audio is a name.
func (n names) Audio(a flow.AudioID) flow.AudioID { return flow.AudioID(n.exporter.name(string(a))) }

// Number is in E.164.
func (n names) Number(id flow.NumberID) flow.NumberID {
	return flow.NumberID(n.exporter.name(string(id)))
}

// Date is a name.
func (n names) Date(d flow.DateID) flow.DateID { return flow.DateID(n.exporter.name(string(d))) }

// Tag is a name.
func (n names) Tag(t string) string { return n.exporter.name(t) }

// flows writes the flows, but for those that are made of a legacy number's settings.
func (x *exporter) flows(d *siteDocument) {
	made := map[flow.ID]struct{}{}
	for _, n := range x.state.Numbers {
		if n.Settings.Legacy != nil {
			made[n.Flow] = struct{}{}
		}
	}
	for _, f := range byName(x.state.Flows) {
		if _, is := made[f.ID]; is || !x.mine(f.Account) {
			continue
		}
		one, err := x.flow(f)
		if err != nil {
			x.errs = append(x.errs, fmt.Errorf("flow %s: %w", f.Name, err))
			continue
		}
		d.Flows = append(d.Flows, one)
	}
}

// flow writes what is published, with the draft beside it; or the draft, where nothing is.
func (x *exporter) flow(f *Flow) (map[string]any, error) {
	body := f.Published
	if body == "" {
		body = f.Draft
	}
	out, err := x.table(body)
	if err != nil {
		return nil, err
	}
	out["name"], out["account"] = f.Name, x.name(string(f.Account))
	switch {
	case f.Published == "":
		out["publish"] = false
	case f.Draft != "":
		if out["draft"], err = x.table(f.Draft); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// table is a flow/v1 document as a table of the file, with names in the place of ids.
func (x *exporter) table(body string) (map[string]any, error) {
	parsed, err := flow.Parse([]byte(body))
	if err != nil {
		return nil, err
	}
	text, err := flow.Marshal(flow.Rename(parsed, names{x}))
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("read it again: %w", err)
	}
	plain, _ := plainNumbers(out).(map[string]any)
	return plain, nil
}

// plainNumbers makes whole numbers of JSON whole numbers of TOML, and the others fractions.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // Marshal wrote it.
		return f
	case map[string]any:
		for key, one := range v {
			v[key] = plainNumbers(one)
		}
	case []any:
		tables := make([]map[string]any, 0, len(v))
		for i, one := range v {
			v[i] = plainNumbers(one)
			if t, is := v[i].(map[string]any); is {
				tables = append(tables, t)
			}
		}
		if len(tables) == len(v) && len(v) > 0 {
			return tables // TOML writes those as an array of tables.
		}
	}
	return v
}

// legacy writes the settings of a legacy number.
func (x *exporter) legacy(l *Legacy) *siteLegacy {
	s := l.Settings
	out := &siteLegacy{
		Welcome: x.name(string(s.Welcome)), Menu: x.name(string(s.Menu)), Music: x.name(string(s.Music)), Closed: x.name(string(l.Closed)),
		Open: string(l.Open), Timezone: l.Hours.Timezone, RingFor: s.Ring.RingForSeconds, Voicemail: x.voicemail(s.Voicemail), Slots: slotsOf(l.Hours),
	}
	for _, o := range s.Options {
		out.Options = append(out.Options, siteLegacyOption{
			Key: string(rune(o.Key)), Title: o.Title, Users: each(x, o.Ring.Users), Team: x.name(string(o.Ring.Team)),
		})
	}
	return out
}
