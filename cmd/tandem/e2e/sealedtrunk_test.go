package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/loadtest/softphone"
	"tandem/media/srtp"
)

// sealedSite is the office whose carrier is reached over TLS, known by its key, with that policy for its voice.
func sealedSite(t *testing.T, policy string) (site string, shows *tls.Config) {
	t.Helper()
	dir := t.TempDir()
	certificate(t, dir, "127.0.0.1") // the address in it does not count: its key does
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pin := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	site = replace(demoSite, `servers = ["sip:{net}.2:5060"]`, fmt.Sprintf(`servers = ["sip:{net}.2:5071;transport=tls"]
tls = { pins = [%q], media = %q }`, hex.EncodeToString(pin[:]), policy))
	return site, &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
}

// sealedCarrier is the carrier's server over TLS; without a suite it speaks in the clear.
func (o *office) sealedCarrier(shows *tls.Config, suite srtp.Suite) *softphone.Phone {
	o.t.Helper()
	return o.phoneAt(softphone.Config{
		Network: "tls", Bind: netip.MustParseAddrPort(o.net + ".2:5071"), Shows: shows, User: "+33639980101", Seal: suite,
	})
}

// talkSealed shows voice both ways by content, none of which anybody on the way can hear.
func (o *office) talkSealed(sealed, plain *softphone.Call) {
	o.t.Helper()
	sealed.Audio.Say(1300)
	plain.Audio.Say(1900)
	o.hears(plain, 1300)
	o.hears(sealed, 1900)
	if s := sealed.Audio.Overheard(1900); s > 0.1 {
		o.t.Errorf("%.0f %% of what passes on the way is the tone", 100*s)
	}
	sealed.Audio.Say(0)
	plain.Audio.Say(0)
}

// keptSecret looks for keys in everything that the program wrote and tells of a call.
func (o *office) keptSecret(id string, keys []string) {
	o.t.Helper()
	told := map[string]string{"the program's log": o.logs.String()}
	for _, way := range []string{"", "/legs", "/timeline", "/sip", "/sip.txt", "/sip.pcap"} {
		told["calls/{id}"+way] = o.text("/api/v1/calls/" + id + way)
	}
	ladder, err := o.run("calls", "show", id, "--sip", "-c", filepath.Join(o.dir, "tandem.toml"))
	o.ok(err)
	told["calls show --sip"] = ladder
	if !strings.Contains(ladder, "a=crypto:") {
		o.t.Errorf("the ladder of %s does not show that keys were there:\n%s", id, ladder)
	}
	o.ok(filepath.WalkDir(filepath.Join(o.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, _ := os.ReadFile(path) // one that is gone by now holds nothing
			told[path] = string(b)
		}
		return nil
	}))
	for where, text := range told {
		for _, key := range keys {
			if strings.Contains(text, key) {
				o.t.Errorf("a key of the media is in %s", where)
			}
		}
	}
}

// text asks for something as it is written.
func (o *office) text(path string) string {
	o.t.Helper()
	resp, err := o.get(path)
	o.ok(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		o.t.Fatalf("GET %s: %d %s %v", path, resp.StatusCode, b, err)
	}
	return string(b)
}

// A carrier over TLS that wants nothing but encrypted voice: each suite carries it both ways, by calls in and out, and after a change of the carrier's key; who
// offers or answers in the clear is refused, and no key is written anywhere.
func TestATrunkThatWantsEncryptedVoice(t *testing.T) {
	site, shows := sealedSite(t, "required")
	onBoth(t, site, func(o *office) {
		chloe := o.phone("chloe-desk")
		for i, suite := range []srtp.Suite{srtp.AES128SHA80, srtp.AES128SHA32, srtp.AES128GCM} {
			carrier := o.sealedCarrier(shows, suite)
			in := o.call(carrier, numberAlone)
			rung := o.rings(chloe)
			rung.Answer()
			o.ok(in.Answered(o.ctx))
			o.talkSealed(in, rung)
			in.Rekey()
			o.ok(in.Reinvite(o.ctx, "sendrecv"))
			o.talkSealed(in, rung)
			o.ok(in.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
			o.keptSecret(o.log(2*i + 1)[0].ID, in.Audio.Secrets())

			out := o.call(chloe, numberOutside)
			far := o.rings(carrier)
			if !strings.Contains(string(far.Invite.Body), " RTP/SAVP ") {
				t.Errorf("the carrier is offered\n%s", far.Invite.Body)
			}
			far.Answer()
			o.ok(out.Answered(o.ctx))
			o.talkSealed(far, out)
			o.ok(out.Hangup(o.ctx))
			o.ok(far.Ended(o.ctx))
			o.keptSecret(o.log(2*i + 2)[0].ID, far.Audio.Secrets())
			carrier.Close()
		}

		carrier := o.sealedCarrier(shows, "")
		m, err := o.call(carrier, numberAlone).Refused(o.ctx)
		o.ok(err)
		if m.Status != 488 || !strings.Contains(m.Get("Warning"), "RTP/SAVP") {
			t.Errorf("an offer in the clear is answered %d with Warning %q", m.Status, m.Get("Warning"))
		}
		if !chloe.Idle() {
			t.Error("somebody was rung for it")
		}
		out := o.call(chloe, numberOutside)
		far := o.rings(carrier)
		far.Answer()
		o.ok(far.Ended(o.ctx)) // its 200 was acknowledged, and ended
		if m, err = out.Refused(o.ctx); err != nil || m.Status != 488 {
			t.Errorf("the caller is told %d, %v", m.Status, err)
		}
	})
}

// A carrier that may encrypt: it is offered keys beside plain voice, and either way carries a call.
func TestATrunkThatMayEncrypt(t *testing.T) {
	site, shows := sealedSite(t, "allowed")
	onBoth(t, site, func(o *office) {
		chloe := o.phone("chloe-desk")
		for _, suite := range []srtp.Suite{srtp.AES256GCM, srtp.AES128SHA80, ""} {
			carrier, talk := o.sealedCarrier(shows, suite), o.talkSealed
			if suite == "" {
				talk = o.talk
			}
			in := o.call(carrier, numberAlone)
			rung := o.rings(chloe)
			rung.Answer()
			o.ok(in.Answered(o.ctx))
			talk(in, rung)
			o.ok(in.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))

			out := o.call(chloe, numberOutside)
			far := o.rings(carrier)
			if sdp := string(far.Invite.Body); !strings.Contains(sdp, " RTP/AVP ") || !strings.Contains(sdp, "a=crypto:") {
				t.Errorf("the carrier is offered\n%s", sdp)
			}
			far.Answer()
			o.ok(out.Answered(o.ctx))
			talk(far, out)
			o.ok(out.Hangup(o.ctx))
			o.ok(far.Ended(o.ctx))
			carrier.Close()
		}
	})
}
