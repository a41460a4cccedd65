package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tandem/provisioning"
)

// The headers of the Standard Webhooks rules.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// tolerance is how far the clocks of both sides may differ.
const tolerance = 5 * time.Minute

// Errors of signatures.
var (
	// ErrUnsigned says that a request has not all of the three headers, or not in their form.
	ErrUnsigned = errors.New("not signed as the Standard Webhooks rules ask")
	// ErrTooOld says that a request was signed more than five minutes from now.
	ErrTooOld = errors.New("signed too long ago, or in the future")
	// ErrForged says that none of the secrets made any of the signatures.
	ErrForged = errors.New("signed with another secret, or changed on its way")
)

// Sign sets the three headers of a request, with one signature for each secret.
func Sign(h http.Header, id string, at time.Time, body []byte, secrets ...provisioning.Secret) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	all := make([]string, 0, len(secrets))
	for _, s := range secrets {
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(signature(s, id, stamp, body)))
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, stamp)
	h.Set(HeaderSignature, strings.Join(all, " "))
}

// Verify checks that one of the secrets signed a request, now.
func Verify(h http.Header, body []byte, now time.Time, secrets ...provisioning.Secret) error {
	id, stamp, signed := h.Get(HeaderID), h.Get(HeaderTimestamp), h.Get(HeaderSignature)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || signed == "" || err != nil {
		return ErrUnsigned
	}
	if apart := now.Sub(time.Unix(seconds, 0)); apart > tolerance || apart < -tolerance {
		return ErrTooOld
	}
	for one := range strings.FieldsSeq(signed) {
		version, text, _ := strings.Cut(one, ",")
		given, err := base64.StdEncoding.DecodeString(text)
		if version != "v1" || err != nil {
			continue
		}
		for _, s := range secrets {
			if hmac.Equal(given, signature(s, id, stamp, body)) {
				return nil
			}
		}
	}
	return ErrForged
}

// signature is the HMAC-SHA256 of id, time and body, under the bytes that stand in the secret.
func signature(s provisioning.Secret, id, stamp string, body []byte) []byte {
	text := strings.TrimPrefix(string(s), provisioning.WebhookSecretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		key = []byte(text)
	}
	mac := hmac.New(sha256.New, key)
	for _, part := range [][]byte{[]byte(id), []byte("."), []byte(stamp), []byte("."), body} {
		mac.Write(part)
	}
	return mac.Sum(nil)
}
