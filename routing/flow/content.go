package flow

import (
	"strings"
)

// readers lists, by type, what reads the config of a node.
func readers() map[Kind]func(*Node, *object) {
	return map[Kind]func(*Node, *object){
		KindAudioMessage: readAudioMessage,
		KindIVR:          readIVR,
		KindWaiting:      readWaiting,
		KindRingTo:       readRingTo,
		KindRedirect:     readRedirect,
		KindVoicemail:    readVoicemail,
		KindHangup:       readHangup,
		KindTimeRule:     readTimeRule,
		KindDateRule:     readDateRule,
		KindCallerRule:   readCallerRule,
		KindSplit:        readSplit,
		KindInput:        readInput,
		KindRingToAPI:    readRingToAPI,
		KindSendSMS:      readSendSMS,
		KindSet:          readSet,
	}
}

func readAudioMessage(n *Node, o *object) {
	n.AudioMessage = &AudioMessage{Audio: AudioID(o.needed("audio")), Extensions: readExtensions(o)}
}

// readExtensions takes true and false, and "distribution" for the legacy numbers that have it (SPEC X8).
func readExtensions(o *object) Extensions {
	const key = "allow_extensions"
	switch v := o.value(key); v {
	case nil, true, string(AnyUser):
		return AnyUser
	case false, string(NoOne):
		return NoOne
	case string(OwnUsers):
		return OwnUsers
	}
	o.refuse(key, "write %s as true, false or %q", key, OwnUsers)
	return AnyUser
}

func readIVR(n *Node, o *object) {
	v := &IVR{Audio: AudioID(o.needed("audio")), Error: AudioID(o.text("error")), Extensions: readExtensions(o)}
	v.TimeoutSeconds = o.number("timeout_seconds", limits{standard: 5, low: 1, high: 60})
	v.Attempts = o.whole("attempts", limits{standard: 3, low: 1, high: 10})
	for id, each := range branches(o, "options") {
		key := each.needed("key")
		if len(key) != 1 || !strings.Contains("0123456789*#", key) {
			if key != "" {
				each.refuse("key", "%.80q is no key of a telephone: write 0 to 9, * or #", key)
			}
			key = "\x00"
		}
		v.Options = append(v.Options, Option{ID: id, Key: key[0], Title: each.text("title")})
		each.close()
	}
	n.IVR = v
}

func readWaiting(n *Node, o *object) {
	n.Waiting = &Waiting{Music: AudioID(o.text("music")), Extensions: readExtensions(o)}
	o.later("announce_ewt", "ewt_every_seconds")
}

func readRingTo(n *Node, o *object) {
	target := o.within("target")
	r := &RingTo{
		Team:            TeamID(target.text("team")),
		Rule:            one(o, "rule", Simultaneous, Random, LongestIdle),
		RingForSeconds:  o.number("ring_for_seconds", limits{low: 0, high: 1e6}), // E07 says what is asked
		RingUserSeconds: o.number("ring_user_seconds", limits{standard: 30, low: 5, high: 3600}),
		EvenIfBusy:      o.truth("ring_even_if_busy"),
	}
	if u := target.text("user"); u != "" {
		r.Users = []UserID{UserID(u)}
	}
	for i, u := range target.items("users") {
		name, is := u.(string)
		if !is || name == "" {
			target.refuse("users", "write user %d of users as a text in quotes", i+1)
		}
		r.Users = append(r.Users, UserID(name))
	}
	given := 0
	for _, key := range []string{"user", "users", "team"} {
		if target.values[key] != nil {
			given++
		}
	}
	switch {
	case target.values["number"] != nil || target.values["external"] != nil:
		target.asked = append(target.asked, "number", "external")
		o.refuse("target", "a Ring-to rings a user or a team: reach a number with a redirect node (rule R1)")
	case given != 1 || r.Team == "" && len(r.Users) == 0:
		o.refuse("target", "give one user, or one team")
	}
	target.close()
	o.later("callback_offer")
	n.RingTo = r
}

func readRedirect(n *Node, o *object) {
	r := &Redirect{
		Number:         NumberID(o.text("number")),
		External:       o.text("external"),
		SIP:            o.text("sip"),
		RingForSeconds: o.number("ring_for_seconds", limits{low: 0, high: 1e6}),
	}
	if r.External != "" && !international(r.External) {
		o.refuse("external", "%.80q is not an international number: write + and 7 to 15 digits", r.External)
	}
	if r.SIP != "" && !sipAddress(r.SIP) {
		o.refuse("sip", "%.80q is no SIP address: write sip:name@host", r.SIP)
	}
	given := 0
	for _, s := range []string{string(r.Number), r.External, r.SIP} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		o.refuse("number", "give one of number, external and sip")
	}
	n.Redirect = r
}

// international says whether a number is written as + and 7 to 15 digits (ITU-T E.164).
func international(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && numeric(digits)
}

// sipAddress says whether a text is a SIP address that a call can be sent to: sip: or sips:, a name, @ and a host with an optional port. Parameters and
// headers are refused: they would speak for the caller.
func sipAddress(s string) bool {
	rest, is := strings.CutPrefix(s, "sip:")
	if !is {
		rest, is = strings.CutPrefix(s, "sips:")
	}
	name, host, at := strings.Cut(rest, "@")
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return is && at && len(s) <= 256 && name != "" && host != "" &&
		strings.Trim(name, letters+"-_.!~*'()+&=$,") == "" && strings.Trim(host, letters+"-.:[]") == ""
}

func readVoicemail(n *Node, o *object) {
	n.Voicemail = &Voicemail{
		Greeting:   AudioID(o.text("greeting")),
		MaxSeconds: o.number("max_seconds", limits{standard: 180, low: 3, high: 3600}),
	}
}

func readHangup(n *Node, o *object) {
	n.Hangup = &Hangup{Audio: AudioID(o.text("audio"))}
}
