package flow

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/routing/calendar"
)

// Why a branch was taken, as the note NoteBranch says it in its reason.
const (
	BecauseSlot      = "slot"      // what: the slot
	BecauseNoSlot    = "no_slot"   // no branch has a slot around now
	BecauseDate      = "date"      // what: the day or days
	BecauseHoliday   = "holiday"   // what: its name
	BecauseNoDate    = "no_date"   // the special date is another day
	BecauseDateGone  = "date_gone" // what: the special date, which is no longer there
	BecausePrefix    = "prefix"    // what: the prefix
	BecauseCountry   = "country"   // what: its code
	BecauseAnonymous = "anonymous" // the number is withheld
	BecauseTag       = "tag"       // what: the tag
	BecauseVIP       = "vip"       // the caller is on the VIP list
	BecauseBlocked   = "blocked"   // the caller is on the block list
	BecauseReturns   = "returns"   // what: within how many days
	BecauseLastUser  = "last_user" // what: the user
	BecauseNoMatch   = "no_match"  // the caller fits no branch
	BecauseChance    = "chance"    // what: the percentage of the branch
)

// because is why a branch is taken.
type because struct{ branch, label, reason, what, at string }

// decide goes on by a branch, or keeps something and goes on: nodes that take no time.
func (m *Machine) decide(n *Node) {
	switch {
	case n.TimeRule != nil:
		m.take(n.TimeRule.branch(m.clock(n.TimeRule.Timezone)))
	case n.DateRule != nil:
		m.take(m.dateBranch(n.DateRule))
	case n.CallerRule != nil:
		m.take(n.CallerRule.branch(m.office.Caller(), m.now))
	case n.Split != nil:
		m.take(n.Split.branch(m.office.Chance()))
	case n.SendSMS != nil:
		m.sendText(n.SendSMS)
		m.follow(PortDone)
	case n.Set != nil:
		m.mark(n.Set)
		m.follow(PortDone)
	default:
		m.leave(FlowEnded)
	}
}

// take notes why a branch is taken and follows it.
func (m *Machine) take(b because) {
	m.note(NoteBranch, "", "type", string(m.node.Kind()), "title", m.node.Title, "branch", b.branch, "label", b.label, "reason", b.reason,
		"what", b.what, "at", b.at)
	m.follow(b.branch)
}

// clock is now by the clock of a place: the node's, else the flow's, else that of the number that was called.
func (m *Machine) clock(zone string) time.Time {
	if zone = cmp.Or(zone, m.flow.Timezone); zone == "" {
		zone = m.office.Timezone()
	}
	return m.now.In(m.flow.place(zone))
}

// clockText writes a moment as a clock on the wall shows it.
func clockText(at time.Time) string {
	return strings.ToLower(at.Format("Mon")) + at.Format(" 2006-01-02 15:04:05 ") + at.Location().String()
}

// branch is the first one with a slot around now (SPEC T6).
func (r *TimeRule) branch(now time.Time) because {
	for _, b := range r.Branches {
		for _, s := range b.Slots {
			if s.Contains(now) {
				return because{b.ID, b.Title, BecauseSlot, s.String(), clockText(now)}
			}
		}
	}
	return because{branch: PortOtherwise, reason: BecauseNoSlot, at: clockText(now)}
}

func (m *Machine) dateBranch(r *DateRule) because {
	now := m.clock(r.Timezone)
	dates, has := m.office.SpecialDate(r.Date)
	if !has {
		return because{branch: PortOtherwise, reason: BecauseDateGone, what: string(r.Date), at: clockText(now)}
	}
	match, inside := dates.Find(now)
	switch {
	case !bool(inside):
		return because{branch: PortOtherwise, reason: BecauseNoDate, what: string(r.Date), at: clockText(now)}
	case match.Holiday != "":
		return because{branch: PortMatch, reason: BecauseHoliday, what: string(match.Holiday), at: clockText(now)}
	}
	return because{branch: PortMatch, reason: BecauseDate, what: spanText(match.Span), at: clockText(now)}
}

func spanText(s calendar.Span) string {
	if s.To == "" || s.To == s.From {
		return string(s.From)
	}
	return string(s.From) + " – " + string(s.To)
}

// branch is the first one that the caller matches (SPEC T10).
func (r *CallerRule) branch(c Caller, now time.Time) because {
	for _, b := range r.Branches {
		if reason, what := b.Match.fits(c, now); reason != "" {
			return because{branch: b.ID, label: b.Title, reason: reason, what: what}
		}
	}
	return because{branch: PortOtherwise, reason: BecauseNoMatch}
}

// fits says by which of the conditions the caller matches; empty: by none.
func (m *CallerMatch) fits(c Caller, now time.Time) (reason, what string) {
	switch {
	case m.Anonymous && bool(c.Anonymous):
		return BecauseAnonymous, ""
	case m.Blocked && bool(c.Blocked):
		return BecauseBlocked, ""
	case m.VIP && bool(c.VIP):
		return BecauseVIP, ""
	}
	for _, p := range m.Prefixes {
		if c.Number != "" && strings.HasPrefix(c.Number, p) {
			return BecausePrefix, p
		}
	}
	if c.Country != "" && slices.Contains(m.Countries, c.Country) {
		return BecauseCountry, c.Country
	}
	for _, t := range m.Tags {
		if slices.Contains(c.Tags, t) {
			return BecauseTag, t
		}
	}
	if days := m.ReturnsInDays; days > 0 && !c.LastCall.IsZero() && now.Sub(c.LastCall) <= time.Duration(days)*24*time.Hour {
		return BecauseReturns, strconv.Itoa(days)
	}
	if c.LastUser != "" && slices.Contains(m.LastUsers, c.LastUser) {
		return BecauseLastUser, string(c.LastUser)
	}
	return "", ""
}

// branch is the one that a number from 0 up to 1 falls into.
func (s *Split) branch(chance float64) because {
	last, sum := because{reason: BecauseChance}, 0.0
	for _, b := range s.Branches {
		if b.Percent <= 0 {
			continue
		}
		last.branch, last.label, last.what = b.ID, b.Title, strconv.FormatFloat(b.Percent, 'f', -1, 64)+" %"
		if sum += b.Percent; chance*100 < sum {
			break
		}
	}
	return last
}

// mostTexts is how many text messages one call may bring about: a flow can go round.
const mostTexts = 5

func (m *Machine) sendText(s *SendSMS) {
	if m.texts++; m.texts > mostTexts {
		m.note(NoteTextRefused, "", "why", "too_many")
		return
	}
	m.note(NoteTextAsked, "", "to", s.To)
	m.do(Send{From: s.From, To: s.To, Text: s.Text, Node: m.Node()})
}

func (m *Machine) mark(s *Set) {
	priority := ""
	if s.Priority != nil {
		priority = strconv.Itoa(*s.Priority)
	}
	names := slices.Sorted(maps.Keys(s.Variables))
	m.note(NoteMarked, "", "tags", strings.Join(s.Tags, " "), "priority", priority, "language", s.Language, "variables", strings.Join(names, " "))
	m.do(Mark{Set: *s})
}
