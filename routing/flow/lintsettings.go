package flow

import (
	"fmt"
	"math"
	"strings"

	"tandem/routing/calendar"
)

// settings checks numbers, keys and slots.
func (l *linter) settings(n *Node) {
	switch n.Kind() {
	case KindRingTo:
		l.ringFor(n.RingTo.RingForSeconds)
	case KindRedirect:
		if n.Redirect.RingForSeconds != 0 {
			l.ringFor(n.Redirect.RingForSeconds)
		}
	case KindRingToAPI:
		l.ringFor(n.RingToAPI.RingForSeconds)
	case KindIVR:
		l.keys(n.IVR)
	case KindTimeRule:
		l.slots(n.TimeRule)
	case KindAudioMessage, KindWaiting, KindVoicemail, KindHangup, KindDateRule, KindCallerRule, KindSplit, KindInput, KindSendSMS, KindSet:
	}
}

func (l *linter) ringFor(s float64) {
	if math.IsNaN(s) || s < 5 || s > 3600 {
		l.say(RingForOutside, "config.ring_for_seconds", "ring for 5 to 3600 seconds, not %v", s)
	}
}

func (l *linter) keys(v *IVR) {
	first := make(map[byte]int, len(v.Options))
	for i, o := range v.Options {
		path := at("config.options[%d].key", i)
		if j, twice := first[o.Key]; twice {
			l.say(KeyTwice, path, "key %c is option %q already: give this option another key", o.Key, v.Options[j].Title)
			continue
		}
		first[o.Key] = i
		if v.Extensions != NoOne && isNumeral(o.Key) && bool(l.catalog.ExtensionPrefix(string(rune(o.Key)))) {
			l.say(KeyIsExtension, path,
				"key %c also begins an extension, so the option is taken 1.5 s later: use another key, or do not allow extensions here", o.Key)
		}
	}
}

// slots warns of branches that overlap (SPEC T6), and of gaps within a day.
func (l *linter) slots(r *TimeRule) {
	var all []calendar.Slot
	for i, b := range r.Branches {
		for j, s := range b.Slots {
			for k, earlier := range r.Branches[:i] {
				if shared := calendar.Overlap(earlier.Slots, []calendar.Slot{s}); len(shared) > 0 {
					l.say(SlotsOverlap, at("config.branches[%d].slots[%d]", i, j),
						"on %s the branch %q comes before this one and is taken: change one of the slots if that is not meant", listed(shared), r.Branches[k].name())
				}
			}
		}
		all = append(all, b.Slots...)
	}
	if gaps := calendar.Gaps(all); len(gaps) > 0 {
		l.say(SlotsGap, "config.branches", "between the slots, %s is covered by no branch and goes on by \"At any other time\": fill it if that is not meant", listed(gaps))
	}
}

// name is what people call the branch.
func (b *TimeBranch) name() string {
	if b.Title != "" {
		return b.Title
	}
	return b.ID
}

func listed(slots []calendar.Slot) string {
	words := make([]string, len(slots))
	for i, s := range slots {
		words[i] = s.String()
	}
	return strings.Join(words, ", ")
}

// at writes a path.
func at(format string, places ...any) string { return fmt.Sprintf(format, places...) }
