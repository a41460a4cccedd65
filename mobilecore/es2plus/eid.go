package es2plus

import (
	"errors"
	"log/slog"
	"strings"
)

// EID names the chip that a profile is in: 32 digits, of which the last two check the others (GSMA SGP.29 section 2).
type EID string

var errEID = errors.New("not an EID: want 32 digits, the last two of which check the others")

// ParseEID reads an EID as people and platforms write it.
func ParseEID(text string) (EID, error) {
	digits := strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	const length = 32
	if len(digits) != length || !allDigits(digits) || mod97(digits) != 1 {
		return "", errEID
	}
	return EID(digits), nil
}

// LogValue masks it.
func (e EID) LogValue() slog.Value { return slog.StringValue(masked(string(e))) }

// mod97 is the remainder of a number (ISO/IEC 7064).
func mod97(digits string) int {
	rest := 0
	for i := range len(digits) {
		rest = (rest*10 + int(digits[i]-'0')) % 97
	}
	return rest
}
