package peering

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of terms.
const (
	MostCalls   = 1_000_000
	mostRules   = 50
	mostPrefix  = 200
	mostCodecs  = 8
	mostWeight  = 1000
	leastTimer  = 90     // RFC 4028 section 5
	mostTimer   = 86_400 // a day
	longestText = 500
	firstEvent  = 96
	lastEvent   = 127
	mostLength  = 40
)

// Problem is what is wrong with terms, in the words of whoever set them.
type Problem struct {
	Field string // "headers_out[2].header"
	Code  string // of the refusal
	Text  string // in English, with {name} where Args says
	Args  map[string]string
}

// checker collects problems.
type checker struct{ all []Problem }

func (c *checker) no(field, code, text string, args map[string]string) {
	c.all = append(c.all, Problem{Field: field, Code: code, Text: text, Args: args})
}

func (c *checker) unknown(field, value string) {
	c.no(field, "value_unknown", `"{value}" is none of the values that it can have`, map[string]string{"value": value})
}

// oneOf refuses a value that is none of those there are; empty is always one.
func oneOf[S ~string](c *checker, field string, value S, known ...S) {
	if value != "" && !slices.Contains(known, value) {
		c.unknown(field, string(value))
	}
}

func (c *checker) within(field string, value, least, most int) {
	if value != 0 && (value < least || value > most) {
		c.no(field, "out_of_range", "want a number from {least} to {most}", map[string]string{"least": fmt.Sprint(least), "most": fmt.Sprint(most)})
	}
}

// Check finds what is wrong with terms.
func (t *Terms) Check() []Problem {
	c := &checker{}
	t.checkMedia(c)
	t.checkChoices(c)
	c.within("max_in", t.MaxIn, 1, MostCalls)
	c.within("max_out", t.MaxOut, 1, MostCalls)
	c.within("calls_per_second", t.Rate, 1, MostCalls)
	c.within("weight", t.Weight, 1, mostWeight)
	c.within("session_seconds", t.TimerSeconds, leastTimer, mostTimer)
	if t.Full != 0 && t.Full != 503 && t.Full != 486 {
		c.unknown("full_status", fmt.Sprint(t.Full))
	}
	for _, way := range []struct {
		field string
		rules []HeaderRule
	}{{"headers_in", t.HeadersIn}, {"headers_out", t.HeadersOut}} {
		c.count(way.field, len(way.rules), mostRules)
		for i := range way.rules {
			way.rules[i].check(c, fmt.Sprintf("%s[%d]", way.field, i))
		}
	}
	c.prefixes("prefix_in", t.PrefixIn)
	c.prefixes("prefix_out", t.PrefixOut)
	return c.all
}

func (t *Terms) checkMedia(c *checker) {
	c.count("codecs", len(t.Codecs), mostCodecs)
	for i, codec := range t.Codecs {
		field := fmt.Sprintf("codecs[%d]", i)
		oneOf(c, field, codec, PCMA, PCMU, G722)
		switch {
		case codec == "":
			c.unknown(field, "")
		case slices.Contains(t.Codecs[:i], codec):
			c.no(field, "trunk_codec_twice", "{codec} stands there twice", map[string]string{"codec": string(codec)})
		}
	}
	c.within("event_type", t.EventType, firstEvent, lastEvent)
	if !slices.Contains([]int{0, 10, 20, 30, 40, 60}, t.Ptime) {
		c.unknown("ptime", fmt.Sprint(t.Ptime))
	}
}

func (t *Terms) checkChoices(c *checker) {
	oneOf(c, "digits_in", t.DigitsIn, DigitsAuto, DigitsEvent, DigitsInfo, DigitsInband)
	oneOf(c, "digits_out", t.DigitsOut, DigitsAuto, DigitsEvent, DigitsInfo, DigitsInband)
	oneOf(c, "from_format", t.FromFormat, FormatPlus, FormatDouble0, FormatNational, FormatBare)
	oneOf(c, "asserted_format", t.AssertedFormat, FormatPlus, FormatDouble0, FormatNational, FormatBare)
	oneOf(c, "identity", t.Identity, IdentityAsserted, IdentityPreferred, IdentityParty, IdentityNone)
	oneOf(c, "redirection", t.Redirection, RedirectionNone, RedirectionDiversion, RedirectionHistory, RedirectionBoth)
	oneOf(c, "session_timer", t.Timer, PolicyOff, PolicySupported)
	oneOf(c, "reliable", t.Reliable, PolicyOff, PolicySupported, PolicyRequired)
	oneOf(c, "early_media", t.EarlyMedia, EarlyPass, EarlyIgnore)
}

func (c *checker) count(field string, n, most int) {
	if n > most {
		c.no(field, "trunk_too_many", "{most} at most", map[string]string{"most": fmt.Sprint(most)})
	}
}

// check finds what is wrong with a header rule.
func (r *HeaderRule) check(c *checker, field string) {
	c.header(field+".header", r.Header)
	switch r.Do {
	case HeaderSet:
		c.template(field+".value", r.Value)
	case HeaderRemove:
	case HeaderCopy, HeaderRename:
		c.header(field+".to", r.To)
	default:
		c.unknown(field+".do", string(r.Do))
	}
	if r.To != "" && r.Do != HeaderCopy && r.Do != HeaderRename {
		c.no(field+".to", "trunk_header_field", "this rule has no {field}", map[string]string{"field": "to"})
	}
	if r.Value != "" && r.Do != HeaderSet {
		c.no(field+".value", "trunk_header_field", "this rule has no {field}", map[string]string{"field": "value"})
	}
}

func (c *checker) header(field, name string) {
	if Canonical(name) == "" {
		c.no(field, "trunk_header", `"{header}" is no header that a rule may touch: take X-… or one of {known}`, map[string]string{
			"header": printable(name), "known": strings.Join(touchable(), ", "),
		})
	}
}

// template refuses a value with a hole that nobody can fill, or that would break a line.
func (c *checker) template(field, value string) {
	names, whole := holes(value)
	bad := value == "" || !whole || len(value) > longestText || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7F })
	for _, n := range names {
		header, is := strings.CutPrefix(n, "header:")
		bad = bad || !slices.Contains([]string{"caller", "called", "trunk", "account", "call"}, n) && (!is || Canonical(header) == "")
	}
	if bad {
		c.no(field, "trunk_header_value", "write a text in one line, with ${caller}, ${called}, ${trunk}, ${account}, ${call} or ${header:X-Name} where they are to stand", nil)
	}
}

func (c *checker) prefixes(field string, rules []PrefixRule) {
	c.count(field, len(rules), mostPrefix)
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", field, i)
		for _, part := range []struct{ field, text string }{{".match", r.Match}, {".put", r.Put}} {
			if !isDialled(part.text) {
				c.no(at+part.field, "trunk_prefix", `"{value}" cannot stand in a number: digits, +, * and # can, twenty at most`, map[string]string{"value": printable(part.text)})
			}
		}
		if r.Match == "" {
			c.no(at+".match", "trunk_prefix_empty", "say what the number begins with", nil)
		}
		c.within(at+".length", r.Length, 1, mostLength)
		if j := slices.IndexFunc(rules[:i], func(o PrefixRule) bool { return o.Match == r.Match && o.Length == r.Length }); j >= 0 {
			c.no(at+".match", "trunk_prefix_twice", "another rule is for {value} already", map[string]string{"value": printable(r.Match)})
		}
	}
}

// printable cuts what somebody wrote to what can stand in a sentence.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return '?'
		}
		return r
	}, s)
	if len(s) > 32 {
		s = strings.ToValidUTF8(s[:32], "")
	}
	return s
}
