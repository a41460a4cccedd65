package provisioning

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"tandem/routing"
)

// Errors of numbers.
var (
	errNotE164     = errors.New(`not a number in E.164: write "+", the country code and the rest, at most 15 digits, without spaces`)
	errNoDirect    = errors.New("only French mobile numbers (+336…, +337…) can be direct numbers")
	errNotMobile   = errors.New("only French mobile numbers (+336…, +337…) are ever unconfigured")
	errOneUser     = errors.New("a direct number belongs to exactly one user, and to no team")
	errForGood     = errors.New("a direct number stays its user's, for good")
	errReconfigure = errors.New("a direct number becomes a shared line only by reconfiguring it from scratch")
)

// CheckE164 says whether n has the form of ITU-T E.164: "+", no leading zero, 7 to 15 digits. Whether anybody answers there is another
// question.
func CheckE164(n routing.E164) error {
	digits, plus := strings.CutPrefix(string(n), "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return errNotE164
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return errNotE164
		}
	}
	return nil
}

// fictionMobile begins the mobile numbers that the French regulator keeps for works of fiction, 06 39 98 xx xx. Nobody has one, so phone
// number libraries call them invalid; demonstrations and tests live on them.
const fictionMobile = "+3363998"

// FrenchMobile says whether n is a mobile number of the French numbering plan, and so may be direct (SPEC D2).
func FrenchMobile(n routing.E164) bool {
	if strings.HasPrefix(string(n), fictionMobile) && len(n) == len("+33639980000") {
		return CheckE164(n) == nil
	}
	if !strings.HasPrefix(string(n), "+336") && !strings.HasPrefix(string(n), "+337") {
		return false
	}
	parsed, err := phonenumbers.Parse(string(n), "")
	return err == nil && phonenumbers.IsValidNumberForRegion(parsed, "FR") && phonenumbers.GetNumberType(parsed) == phonenumbers.MOBILE
}
