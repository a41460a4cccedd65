package routing

import (
	"slices"
	"strings"
)

// emergency says whether digits are an emergency number in country (SPEC O4). The European ones reach somebody from every phone that we
// serve, so they hold in all countries; no extension of three digits may ever be one of these.
func emergency(digits, country string) bool {
	switch digits {
	case "112", "911":
		return true
	case "999", "000":
		return country == "GB" || country == "IE" || country == "AU"
	}
	switch country {
	case "FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "":
		return frenchEmergency(digits)
	case "BE", "LU", "CH", "DE", "IT", "ES", "AT":
		return digits == "110" || digits == "113" || digits == "115" || digits == "117" || digits == "118" || digits == "144" || digits == "100" || digits == "101"
	}
	return false
}

// Emergency says whether digits are an emergency number in a country (ISO 3166 alpha-2; empty: France), for whoever carries something else than calls there.
func Emergency(digits, country string) bool { return emergency(digits, country) }

// EmergencyAnywhere says whether digits are an emergency number in any country that we know: for who must decide before it is known whose call
// it is. Such a call is never refused for load or because we are going down (SPEC O4).
func EmergencyAnywhere(digits string) bool {
	return slices.ContainsFunc([]string{"FR", "BE", "GB"}, func(country string) bool { return emergency(digits, country) })
}

// frenchEmergency lists the numbers that French law makes every operator carry to the local service: medical 15, police 17, fire 18, the
// deaf 114, homeless 115, children 119, sea rescue 196, air rescue 191, terror attacks 197, and those of Europe: missing children 116000, children who need
// help 116111, medical 116117.
func frenchEmergency(digits string) bool {
	switch digits {
	case "15", "17", "18", "114", "115", "116000", "116111", "116117", "119", "191", "196", "197":
		return true
	}
	return false
}

// sosURN is what an emergency call asks for that was dialled as no number (RFC 5031 section 4.2), as a party has it.
const sosURN = "service:sos"

// urgent says whether what a handset asks for is an emergency, however its core writes it: a service, or digits after the codes that hide or show a number.
func urgent(asked, country string) (is bool) {
	if asked == sosURN || strings.HasPrefix(asked, sosURN+".") {
		return true
	}
	digits, _ := withoutCodes(digitsOf(asked))
	return emergency(digits, country)
}

// Urgent says whether a request for a user part is never refused for load, or because we are going down: it may be an emergency call, of a device or of a
// mobile core that marks the calls of its subscribers with digits (SPEC O4).
func (s *Switch) Urgent(user string) bool {
	if EmergencyAnywhere(user) || urgent(user, "") {
		return true
	}
	for _, o := range s.dir.Snapshot().Operators {
		if rest, marked := o.marked(user); marked && urgent(rest, o.Country) {
			return true
		}
	}
	return false
}
