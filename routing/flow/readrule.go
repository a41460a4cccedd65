package flow

import (
	"fmt"
	"iter"
	"math"
	"strings"

	"tandem/routing/calendar"
)

// mostSlots is how many slots a Time rule may have: the checks compare each with each.
const mostSlots = 200

// mostBranches is how many branches a node may have.
const mostBranches = 100

// branches reads the objects of a list each of which is a port: their ids, which must be told apart, and what else they say.
func branches(o *object, key string) iter.Seq2[string, *object] {
	return func(yield func(string, *object) bool) {
		seen := make(map[string]struct{})
		all := o.list(key)
		if len(all) > mostBranches {
			o.refuse(key, "give at most %d of %s", mostBranches, key)
			return
		}
		kind := strings.TrimSuffix(strings.TrimSuffix(key, "s"), "e") // option, branch
		for _, each := range all {
			id := each.needed("id")
			if _, twice := seen[id]; twice {
				each.refuse("id", "two %s have the id %.80q: give this one another", key, id)
			}
			seen[id] = struct{}{}
			if id == PortNoOrWrongInput || id == PortOtherwise || !printable(id) {
				each.refuse("id", "an %s cannot have the id %.80q: give it another", kind, id)
			}
			if !yield(id, each) {
				return
			}
		}
	}
}

// readZone reads a time zone; empty: somebody else's.
func readZone(o *object) string {
	zone := o.text("timezone")
	if zone != "" && !calendar.KnownZone(zone) {
		o.refuse("timezone", "there is no time zone %.64q: write one such as Europe/Paris", zone)
	}
	return zone
}

func readTimeRule(n *Node, o *object) {
	r, slots := &TimeRule{Timezone: readZone(o)}, 0
	for id, each := range branches(o, "branches") {
		b := TimeBranch{ID: id, Title: each.text("title")}
		for _, s := range each.list("slots") {
			slot := calendar.Slot{From: calendar.Clock(s.needed("from")), To: calendar.Clock(s.needed("to"))}
			for _, d := range s.texts("days") {
				slot.Days = append(slot.Days, calendar.Day(d))
			}
			for _, f := range slot.Check() {
				if v, said := s.values[f.Path]; f.Path != "from" && f.Path != "to" || said && v != "" {
					s.refuse(f.Path, "%s", f.Text)
				}
			}
			s.close()
			b.Slots = append(b.Slots, slot)
		}
		each.close()
		slots += len(b.Slots)
		r.Branches = append(r.Branches, b)
	}
	if slots > mostSlots {
		o.refuse("branches", "give at most %d slots in all", mostSlots)
		r.Branches = nil
	}
	n.TimeRule = r
}

func readDateRule(n *Node, o *object) {
	n.DateRule = &DateRule{Timezone: readZone(o), Date: DateID(o.needed("date"))}
}

func readCallerRule(n *Node, o *object) {
	r := new(CallerRule)
	for id, each := range branches(o, "branches") {
		b := CallerBranch{ID: id, Title: each.text("title")}
		b.Match = readMatch(each.within("match"))
		each.close()
		r.Branches = append(r.Branches, b)
	}
	n.CallerRule = r
}

func readMatch(o *object) CallerMatch {
	m := CallerMatch{
		Prefixes: o.texts("prefixes"), Countries: o.texts("countries"), Tags: o.texts("tags"),
		Anonymous: o.truth("anonymous"), VIP: o.truth("vip"), Blocked: o.truth("blocked"),
		ReturnsInDays: o.whole("returns_in_days", limits{low: 0, high: 3650}),
	}
	for i, p := range m.Prefixes {
		if digits, plus := strings.CutPrefix(p, "+"); !plus || digits == "" || len(digits) > 15 || !numeric(digits) {
			o.refuse(fmt.Sprintf("prefixes[%d]", i), "%.40q is no prefix: write + and digits, such as +336", p)
		}
	}
	for i, c := range m.Countries {
		if len(c) != 2 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			o.refuse(fmt.Sprintf("countries[%d]", i), "%.40q is no country: write two capital letters, such as FR", c)
		}
	}
	for _, u := range o.texts("last_users") {
		m.LastUsers = append(m.LastUsers, UserID(u))
	}
	o.close()
	return m
}

func readSplit(n *Node, o *object) {
	s, total := new(Split), 0.0
	for id, each := range branches(o, "branches") {
		b := SplitBranch{ID: id, Title: each.text("title"), Percent: each.number("percent", limits{low: 0, high: 100})}
		each.close()
		s.Branches = append(s.Branches, b)
		total += b.Percent
	}
	if math.Abs(total-100) > 0.01 {
		o.refuse("branches", "the percentages of all branches must be 100 together, not %v", math.Round(total*100)/100)
	}
	n.Split = s
}

// texts reads a list of texts, none of them empty.
func (o *object) texts(key string) []string {
	items := o.items(key)
	if len(items) > mostBranches {
		o.refuse(key, "give at most %d of %s", mostBranches, key)
		return nil
	}
	var all []string
	for i, v := range items {
		s, is := v.(string)
		if !is || s == "" {
			o.refuse(fmt.Sprintf("%s[%d]", key, i), "write each of %s as a text in quotes", key)
			continue
		}
		all = append(all, s)
	}
	return all
}
