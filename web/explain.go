package web

import (
	"strconv"
	"strings"
	"time"

	"tandem/routing"
)

// explain says in one paragraph why a call was missed, user by user (SPEC L10); empty: it was not.
func (t teller) explain(c *routing.CallRecord, words catalogue, lang string) string {
	e := routing.Explain(c)
	if e.Reason == routing.NotMissed {
		return ""
	}
	say := func(key string, values map[string]string) string {
		return fill(words.say(lang, "explain."+key), values)
	}
	whole := map[string]string{"seconds": wholeSeconds(e.Lasted), "node": e.Node}
	sentences := []string{say(t.opening(&e), whole)}
	for i := range e.Users {
		sentences = append(sentences, t.effort(c, &e.Users[i], words, lang))
	}
	if e.Voicemail > 0 {
		sentences = append(sentences, say("voicemail", map[string]string{"seconds": wholeSeconds(e.Voicemail)}))
	}
	return strings.Join(sentences, " ")
}

// opening is the key of the first sentence: the reason, and who ended the call.
func (t teller) opening(e *routing.Explanation) string {
	ended := ".ended"
	if e.EndedBy == "caller" {
		ended = ".left"
	}
	if e.Reason == routing.ShortAbandoned && len(e.Users) > 0 {
		return "short_rung" + ended
	}
	return string(e.Reason) + ended
}

// effort says what was done to reach one user.
func (t teller) effort(c *routing.CallRecord, e *routing.Effort, words catalogue, lang string) string {
	name := "?"
	if u := t.userNamed(e.User); u != nil && u.Name != "" {
		name = u.Name
	}
	values := map[string]string{"user": name, "seconds": wholeSeconds(e.Rang), "times": strconv.Itoa(e.Times)}
	key := "rang"
	switch {
	case e.Skipped != "":
		return t.skipped(c, e, values, words, lang)
	case e.Declined:
		key = "declined"
	case e.Times > 1:
		key = "rang_again"
	}
	said := fill(words.say(lang, "explain."+key), values)
	if e.Handset != "" {
		said += " " + words.say(lang, "explain.handset."+string(e.Handset))
	}
	return said
}

// skipped says why a user was not rung: what they were doing, since when.
func (t teller) skipped(c *routing.CallRecord, e *routing.Effort, values map[string]string, words catalogue, lang string) string {
	why := "skipped." + e.Skipped
	if e.Skipped == "unavailable" || e.Skipped == "busy" {
		switch e.Status {
		case routing.UserInCall, routing.UserWrapUp, routing.UserUnavailable, routing.UserOffline, routing.UserRinging:
			why = "skipped." + string(e.Status)
		case routing.UserAvailable:
		}
	}
	values["why"] = words.say(lang, "explain."+why)
	if e.Away != "" {
		values["why"] += " (" + e.Away + ")"
	}
	if !e.Since.IsZero() {
		values["why"] += " " + fill(words.say(lang, "explain.since"), map[string]string{"time": t.clock(c, e.Since, lang)})
	}
	return fill(words.say(lang, "explain.skipped"), values)
}

// clock tells a time of the day of a call as its account reads it, with the date where it was another day.
func (t teller) clock(c *routing.CallRecord, at time.Time, lang string) string {
	zone := time.UTC
	if a := t.names.Accounts[c.Account]; a != nil {
		if z, err := time.LoadLocation(a.Timezone); err == nil {
			zone = z
		}
	}
	at = at.In(zone)
	if start := c.StartedAt.In(zone); at.YearDay() == start.YearDay() && at.Year() == start.Year() {
		return at.Format("15:04")
	}
	if lang == "fr" {
		return at.Format("02/01 15:04")
	}
	return at.Format("Jan 2, 15:04")
}

// wholeSeconds writes a length in whole seconds, as people say it.
func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(d.Round(time.Second).Seconds())) }
