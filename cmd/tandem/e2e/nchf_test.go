package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"tandem/mobilecore/charging/chargingtest"
)

// smf is a session management function that asks for credit by Nchf, and what it was told meanwhile.
func (o *office) smf(name string) (*chargingtest.SMF, <-chan string) {
	o.t.Helper()
	told := make(chan string, 16)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	o.ok(err)
	ear := &http.Server{Protocols: &http.Protocols{}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		told <- string(b)
		w.WriteHeader(http.StatusNoContent)
	})}
	ear.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = ear.Serve(l) }()
	s := chargingtest.NewSMF("http://"+o.net+".1:8000", name, nil)
	s.Notify = "http://" + l.Addr().String() + "/told"
	o.t.Cleanup(func() {
		s.Close()
		_ = ear.Close()
	})
	return s, told
}

// usage is how a package stands, as the API has it.
type usage struct {
	Package  int
	Quota    int64 `json:"quota_bytes"`
	Used     int64 `json:"used_bytes"`
	Left     int64 `json:"left_bytes"`
	Reserved int64 `json:"reserved_bytes"`
	Days     []struct {
		Used int64 `json:"used_bytes"`
	}
	Sessions []any
}

func (o *office) numberID(e164 string) string {
	o.t.Helper()
	var page struct{ Data []struct{ ID string } }
	o.read("/api/v1/numbers?q="+e164[1:], &page)
	if len(page.Data) != 1 {
		o.t.Fatalf("%d numbers are %s", len(page.Data), e164)
	}
	return page.Data[0].ID
}

// usageEvents counts what was told of packages, by type and percent.
func (o *office) usageEvents() map[string]int {
	o.t.Helper()
	var page struct {
		Data []struct {
			Type string
			Data struct{ Percent int }
		}
	}
	o.read("/api/v1/events/log?types=usage.*&limit=100", &page)
	out := map[string]int{}
	for _, e := range page.Data {
		out[fmt.Sprintf("%s %d", e.Type, e.Data.Percent)]++
	}
	return out
}

func TestSpec_E3_APackageIsCutToTheByteOverNchf_AndCreditAddedIsUsed(t *testing.T) {
	onBoth(t, gySite(), func(o *office) {
		alice := o.numberID(numberAlice)
		at := "/api/v1/numbers/" + alice + "/usage"
		stranger, _ := o.smf("mallory.example.org")
		if p, err := stranger.Attach(o.ctx, "imsi-208990000000008", "internet", "208"); err != nil || p.Status != http.StatusForbidden {
			o.t.Errorf("a stranger: %d %v", p.Status, err)
		}
		smf, told := o.smf("smf.example.org")
		p, err := smf.Attach(o.ctx, "imsi-208990000000008", "internet", "208")
		o.ok(err)
		o.ok(p.Spend(o.ctx, 15e9))
		o.stop(syscall.SIGKILL)
		o.serve()
		o.ok(p.Report(o.ctx))
		var u usage
		if o.read(at, &u); u.Used != 15e9 || u.Left != 5e9 || u.Reserved != 250e6 || u.Package != 20 || len(u.Sessions) != 1 || len(u.Days) == 0 {
			o.t.Errorf("after 15 GB and a kill: %+v", u)
		}
		o.ok(p.Spend(o.ctx, 4_985_000_000))
		// It is on its last grant. Two more gigabytes reach it.
		o.post(at+"/top-ups", `{"gigabytes":2}`)
		if got := <-told; !strings.Contains(got, "REAUTHORIZATION") {
			o.t.Errorf("it was told %s", got)
		}
		var audit struct {
			Data []struct {
				Changes []struct{ Field, Before, After string }
			}
		}
		o.read("/api/v1/audit-log?limit=1", &audit)
		if len(audit.Data) != 1 || len(audit.Data[0].Changes) != 1 || audit.Data[0].Changes[0].Field != "topped_up_bytes" || audit.Data[0].Changes[0].After != "2000000000" {
			o.t.Errorf("the audit log has %+v", audit)
		}
		o.ok(p.Report(o.ctx))
		o.ok(p.Spend(o.ctx, 1e12))
		if p.Used != 22e9 || !p.Ended {
			o.t.Errorf("of 22 GB %d bytes were used", p.Used)
		}
		if o.read(at, &u); u.Used != 22e9 || u.Left != 0 || u.Reserved != 0 || u.Quota != 22e9 || len(u.Sessions) != 0 {
			o.t.Errorf("after 22 GB: %+v", u)
		}
		if p, err = smf.Attach(o.ctx, "imsi-208990000000008", "internet", "208"); err != nil || p.Status != http.StatusForbidden || p.Body["cause"] != "QUOTA_LIMIT_REACHED" {
			o.t.Errorf("with nothing left: %d %v %v", p.Status, p.Body, err)
		}
		if p, err = smf.Attach(o.ctx, "imsi-208990000000009", "internet", "208"); err != nil || p.Status != http.StatusForbidden {
			o.t.Errorf("with a package of 0 GB: %d %v %v", p.Status, p.Body, err)
		}
		if got := o.usageEvents(); len(got) != 3 || got["usage.threshold_reached 80"] != 1 || got["usage.threshold_reached 100"] != 1 || got["usage.topped_up 0"] != 1 {
			o.t.Errorf("events are %v", got)
		}
		out, err := o.run("number", "action", "-c", o.dir+"/tandem.toml", numberAlice, "usage", "-o", "json")
		if err != nil || !strings.Contains(out, `"used_bytes": 22000000000`) {
			o.t.Errorf("on the command line: %v %s", err, out)
		}
	})
}

func TestSpec_E3_AnotherPackageReachesTheSession(t *testing.T) {
	onBoth(t, gySite(), func(o *office) {
		smf, told := o.smf("smf.example.org")
		p, err := smf.Attach(o.ctx, "imsi-208990000000008", "internet", "208")
		o.ok(err)
		o.ok(p.Spend(o.ctx, 10e9))
		o.apply(strings.Replace(gySite(), "package = 20", "package = 50", 1))
		if got := <-told; !strings.Contains(got, "REAUTHORIZATION") {
			o.t.Errorf("it was told %s", got)
		}
		o.ok(p.Report(o.ctx))
		var u usage
		if o.read("/api/v1/numbers/"+o.numberID(numberAlice)+"/usage", &u); u.Used != 10e9 || u.Left != 40e9 || u.Package != 50 {
			o.t.Errorf("after 10 GB of 20, which are 50 now: %+v", u)
		}
		o.apply(strings.Replace(gySite(), "package = 20", "package = 0", 1))
		if got := <-told; !strings.Contains(got, "REAUTHORIZATION") {
			o.t.Errorf("it was told %s", got)
		}
		o.ok(p.Report(o.ctx))
		o.ok(p.Spend(o.ctx, 1e9))
		if p.Used != 10e9 || !p.Ended {
			o.t.Errorf("without a package %d bytes were used", p.Used)
		}
	})
}
