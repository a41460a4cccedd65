package provisioning

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How passwords of people are kept: PBKDF2 (RFC 8018 section 5.2) with HMAC-SHA-256, as "pbkdf2-sha256$rounds$salt$key", the last two in base64.
const (
	passwordScheme = "pbkdf2-sha256" //nolint:gosec // the name of the way, not a password
	passwordRounds = 600_000
	passwordSalt   = 16 // bytes
	passwordKey    = 32 // bytes

	shortestPassword = 12  // characters
	longestPassword  = 256 // characters
)

// ErrWrongPassword says that a password is not the one that is kept.
var ErrWrongPassword = errors.New("wrong password")

// CheckNewPassword says whether a password may be somebody's: 12 to 256 characters. It is nil, or a *Refusal without a Location.
func CheckNewPassword(password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || n > longestPassword:
		return &Refusal{
			Code: "password_long", Args: map[string]string{"most": strconv.Itoa(longestPassword)},
			Text: fmt.Sprintf("a password has at most %d characters", longestPassword),
		}
	case n < shortestPassword:
		return &Refusal{
			Code: "password_short", Args: map[string]string{"least": strconv.Itoa(shortestPassword)},
			Text: fmt.Sprintf("a password has at least %d characters", shortestPassword),
		}
	}
	return nil
}

// HashPassword makes what is kept of a person's password. It takes a good part of a second of work, on purpose; so do it outside of an Edit. It fails only
// where the machine gives no random numbers.
func HashPassword(password string) (Secret, error) {
	salt := make([]byte, passwordSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	key, err := pbkdf2.Key(sha256.New, password, salt, passwordRounds, passwordKey)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	in := base64.RawStdEncoding
	return Secret(passwordScheme + "$" + strconv.Itoa(passwordRounds) + "$" + in.EncodeToString(salt) + "$" + in.EncodeToString(key)), nil
}

// CheckPassword is nil where the password is the one that was kept, and ErrWrongPassword else. Where nothing is kept, or what is kept cannot be read, it
// takes as long as with a wrong password: the clock does not tell who has one.
func CheckPassword(kept Secret, shown string) error {
	rounds, salt, want := passwordRounds, make([]byte, passwordSalt), []byte(nil)
	if parts := strings.Split(string(kept), "$"); len(parts) == 4 && parts[0] == passwordScheme {
		n, err := strconv.Atoi(parts[1])
		s, saltErr := base64.RawStdEncoding.DecodeString(parts[2])
		k, keyErr := base64.RawStdEncoding.DecodeString(parts[3])
		if errors.Join(err, saltErr, keyErr) == nil && n > 0 && len(k) == passwordKey {
			rounds, salt, want = n, s, k
		}
	}
	if utf8.RuneCountInString(shown) > longestPassword {
		shown = "" // Nobody has such a one.
	}
	key, err := pbkdf2.Key(sha256.New, shown, salt, rounds, passwordKey)
	if err != nil || len(want) == 0 || subtle.ConstantTimeCompare(key, want) != 1 {
		return ErrWrongPassword
	}
	return nil
}
