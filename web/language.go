package web

import (
	"strconv"
	"strings"
)

// maxLanguages is how many entries of an Accept-Language we look at.
const maxLanguages = 32

// language picks one of ours for an Accept-Language (RFC 9110 section 12.5.4): the one that is wanted most, the first of equals; English for those
// that we do not speak.
func language(accept string) string {
	best, weight := "en", 0.0
	n := 0
	for part := range strings.SplitSeq(accept, ",") {
		if n++; n > maxLanguages {
			break
		}
		tag, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if base == "*" {
			base = "en"
		}
		if (base == "en" || base == "fr") && weightOf(rest) > weight {
			best, weight = base, weightOf(rest)
		}
	}
	return best
}

// weightOf reads "q=0.8"; what is not that is 1, as nothing is.
func weightOf(params string) float64 {
	name, value, _ := strings.Cut(strings.TrimSpace(params), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// localize puts a problem into words of a language: what a code means, with what it was about. English keeps the words of whoever refused where there
// are some: they know most.
func (c catalogue) localize(p *ProblemError, lang string) {
	first := ""
	if len(p.Errors) > 0 {
		first = p.Errors[0].Message
	}
	for i := range p.Errors {
		f := &p.Errors[i]
		f.Message = c.sentence(lang, f.Code, f.Message, f.args)
	}
	switch {
	case p.Detail == first && first != "":
		p.Detail = p.Errors[0].Message
	default:
		p.Detail = c.sentence(lang, p.Code, p.Detail, p.args)
	}
	p.Title = c.title(lang, p)
}

// title is the short name of a problem: of its code, else of the codes that are like it.
func (c catalogue) title(lang string, p *ProblemError) string {
	for _, key := range []string{"problem." + p.Code, "problem." + codeOf(p.Status)} {
		if t, known := c[lang][key]; known {
			return t
		}
	}
	return p.Code
}

// sentence is what a code means, in a language; text is that in English.
func (c catalogue) sentence(lang, code, text string, args map[string]string) string {
	if lang == "en" && text != "" {
		return text
	}
	if code != "" {
		if s, known := c[lang]["refusal."+code]; known && filled(s, args) {
			return fill(s, args)
		}
		if s, known := c[lang]["problem."+code]; known && c.framework(lang, text) == text {
			return s // Less, but in their language.
		}
	}
	return c.framework(lang, text)
}

// framework translates what the framework says of a request: sentences with at most one value, whose place is "%". The longest that fits is meant.
func (c catalogue) framework(lang, text string) string {
	said, longest := text, 0
	for key, to := range c[lang] {
		pattern, ours := strings.CutPrefix(key, "invalid.")
		if !ours || len(pattern) <= longest {
			continue
		}
		before, after, hole := strings.Cut(pattern, "%")
		switch {
		case !hole && text == pattern:
			said, longest = to, len(pattern)
		case hole && len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after):
			said, longest = strings.ReplaceAll(to, "%", text[len(before):len(text)-len(after)]), len(pattern)
		}
	}
	return said
}

// fill puts values into the {holes} of a sentence; what nobody filled leaves no trace.
func fill(sentence string, values map[string]string) string {
	var b strings.Builder
	for rest := sentence; rest != ""; {
		head, tail, hole := strings.Cut(rest, "{")
		b.WriteString(head)
		if !hole {
			break
		}
		name, after, _ := strings.Cut(tail, "}")
		b.WriteString(values[name])
		rest = after
	}
	return strings.NewReplacer(" ()", "", " .", ".").Replace(b.String())
}

// filled says whether there is a value for each hole of a sentence.
func filled(sentence string, values map[string]string) bool {
	for part := range strings.SplitSeq(sentence, "{") {
		name, _, hole := strings.Cut(part, "}")
		if _, known := values[name]; hole && !known {
			return false
		}
	}
	return true
}
