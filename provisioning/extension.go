package provisioning

import (
	"errors"
	"fmt"
	"time"

	"tandem/routing"
)

// extensionRest is for how long a deleted user's extension is not given out by itself (SPEC X26).
const extensionRest = 30 * 24 * time.Hour

// Errors of extensions; SPEC X1 asks that a refusal says which it is.
var (
	errMalformed = errors.New("an extension is three digits")
	errEmergency = errors.New("an emergency number is never an extension")
	errAllTaken  = errors.New("no extension is free")
)

// CheckExtension says whether digits can be somebody's extension at all (SPEC X1).
func CheckExtension(digits string) error {
	if len(digits) != 3 {
		return errMalformed
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return errMalformed
		}
	}
	if emergencyCode(digits) {
		return fmt.Errorf("%s: %w", digits, errEmergency)
	}
	return nil
}

// emergencyCode lists the three-digit emergency and social numbers of the countries that the product serves; a person who dials one in need must
// never reach a colleague.
func emergencyCode(digits string) bool {
	switch digits {
	case "000", "100", "101", "110", "111", "112", "113", "114", "115", "116", "117", "118", "119", "122", "123", "133", "144", "191", "196", "197",
		"911", "999":
		return true
	}
	return false
}

// Extensions knows who has which extension in one account.
type Extensions struct {
	taken map[string]string // by digits: whose, by e-mail address
	rest  map[string]struct{}
}

// NewExtensions knows nobody yet; freed are the ones that deleted users of the account had, of which those of the last 30 days rest (SPEC X26).
func NewExtensions(account routing.AccountID, freed []FreedExtension, now time.Time) *Extensions {
	e := &Extensions{taken: map[string]string{}, rest: map[string]struct{}{}}
	for _, f := range freed {
		if f.Account == account && now.Sub(f.At) < extensionRest {
			e.rest[f.Extension] = struct{}{}
		}
	}
	return e
}

// Take gives digits to somebody who asked for them, also when they rest (SPEC X26). The error says what is wrong with them, or who has them.
func (e *Extensions) Take(digits, email string) error {
	if err := CheckExtension(digits); err != nil {
		return err
	}
	if who, is := e.taken[digits]; is && who != email {
		return fmt.Errorf("the extension %s is taken by %s", digits, who)
	}
	e.taken[digits] = email
	return nil
}

// Next finds the first free extension that is no emergency number and does not rest: from 201 up, then the ones from 100 to 200.
func (e *Extensions) Next() (string, error) {
	const first, last = 201, 999
	for i := range last - 99 {
		n := first + i
		if n > last {
			n = n - last + 99
		}
		digits := fmt.Sprintf("%03d", n)
		_, taken := e.taken[digits]
		_, rests := e.rest[digits]
		if !taken && !rests && CheckExtension(digits) == nil {
			return digits, nil
		}
	}
	return "", errAllTaken
}

// ExtensionState says what an extension is to an account.
type ExtensionState string

// The states of an extension.
const (
	ExtensionFree      ExtensionState = "free"
	ExtensionTaken     ExtensionState = "taken"
	ExtensionResting   ExtensionState = "resting" // SPEC X26
	ExtensionEmergency ExtensionState = "emergency"
)

// LookUpExtension says what digits are to an account, and who has them; nil: nobody. It is refused where they are no extension at all.
func (s *State) LookUpExtension(account routing.AccountID, digits string, now time.Time) (ExtensionState, *User, error) {
	if refused := extensionRefused(digits, "path.extension"); refused != nil {
		if refused.Code == "extension_emergency" {
			return ExtensionEmergency, nil, nil
		}
		return "", nil, refused
	}
	if u := s.Extension(account, digits); u != nil {
		return ExtensionTaken, u, nil
	}
	if _, rests := NewExtensions(account, s.Freed, now).rest[digits]; rests {
		return ExtensionResting, nil, nil
	}
	return ExtensionFree, nil, nil
}
