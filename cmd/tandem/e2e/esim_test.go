package e2e

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tandem/sim"
	"tandem/store/storetest"
)

// esimSite gives Alice a direct number, and the house an operator with an eSIM platform.
func esimSite(platform string, authority []byte) string {
	site := replace(demoSite, `name = "Mobile"
`, `name = "Alice's own"
kind = "direct"
users = ["alice@bakery.example"]
`)
	return replace(site, `[[audio]]
name = "welcome"`, `[[trunks]]
name = "core"
sources = ["{net}.200"]
servers = ["sip:{net}.200:5060"]
country = "FR"

[[operators]]
name = "Mobile"
trunk = "core"
platform = { url = "`+platform+`", requester = "1.3.6.1.4.1.99999.1", notifier = "smdp.sim", authority = '''
`+string(authority)+`''' }
cards = [{ iccid = "8988211000000000011", imsi = "208010000000001" }]

[[audio]]
name = "welcome"`)
}

// esimState is what the API says of an eSIM.
type esimState struct {
	ID, State, Want, Fault string
	Activation             *struct{ Code string }
}

// mustBe asks for the eSIM of a number until it is in a state; empty: until there is none.
func (o *office) mustBe(path, state string) esimState {
	o.t.Helper()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := o.get(path)
		o.ok(err)
		var e esimState
		_ = json.NewDecoder(resp.Body).Decode(&e)
		_ = resp.Body.Close()
		if e.State == state || state == "" && resp.StatusCode == http.StatusNotFound {
			return e
		}
		select {
		case <-tick.C:
		case <-o.ctx.Done():
			o.t.Fatalf("the eSIM is %+v, want %q", e, state)
		}
	}
}

// From the API to the platform and back: ordered, scanned while the program is down, switched off in the phone, and taken away.
func TestSpec_E1_E2_D8_AnESIMOfTheRealProgram(t *testing.T) {
	ours, err := sim.NewAuthority("our authority")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := sim.NewAuthority("platform authority")
	if err != nil {
		t.Fatal(err)
	}
	certOf := func(a *sim.Authority, name string) tls.Certificate {
		c, err := a.Issue(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Parallel()
	for _, db := range storetest.Engines() {
		t.Run(db.Name, func(t *testing.T) {
			t.Parallel()
			smdp, err := sim.OpenSMDP(t.Context(), sim.SMDPConfig{
				Listen: netip.MustParseAddrPort("127.0.0.1:0"), Certificate: certOf(theirs, "smdp.sim"), Clients: ours.Pool(),
				Profiles: []string{"8988211000000000011"}, Seed: 1, Log: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(smdp.Close)
			var spoiled atomic.Bool // The answer to the first order is lost.
			smdp.Spoil(func(string) sim.SMDPFault {
				if spoiled.Swap(true) {
					return sim.FaultNone
				}
				return sim.FaultLostAnswer
			})
			o := open(t, db.URL(t), esimSite(smdp.URL(), theirs.PEM()))
			o.doorFor(ours)
			smdp.Notify("https://"+o.net+".1:8443", ours.Pool())
			at := "/api/v1/numbers/" + o.numberID(numberMobile)
			if status, text := o.tell("PUT", at+"/esim", fmt.Sprintf(`{"user_id":%q,"package":20}`, o.user("Alice"))); status != http.StatusOK {
				t.Fatalf("assign: %d %s", status, text)
			}
			released := o.mustBe(at+"/esim", "released")
			if released.Activation == nil {
				t.Fatalf("the eSIM is released without a code: %+v", released)
			}
			if status, text := o.tell("DELETE", at, ""); status != http.StatusConflict || !strings.Contains(text, "esim_assigned") {
				t.Errorf("the number can go while it has an eSIM: %d %s", status, text)
			}
			o.stop(syscall.SIGKILL)
			iccid, err := smdp.Scan(released.Activation.Code, "89049032123451234512345678901235")
			o.ok(err)
			o.serve()
			o.mustBe(at+"/esim", "enabled")
			o.ok(smdp.Switch(iccid, sim.ProfileDisabled))
			o.mustBe(at+"/esim", "disabled")
			if status, text := o.tell("DELETE", at+"/esim", ""); status/100 != 2 {
				t.Fatalf("take it away: %d %s", status, text)
			}
			o.mustBe(at+"/esim", "")
			if c := smdp.Counts(); c.Orders != 1 {
				t.Errorf("the platform has seen %+v", c)
			}
			var log struct{ Data []struct{ Actor string } }
			o.read("/api/v1/audit-log?actor=esim&limit=100", &log)
			if len(log.Data) < 8 {
				t.Errorf("the audit log has %d lines of the eSIM's steps", len(log.Data))
			}
		})
	}
}

// doorFor opens the door of notifications, with a certificate of an authority.
func (o *office) doorFor(a *sim.Authority) {
	o.t.Helper()
	cert, key, err := a.IssuePEM("tandem.example", net.ParseIP(o.net+".1"))
	o.ok(err)
	o.write("mobile.pem", string(cert))
	o.write("mobile.key", string(key))
	path := filepath.Join(o.dir, "tandem.toml")
	was, err := os.ReadFile(path)
	o.ok(err)
	o.stop(syscall.SIGTERM)
	more := fmt.Sprintf("[mobile]\nnotifications = \"%s.1:8443\"\ncertificate = %q\nkey = %q\n", o.net, filepath.Join(o.dir, "mobile.pem"), filepath.Join(o.dir, "mobile.key"))
	o.write("tandem.toml", strings.Replace(string(was), "[mobile]\n", more, 1))
	o.serve()
}
