package webrtc

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
)

// Terms are what a description says of the path: of ours by Leg.Terms, of the peer's to Leg.Begin.
type Terms struct {
	Ufrag, Pwd   string   // RFC 8839 section 5.4
	Fingerprints []string // a=fingerprint, "sha-256 AB:CD:…" (RFC 8122)
	Setup        Setup
	Candidates   []string // a=candidate, without the name (RFC 8839 section 5.1)
}

// Setup says who opens DTLS (RFC 8842 section 5).
type Setup int

// The choices.
const (
	SetupUnknown Setup = iota
	SetupActPass       // the answerer chooses
	SetupActive        // we do, who says so
	SetupPassive       // the other side does
)

// ParseSetup reads the value of a=setup.
func ParseSetup(s string) Setup {
	switch s {
	case "actpass":
		return SetupActPass
	case "active":
		return SetupActive
	case "passive":
		return SetupPassive
	}
	return SetupUnknown
}

// String is the value of a=setup.
func (s Setup) String() string {
	switch s {
	case SetupActive:
		return "active"
	case SetupPassive:
		return "passive"
	case SetupActPass, SetupUnknown:
	}
	return "actpass"
}

// candidatesMost is how many candidates of a peer are tried: a description must not make us send to half the world.
const candidatesMost = 16

// What can be wrong with a peer's terms.
var (
	errUfrag       = errors.New("webrtc: a=ice-ufrag or a=ice-pwd is missing or malformed")
	errFingerprint = errors.New("webrtc: no a=fingerprint of SHA-256, SHA-384 or SHA-512")
	errSetup       = errors.New("webrtc: a=setup does not fit")
	errOther       = errors.New("webrtc: the certificate is not the one that the description names")
	errChanged     = errors.New("webrtc: the fingerprint has changed within the leg")
	errTooLong     = errors.New("webrtc: the packet is too long")
	errNoPath      = errors.New("webrtc: there is no path yet")
	errNoKeys      = errors.New("webrtc: there are no keys yet")
)

// Check says what is wrong with the terms of a peer.
func (t *Terms) Check() error {
	switch {
	case !iceText(t.Ufrag, 4, 256) || !iceText(t.Pwd, 22, 256):
		return errUfrag
	case len(t.digests()) == 0:
		return errFingerprint
	case t.Setup == SetupUnknown:
		return errSetup
	}
	return nil
}

// iceText is ice-char of RFC 8839 section 5.4.
func iceText(s string, least, most int) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}

// digests are the fingerprints whose hash is one that nobody can forge, by the length of the digest.
func (t *Terms) digests() [][]byte {
	var all [][]byte
	for _, f := range t.Fingerprints {
		name, text, _ := strings.Cut(f, " ")
		sum, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
		if err != nil {
			continue
		}
		switch strings.ToLower(name) {
		case "sha-256":
			if len(sum) == sha256.Size {
				all = append(all, sum)
			}
		case "sha-384":
			if len(sum) == sha512.Size384 {
				all = append(all, sum)
			}
		case "sha-512":
			if len(sum) == sha512.Size {
				all = append(all, sum)
			}
		}
	}
	return all
}

// verify compares the certificate that was shown with the fingerprints (RFC 8122 section 6.2).
func (t *Terms) verify(certs [][]byte) error {
	if len(certs) == 0 {
		return errOther
	}
	for _, want := range t.digests() {
		var have []byte
		switch len(want) {
		case sha256.Size:
			sum := sha256.Sum256(certs[0])
			have = sum[:]
		case sha512.Size384:
			sum := sha512.Sum384(certs[0])
			have = sum[:]
		default:
			sum := sha512.Sum512(certs[0])
			have = sum[:]
		}
		if subtle.ConstantTimeCompare(want, have) == 1 {
			return nil
		}
	}
	return errOther
}
