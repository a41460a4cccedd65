package peering

import (
	"slices"
	"strings"
)

// HeaderRule does one thing to the headers of a request.
type HeaderRule struct {
	Do     HeaderAct `json:"do" toml:"do" doc:"set: put the header there with this value, in the place of what was; remove; copy: what header says goes to to as well; rename: it goes to to alone."`
	Header string    `json:"header" toml:"header" maxLength:"64" doc:"Any X-… header, or one of those that may be touched: P-Asserted-Identity, Diversion, History-Info and the like; never those that SIP itself needs."`
	To     string    `json:"to,omitempty" toml:"to,omitempty" maxLength:"64" doc:"Of copy and rename."`
	Value  string    `json:"value,omitempty" toml:"value,omitempty" maxLength:"500" doc:"Of set: text, with ${caller}, ${called}, ${trunk}, ${account}, ${call} and ${header:X-Name} filled in. What comes out empty is left out."`
}

// HeaderAct is what a rule does.
type HeaderAct string

// The acts.
const (
	HeaderSet    HeaderAct = "set"
	HeaderRemove HeaderAct = "remove"
	HeaderCopy   HeaderAct = "copy"
	HeaderRename HeaderAct = "rename"
)

// Field is one header.
type Field struct{ Name, Value string }

// Facts are what a template may name.
type Facts struct {
	Caller, Called, Trunk, Account, Call string
	Header                               func(name string) string // of the call's other side: what came with the caller's request; nil: nothing did
}

// touchable lists the headers beside X-… that rules may touch, as they are written. What names a transaction, a dialog, a way or a body, what proves
// somebody's identity, and what SIP's extensions agree by, is in none of them.
func touchable() []string {
	return []string{
		"Accept-Language", "Alert-Info", "Call-Info", "Date", "Diversion", "Geolocation", "History-Info", "In-Reply-To", "Organization",
		"P-Access-Network-Info", "P-Asserted-Identity", "P-Called-Party-ID", "P-Charge-Info", "P-Charging-Vector", "P-Early-Media", "P-Preferred-Identity",
		"P-Visited-Network-ID", "Priority", "Privacy", "Reason", "Remote-Party-ID", "Subject", "User-to-User", "Warning",
	}
}

// Canonical is the one way of writing a header that rules may touch; empty: they may not. Blanks, control characters and compact forms are none of its
// business: a name that is not made of letters, digits and hyphens alone is no header here, so nothing that a peer's parser could read as another
// header gets past.
func Canonical(name string) string {
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) }) {
		return ""
	}
	if len(name) > 2 && strings.EqualFold(name[:2], "X-") {
		return "X-" + name[2:]
	}
	all := touchable()
	if i := slices.IndexFunc(all, func(known string) bool { return strings.EqualFold(known, name) }); i >= 0 {
		return all[i]
	}
	return ""
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

// Rewrite does what the rules say, in their order, to those headers that rules may touch; the others stay where they are. What it is given stays as it is.
func Rewrite(rules []HeaderRule, fields []Field, facts *Facts) []Field {
	out := slices.Clone(fields)
	for _, r := range rules {
		name := Canonical(r.Header)
		if name == "" {
			continue
		}
		switch r.Do {
		case HeaderSet:
			at := firstOf(out, name)
			out = without(out, name)
			if v := facts.fill(r.Value); v != "" {
				out = slices.Insert(out, min(at, len(out)), Field{name, v})
			}
		case HeaderRemove:
			out = without(out, name)
		case HeaderCopy, HeaderRename:
			to := Canonical(r.To)
			if to == "" || to == name {
				continue
			}
			out = carried(out, name, to, r.Do)
		}
	}
	return out
}

// carried puts the values of one header under another's name, in the place of what that had; where the first has none, nothing changes.
func carried(fields []Field, from, to string, do HeaderAct) []Field {
	var values []Field
	for _, f := range fields {
		if strings.EqualFold(f.Name, from) {
			values = append(values, Field{to, f.Value})
		}
	}
	if len(values) == 0 {
		return fields
	}
	fields = without(fields, to)
	if do == HeaderRename {
		fields = without(fields, from)
	}
	return append(fields, values...)
}

func firstOf(fields []Field, name string) int {
	if i := slices.IndexFunc(fields, func(f Field) bool { return strings.EqualFold(f.Name, name) }); i >= 0 {
		return i
	}
	return len(fields)
}

func without(fields []Field, name string) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// fill puts facts into the holes of a template. Nothing that comes out can end a line.
func (f *Facts) fill(template string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "${")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			break
		}
		b.WriteString(f.fact(name))
		template = after
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, b.String()))
}

// fact is what a hole stands for; empty where it is not known.
func (f *Facts) fact(name string) string {
	if f == nil {
		return ""
	}
	switch name {
	case "caller":
		return f.Caller
	case "called":
		return f.Called
	case "trunk":
		return f.Trunk
	case "account":
		return f.Account
	case "call":
		return f.Call
	}
	if header, is := strings.CutPrefix(name, "header:"); is && f.Header != nil && Canonical(header) != "" {
		return f.Header(Canonical(header))
	}
	return ""
}

// holes lists what a template names; whole is false where one is not closed.
func holes(template string) (names []string, whole bool) {
	for {
		_, rest, found := strings.Cut(template, "${")
		if !found {
			return names, true
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return names, false
		}
		names = append(names, name)
		template = after
	}
}

// HandsOn lists the headers of a caller's request that templates towards this peer name.
func (t *Terms) HandsOn() []string {
	var out []string
	for i := range t.HeadersOut {
		names, _ := holes(t.HeadersOut[i].Value)
		for _, n := range names {
			if header, is := strings.CutPrefix(n, "header:"); is && Canonical(header) != "" {
				out = append(out, Canonical(header))
			}
		}
	}
	return out
}
