package flow

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostInput is how many digits an input takes where no length is given.
const mostInput = 32

func readInput(n *Node, o *object) {
	v := &DigitInput{
		Audio: AudioID(o.needed("audio")), Retry: AudioID(o.text("retry")),
		Length:         o.whole("length", limits{low: 0, high: mostInput}),
		TimeoutSeconds: o.number("timeout_seconds", limits{standard: 5, low: 1, high: 60}),
		Attempts:       o.whole("attempts", limits{standard: 1, low: 1, high: 3}),
		Display:        o.truth("display_to_agent"),
	}
	switch key := o.text("end_key"); key {
	case "#", "*":
		v.EndKey = key[0]
	case "none":
	case "":
		if v.Length == 0 {
			v.EndKey = '#' // SPEC K6
		}
	default:
		o.refuse("end_key", "%.40q ends no input: write #, * or none", key)
	}
	if v.EndKey == 0 && v.Length == 0 {
		o.refuse("length", "give a length, or a key that ends the input")
	}
	if v.Attempts > 1 && v.Retry == "" {
		o.refuse("retry", "give a message for the second attempt (rule K8)")
	}
	n.Input = v
}

func readRingToAPI(n *Node, o *object) {
	target := o.within("target")
	r := &RingToAPI{
		URL:            o.needed("url"),
		TimeoutSeconds: o.number("timeout_seconds", limits{standard: 3, low: 0.5, high: 10}),
		User:           readExpression(target, "user"),
		Team:           readExpression(target, "team"),
		Number:         readExpression(target, "number"),
		External:       readExpression(target, "external"),
		RingForSeconds: o.number("ring_for_seconds", limits{standard: 30, low: 5, high: 3600}),
		EvenIfBusy:     o.truth("ring_even_if_busy"),
	}
	target.close()
	if u, err := url.Parse(r.URL); r.URL != "" &&
		(err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(r.URL) > 2000) {
		o.refuse("url", "%.200q is no address of a program: write https:// and so on, without a password", r.URL)
	}
	n.RingToAPI = r
}

// readExpression reads a JSONPath expression.
func readExpression(o *object, key string) string {
	s := o.text(key)
	if s == "" {
		return ""
	}
	if _, err := parseExpression(s); err != nil {
		o.refuse(key, "%s: write a path such as $.target.user", err)
	}
	return s
}

// longestSMS is how many letters a text message may have (SPEC L23).
const longestSMS = 1600

func readSendSMS(n *Node, o *object) {
	s := &SendSMS{From: NumberID(o.text("from")), To: o.text("to"), Text: o.needed("text")}
	if s.To != "" && !international(s.To) {
		o.refuse("to", "%.80q is not an international number: write + and 7 to 15 digits", s.To)
	}
	if utf8.RuneCountInString(s.Text) > longestSMS {
		o.refuse("text", "write at most %d letters", longestSMS)
	}
	n.SendSMS = s
}

func readSet(n *Node, o *object) {
	s := &Set{Tags: o.texts("tags"), Language: one(o, "language", "", "en", "fr")}
	if o.value("priority") != nil {
		p := o.whole("priority", limits{low: 0, high: 1})
		s.Priority = &p
	}
	variables := o.within("variables")
	if len(variables.values) > mostBranches {
		o.refuse("variables", "give at most %d variables", mostBranches)
		variables.values = nil
	}
	for _, name := range variables.names() {
		if !printable(name) || name == "" {
			variables.refuse(name, "write the name of a variable in at most 64 letters, without spaces")
		}
		if s.Variables == nil {
			s.Variables = make(map[string]string)
		}
		value := variables.text(name)
		if len(value) > 1000 {
			variables.refuse(name, "write at most 1000 letters")
		}
		s.Variables[name] = value
	}
	if len(s.Tags) == 0 && len(s.Variables) == 0 && s.Priority == nil && s.Language == "" {
		o.refuse("tags", "give something to keep: tags, variables, priority or language")
	}
	n.Set = s
}

// names lists the keys of an object, in their order.
func (o *object) names() []string {
	all := make([]string, 0, len(o.values))
	for name := range o.values {
		all = append(all, name)
	}
	slices.SortFunc(all, strings.Compare)
	return all
}
