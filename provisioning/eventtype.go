package provisioning

import (
	"slices"
	"strings"
)

// EventTypes are the types of event that listeners may ask for (API.md section 5), in the order of their families.
func EventTypes() []string {
	var out []string
	for _, family := range []struct{ name, verbs string }{
		{"call", "created flow_entered ivr_option_selected input_collected queued ringing_on_agent agent_declined agent_missed answered hold unhold muted dtmf " +
			"extension_dialed transferred external_transferred unsuccessful_transfer participant_added participant_removed hungup missed ended tagged " +
			"untagged commented assigned archived quality_degraded"},
		{"recording", "started paused resumed ready failed deleted"},
		{"voicemail", "left done"},
		{"transcription", "ready"},
		{"supervision", "started mode_changed ended"},
		{"queue", "threshold_reached"},
		{"callback", "requested offered accepted completed failed cancelled"},
		{"user", "created updated deleted connected disconnected availability_changed wrap_up_started wrap_up_ended dial_requested"},
		{"number", "created updated deleted converted_to_direct"},
		{"team", "created updated deleted"},
		{"flow", "created updated deleted published"},
		{"message", "sent received status_updated"},
		{"conversation", "assigned closed reopened read"},
		{"contact", "created updated deleted"},
		{"esim", "assigned state_changed unassigned"},
		{"usage", "threshold_reached reset topped_up"},
		{"device", "created updated deleted registered unregistered"},
		{"trunk", "created updated deleted up down registration_failed"},
		{"operator", "created updated deleted"},
		{"connector", "created updated deleted"},
		{"audio", "created updated deleted"},
		{"account", "created updated deleted"},
		{"working_hours", "created updated deleted"},
		{"special_date", "created updated deleted"},
		{"availability_reason", "created updated deleted"},
		{"tag", "created updated deleted"},
		{"blocked_number", "created updated deleted"},
		{"api_key", "created updated deleted"},
		{"webhook", "created updated deleted disabled"},
		{"notification", "created read handled"},
		{"export", "ready failed"},
		{"system", "backup_completed"},
		{"security", "source_blocked"},
	} {
		for verb := range strings.FieldsSeq(family.verbs) {
			out = append(out, family.name+"."+verb)
		}
	}
	return out
}

// KnownEventPattern says whether a pattern stands for a type of event: it is one, or the star of a family ("call.*"), or the star of all.
func KnownEventPattern(pattern string) Covers {
	return Covers(slices.ContainsFunc(EventTypes(), func(t string) bool { return bool(EventMatches(pattern, t)) }))
}

// Covers says whether a pattern of event types covers one.
type Covers bool

// EventMatches says whether a type of event is what a pattern stands for.
func EventMatches(pattern, eventType string) Covers {
	family, star := strings.CutSuffix(pattern, "*")
	if !star {
		return pattern == eventType
	}
	return Covers(family == "" || strings.HasSuffix(family, ".") && strings.HasPrefix(eventType, family))
}

// AircallEvent is how receivers that were made for Aircall call a type of event; empty: they know none such.
func AircallEvent(eventType string) string {
	renamed := map[string]string{
		"voicemail.left": "call.voicemail_left", "user.wrap_up_started": "user.wut_start", "user.wrap_up_ended": "user.wut_end",
		"team.deleted": "team.destroyed",
	}
	if name := renamed[eventType]; name != "" {
		return name
	}
	for _, family := range []struct{ name, verbs string }{
		{"call", "created ringing_on_agent agent_declined answered transferred external_transferred unsuccessful_transfer hungup ended hold unhold " +
			"ivr_option_selected assigned archived tagged untagged commented"},
		{"user", "created deleted connected disconnected"},
		{"number", "created deleted"},
		{"contact", "created updated deleted"},
		{"team", "created"},
		{"message", "sent received status_updated"},
	} {
		if verb, is := strings.CutPrefix(eventType, family.name+"."); is && slices.Contains(strings.Fields(family.verbs), verb) {
			return eventType
		}
	}
	return ""
}
