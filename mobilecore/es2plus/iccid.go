package es2plus

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
)

// ICCID names a profile, as its card would be named: 19 or 20 digits, of which the last is a check digit (ITU-T E.118).
type ICCID string

var errICCID = errors.New("not an ICCID: want 19 or 20 digits, the last of which checks the others")

// ParseICCID reads an ICCID as people and platforms write it: with spaces, and with the "F" that fills a card's last half byte.
func ParseICCID(text string) (ICCID, error) {
	digits := strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if len(digits) == 20 {
		digits = strings.TrimRight(digits, "Ff")
	}
	if (len(digits) != 19 && len(digits) != 20) || !allDigits(digits) || luhn(digits) != 0 {
		return "", errICCID
	}
	return ICCID(digits), nil
}

// Wire is how it is sent: 20 characters, 19 digits being filled with an "F" (SGP.22 section 5.2.1).
func (i ICCID) Wire() string {
	if len(i) == 19 {
		return string(i) + "F"
	}
	return string(i)
}

// LogValue masks it: the issuer and the last two digits stay.
func (i ICCID) LogValue() slog.Value { return slog.StringValue(masked(string(i))) }

// masked keeps six digits in front and two behind.
func masked(digits string) string {
	const head, tail = 6, 2
	if len(digits) <= head+tail {
		return "••"
	}
	return digits[:head] + "••••" + digits[len(digits)-tail:]
}

// WithCheckDigit is the number of a card whose other 18 or 19 digits these are (ITU-T E.118). It fails where they are not.
func WithCheckDigit(digits string) (ICCID, error) {
	if !allDigits(digits) {
		return "", errICCID
	}
	return ParseICCID(digits + strconv.Itoa((10-luhn(digits+"0"))%10))
}

// luhn is the check sum of digits with their check digit; 0 where they are in order (ISO/IEC 7812-1).
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum % 10
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
