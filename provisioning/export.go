package provisioning

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"tandem/routing"
	"tandem/routing/flow"
)

// ExportWhat says what an export tells beside the records.
type ExportWhat struct {
	// Passwords are told too: digests of those that others show to us, and the plain ones that we show. Without them an export can be applied only
	// where the records have them already.
	Passwords bool
	// Sounds are files with these names, beside the site file, by their id; one that is not here is named by its digest.
	Sounds map[flow.AudioID]string
	// Account is the only one that is told; empty: all.
	Account routing.AccountID
}

// Export writes the records as a site file: applied to the same records it changes nothing. Contacts, keys and what comes and goes by itself are not in it.
func Export(s *State, what ExportWhat) ([]byte, error) {
	x := &exporter{state: s, what: what, names: namesOf(s)}
	doc := x.document()
	if len(x.errs) > 0 {
		return nil, x.errs[0]
	}
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("write the site file: %w", err)
	}
	return b.Bytes(), nil
}

// exporter writes a state with names in the place of ids.
type exporter struct {
	state *State
	what  ExportWhat
	names map[string]string // by id
	errs  []error
}

// namesOf lists how a site file names everything.
func namesOf(s *State) map[string]string {
	out := map[string]string{}
	for _, r := range s.Records() {
		ref := r.Ref()
		out[ref.ID] = ref.Name
	}
	return out
}

// name is how a site file names an id; what is not in the records keeps its own.
func (x *exporter) name(id string) string {
	if n, known := x.names[id]; known {
		return n
	}
	return id
}

// mine says whether an account is told.
func (x *exporter) mine(a routing.AccountID) (told bool) {
	return x.what.Account == "" || x.what.Account == a || a == ""
}

func (x *exporter) document() *siteDocument {
	d := &siteDocument{Realm: x.realm()}
	for _, a := range byName(x.state.Accounts) {
		if !x.mine(a.ID) {
			continue
		}
		d.Accounts = append(d.Accounts, siteAccount{
			Name: a.Name, Language: a.Language, Country: a.Country, Timezone: a.Settings.Timezone, AwayAfter: a.Settings.AwayAfter,
			Grace: span(a.Settings.Grace), Licences: a.Settings.Licences, Origins: a.Settings.Origins,
		})
	}
	x.documents(d)
	for _, a := range byName(x.state.Audio) {
		if !x.mine(a.Account) {
			continue
		}
		one := siteAudio{Account: x.name(string(a.Account)), Name: a.Name, File: x.what.Sounds[a.ID]}
		if one.File == "" {
			one.SHA256 = a.SHA256
		}
		d.Audio = append(d.Audio, one)
	}
	x.people(d)
	x.trunks(d)
	x.operators(d)
	x.connectors(d)
	x.flows(d)
	x.numbers(d)
	return d
}

// realm is that of the devices, where it is not the usual one.
func (x *exporter) realm() string {
	for _, d := range byName(x.state.Devices) {
		if _, realm, is := strings.Cut(d.AOR, "@"); is && realm != DefaultRealm {
			return realm
		}
	}
	return ""
}

// documents writes the kinds of record that are kept as documents.
func (x *exporter) documents(d *siteDocument) {
	for _, h := range byName(x.state.Hours) {
		if x.mine(h.Account) {
			d.Hours = append(d.Hours, siteHours{x.name(string(h.Account)), h.Name, h.Hours.Timezone, slotsOf(h.Hours)})
		}
	}
	for _, s := range byName(x.state.Dates) {
		if x.mine(s.Account) {
			d.Dates = append(d.Dates, datesOf(x.name(string(s.Account)), s))
		}
	}
	for _, r := range byName(x.state.Reasons) {
		if x.mine(r.Account) {
			d.Reasons = append(d.Reasons, siteWord{Account: x.name(string(r.Account)), Name: r.Name})
		}
	}
	for _, t := range byName(x.state.Tags) {
		if x.mine(t.Account) {
			d.Tags = append(d.Tags, siteWord{Account: x.name(string(t.Account)), Name: t.Name, Color: t.Color})
		}
	}
	for _, b := range byName(x.state.Blocked) {
		if x.mine(b.Account) {
			d.Blocked = append(d.Blocked, siteBlocked{x.name(string(b.Account)), string(b.E164), b.Note})
		}
	}
	for _, w := range byName(x.state.Webhooks) {
		if x.mine(w.Account) {
			d.Webhooks = append(d.Webhooks, siteWebhook{
				x.name(string(w.Account)), w.Name, w.URL, w.Types, string(w.Format), w.Disabled, x.secret(w.Secret),
			})
		}
	}
}

// secret is a secret where secrets are told.
func (x *exporter) secret(s Secret) string {
	if !x.what.Passwords {
		return ""
	}
	return string(s)
}

// digests are both of a password, where passwords are told.
func (x *exporter) digests(viaMD5, viaSHA256 Secret) []string {
	if !x.what.Passwords || viaMD5 == "" {
		return nil
	}
	return []string{string(viaMD5), string(viaSHA256)}
}

func (x *exporter) people(d *siteDocument) {
	for _, u := range byName(x.state.Users) {
		if x.mine(u.Account) {
			d.Users = append(d.Users, x.user(u))
		}
	}
	for _, t := range byName(x.state.Teams) {
		if x.mine(t.Account) {
			d.Teams = append(d.Teams, siteTeam{x.name(string(t.Account)), t.Name, each(x, t.Users), t.MustTag})
		}
	}
}

func (x *exporter) user(u *User) siteUser {
	out := siteUser{
		Account: x.name(string(u.Account)), Name: u.Name, Email: u.Email, Extension: u.Extension, OutgoingOnly: u.OutgoingOnly,
		NeverRing: u.NeverRing, CallWaiting: u.CallWaiting, Availability: string(u.Availability), CallerID: string(u.CallerID),
		Role: string(u.Settings.Role), Supervises: each(x, u.Settings.Teams), Language: u.Settings.Language, Timezone: u.Settings.Timezone,
		WorkingHours: x.name(string(u.Settings.Hours)), Reason: x.name(string(u.Settings.Reason)), WrapUp: span(u.Settings.WrapUp),
		ForwardTo: string(u.Settings.ForwardTo), Voicemail: x.voicemail(u.Voicemail),
	}
	for _, v := range byName(x.state.Devices) {
		if v.User == u.ID && v.HA1MD5 != "" { // a browser's is made when it comes
			out.Devices = append(out.Devices, siteDevice{string(v.Kind), v.Username, x.digests(v.HA1MD5, v.HA1SHA256)})
		}
	}
	return out
}

func (x *exporter) voicemail(v *flow.Voicemail) *siteVoicemail {
	if v == nil {
		return nil
	}
	return &siteVoicemail{x.name(string(v.Greeting)), v.MaxSeconds}
}

func (x *exporter) trunks(d *siteDocument) {
	for _, t := range byName(x.state.Trunks) {
		if !x.mine(t.Account) {
			continue
		}
		d.Trunks = append(d.Trunks, siteTrunk{
			Account: x.name(string(t.Account)), Name: t.Name, Sources: texts(t.Sources), Servers: t.Servers, InUsername: t.InUsername,
			InHA1: x.digests(t.InHA1MD5, t.InHA1SHA256), OutUsername: t.OutUsername, OutPassword: x.secret(t.OutPassword), OutRealm: t.OutRealm,
			Domain: t.Domain, Register: t.Register, OptionsEvery: span(t.OptionsEvery), Country: t.Country, Dial: string(t.Dial),
			Emergency: t.Emergency, Priority: t.Priority, MediaAllow: texts(t.MediaAllow), MaxCalls: t.MaxCalls, TrustPAI: t.TrustPAI,
			PresentsDirect: t.PresentsDirect, TLS: x.trunkTLS(&t.TLS), Terms: siteTerms(&t.Terms),
		})
	}
}

func (x *exporter) numbers(d *siteDocument) {
	for _, n := range byName(x.state.Numbers) {
		if !x.mine(n.Account) {
			continue
		}
		one := siteNumber{
			Account: x.name(string(n.Account)), E164: string(n.E164), Name: n.Name, Kind: string(n.Kind), Flow: x.name(string(n.Flow)),
			Users: each(x, n.Users), Teams: each(x, n.Teams), RingBeforeAnswer: span(n.RingBeforeAnswer), Timezone: n.Settings.Timezone,
			Outbound: each(x, n.Settings.Outbound), MustTag: n.Settings.MustTag, Priority: n.Settings.Priority,
		}
		if n.Settings.ESIM != nil {
			one.ESIM = x.esim(n.Settings.ESIM)
		}
		if n.Settings.Messaging != nil {
			one.Messaging = x.messaging(n.Settings.Messaging)
		}
		if n.Settings.Legacy != nil {
			one.Flow, one.Legacy = "", x.legacy(n.Settings.Legacy)
		}
		d.Numbers = append(d.Numbers, one)
	}
}

// byName is a list in the order of names: an export is the same whatever the ids.
func byName[R Record](list []R) []R {
	return slices.SortedFunc(slices.Values(list), func(a, b R) int { return cmp.Compare(a.Ref().Name, b.Ref().Name) })
}

// each names the ids of a list.
func each[T ~string](x *exporter, list []T) []string {
	var out []string
	for _, id := range list {
		out = append(out, x.name(string(id)))
	}
	return out
}

// texts writes each of a list.
func texts[T fmt.Stringer](list []T) []string {
	var out []string
	for _, one := range list {
		out = append(out, one.String())
	}
	return out
}

// span is a time as a site file writes it; nothing for none.
func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
