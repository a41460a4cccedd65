package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/pcap"
	"tandem/loadtest/softphone"
)

// scenarioInfo sends its digits by INFO, and no voice.
const scenarioInfo = "uac_info.xml"

// sipp runs a scenario of loadtest/sipp in the background; the result comes on the channel.
func (o *office) sipp(scenario string, args ...string) <-chan error {
	o.t.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		o.t.Skip("needs the Debian package sip-tester")
	}
	dir := o.scenarios()
	var out bytes.Buffer
	cmd := exec.CommandContext(o.ctx, path, append([]string{
		"-sf", filepath.Join(dir, scenario), "-m", "1", "-nostdin", "-timeout", fmt.Sprintf("%.0fs", (5 * patience).Seconds()), "-timeout_error",
		"-trace_err", "-error_file", filepath.Join(dir, scenario+".err"),
	}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	o.ok(cmd.Start())
	done := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		if err != nil {
			told, _ := os.ReadFile(filepath.Join(dir, scenario+".err"))
			err = fmt.Errorf("sipp %s: %w\n%s", scenario, err, tail(string(told)+out.String(), 3000))
		}
		done <- err
	}()
	return done
}

// listens waits until somebody listens there by UDP, which the kernel's table tells: whoever tried the address itself would take it.
func (o *office) listens(at netip.AddrPort) {
	o.t.Helper()
	b := at.Addr().As4()
	want := fmt.Sprintf(": %02X%02X%02X%02X:%04X ", b[3], b[2], b[1], b[0], at.Port())
	for {
		table, err := os.ReadFile("/proc/net/udp")
		o.ok(err)
		if strings.Contains(string(table), want) {
			return
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("nobody listens at %v: %v", at, context.Cause(o.ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// caller runs a scenario as the carrier's caller of a number.
func (o *office) caller(scenario, number string, args ...string) <-chan error {
	o.t.Helper()
	return o.sipp(scenario, append([]string{"-i", o.net + ".2", "-mi", o.net + ".2", "-s", number, o.server().String()}, args...)...)
}

// scenarios copies the scenarios and makes the captures that they play.
func (o *office) scenarios() string {
	o.t.Helper()
	dir := filepath.Join(o.dir, "sipp")
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	o.ok(os.CopyFS(dir, os.DirFS("../../../loadtest/sipp")))
	for law, payloadType := range map[string]byte{"a": 8, "u": 0} {
		for kind, path := range map[string]softphone.DigitPath{"event": softphone.ByEvent, "tone": softphone.ByTone} {
			f, err := os.Create(filepath.Join(dir, fmt.Sprintf("204_%s_%s.pcap", kind, law)))
			o.ok(err)
			o.ok(pcap.Write(f, softphone.FrameTime, softphone.Script(path, payloadType, "204")))
			o.ok(f.Close())
		}
	}
	for _, digits := range []string{"205", "999"} {
		f, err := os.Create(filepath.Join(dir, digits+"_event_a.pcap"))
		o.ok(err)
		o.ok(pcap.Write(f, softphone.FrameTime, softphone.Script(softphone.ByEvent, 8, digits)))
		o.ok(f.Close())
	}
	return dir
}

// SIPp plays the capture of a caller who dials 204 while the waiting music plays: the user's three phones ring, the first to answer talks, the others
// are told that it was completed elsewhere.
func TestSIPpDialsAnExtensionWhileMusicPlays(t *testing.T) {
	site := replace(demoSite, `devices = [{username = "david-desk", password = "david-desk-secret"}]`, `devices = [
  {username = "david-desk", password = "david-desk-secret"},
  {username = "david-web", password = "david-web-secret", kind = "workspace"},
  {username = "david-cti", password = "david-cti-secret", kind = "cti"},
]`)
	onBoth(t, site, func(o *office) {
		o.phone("alice-desk") // for the queue to stand
		phones := o.phones("david-desk", "david-web", "david-cti")
		for i, scenario := range []string{"uac_event_a.xml", "uac_event_u.xml", "uac_tone_a.xml", "uac_tone_u.xml", scenarioInfo} {
			done := o.caller(scenario, numberQueue, "-d", "2500")
			var rung []*softphone.Call
			for _, p := range phones {
				rung = append(rung, o.rings(p))
			}
			winner := i % len(phones)
			rung[winner].Answer()
			for n, c := range rung {
				if n != winner {
					o.elsewhere(c)
				}
			}
			if scenario != scenarioInfo {
				o.ok(rung[winner].Audio.HearsSomething(o.ctx)) // the voice of the capture after the digits
			}
			o.ok(rung[winner].Hangup(o.ctx))
			o.ok(<-done)
		}
		for _, c := range o.log(5) {
			if c.Outcome != "answered" || c.User == nil || c.User.Name != "David" {
				t.Errorf("the log has %+v, want it answered by David", c)
			}
		}
	})
}

// The same during an audio message and a menu.
func TestSIPpDialsDuringAudioAndMenu(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david := o.phone("david-desk")
		for _, number := range []string{numberMessage, numberMenu} {
			for _, scenario := range []string{"uac_event_a.xml", "uac_tone_a.xml", "uac_tone_u.xml", scenarioInfo} {
				done := o.caller(scenario, number, "-d", "300")
				rung := o.rings(david)
				rung.Answer()
				if scenario != scenarioInfo {
					o.ok(rung.Audio.HearsSomething(o.ctx))
				}
				o.ok(rung.Hangup(o.ctx))
				o.ok(<-done)
			}
		}
	})
}

// What else a carrier's caller does: gives up, calls a number that is not there, offers late, holds.
func TestSIPpAsACarrier(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		chloe := o.phone("chloe-desk")
		done := o.caller("uac_cancel.xml", numberAlone, "-d", "500")
		rung := o.rings(chloe)
		_, err := rung.Got(o.ctx, "CANCEL")
		o.ok(err)
		o.ok(<-done)
		o.ok(<-o.caller("uac_refused.xml", numberNobody))
		o.ok(<-o.caller("uac_late_offer.xml", numberMessage, "-d", "500"))
		o.ok(<-o.caller("uac_hold.xml", numberMessage, "-d", "300"))
		o.ok(<-o.caller("uac_holds.xml", numberMessage, "-d", "100"))
	})
}

// Extensions that lead nowhere: the caller is told, stays in the flow, and hangs up; the log says why.
func TestSIPpDialsExtensionsThatLeadNowhere(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		o.ok(<-o.caller("uac_unavailable.xml", numberMessage, "-d", "6000")) // the digits take a second, the rest is for who is slow
		o.ok(<-o.caller("uac_unknown_extension.xml", numberMessage, "-d", "6000"))
		for i, want := range []string{"unknown", "unavailable"} { // newest first
			var line struct {
				Data []struct {
					Type string
					Args map[string]string
				}
			}
			o.read("/api/v1/calls/"+o.log(2)[i].ID+"/timeline", &line)
			if !strings.Contains(fmt.Sprint(line.Data), "extension_refused") || !strings.Contains(fmt.Sprint(line.Data), "reason:"+want) {
				t.Errorf("the timeline has %v, want an extension refused: %s", line.Data, want)
			}
		}
	})
}

// A ramp of calls, each standing for a second: none fails.
func TestSIPpRamp(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		o.ok(<-o.caller("uac_ramp.xml", numberMessage, "-m", "60", "-r", "10", "-rate_increase", "5", "-rate_interval", "1s", "-rate_max", "25", "-no_rate_quit", "-d", "1000"))
		if n := len(o.log(60)); n != 60 {
			t.Errorf("%d calls in the log, want 60", n)
		}
	})
}

// SIPp as the phones: one registers and answers, another is busy, a third rings until it is told that the call was completed elsewhere. SIPp looks at
// the first challenge only, as old phones do: the realm asks for MD5 alone.
func TestSIPpAsPhones(t *testing.T) {
	t.Setenv("TANDEM_SIP_DIGEST", "md5")
	onEach(t, demoSite, func(o *office) {
		for i, p := range []struct{ user, scenario string }{
			{"chloe-desk", "uas_answer.xml"}, {"chloe-web", "uas_busy.xml"}, {"chloe-cti", "uas_ring.xml"},
		} {
			port := fmt.Sprint(5080 + 2*i)
			o.ok(<-o.sipp("register.xml", "-i", o.net+".9", "-p", port, "-s", p.user, "-au", p.user, "-ap", p.user+"-secret", o.server().String()))
		}
		var phones []<-chan error
		for i, s := range []string{"uas_answer.xml", "uas_busy.xml", "uas_ring.xml"} {
			phones = append(phones, o.sipp(s, "-i", o.net+".9", "-mi", o.net+".9", "-p", fmt.Sprint(5080+2*i), "-mp", fmt.Sprint(7000+4*i), "-d", "1000", "-rtp_echo"))
		}
		for i := range phones {
			o.listens(netip.MustParseAddrPort(fmt.Sprintf("%s.9:%d", o.net, 5080+2*i)))
		}
		call := o.call(o.carrier(), numberAlone)
		o.ok(call.Answered(o.ctx))
		call.Audio.Say(1300)
		o.hears(call, 1300) // SIPp echoes
		o.ok(call.Hangup(o.ctx))
		for _, p := range phones {
			o.ok(<-p)
		}
		if c := o.log(1)[0]; !strings.Contains(fmt.Sprint(c.Legs), "workspace") {
			t.Errorf("the legs do not name their devices: %+v", c.Legs)
		}
	})
}
