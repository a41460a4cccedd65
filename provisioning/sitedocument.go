package provisioning

import (
	"tandem/routing/calendar"
	"tandem/routing/peering"
)

// siteDocument is a site file as Export writes it.
type siteDocument struct {
	Realm    string        `toml:"realm,omitempty"`
	Accounts []siteAccount `toml:"accounts,omitempty"`
	Hours    []siteHours   `toml:"working_hours,omitempty"`
	Dates    []siteDate    `toml:"special_dates,omitempty"`
	Reasons  []siteWord    `toml:"availability_reasons,omitempty"`
	Tags     []siteWord    `toml:"tags,omitempty"`
	Blocked  []siteBlocked `toml:"blocked_numbers,omitempty"`
	Audio    []siteAudio   `toml:"audio,omitempty"`
	Users    []siteUser    `toml:"users,omitempty"`
	Teams    []siteTeam    `toml:"teams,omitempty"`
	Trunks   []siteTrunk   `toml:"trunks,omitempty"`

	Operators  []siteOperator  `toml:"operators,omitempty"`
	Connectors []siteConnector `toml:"connectors,omitempty"`

	Flows    []any         `toml:"flows,omitempty"` // flow/v1 documents
	Numbers  []siteNumber  `toml:"numbers,omitempty"`
	Webhooks []siteWebhook `toml:"webhooks,omitempty"`
}

type siteAccount struct {
	Name      string `toml:"name"`
	Language  string `toml:"language"`
	Country   string `toml:"country"`
	Timezone  string `toml:"timezone,omitempty"`
	AwayAfter int    `toml:"away_after,omitzero"`
	Grace     string `toml:"grace,omitempty"`
	Licences  *int   `toml:"esim_licences,omitempty"`

	Origins []Origin `toml:"allowed_origins,omitempty"`
}

type siteHours struct {
	Account  string     `toml:"account"`
	Name     string     `toml:"name"`
	Timezone string     `toml:"timezone,omitempty"`
	Slots    []siteSlot `toml:"slots,omitempty"`
}

type siteSlot struct {
	Days []string `toml:"days"`
	From string   `toml:"from"`
	To   string   `toml:"to"`
}

type siteDate struct {
	Account  string     `toml:"account"`
	Name     string     `toml:"name"`
	Holidays string     `toml:"holidays,omitempty"`
	Skip     []string   `toml:"skip,omitempty"`
	Spans    []siteSpan `toml:"spans,omitempty"`
}

type siteSpan struct {
	From string `toml:"from"`
	To   string `toml:"to,omitempty"`
}

type siteWord struct {
	Account string `toml:"account"`
	Name    string `toml:"name"`
	Color   string `toml:"color,omitempty"`
}

type siteBlocked struct {
	Account string `toml:"account"`
	Number  string `toml:"number"`
	Note    string `toml:"note,omitempty"`
}

type siteAudio struct {
	Account string `toml:"account"`
	Name    string `toml:"name"`
	File    string `toml:"file,omitempty"`
	SHA256  string `toml:"sha256,omitempty"`
}

type siteUser struct {
	Account      string         `toml:"account"`
	Name         string         `toml:"name"`
	Email        string         `toml:"email"`
	Extension    string         `toml:"extension,omitempty"`
	OutgoingOnly bool           `toml:"outgoing_only,omitempty"`
	NeverRing    bool           `toml:"never_ring,omitempty"`
	CallWaiting  bool           `toml:"call_waiting,omitempty"`
	Availability string         `toml:"availability,omitempty"`
	CallerID     string         `toml:"caller_id,omitempty"`
	Role         string         `toml:"role,omitempty"`
	Supervises   []string       `toml:"supervises,omitempty"`
	Language     string         `toml:"language,omitempty"`
	Timezone     string         `toml:"timezone,omitempty"`
	WorkingHours string         `toml:"working_hours,omitempty"`
	Reason       string         `toml:"reason,omitempty"`
	WrapUp       string         `toml:"wrap_up,omitempty"`
	ForwardTo    string         `toml:"forward_to,omitempty"`
	Voicemail    *siteVoicemail `toml:"voicemail,omitempty"`
	Devices      []siteDevice   `toml:"devices,omitempty"`
}

type siteVoicemail struct {
	Greeting   string  `toml:"greeting,omitempty"`
	MaxSeconds float64 `toml:"max_seconds,omitzero"`
}

type siteDevice struct {
	Kind     string   `toml:"kind"`
	Username string   `toml:"username"`
	HA1      []string `toml:"ha1,omitempty"`
}

type siteTeam struct {
	Account string   `toml:"account"`
	Name    string   `toml:"name"`
	Users   []string `toml:"users,omitempty"`
	MustTag bool     `toml:"must_tag,omitempty"`
}

type siteTrunk struct {
	Account      string   `toml:"account,omitempty"`
	Name         string   `toml:"name"`
	Sources      []string `toml:"sources,omitempty"`
	Servers      []string `toml:"servers,omitempty"`
	InUsername   string   `toml:"in_username,omitempty"`
	InHA1        []string `toml:"in_ha1,omitempty"`
	OutUsername  string   `toml:"out_username,omitempty"`
	OutPassword  string   `toml:"out_password,omitempty"`
	OutRealm     string   `toml:"out_realm,omitempty"`
	Domain       string   `toml:"domain,omitempty"`
	Register     bool     `toml:"register,omitempty"`
	OptionsEvery string   `toml:"options_every,omitempty"`
	Country      string   `toml:"country,omitempty"`
	Dial         string   `toml:"dial,omitempty"`
	Emergency    bool     `toml:"emergency,omitempty"`
	Priority     int      `toml:"priority,omitzero"`
	MediaAllow   []string `toml:"media_allow,omitempty"`
	MaxCalls     int      `toml:"max_calls,omitzero"`
	TrustPAI     bool     `toml:"trust_pai,omitempty"`

	PresentsDirect bool `toml:"direct_numbers,omitempty"`

	TLS   *siteTrunkTLS  `toml:"tls,omitempty"`
	Terms *peering.Terms `toml:"terms,omitempty"`
}

type siteNumber struct {
	Account          string         `toml:"account"`
	E164             string         `toml:"e164"`
	Name             string         `toml:"name,omitempty"`
	Kind             string         `toml:"kind"`
	Flow             string         `toml:"flow,omitempty"`
	Users            []string       `toml:"users,omitempty"`
	Teams            []string       `toml:"teams,omitempty"`
	RingBeforeAnswer string         `toml:"ring_before_answer,omitempty"`
	Timezone         string         `toml:"timezone,omitempty"`
	Outbound         []string       `toml:"outbound_users,omitempty"`
	MustTag          bool           `toml:"must_tag,omitempty"`
	Priority         int            `toml:"priority,omitzero"`
	ESIM             *siteESIM      `toml:"esim,omitempty"`
	Messaging        *siteMessaging `toml:"messaging,omitempty"`
	Legacy           *siteLegacy    `toml:"legacy,omitempty"`
}

type siteLegacy struct {
	Welcome   string             `toml:"welcome,omitempty"`
	Menu      string             `toml:"menu,omitempty"`
	Music     string             `toml:"music,omitempty"`
	Closed    string             `toml:"closed,omitempty"`
	Open      string             `toml:"open,omitempty"`
	Timezone  string             `toml:"timezone,omitempty"`
	RingFor   float64            `toml:"ring_for_seconds,omitzero"`
	Voicemail *siteVoicemail     `toml:"voicemail,omitempty"`
	Options   []siteLegacyOption `toml:"options,omitempty"`
	Slots     []siteSlot         `toml:"slots,omitempty"`
}

type siteLegacyOption struct {
	Key   string   `toml:"key"`
	Title string   `toml:"title,omitempty"`
	Users []string `toml:"users,omitempty"`
	Team  string   `toml:"team,omitempty"`
}

type siteWebhook struct {
	Account  string   `toml:"account"`
	Name     string   `toml:"name"`
	URL      string   `toml:"url"`
	Types    []string `toml:"types,omitempty"`
	Format   string   `toml:"format"`
	Disabled bool     `toml:"disabled,omitempty"`
	Secret   string   `toml:"secret,omitempty"`
}

// slotsOf writes the slots of a week.
func slotsOf(h calendar.Hours) []siteSlot {
	var out []siteSlot
	for _, s := range h.Slots {
		one := siteSlot{From: string(s.From), To: string(s.To)}
		for _, d := range s.Days {
			one.Days = append(one.Days, string(d))
		}
		out = append(out, one)
	}
	return out
}

// datesOf writes a special date.
func datesOf(account string, d *SpecialDate) siteDate {
	out := siteDate{Account: account, Name: d.Name, Holidays: string(d.Dates.Holidays)}
	for _, h := range d.Dates.Skip {
		out.Skip = append(out.Skip, string(h))
	}
	for _, s := range d.Dates.Spans {
		out.Spans = append(out.Spans, siteSpan{string(s.From), string(s.To)})
	}
	return out
}
