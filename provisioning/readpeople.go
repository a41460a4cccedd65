package provisioning

import (
	"net/mail"
	"strings"

	"tandem/routing"
	"tandem/routing/flow"
)

func (s *Site) readAccount(t *table) {
	a := Account{Name: t.needed("name"), Language: one(t, "language", "fr", "en"), Country: strings.ToUpper(t.text("country"))}
	a.Settings = readAccountSettings(t)
	a.ID = routing.AccountID(a.Name)
	if a.Country == "" {
		a.Country = "FR"
	}
	if len(a.Country) != 2 {
		t.refuse("country", "", "%q is no country: write two letters, such as \"FR\"", a.Country)
	}
	t.close()
	if first := find(s.accounts, func(b *Account) bool { return b.Name == a.Name }); first != nil {
		s.twice(t, "name", a.Name, first.path)
		return
	}
	s.accounts = append(s.accounts, declared[Account]{t.path, a})
}

func (s *Site) readUser(t *table) {
	u := User{
		Account:      s.account(t),
		Name:         t.needed("name"),
		Email:        strings.ToLower(t.needed("email")),
		Extension:    t.text("extension"),
		OutgoingOnly: t.truth("outgoing_only"),
		NeverRing:    t.truth("never_ring"),
		CallWaiting:  t.truth("call_waiting"),
		Availability: one(t, "availability", routing.SetAvailable, routing.SetAuto, routing.SetUnavailable),
		CallerID:     routing.E164(t.text("caller_id")),
	}
	u.ID = routing.UserID(u.Email)
	u.Settings = readUserSettings(t)
	if parsed, err := mail.ParseAddress(u.Email); u.Email != "" && (err != nil || parsed.Address != u.Email) {
		t.refuse("email", "", "%q is no e-mail address", u.Email)
	}
	if v := t.within("voicemail"); v != nil {
		u.Voicemail = readVoicemail(v)
	}
	for _, d := range t.tables("devices") {
		s.readDevice(d, &u)
	}
	t.close()
	if first := find(s.users, func(v *User) bool { return v.Email == u.Email }); first != nil {
		s.twice(t, "email", u.Email, first.path)
		return
	}
	s.users = append(s.users, declared[User]{t.path, u})
}

func readVoicemail(t *table) *flow.Voicemail {
	v := &flow.Voicemail{Greeting: flow.AudioID(t.text("greeting")), MaxSeconds: t.number("max_seconds", 180, 3, 3600)}
	t.close()
	return v
}

func (s *Site) readDevice(t *table, u *User) {
	d := Device{
		Account: u.Account, User: u.ID, Username: t.needed("username"),
		Kind: one(t, "kind", routing.SIPPhone, routing.Workspace, routing.CTI, routing.App, routing.Native),
	}
	password := Secret(t.text("password"))
	d.HA1MD5, d.HA1SHA256 = readHA1(t, "ha1")
	t.close()
	if strings.ContainsAny(d.Username, " @:;<>\"\t") {
		t.refuse("username", "", "%q is no user name of SIP: write letters, digits, dots and dashes", d.Username)
	}
	d.AOR = d.Username + "@" + s.realm
	switch {
	case password != "" && d.HA1MD5 != "":
		t.refuse("ha1", "", "give the password or its digests, not both")
	case password != "":
		d.HA1MD5, d.HA1SHA256 = HA1(d.Username, s.realm, password)
	}
	if first := find(s.devices, func(e *Device) bool { return e.AOR == d.AOR }); first != nil {
		s.twice(t, "username", d.Username, first.path)
		return
	}
	s.devices = append(s.devices, declared[Device]{t.path, d})
}

func (s *Site) readTeam(t *table) {
	team := Team{Account: s.account(t), Name: t.needed("name"), Users: s.readUsers(t), MustTag: t.truth("must_tag")}
	t.close()
	team.ID = routing.TeamID(team.Name)
	same := func(o *Team) bool { return o.Account == team.Account && o.Name == team.Name }
	if first := find(s.teams, same); first != nil {
		s.twice(t, "name", team.Name, first.path)
		return
	}
	s.teams = append(s.teams, declared[Team]{t.path, team})
}

// readUsers reads a list of e-mail addresses. Who they are is checked once all users are read.
func (s *Site) readUsers(t *table) []routing.UserID {
	var out []routing.UserID
	seen := map[string]struct{}{}
	for _, email := range t.texts("users") {
		email = strings.ToLower(email)
		if _, again := seen[email]; again {
			t.refuse("users", "", "%s is there twice", email)
			continue
		}
		seen[email] = struct{}{}
		out = append(out, routing.UserID(email))
	}
	return out
}
