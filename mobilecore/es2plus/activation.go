package es2plus

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// MatchingID names an order inside an activation code: capital letters, digits and hyphens (SGP.22 section 4.1).
type MatchingID string

// Activation is what a phone needs to fetch a profile (SGP.22 section 4.1).
type Activation struct {
	Address      string     // of the SM-DP+, a host name
	MatchingID   MatchingID // empty: the platform finds the profile by the EID alone
	OID          string     // of the SM-DP+; empty: any
	Confirmation Confirmation
}

// Confirmation says whether the phone asks its owner for a confirmation code.
type Confirmation bool

// Whether a confirmation code is asked for.
const (
	NoConfirmation    Confirmation = false
	NeedsConfirmation Confirmation = true
)

const (
	lpa            = "LPA:"
	activationForm = "1" // the only format there is
	longestCode    = 255
)

var errActivation = errors.New(`not an activation code: want "LPA:1$", the host of the SM-DP+, "$" and the matching ID`)

// ParseActivation reads an activation code, with or without the "LPA:" that a QR code has in front.
func ParseActivation(code string) (Activation, error) {
	body := strings.TrimSpace(code)
	if len(body) >= len(lpa) && strings.EqualFold(body[:len(lpa)], lpa) {
		body = body[len(lpa):]
	}
	parts := strings.Split(body, "$")
	if len(body) > longestCode || len(parts) < 3 || len(parts) > 5 || parts[0] != activationForm {
		return Activation{}, errActivation
	}
	a := Activation{Address: parts[1], MatchingID: MatchingID(parts[2])}
	if len(parts) > 3 {
		a.OID = parts[3]
	}
	if len(parts) > 4 {
		if parts[4] != "1" && parts[4] != "" {
			return Activation{}, errActivation
		}
		a.Confirmation = parts[4] == "1"
	}
	return a, a.Check()
}

// Check says what is wrong with an activation code.
func (a Activation) Check() error {
	switch {
	case a.Address == "" || !only(a.Address, hostChars):
		return fmt.Errorf("%w: %q is no host name", errActivation, a.Address)
	case !only(string(a.MatchingID), matchingChars):
		return fmt.Errorf("%w: a matching ID has capital letters, digits and hyphens", errActivation)
	case !only(a.OID, oidChars):
		return fmt.Errorf("%w: %q is no object identifier", errActivation, a.OID)
	case len(a.String())-len(lpa) > longestCode:
		return fmt.Errorf("%w, of at most %d characters", errActivation, longestCode)
	}
	return nil
}

// String is the code as a QR code carries it and people type it: "LPA:1$…".
func (a Activation) String() string {
	out := lpa + activationForm + "$" + a.Address + "$" + string(a.MatchingID)
	switch {
	case bool(a.Confirmation):
		return out + "$" + a.OID + "$1"
	case a.OID != "":
		return out + "$" + a.OID
	}
	return out
}

const (
	digitChars    = "0123456789"
	capitalChars  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hostChars     = digitChars + capitalChars + "abcdefghijklmnopqrstuvwxyz.-:"
	matchingChars = digitChars + capitalChars + "-"
	oidChars      = digitChars + "."
)

// only says whether a text has none but certain characters.
func only(s, chars string) bool { return strings.Trim(s, chars) == "" }

// MatchingIDFor derives a matching ID from what it is for, so that whoever asks again asks for the same. It is as hard to guess as that is.
func MatchingIDFor(assignment string) MatchingID {
	sum := sha256.Sum256([]byte("matching id\x00" + assignment))
	const letters, group = 20, 5
	all := base32.StdEncoding.EncodeToString(sum[:])[:letters]
	var groups []string
	for i := 0; i < letters; i += group {
		groups = append(groups, all[i:i+group])
	}
	return MatchingID(strings.Join(groups, "-"))
}
