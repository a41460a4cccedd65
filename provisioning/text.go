package provisioning

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How long texts of people may be, in characters.
const (
	longestName  = 100
	longestNote  = 2000
	longestEmail = 254 // RFC 5321 section 4.5.3.1.3, without the angle brackets
)

// Clean is a text of people as it is kept: without spaces around it, and with each letter written in one way (Unicode's NFC).
func Clean(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }

// Fold is a text as it is compared with others: small letters, and forms that look the same made one, such as a full-width A.
func Fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
}

// lengths are the shortest and the longest that a text may be, in characters.
type lengths struct{ least, most int }

// checkText says what is wrong with a text of people. Characters that turn the direction of what follows, or that nobody sees, could make one name look like
// another; those of control could do worse where it is printed.
func checkText(location, s string, l lengths) Refusals {
	args := map[string]string{"least": strconv.Itoa(l.least), "most": strconv.Itoa(l.most)}
	refuse := func(code, text string) Refusals {
		return Refusals{{Code: code, Location: location, Args: args, Text: text}}
	}
	if len(s) > utf8.UTFMax*l.most || utf8.RuneCountInString(s) > l.most {
		return refuse("text_long", fmt.Sprintf("at most %d characters", l.most))
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, hidden(l)) {
		return refuse("text_characters", "it holds characters that nobody sees, or that turn the writing around")
	}
	if utf8.RuneCountInString(strings.TrimSpace(s)) < l.least {
		if l.least == 1 {
			return refuse("text_needed", "it must not be empty")
		}
		return refuse("text_short", fmt.Sprintf("at least %d characters", l.least))
	}
	return nil
}

// hidden says which characters are refused; longer texts have lines.
func hidden(l lengths) func(rune) bool {
	return func(r rune) bool {
		if l.most >= longestNote && (r == '\n' || r == '\t' || r == '\r') {
			return false
		}
		const joiner, nonJoiner = '\u200d', '\u200c' // They are part of how some languages, and emoji, are written.
		if r == joiner || r == nonJoiner {
			return false
		}
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Noncharacter_Code_Point)
	}
}

// checkName says what is wrong with a record's name.
func checkName(s string) Refusals { return checkText("body.name", s, lengths{1, longestName}) }

// nameTaken refuses a name that another record of the kind has in the account.
func nameTaken[R Record](others []R, r R, location string) Refusals {
	ref := r.Ref()
	name := Fold(ref.Name)
	for _, o := range others {
		other := o.Ref()
		if other.ID == ref.ID || other.Account != ref.Account || Fold(other.Name) != name {
			continue
		}
		return Refusals{{
			Why: Clash, Code: "name_taken", Location: location, Args: map[string]string{"name": other.Name, "by": other.ID},
			Text: fmt.Sprintf("there is a %s %s already", words(ref.Kind), other.Name),
		}}
	}
	return nil
}

// words is a kind for people.
func words(k Kind) string { return strings.ReplaceAll(string(k), "_", " ") }
