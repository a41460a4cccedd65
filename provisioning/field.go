package provisioning

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tandem/routing/flow"
)

// Field is one thing that a record says, as text.
type Field struct {
	Name  string
	Value string
	// Secret is set instead of Value where nobody may read it: values are compared, and dots are shown.
	Secret Secret
}

// text is a field of any plain type; what is not set is empty.
func text(name string, value any) Field {
	s := fmt.Sprint(value)
	switch value.(type) {
	case int, float64:
		if s == "0" {
			s = ""
		}
	case bool:
		if s == "false" {
			s = ""
		}
	case fmt.Stringer:
		if s == "0s" {
			s = ""
		}
	}
	return Field{Name: name, Value: s}
}

// list is a field of several values in the order they stand.
func list[T any](name string, values []T) Field {
	var out []string
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return Field{Name: name, Value: strings.Join(out, ", ")}
}

// set is a field of several values whose order means nothing.
func set[T ~string](name string, values []T) Field {
	return list(name, slices.Sorted(slices.Values(values)))
}

// Fields lists what the account says.
func (a *Account) Fields() []Field {
	return append([]Field{text("name", a.Name), text("language", a.Language), text("country", a.Country)}, a.Settings.fields()...)
}

// Fields lists what the user says.
func (u *User) Fields() []Field {
	return append([]Field{
		text("name", u.Name), text("email", u.Email), text("extension", u.Extension), text("outgoing_only", u.OutgoingOnly),
		text("never_ring", u.NeverRing), text("call_waiting", u.CallWaiting), text("availability", string(u.Availability)),
		text("caller_id", string(u.CallerID)), text("voicemail", voicemailText(u.Voicemail)),
		{Name: "password", Secret: u.Password},
	}, u.Settings.fields()...)
}

func voicemailText(v *flow.Voicemail) string {
	if v == nil {
		return ""
	}
	return strings.TrimSpace(string(v.Greeting) + " " + strconv.FormatFloat(v.MaxSeconds, 'g', -1, 64) + "s")
}

// Fields lists what the device says.
func (d *Device) Fields() []Field {
	return []Field{
		text("user", string(d.User)), text("kind", string(d.Kind)), text("username", d.Username), text("aor", d.AOR),
		{Name: "password", Secret: d.HA1MD5 + d.HA1SHA256},
	}
}

// Fields lists what the team says; the order of its users is the order they ring in.
func (t *Team) Fields() []Field {
	return []Field{text("name", t.Name), list("users", t.Users), text("must_tag", t.MustTag)}
}

// Fields lists what the number says.
func (n *Number) Fields() []Field {
	return append([]Field{
		text("e164", string(n.E164)), text("name", n.Name), text("kind", string(n.Kind)), text("flow", string(n.Flow)), set("users", n.Users),
		set("teams", n.Teams), text("ring_before_answer", n.RingBeforeAnswer),
	}, n.Settings.fields()...)
}

// Fields lists what the trunk says.
func (t *Trunk) Fields() []Field {
	return []Field{
		text("name", t.Name), text("account", string(t.Account)), list("sources", t.Sources), list("servers", t.Servers),
		text("in_username", t.InUsername),
		{Name: "in_password", Secret: t.InHA1MD5 + t.InHA1SHA256},
		text("out_username", t.OutUsername),
		{Name: "out_password", Secret: t.OutPassword},
		text("out_realm", t.OutRealm), text("domain", t.Domain), text("register", t.Register),
		text("options_every", t.OptionsEvery), text("country", t.Country), text("dial", string(t.Dial)), text("emergency", t.Emergency),
		text("priority", t.Priority), list("media_allow", t.MediaAllow), text("max_calls", t.MaxCalls), text("trust_pai", t.TrustPAI),
		text("direct_numbers", t.PresentsDirect), text("tls", tlsText(&t.TLS)), text("terms", termsText(&t.Terms)),
	}
}

// Fields lists what the flow says; its version follows from what is published and is no field.
func (f *Flow) Fields() []Field {
	base := 0
	if f.Draft != "" {
		base = f.Base
	}
	return []Field{text("name", f.Name), text("published", f.Published), text("draft", f.Draft), text("draft_base", base)}
}

// Fields lists what the sound says: its content by its digest.
func (a *Audio) Fields() []Field {
	return []Field{text("name", a.Name), text("sha256", a.SHA256), text("size", a.Size)}
}
