package config

import (
	"fmt"

	"tandem/sip/digest"
)

// Digest says which algorithms phones are asked for.
type Digest string

// The choices.
const (
	DigestBoth   Digest = "both"
	DigestMD5    Digest = "md5"
	DigestSHA256 Digest = "sha-256"
)

// UnmarshalText reads one of the choices.
func (d *Digest) UnmarshalText(b []byte) error {
	switch v := Digest(b); v {
	case DigestBoth, DigestMD5, DigestSHA256:
		*d = v
		return nil
	}
	return fmt.Errorf("%q is none of \"both\", \"md5\" and \"sha-256\"", b)
}

// String writes it as UnmarshalText reads it.
func (d *Digest) String() string { return string(*d) }

// Algorithms lists what is asked for, best first.
func (d *Digest) Algorithms() []digest.Algorithm {
	switch *d {
	case DigestMD5:
		return []digest.Algorithm{digest.MD5}
	case DigestSHA256:
		return []digest.Algorithm{digest.SHA256}
	case DigestBoth:
	}
	return []digest.Algorithm{digest.SHA256, digest.MD5}
}
