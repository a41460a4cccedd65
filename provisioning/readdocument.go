package provisioning

import (
	"strings"
	"time"

	"tandem/routing"
	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// readDocuments reads the kinds of record that are kept as documents.
func (s *Site) readDocuments(t *table) {
	for _, h := range t.tables("working_hours") {
		s.readHours(h)
	}
	for _, d := range t.tables("special_dates") {
		s.readDate(d)
	}
	for _, r := range t.tables("availability_reasons") {
		reason := Reason{Account: s.account(r), Name: r.needed("name")}
		r.close()
		reason.ID = routing.ReasonID(reason.Name)
		s.addDocument(r, &reason)
	}
	for _, g := range t.tables("tags") {
		tag := Tag{Account: s.account(g), Name: g.needed("name"), Color: g.text("color")}
		g.close()
		tag.ID = tag.Name
		s.addDocument(g, &tag)
	}
	for _, b := range t.tables("blocked_numbers") {
		blocked := BlockedNumber{Account: s.account(b), E164: routing.E164(b.needed("number")), Note: b.text("note")}
		b.close()
		blocked.ID = string(blocked.E164)
		s.addDocument(b, &blocked)
	}
	for _, w := range t.tables("webhooks") {
		s.readWebhook(w)
	}
}

// addDocument declares a document; its name tells it from others of its kind in its account.
func (s *Site) addDocument(t *table, d Document) {
	ref := d.Ref()
	same := func(o *Document) bool {
		other := (*o).Ref()
		return other.Kind == ref.Kind && other.Account == ref.Account && other.Name == ref.Name
	}
	if first := find(s.documents, same); first != nil {
		s.twice(t, "name", ref.Name, first.path)
		return
	}
	s.documents = append(s.documents, declared[Document]{t.path, d})
}

func (s *Site) readHours(t *table) {
	h := WorkingHours{Account: s.account(t), Name: t.needed("name")}
	h.ID = routing.HoursID(h.Name)
	h.Hours = readWeek(t)
	t.close()
	s.addDocument(t, &h)
}

// readWeek reads a time zone and the slots of a week.
func readWeek(t *table) calendar.Hours {
	h := calendar.Hours{Timezone: t.text("timezone")}
	for _, slot := range t.tables("slots") {
		one := calendar.Slot{From: calendar.Clock(slot.needed("from")), To: calendar.Clock(slot.needed("to"))}
		for _, day := range slot.texts("days") {
			one.Days = append(one.Days, calendar.Day(day))
		}
		slot.close()
		h.Slots = append(h.Slots, one)
	}
	return h
}

func (s *Site) readDate(t *table) {
	d := SpecialDate{Account: s.account(t), Name: t.needed("name")}
	d.ID = flow.DateID(d.Name)
	d.Dates.Holidays = calendar.Holidays(t.text("holidays"))
	for _, name := range t.texts("skip") {
		d.Dates.Skip = append(d.Dates.Skip, calendar.Holiday(name))
	}
	for _, span := range t.tables("spans") {
		d.Dates.Spans = append(d.Dates.Spans, calendar.Span{From: calendar.Moment(span.needed("from")), To: calendar.Moment(span.text("to"))})
		span.close()
	}
	t.close()
	s.addDocument(t, &d)
}

// readWebhook reads a webhook; without a secret it keeps the one that it has, or gets a new one.
func (s *Site) readWebhook(t *table) {
	w := Webhook{
		Account: s.account(t), Name: t.needed("name"), URL: t.needed("url"), Types: t.texts("types"),
		Format: one(t, "format", FormatStandard, FormatAircall), Disabled: t.truth("disabled"), Secret: Secret(t.text("secret")),
	}
	t.close()
	w.ID = w.Name
	s.addDocument(t, &w)
}

// readAccountSettings reads what an account says beside its name.
func readAccountSettings(t *table) AccountSettings {
	t.asked = append(t.asked, "esim_licences")
	out := AccountSettings{Timezone: t.text("timezone"), AwayAfter: t.whole("away_after", 100), Grace: t.duration("grace", time.Hour)}
	if _, said := t.values["esim_licences"]; said {
		out.Licences = new(t.whole("esim_licences", mostLicences))
	}
	for _, o := range t.texts("allowed_origins") {
		out.Origins = append(out.Origins, CleanOrigin(o))
	}
	return out
}

// readUserSettings reads what a user says beside what calls are found by. Names stand in the place of ids.
func readUserSettings(t *table) UserSettings {
	u := UserSettings{
		Role:     one(t, "role", "", RoleOwner, RoleAdmin, RoleSupervisor, RoleAgent, RoleReadonly, RoleCarrier),
		Language: t.text("language"), Timezone: t.text("timezone"), Hours: routing.HoursID(t.text("working_hours")),
		Reason: routing.ReasonID(t.text("reason")), WrapUp: t.duration("wrap_up", time.Hour), ForwardTo: routing.E164(t.text("forward_to")),
	}
	for _, team := range t.texts("supervises") {
		u.Teams = append(u.Teams, routing.TeamID(team))
	}
	return u
}

// readNumberSettings reads what a number says beside its distribution. Names stand in the place of ids.
func readNumberSettings(t *table) NumberSettings {
	n := NumberSettings{Timezone: t.text("timezone"), MustTag: t.truth("must_tag"), Priority: t.whole("priority", 1)}
	for _, email := range t.texts("outbound_users") {
		n.Outbound = append(n.Outbound, routing.UserID(strings.ToLower(email)))
	}
	return n
}

// readHA1 reads the two digests that stand in the place of a password: MD5 and SHA-256.
func readHA1(t *table, key string) (viaMD5, viaSHA256 Secret) {
	both := t.texts(key)
	if len(both) == 0 {
		return "", ""
	}
	if len(both) != 2 || !hexadecimal(both[0], 32) || !hexadecimal(both[1], 64) {
		t.refuse(key, "", "want the MD5 and the SHA-256 digest of user:realm:password, in hexadecimal")
		return "", ""
	}
	return Secret(both[0]), Secret(both[1])
}

func hexadecimal(s string, length int) (is bool) {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}
