package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/diameter"
)

// gySite is the office with one number of 20 GB and one of 0 GB, of an operator whose gateway asks for credit.
func gySite() string {
	number := func(e164, user, imsi string, gigabytes int) string {
		return fmt.Sprintf(`[[numbers]]
e164 = %q
name = %[1]q
kind = "direct"
users = [%[2]q]
esim = {package = %[4]d, operator = "Core", imsi = %[3]q, enabled = true}
`, e164, user+"@bakery.example", imsi, gigabytes)
	}
	site := replace(demoSite, "[[numbers]]\ne164 = \"+33639980008\"\nname = \"Mobile\"\n", number(numberAlice, "alice", "208990000000008", 20)+number(numberBruno, "bruno", "208990000000009", 0))
	return replace(site, `[[audio]]
name = "welcome"`, `[[trunks]]
name = "core"
sources = ["{net}.200"]
servers = ["sip:{net}.200:6060"]
country = "FR"
direct_numbers = true

[[operators]]
name = "Core"
trunk = "core"
attachment = "trunk"
charging = {peers = ["PGW.example.org", "smf.example.org"]}

[[audio]]
name = "welcome"`)
}

// gateway is a packet gateway that asks for credit.
type gateway struct {
	o    *office
	peer *diameter.Peer
}

// joins connects a gateway to the program; the error is why the program does not want it.
func (o *office) joins(host string) (*gateway, error) {
	p, err := diameter.Dial(o.ctx, diameter.Config{
		Node: diameter.Node{Identity: host}, Applications: []diameter.Application{diameter.CreditControl},
		Serve: func(_ context.Context, from *diameter.Peer, m *diameter.Message) *diameter.Message {
			return from.Us().Answer(m, diameter.Success)
		},
	}, o.net+".1:3868")
	return &gateway{o, p}, err
}

// credit is one request of a data session: it reports what was used since the last, and asks for more unless it ends.
type credit struct {
	session, imsi, point string
	kind                 uint32
	number, used         uint64
}

func (g *gateway) asks(c credit) *diameter.Message {
	g.o.t.Helper()
	m := diameter.NewRequest(diameter.CreditRequest, diameter.CreditControl, diameter.Text(diameter.SessionID, "pgw.example.org;"+c.session),
		diameter.Text(diameter.OriginHost, "pgw.example.org"), diameter.Text(diameter.OriginRealm, "example.org"), diameter.Text(diameter.DestinationRealm, "localdomain"),
		diameter.Number(diameter.AuthApplicationID, 4), diameter.Text(diameter.ServiceContextID, "32251@3gpp.org"),
		diameter.Number(diameter.CCRequestType, uint64(c.kind)), diameter.Number(diameter.CCRequestNumber, c.number),
		diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 1), diameter.Text(diameter.SubscriptionIDData, c.imsi)),
		diameter.Group(diameter.ServiceInformation, diameter.Group(diameter.PSInformation, diameter.Text(diameter.CalledStationID, c.point))))
	units := []diameter.AVP{}
	if c.kind != diameter.TerminationRequest {
		units = append(units, diameter.Group(diameter.RequestedServiceUnit))
	}
	if c.kind != diameter.InitialRequest {
		units = append(units, diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.CCInputOctets, c.used-1), diameter.Number(diameter.CCOutputOctets, 1)))
	}
	m.Add(diameter.Group(diameter.MultipleServicesCreditControl, units...))
	answer, err := g.peer.Do(g.o.ctx, m)
	g.o.ok(err)
	return answer
}

// granted is how many bytes an answer grants.
func granted(m *diameter.Message) charging.Bytes {
	return charging.Bytes(m.Group(diameter.MultipleServicesCreditControl).Group(diameter.GrantedServiceUnit).Number(diameter.CCTotalOctets))
}

func TestSpec_E3_DataIsGrantedInSlicesOverGy_AndSurvivesAKill(t *testing.T) {
	onBoth(t, gySite(), func(o *office) {
		_, err := o.joins("mallory.example.org")
		if refused, is := errors.AsType[*diameter.RefusalError](err); !is || refused.Result != diameter.UnknownPeer {
			o.t.Fatalf("a stranger: %v", err)
		}
		g, err := o.joins("pgw.example.org")
		o.ok(err)
		if a := g.asks(credit{"0", "208990000000777", "internet", diameter.InitialRequest, 0, 0}); a.Result() != diameter.UserUnknown {
			o.t.Errorf("a subscriber of nobody's: %v", a.Result())
		}
		first := g.asks(credit{"1", "208990000000008", "internet", diameter.InitialRequest, 0, 0})
		if first.Result() != diameter.Success || granted(first) != charging.Gigabyte {
			o.t.Fatalf("20 GB: %v, %d bytes", first.Result(), granted(first))
		}
		report := credit{"1", "208990000000008", "internet", diameter.UpdateRequest, 1, 900_000_000}
		second := g.asks(report)
		if second.Result() != diameter.Success || granted(second) != (20*charging.Gigabyte-900_000_000)/20 {
			o.t.Errorf("after 900 MB: %v, %d bytes", second.Result(), granted(second))
		}
		o.stop(syscall.SIGKILL)
		o.serve()
		g, err = o.joins("pgw.example.org")
		o.ok(err)
		if again := g.asks(report); granted(again) != granted(second) {
			o.t.Errorf("the same request after a kill is granted %d bytes, not %d", granted(again), granted(second))
		}
		if a := g.asks(credit{"1", "208990000000008", "internet", diameter.TerminationRequest, 2, 100_000_000}); a.Result() != diameter.Success {
			o.t.Errorf("the end: %v", a.Result())
		}
		next := g.asks(credit{"2", "208990000000008", "internet", diameter.InitialRequest, 0, 0})
		if granted(next) != 19*charging.Gigabyte/20 {
			o.t.Errorf("after 1 GB the next session is granted %d bytes", granted(next))
		}
		resp, err := o.get("/metrics")
		o.ok(err)
		text, err := io.ReadAll(resp.Body)
		o.ok(errors.Join(err, resp.Body.Close()))
		for _, want := range []string{"tandem_diameter_peers 1", `tandem_diameter_requests_total{command="CC",result="2001"} 3`} {
			if !strings.Contains(string(text), want) {
				o.t.Errorf("the metrics lack %s", want)
			}
		}
	})
}

func TestCore_A11_WithoutDataVoiceWorks(t *testing.T) {
	onBoth(t, gySite(), func(o *office) {
		g, err := o.joins("pgw.example.org")
		o.ok(err)
		if a := g.asks(credit{"1", "208990000000009", "internet", diameter.InitialRequest, 0, 0}); a.Result() == diameter.Success || granted(a) != 0 {
			o.t.Errorf("data of a package of 0 GB: %v, %d bytes", a.Result(), granted(a))
		}
		if a := g.asks(credit{"2", "208990000000009", "ims.mnc099.mcc208.gprs", diameter.InitialRequest, 0, 0}); a.Result() != diameter.Success || granted(a) < charging.Gigabyte {
			o.t.Errorf("the access point of calls: %v, %d bytes", a.Result(), granted(a))
		}
	})
}
