package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// userObject is a user in the API.
type userObject struct {
	ID           string         `json:"id"`
	AccountID    string         `json:"account_id"`
	Name         string         `json:"name"`
	Email        string         `json:"email"`
	Extension    string         `json:"extension" doc:"Three digits: what colleagues and callers dial."`
	Role         string         `json:"role" enum:"owner,admin,supervisor,agent,readonly,carrier"`
	Supervises   []string       `json:"supervised_team_ids" doc:"Teams that a supervisor looks after."`
	TeamIDs      []string       `json:"team_ids" doc:"Teams that ring the user."`
	Language     string         `json:"language" doc:"Empty: the account's."`
	Timezone     string         `json:"timezone" doc:"Empty: the account's."`
	OutgoingOnly bool           `json:"outgoing_only"`
	NeverRing    bool           `json:"never_ring"`
	CallWaiting  bool           `json:"call_waiting"`
	Availability string         `json:"availability" enum:"available,auto,unavailable" doc:"As it was set; what follows from it is at users/{id}/availability."`
	ReasonID     *string        `json:"reason_id"`
	HoursID      *string        `json:"working_hours_id" doc:"With availability auto."`
	WrapUp       float64        `json:"wrap_up_seconds"`
	ForwardTo    *string        `json:"forward_to"`
	CallerID     *string        `json:"caller_id" doc:"null: the account's first number that a trunk may show."`
	Voicemail    *userVoicemail `json:"voicemail"`
	HasPassword  bool           `json:"has_password" doc:"false: they cannot sign in with a password."`

	Teams   []reference    `json:"teams,omitempty" doc:"With expand=teams."`
	Numbers []userNumber   `json:"numbers,omitempty" doc:"With expand=numbers."`
	Devices []deviceObject `json:"devices,omitempty" doc:"With expand=devices."`
	Account *accountObject `json:"account,omitempty" doc:"Of oneself."`

	Now *availabilityObject `json:"now,omitempty" doc:"With expand=availability: what they are doing."`

	Resumable *[]suspendedItem `json:"resumable,omitempty" doc:"Of oneself: calls that wait for one's page to come back (SPEC C16)."`
}

// userVoicemail is somebody's own voicemail.
type userVoicemail struct {
	Greeting   string  `json:"greeting,omitempty" maxLength:"100" doc:"A sound of the account by its id, or one of the product's by its name."`
	MaxSeconds float64 `json:"max_seconds,omitempty" minimum:"0" maximum:"3600" doc:"3 to 3600; 0: as usual."`
}

func (v *userVoicemail) record() *flow.Voicemail {
	if v == nil {
		return nil
	}
	return &flow.Voicemail{Greeting: flow.AudioID(v.Greeting), MaxSeconds: cmp.Or(v.MaxSeconds, 180)}
}

// userNumber is a number of a user.
type userNumber struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Display string `json:"number_display"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Default bool   `json:"default" doc:"It is what they show when they call."`
}

// maybe is a text that is null where it is empty.
func maybe[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	return new(string(s))
}

// texts are ids as JSON wants them: a list, however empty.
func texts[S ~string](ids []S) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

func showUser(st *provisioning.State, u *provisioning.User) userObject {
	is := &u.Settings
	o := userObject{
		ID: string(u.ID), AccountID: string(u.Account), Name: u.Name, Email: u.Email, Extension: u.Extension,
		Role: string(cmp.Or(is.Role, provisioning.RoleAgent)), Supervises: texts(is.Teams), TeamIDs: []string{}, Language: is.Language, Timezone: is.Timezone,
		OutgoingOnly: u.OutgoingOnly, NeverRing: u.NeverRing, CallWaiting: u.CallWaiting,
		Availability: string(cmp.Or(u.Availability, routing.SetAvailable)), ReasonID: maybe(is.Reason), HoursID: maybe(is.Hours),
		WrapUp: is.WrapUp.Seconds(), ForwardTo: maybe(is.ForwardTo), CallerID: maybe(u.CallerID), HasPassword: u.Password != "",
	}
	if v := u.Voicemail; v != nil {
		o.Voicemail = &userVoicemail{Greeting: string(v.Greeting), MaxSeconds: v.MaxSeconds}
	}
	for _, t := range st.Teams {
		if slices.Contains(t.Users, u.ID) {
			o.TeamIDs = append(o.TeamIDs, string(t.ID))
		}
	}
	return o
}

// expansion is what somebody wants beside a user, and in which language (an Accept-Language).
type expansion struct {
	more []string
	lang string
}

// expandUser adds what was asked for beside the user.
func (s *Server) expandUser(st *provisioning.State, o userObject, want expansion) userObject {
	for _, what := range want.more {
		switch what {
		case "availability":
			if u, is := st.Find(provisioning.KindUser, o.ID).(*provisioning.User); is {
				o.Now = new(s.availabilityOf(st, u, want.lang))
			}
		case "teams":
			o.Teams = []reference{}
			for _, id := range o.TeamIDs {
				if t, is := st.Find(provisioning.KindTeam, id).(*provisioning.Team); is {
					o.Teams = append(o.Teams, reference{ID: id, Name: t.Name})
				}
			}
		case "numbers":
			o.Numbers = numbersOf(st, routing.UserID(o.ID))
		case "devices":
			o.Devices = devicesOf(st, routing.UserID(o.ID))
		}
	}
	return o
}

func numbersOf(st *provisioning.State, id routing.UserID) []userNumber {
	u, _ := st.Find(provisioning.KindUser, string(id)).(*provisioning.User)
	out := []userNumber{}
	for _, n := range st.NumbersOf(id) {
		out = append(out, userNumber{
			ID: string(n.ID), Number: string(n.E164), Display: display(string(n.E164), country(st, n.Account)), Name: n.Name, Kind: string(n.Kind),
			Default: u != nil && u.CallerID == n.E164,
		})
	}
	slices.SortFunc(out, func(a, b userNumber) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// country is where an account is.
func country(st *provisioning.State, id routing.AccountID) string {
	if a, is := st.Find(provisioning.KindAccount, string(id)).(*provisioning.Account); is {
		return a.Country
	}
	return ""
}

// userCreate is what is sent to make a user.
type userCreate struct {
	Name         string         `json:"name"`
	Email        string         `json:"email"`
	Extension    string         `json:"extension,omitempty" doc:"Absent: the next free one (SPEC X1)."`
	Password     string         `json:"password,omitempty" doc:"12 to 256 characters; absent: they cannot sign in with one."`
	Role         string         `json:"role,omitempty" doc:"Absent: agent."`
	Supervises   []string       `json:"supervised_team_ids,omitempty" maxItems:"500"`
	Language     string         `json:"language,omitempty"`
	Timezone     string         `json:"timezone,omitempty"`
	OutgoingOnly bool           `json:"outgoing_only,omitempty"`
	NeverRing    bool           `json:"never_ring,omitempty"`
	CallWaiting  bool           `json:"call_waiting,omitempty"`
	HoursID      string         `json:"working_hours_id,omitempty"`
	WrapUp       float64        `json:"wrap_up_seconds,omitempty" minimum:"0" maximum:"3600"`
	ForwardTo    string         `json:"forward_to,omitempty"`
	CallerID     string         `json:"caller_id,omitempty"`
	Voicemail    *userVoicemail `json:"voicemail,omitempty"`

	kept provisioning.Secret // of the password
}

// userPatch is what is sent to change a user.
type userPatch struct {
	Name         optional[string]        `json:"name,omitzero"`
	Email        optional[string]        `json:"email,omitzero"`
	Extension    optional[string]        `json:"extension,omitzero"`
	Password     optional[string]        `json:"password,omitzero" doc:"null: they cannot sign in with one."`
	Role         optional[string]        `json:"role,omitzero"`
	Supervises   optional[[]string]      `json:"supervised_team_ids,omitzero"`
	Language     optional[string]        `json:"language,omitzero"`
	Timezone     optional[string]        `json:"timezone,omitzero"`
	OutgoingOnly optional[bool]          `json:"outgoing_only,omitzero"`
	NeverRing    optional[bool]          `json:"never_ring,omitzero"`
	CallWaiting  optional[bool]          `json:"call_waiting,omitzero"`
	HoursID      optional[string]        `json:"working_hours_id,omitzero"`
	WrapUp       optional[float64]       `json:"wrap_up_seconds,omitzero"`
	ForwardTo    optional[string]        `json:"forward_to,omitzero"`
	CallerID     optional[string]        `json:"caller_id,omitzero"`
	Voicemail    optional[userVoicemail] `json:"voicemail,omitzero"`

	kept provisioning.Secret // of the password
}

func makeUser(c userCreate, b born) (*provisioning.User, error) {
	u := &provisioning.User{
		ID: routing.UserID(b.id), Account: b.account, Name: provisioning.Clean(c.Name), Email: cleanEmail(c.Email), Extension: c.Extension, Password: c.kept,
		OutgoingOnly: c.OutgoingOnly, NeverRing: c.NeverRing, CallWaiting: c.CallWaiting, Availability: routing.SetAvailable,
		CallerID: routing.E164(c.CallerID), Voicemail: c.Voicemail.record(),
		Settings: provisioning.UserSettings{
			Role: provisioning.Role(c.Role), Teams: ids[routing.TeamID](c.Supervises), Language: c.Language, Timezone: c.Timezone,
			Hours: routing.HoursID(c.HoursID), WrapUp: seconds(c.WrapUp), ForwardTo: routing.E164(c.ForwardTo),
		},
	}
	if u.Extension != "" {
		return u, nil
	}
	var err error
	u.Extension, err = b.state.NextExtension(b.account, b.at)
	return u, err
}

func changeUser(u *provisioning.User, p userPatch) (*provisioning.User, error) {
	next := *u
	is := &next.Settings
	p.Name.set(&next.Name)
	p.Email.set(&next.Email)
	p.Extension.set(&next.Extension)
	if p.Password.Sent {
		next.Password = p.kept
	}
	put(p.Role, &is.Role)
	if p.Supervises.Sent {
		is.Teams = ids[routing.TeamID](p.Supervises.Value)
	}
	p.Language.set(&is.Language)
	p.Timezone.set(&is.Timezone)
	p.OutgoingOnly.set(&next.OutgoingOnly)
	p.NeverRing.set(&next.NeverRing)
	p.CallWaiting.set(&next.CallWaiting)
	put(p.HoursID, &is.Hours)
	if p.WrapUp.Sent {
		is.WrapUp = seconds(p.WrapUp.Value)
	}
	put(p.ForwardTo, &is.ForwardTo)
	put(p.CallerID, &next.CallerID)
	if p.Voicemail.Sent {
		next.Voicemail = nil
		if !p.Voicemail.Null {
			next.Voicemail = p.Voicemail.Value.record()
		}
	}
	next.Name, next.Email = provisioning.Clean(next.Name), cleanEmail(next.Email)
	return &next, nil
}

// put is set for a field of a type of ours.
func put[S ~string](o optional[string], to *S) {
	if o.Sent {
		*to = S(o.Value)
	}
}

// ids are texts as ids; what is empty is nil, as the records keep it.
func ids[S ~string](all []string) []S {
	var out []S
	for _, one := range all {
		out = append(out, S(one))
	}
	return out
}

// seconds is a time as the records keep it; what is not a number of seconds that anybody means is out of every range.
func seconds(s float64) time.Duration {
	const most = 1e6
	if !(s >= -most && s <= most) {
		return -time.Second
	}
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

// cleanEmail is an address as people sign in with it.
func cleanEmail(s string) string { return strings.ToLower(provisioning.Clean(s)) }
