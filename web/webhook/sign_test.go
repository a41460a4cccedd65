package webhook_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tandem/provisioning"
	"tandem/web/webhook"
)

// What the Standard Webhooks library makes we take, and what we make it takes.
func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	secret, former := provisioning.NewWebhookSecret(), provisioning.NewWebhookSecret()
	body, now := []byte(`{"type":"call.ended","data":{"from":"é"}}`), time.Now()
	h := http.Header{}
	webhook.Sign(h, "evt_1", now, body, secret, former)
	for name, s := range map[string]provisioning.Secret{"present": secret, "former": former} {
		theirs, err := standard.NewWebhook(string(s))
		if err != nil {
			t.Fatalf("the %s secret: %v", name, err)
		}
		if err = theirs.Verify(body, h); err != nil {
			t.Errorf("signed with the %s secret: %v", name, err)
		}
		if err = theirs.Verify(append(body, ' '), h); err == nil {
			t.Error("a changed body is taken")
		}
		text, err := theirs.Sign("evt_2", now, body)
		if err != nil {
			t.Fatal(err)
		}
		made := http.Header{}
		webhook.Sign(made, "evt_2", now, body, s)
		if made.Get(webhook.HeaderSignature) != text {
			t.Errorf("got %s, they make %s", made.Get(webhook.HeaderSignature), text)
		}
	}
}

// The vector was computed with openssl dgst -sha256 -mac HMAC.
func TestSignatureOfAKnownRequest(t *testing.T) {
	h := http.Header{}
	webhook.Sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if got, want := h.Get(webhook.HeaderSignature), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestForgedRequestsAreRefused(t *testing.T) {
	secret, now := provisioning.NewWebhookSecret(), time.Now()
	body := []byte(`{}`)
	for _, c := range []struct {
		name   string
		change func(h http.Header)
		want   error
	}{
		{"as it was sent", func(http.Header) {}, nil},
		{"one of several", func(h http.Header) {
			h.Set(webhook.HeaderSignature, "v1a,AAAA v1,??? v1,AAAA "+h.Get(webhook.HeaderSignature))
		}, nil},
		{"another id", func(h http.Header) { h.Set(webhook.HeaderID, "evt_2") }, webhook.ErrForged},
		{"no id", func(h http.Header) { h.Del(webhook.HeaderID) }, webhook.ErrUnsigned},
		{"no time", func(h http.Header) { h.Set(webhook.HeaderTimestamp, "today") }, webhook.ErrUnsigned},
		{"no signature", func(h http.Header) { h.Del(webhook.HeaderSignature) }, webhook.ErrUnsigned},
		{"another version", func(h http.Header) {
			h.Set(webhook.HeaderSignature, strings.Replace(h.Get(webhook.HeaderSignature), "v1,", "v0,", 1))
		}, webhook.ErrForged},
		{"an old request sent again", func(h http.Header) { webhook.Sign(h, "evt_1", now.Add(-6*time.Minute), body, secret) }, webhook.ErrTooOld},
		{"one from the future", func(h http.Header) { webhook.Sign(h, "evt_1", now.Add(6*time.Minute), body, secret) }, webhook.ErrTooOld},
		{"another secret", func(h http.Header) { webhook.Sign(h, "evt_1", now, body, provisioning.NewWebhookSecret()) }, webhook.ErrForged},
	} {
		h := http.Header{}
		webhook.Sign(h, "evt_1", now, body, secret)
		c.change(h)
		if err := webhook.Verify(h, body, now, secret); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// Nothing that a stranger sends makes the check fall over, and nothing but our signature passes it.
func FuzzVerify(f *testing.F) {
	f.Add("evt_1", "1614265330", "v1,AAAA", []byte("{}"))
	f.Add("", "-1", "v1a, v1,=", []byte{0xff})
	f.Fuzz(func(t *testing.T, id, stamp, signed string, body []byte) {
		h := http.Header{webhook.HeaderID: {id}, webhook.HeaderTimestamp: {stamp}, webhook.HeaderSignature: {signed}}
		if webhook.Verify(h, body, time.Unix(1614265330, 0), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == nil {
			t.Errorf("taken: %q", signed)
		}
	})
}
