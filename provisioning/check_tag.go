package provisioning

import (
	"fmt"
	"slices"
	"strings"
)

// checkTag asks the rules of tags.
func (s *State) checkTag(_, after *Tag) Refusals {
	out := checkName(after.Name)
	if after.Color != "" && !isColor(after.Color) {
		out = append(out, &Refusal{Code: "color_malformed", Location: "body.color", Text: `a color is "#" and six hexadecimal digits`})
	}
	return append(out, nameTaken(s.Tags, after, "body.name")...)
}

func isColor(s string) bool {
	if len(s) != len("#rrggbb") || s[0] != '#' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// leaveTag refuses while contacts have the tag or flows ask for it.
func (s *State) leaveTag(t *Tag) ([]Change, Refusals) {
	var where []string
	for _, c := range s.Contacts {
		if slices.Contains(c.Tags, t.ID) {
			where = append(where, fmt.Sprintf("the contact %s", c.Name))
		}
	}
	for _, name := range s.FlowsNaming(t.Account, t.ID) {
		where = append(where, "the flow "+name)
	}
	return nil, inUse(t, where)
}

// inUse refuses to delete what others point at, and names the first few of them.
func inUse(r Record, where []string) Refusals {
	if len(where) == 0 {
		return nil
	}
	const some = 5
	ref, rest := r.Ref(), ""
	if n := len(where) - some; n > 0 {
		where, rest = where[:some], fmt.Sprintf(" and %d more", n)
	}
	named := strings.Join(where, ", ")
	return Refusals{{
		Why: Clash, Code: "in_use", Args: map[string]string{"kind": string(ref.Kind), "name": ref.Name, "where": named + rest},
		Text: fmt.Sprintf("the %s %s is still used: by %s%s", words(ref.Kind), ref.Name, named, rest),
	}}
}
