package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

const numberWrong = "+33639980299"

// carrierAnswers lets a carrier take calls by itself until the story ends: they ring for a moment, and are answered; a wrong number is refused. take may do
// otherwise with a call: true says that it did.
func (o *office) carrierAnswers(p *softphone.Phone, take func(c *softphone.Call) bool) (stop func()) {
	ctx, cancel := context.WithCancel(o.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := p.Incoming(ctx)
			if err != nil {
				return
			}
			if take(c) {
				continue
			}
			if strings.Contains(c.Invite.Target, strings.TrimPrefix(numberWrong, "+")) {
				c.Reject(404)
				continue
			}
			c.Ring()
			c.Audio.Say(800)
			for rings := time.Now(); !c.Over() && time.Since(rings) < 1500*time.Millisecond && ctx.Err() == nil; {
				c.Audio.Wait(ctx, 25*time.Millisecond) // long enough for somebody slow to give up
			}
			if !c.Over() {
				c.Answer()
			}
		}
	}()
	return func() { cancel(); <-done }
}

// sheet is what a run tells.
type sheet struct {
	Passed bool
	Failed int
	Steps  []struct{ Step, Verdict, Seen, Advice string }
}

// verdicts are the steps that have a verdict.
func (s *sheet) verdicts(v string) string {
	var out []string
	for _, r := range s.Steps {
		if r.Verdict == v {
			out = append(out, r.Step)
		}
	}
	return strings.Join(out, " ")
}

// A carrier that behaves has a clean sheet, by the command and as a letter; one that does not fails in the step in which it does not, and in no other.
func TestACarrierIsCertified(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier := o.carrierListens(".2:5060")
		normal := func(*softphone.Call) bool { return false }
		stop := o.carrierAnswers(carrier, normal)
		at := []string{"-c", filepath.Join(o.dir, "tandem.toml")}
		out, err := o.run(append([]string{"trunk", "test", "carrier"}, at...)...)
		if err != nil || strings.Count(out, "\n") != 4 || !strings.Contains(out, "answered OPTIONS with 200") || !carrier.Idle() {
			o.t.Errorf("without a call: %v\n%s", err, out)
		}
		out, err = o.run(append([]string{"trunk", "test", "carrier", "--certify", "--to", numberOutside, "--wrong", numberWrong, "-o", "json"}, at...)...)
		var clean sheet
		if bad := json.Unmarshal([]byte(out), &clean); err != nil || bad != nil {
			o.t.Fatalf("the command: %v, %v\n%s", err, bad, out)
		}
		const passes = "options answer ringing codecs audio caller_id digits hold resume t38 hangup cancel large_invite wrong_number"
		if got := clean.verdicts("pass"); got != passes || !clean.Passed {
			o.t.Errorf("passed: %s\nwant    %s\n%s", got, passes, out)
		}
		stop()
		o.misbehave(carrier)

		resp, err := o.ask(http.MethodGet, "/api/v1/audit-log?kind=trunk", nil)
		o.ok(err)
		defer resp.Body.Close()
		if text, _ := io.ReadAll(resp.Body); !strings.Contains(string(text), `"certify"`) || !strings.Contains(string(text), "0 failed") {
			o.t.Errorf("the audit log has %s", text)
		}
		var calls struct{ Data []logged }
		if o.read("/api/v1/calls", &calls); len(calls.Data) != 0 {
			o.t.Errorf("a run is in the log of calls: %+v", calls.Data)
		}
	})
}

// misbehave lets the carrier do one thing wrong after the other.
func (o *office) misbehave(carrier *softphone.Phone) {
	o.t.Helper()
	var page struct{ Data []struct{ ID string } }
	o.read("/api/v1/trunks", &page)
	path := "/api/v1/trunks/" + page.Data[0].ID + "/certify"
	rejects := func(status int, when func(c *softphone.Call) bool) func(*softphone.Call) bool {
		return func(c *softphone.Call) bool {
			if when(c) {
				c.Reject(status)
				return true
			}
			return false
		}
	}
	all := func(*softphone.Call) bool { return true }
	none := func(*softphone.Call) bool { return false }
	for _, s := range []struct {
		fails   string
		steps   string
		manners softphone.Manners
		speaks  string
		take    func(*softphone.Call) bool
	}{
		{fails: "answer", steps: `"answer","ringing","caller_id"`, take: rejects(486, all)},
		{fails: "caller_id", steps: `"caller_id"`, take: rejects(403, all)},
		{fails: "codecs", steps: `"answer","codecs"`, speaks: "G722", take: none},
		{fails: "audio", steps: `"answer","audio","hangup"`, manners: softphone.Manners{Mute: true}, take: none},
		{fails: "hold", steps: `"answer","hold","t38"`, manners: softphone.Manners{Change: 488}, take: none},
		{fails: "t38", steps: `"answer","t38"`, manners: softphone.Manners{Change: 500}, take: none},
		{fails: "hangup", steps: `"answer","hangup"`, manners: softphone.Manners{NoBye: true}, take: none},
		{fails: "cancel", steps: `"cancel","large_invite"`, manners: softphone.Manners{NoCancel: true}, take: none},
		{fails: "large_invite", steps: `"cancel","large_invite"`, take: rejects(513, func(c *softphone.Call) bool { return c.Invite.Get("X-Certify") != "" })},
		{fails: "wrong_number", steps: `"wrong_number"`, take: func(c *softphone.Call) bool { c.Answer(); return true }},
	} {
		carrier.Behave(s.manners)
		carrier.Speaks("PCMA", "telephone-event")
		if s.speaks != "" {
			carrier.Speaks(s.speaks)
		}
		stop := o.carrierAnswers(carrier, s.take)
		resp, err := o.ask(http.MethodPost, path, strings.NewReader(`{"to":"`+numberOutside+`","wrong":"`+numberWrong+`","steps":[`+s.steps+`]}`))
		o.ok(err)
		var got sheet
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if json.Unmarshal(text, &got) != nil || got.verdicts("fail") != s.fails || got.Failed != 1 || got.Passed {
			o.t.Errorf("want the failure of %s: %d %s", s.fails, resp.StatusCode, text)
		}
		stop()
	}
	for body, code := range map[string]string{
		`{"to":"112"}`:             "certify_number",
		`{"to":"+33899701234"}`:    "certify_number",
		`{"to":"x"}`:               "certify_number",
		`{"steps":["everything"]}`: "certify_step",
		`{"to":"` + numberOutside + `","from_number_id":"num_none"}`: "certify_caller_id",
	} {
		resp, err := o.ask(http.MethodPost, path, strings.NewReader(body))
		o.ok(err)
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(text), code) {
			o.t.Errorf("%s: %d %s", body, resp.StatusCode, text)
		}
	}
}
