package ims

import (
	"fmt"
	"slices"
	"strings"
)

// Redirection is one party that sent a call on to another.
type Redirection struct {
	URI     string // of who redirected, as it came
	Number  string // its user part
	Cause   int    // why, in the values of RFC 4458 section 2: 302, 404, 408, 480, 486, 487 or 503; 0: not told
	Count   int    // how many redirections this entry stands for, 1 or more
	Private bool   // they asked not to be shown
}

// History is who redirected a call before it came, newest first.
type History []Redirection

// mostRedirections is how many entries are read of a header: what goes round adds one at each turn.
const mostRedirections = 32

// ReadHistory reads History-Info (RFC 7044) and Diversion (RFC 5806). A call that carries both was told of by networks of both habits: the one that knows of
// more redirections is read, and History-Info where they know the same (RFC 7544 section 3).
func ReadHistory(h Headers) History {
	diversion, info := readDiversion(h.Values("Diversion")), readHistoryInfo(h.Values("History-Info"))
	if diversion.Depth() > info.Depth() {
		info = diversion
	}
	if hidesHistory(h.Values("Privacy")) {
		for i := range info {
			info[i].Private = true
		}
	}
	return info
}

// hidesHistory says whether the whole history of a call is to be withheld (RFC 7044 section 10.1, RFC 3323 section 4.2).
func hidesHistory(privacy []string) bool {
	for _, v := range privacy {
		for word := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(word) {
			case "history", "header", "session":
				return true
			}
		}
	}
	return false
}

// anonymous stands for whoever asked not to be shown (RFC 3323 section 4.1.1.3).
const anonymous = "sip:anonymous@anonymous.invalid"

// Masked is the history for who may not learn of those who asked not to be shown: that the call was redirected, and why, but not by whom (RFC 7044 section 10.1.2, and
// RFC 5806 for its parameter privacy).
func (h History) Masked() History {
	out := slices.Clone(h)
	for i := range out {
		if out[i].Private {
			out[i].URI, out[i].Number = anonymous, ""
		}
	}
	return out
}

// Depth is the number of redirections behind the call.
func (h History) Depth() int {
	n := 0
	for _, r := range h {
		n += r.Count
	}
	return n
}

// Repeats says whether the call was redirected by the very number it is for now: then it goes round.
func (h History) Repeats(same func(number string) bool) bool {
	if same == nil {
		return false
	}
	for _, r := range h {
		if r.Number != "" && same(r.Number) {
			return true
		}
	}
	return false
}

// readDiversion reads entries that are newest first (RFC 5806 section 3.2).
func readDiversion(values []string) History {
	var list History
	for _, v := range values[:min(len(values), mostRedirections)] {
		a, is := parseAddress(v)
		if !is {
			continue
		}
		reason, _ := a.params.get("reason")
		privacy, _ := a.params.get("privacy")
		list = append(list, Redirection{
			URI: a.uri.text, Number: a.uri.user, Cause: causeOfDiversion(reason), Count: countOf(a.params.number("counter")),
			Private: privacy != "" && !strings.EqualFold(privacy, "off"),
		})
	}
	return list
}

// countOf keeps a counter within what can matter: an attacker's must not overflow a sum.
func countOf(counter int) int { return min(max(counter, 1), 100) }

// readHistoryInfo reads entries that are oldest first, each the target of its time. A target with a cause in its URI (RFC 4458) was chosen by the entry before it;
// so was one with "mp" (RFC 7044 section 5), by the entry that it names.
func readHistoryInfo(values []string) History {
	var entries []address
	for _, v := range values[:min(len(values), mostRedirections)] {
		if a, is := parseAddress(v); is {
			entries = append(entries, a)
		}
	}
	var list History
	for i := len(entries) - 1; i > 0; i-- {
		cause := max(entries[i].uri.params.number("cause"), 0)
		mapped := entries[i].params.has("mp")
		if cause == 0 && !mapped {
			continue
		}
		who := entries[i-1]
		if cause == 0 {
			cause = max(reasonIn(who.uri), 0)
		}
		list = append(list, Redirection{
			URI: bare(who.uri), Number: who.uri.user, Cause: cause, Count: 1, Private: isPrivateEntry(who),
		})
	}
	return list
}

// reasonIn is the SIP status in the Reason that an entry carries inside its URI (RFC 7044 section 5): why that target failed. -1: none.
func reasonIn(u uri) int {
	for _, h := range u.headers {
		if h.name == "reason" {
			if protocol, p := parseReason(h.value); protocol == "sip" {
				return p.number("cause")
			}
		}
	}
	return -1
}

func isPrivateEntry(a address) bool {
	privacy, _ := a.uri.headers.get("privacy")
	return strings.EqualFold(privacy, "history")
}

// bare is a URI without its headers: they were for the history.
func bare(u uri) string {
	text, _, _ := strings.Cut(u.text, "?")
	return text
}

// Writing is how redirections are written.
type Writing int

// The ways.
const (
	WriteNothing Writing = iota
	WriteDiversion
	WriteHistoryInfo
	WriteBoth
)

// Fields writes the history of a call for its next target, a URI, with what RFC 7544 section 6 makes of each reason. What cannot be written safely is left out.
func (h History) Fields(how Writing, target string) []Field {
	switch how {
	case WriteNothing:
	case WriteDiversion:
		return h.diversion()
	case WriteHistoryInfo:
		return h.historyInfo(target)
	case WriteBoth:
		return append(h.historyInfo(target), h.diversion()...)
	}
	return nil
}

func (h History) diversion() []Field {
	var list []Field
	for _, r := range h {
		if !isWritable(r.URI) {
			continue
		}
		value := "<" + r.URI + ">;reason=" + diversionOfCause(r.Cause)
		if r.Count > 1 {
			value += fmt.Sprintf(";counter=%d", r.Count)
		}
		if r.Private {
			value += ";privacy=full"
		}
		list = append(list, Field{"Diversion", value})
	}
	return list
}

// historyInfo writes one entry for each who redirected, oldest first, and the target last.
func (h History) historyInfo(target string) []Field {
	if len(h) == 0 || !isWritable(target) {
		return nil
	}
	var list []Field
	index, cause := "1", 0
	add := func(uri string, private bool) {
		if cause > 0 {
			uri = withCause(uri, cause)
		}
		if private {
			uri += "?Privacy=history"
		}
		value := "<" + uri + ">;index=" + index
		if len(list) > 0 {
			value += ";mp=" + strings.TrimSuffix(index, ".1")
		}
		list = append(list, Field{"History-Info", value})
		index += ".1"
	}
	for _, r := range slices.Backward(h) {
		if !isWritable(r.URI) {
			continue
		}
		add(r.URI, r.Private)
		cause = r.Cause
		if cause == 0 {
			cause = 404 // "unknown", RFC 4458 section 2
		}
	}
	if len(list) > 0 {
		add(target, false)
	}
	return list
}

// withCause puts the cause among the parameters of a URI, in place of one that it has.
func withCause(text string, cause int) string {
	u, is := parseURI(text)
	if !is || u.params.has("cause") || u.scheme == "tel" {
		return text
	}
	return fmt.Sprintf("%s;cause=%d", text, cause)
}

// isWritable says whether a URI can stand between angle brackets: one that came was parsed, and one that did not may hold anything.
func isWritable(text string) bool {
	_, is := parseURI(text)
	return is && len(text) <= 512 && !strings.ContainsAny(text, "?") && !strings.ContainsFunc(text, isControl)
}

// causeOfDiversion is what a reason of Diversion is called in a URI (RFC 7544 section 6).
func causeOfDiversion(reason string) int {
	switch strings.ToLower(reason) {
	case "unconditional":
		return 302
	case "user-busy":
		return 486
	case "no-answer":
		return 408
	case "deflection":
		return 480
	case "unavailable":
		return 503
	case "unknown", "time-of-day", "do-not-disturb", "follow-me", "out-of-service", "away":
		return 404
	}
	return 0
}

// diversionOfCause is the reverse of it.
func diversionOfCause(cause int) string {
	switch cause {
	case 302:
		return "unconditional"
	case 486:
		return "user-busy"
	case 408:
		return "no-answer"
	case 480, 487:
		return "deflection"
	case 503:
		return "unavailable"
	}
	return "unknown"
}
