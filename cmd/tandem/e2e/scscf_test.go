package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
	"tandem/mobilecore/ims"
	"tandem/sim"
	"tandem/sim/scscf"
)

const (
	imsDomain   = "ims.example"
	numberAlice = numberMobile
	numberBruno = "+33639980009"

	personWaits = 1500 * time.Millisecond // before a person answers: nobody is paged faster
)

// coreSite is the office with two direct numbers on eSIMs of an operator whose core asks us as an application server.
func coreSite() string {
	number := func(e164, user, imsi string) string {
		return fmt.Sprintf(`[[numbers]]
e164 = %q
name = %[1]q
kind = "direct"
users = [%[2]q]
esim = {package = 20, operator = "Core", imsi = %[3]q, enabled = true}
`, e164, user+"@bakery.example", imsi)
	}
	site := replace(demoSite, "[[numbers]]\ne164 = \"+33639980008\"\nname = \"Mobile\"\n", number(numberAlice, "alice", "208990000000008")+number(numberBruno, "bruno", "208990000000009"))
	return replace(replace(site, `name = "carrier"
`, `name = "carrier"
direct_numbers = true
`), `[[audio]]
name = "welcome"`, `[[trunks]]
name = "core"
sources = ["{net}.200"]
servers = ["sip:{net}.200:6060"]
domain = "ims.example"
country = "FR"
trust_pai = true
direct_numbers = true
media_allow = ["127.0.0.0/8"]

[[operators]]
name = "Core"
trunk = "core"
attachment = "isc"
domain = "ims.example"

[[audio]]
name = "welcome"`)
}

// realCore is a mobile core of which the S-CSCF is Kamailio's, around an office.
type realCore struct {
	o    *office
	hss  *sim.HSS
	core *scscf.SCSCF
}

// aroundKamailio opens the office and the core. One database is enough: what is shown is on the wire.
func aroundKamailio(t *testing.T, manners scscf.Manners) *realCore {
	t.Helper()
	return aroundCore(t, manners, coreSite(), ims.NotesStay)
}

func aroundCore(t *testing.T, manners scscf.Manners, site string, notes ims.Notes) *realCore {
	t.Helper()
	t.Parallel()
	o := open(t, "", site)
	r := &realCore{o: o}
	profile := func(number string) ims.Profile {
		return ims.Profile{
			PrivateID: number + "@" + imsDomain, PublicIDs: []string{"sip:" + number + "@" + imsDomain}, Server: "sip:" + o.server().String(), First: 1, Notes: notes,
		}
	}
	var err error
	r.hss, err = sim.OpenHSS(o.ctx, sim.HSSConfig{
		Identity: "localhost", Realm: imsDomain, Bind: netip.MustParseAddrPort("127.0.0.1:0"), Log: slog.New(slog.DiscardHandler),
		Profiles: []ims.Profile{profile(numberAlice), profile(numberBruno)},
	})
	o.ok(err)
	r.core, err = scscf.Start(o.ctx, scscf.Config{
		Bind: netip.MustParseAddr(o.net + ".200"), Domain: imsDomain, HSS: r.hss.Addr(), HSSName: "localhost", Server: o.server().Addr(),
		Outside: netip.MustParseAddrPort(o.net + ".201:5060"), Own: "+3363998000", Manners: manners, Dir: t.TempDir(),
	})
	if errors.Is(err, scscf.ErrMissing) {
		t.Skipf("%v: scripts/deps test installs it", err)
	}
	o.ok(err)
	t.Cleanup(func() {
		r.core.Close()
		_ = r.hss.Close(t.Context())
		if t.Failed() {
			t.Logf("kamailio said:\n%s", tail(r.core.Log(), 8000))
		}
	})
	o.ok(r.hss.Connected(o.ctx))
	return r
}

// line is a telephone whose server is the S-CSCF.
func (r *realCore) line(at, user string) *softphone.Phone {
	r.o.t.Helper()
	p, err := softphone.New(r.o.ctx, softphone.Config{
		Server: r.core.Addr(), Bind: netip.MustParseAddrPort(r.o.net + at), User: user, Who: wire.Credentials{Realm: imsDomain, Username: user},
	})
	r.o.ok(err)
	r.o.t.Cleanup(p.Close)
	return p
}

// registers switches a handset on, or off with 0 seconds.
func (r *realCore) registers(p *softphone.Phone, number string, seconds int) {
	r.o.t.Helper()
	m, err := p.Ask(r.o.ctx, fmt.Sprintf("REGISTER sip:%[1]s SIP/2.0\r\nVia: {via}\r\nFrom: <sip:%[2]s@%[1]s>;tag={tag}\r\nTo: <sip:%[2]s@%[1]s>\r\nCall-ID: {id}\r\n"+
		"CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:%[2]s@%[3]s>\r\nExpires: %[4]d\r\nSupported: path\r\nContent-Length: 0\r\n\r\n",
		imsDomain, number, p.Addr(), seconds))
	r.o.ok(err)
	if m.Status != 200 {
		r.o.t.Fatalf("REGISTER was answered %d %s", m.Status, m.Phrase)
	}
}

// says waits until the log of the S-CSCF says that: it tells us of a registration, and acts on it itself, some time after it has answered.
func (r *realCore) says(what string) {
	r.o.t.Helper()
	for !strings.Contains(r.core.Log(), what) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-r.o.ctx.Done():
			r.o.t.Fatalf("the S-CSCF never said %q: %v", what, context.Cause(r.o.ctx))
		}
	}
}

// dials calls by the native dialler of Alice, as the network's edge passes it on.
func (r *realCore) dials(p *softphone.Phone, to string) *softphone.Call {
	r.o.t.Helper()
	c, err := p.Dial(to, softphone.DialOptions{Headers: []string{
		fmt.Sprintf("Route: <sip:orig@%s;lr>", r.core.Addr()), fmt.Sprintf("P-Asserted-Identity: <sip:%s@%s>", numberAlice, imsDomain),
		"P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2089900010000001",
	}})
	r.o.ok(err)
	return c
}

// asked counts the calls that the S-CSCF asked us about.
func (r *realCore) asked(side string) int {
	return strings.Count(r.core.Log(), "asked the server: "+side)
}

// serves wants the S-CSCF to have asked about the only call in the log in this way (RFC 5502).
func (r *realCore) serves(number, how string) {
	r.o.t.Helper()
	calls := r.o.log(1)
	out, err := r.o.run("calls", "show", calls[0].ID, "--sip", "-c", r.o.dir+"/tandem.toml")
	if err != nil {
		r.o.t.Fatalf("calls show: %v\n%s", err, out)
	}
	if want := "P-Served-User: <sip:" + number + "@" + imsDomain + ">;" + how; !strings.Contains(out, want) {
		r.o.t.Errorf("no request says %q:\n%s", want, out)
	}
}

// A subscriber's call is ours to place: it leaves by our trunk with the direct number, and without the cell.
func TestRealCore_ACallFromTheHandset(t *testing.T) {
	r := aroundKamailio(t, scscf.Regular)
	o, carrier := r.o, r.o.carrierListens(".2:5060")
	handset := r.line(".210:5060", numberAlice)
	r.registers(handset, numberAlice, 600)
	call := r.dials(handset, "0639980200")
	far := o.rings(carrier)
	if !strings.Contains(far.Invite.Target, numberOutside) || !strings.Contains(far.Invite.Get("From"), numberAlice) {
		t.Errorf("the carrier is called %q from %q", far.Invite.Target, far.Invite.Get("From"))
	}
	for _, h := range []string{"P-Access-Network-Info", "P-Served-User", "Route", "X-Tandem-Anchor"} {
		if v := far.Invite.Get(h); v != "" {
			t.Errorf("the carrier is told %s: %s", h, v)
		}
	}
	o.ok(call.Progress(o.ctx, 180))
	far.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, far)
	o.ok(call.Hangup(o.ctx))
	o.ok(far.Ended(o.ctx))
	if n := r.asked("orig"); n != 1 {
		t.Errorf("the S-CSCF asked %d times, want once", n)
	}
	r.serves(numberAlice, "sescase=orig;regstate=reg")
}

// A call to a subscriber rings the desk and, along the original dialog, the handset; who takes it on the handset talks, and the desk is told.
func TestRealCore_ACallToTheHandset(t *testing.T) {
	r := aroundKamailio(t, scscf.Regular)
	o, desk := r.o, r.o.phone("alice-desk")
	handset, outside := r.line(".210:5060", numberAlice), r.line(".201:5060", numberOutside)
	r.registers(handset, numberAlice, 600)
	call := o.call(outside, numberAlice)
	rung, native := o.rings(desk), o.rings(handset)
	o.ok(call.Progress(o.ctx, 180))
	native.Audio.Wait(o.ctx, personWaits)
	native.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, native)
	o.elsewhere(rung)
	o.ok(native.Hangup(o.ctx))
	o.ok(call.Ended(o.ctx))
	if n := r.asked("term"); n != 1 {
		t.Errorf("the S-CSCF asked %d times, want once", n)
	}
	r.serves(numberAlice, "sescase=term;regstate=reg")
	if c := o.log(1)[0]; c.Outcome != "answered" || c.User == nil || c.User.Name != "Alice" {
		t.Errorf("the log has %+v", c)
	}
}

// One subscriber calls another: the core asks for the caller alone, and both handsets are its own legs of one call.
func TestRealCore_OneHandsetCallsAnother(t *testing.T) {
	r := aroundKamailio(t, scscf.Regular)
	o, desk := r.o, r.o.phone("bruno-desk")
	alice, bruno := r.line(".210:5060", numberAlice), r.line(".211:5060", numberBruno)
	r.registers(alice, numberAlice, 600)
	r.registers(bruno, numberBruno, 600)
	call := r.dials(alice, "0639980009")
	rung, native := o.rings(desk), o.rings(bruno)
	if from := native.Invite.Get("From"); !strings.Contains(from, numberAlice) {
		t.Errorf("Bruno's handset is called from %q, want Alice's number", from)
	}
	native.Audio.Wait(o.ctx, personWaits)
	native.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, native)
	o.elsewhere(rung)
	o.ok(call.Hangup(o.ctx))
	o.ok(native.Ended(o.ctx))
	if calls := o.log(1); len(calls) != 1 {
		t.Errorf("%d calls in the log, want one", len(calls))
	}
}

// The phone is off: the core asks all the same, the desk rings at once, and the handset joins when it comes back. When it has gone again, it is not even tried.
func TestCore_A1_A3_RealCore_OffAndThenSwitchedOn(t *testing.T) {
	r := aroundKamailio(t, scscf.Regular)
	o, desk, public := r.o, r.o.phone("alice-desk"), "sip:"+numberAlice+"@"+imsDomain
	handset, outside := r.line(".210:5060", numberAlice), r.line(".201:5060", numberOutside)
	call := o.call(outside, numberAlice)
	rung := o.rings(desk)
	if known := r.hss.Registration(public); known != sim.HasUnregistered {
		t.Errorf("the HSS knows %v of a subscriber who is called while their handset is off", known)
	}
	r.registers(handset, numberAlice, 600)
	native := o.rings(handset)
	native.Audio.Wait(o.ctx, personWaits)
	native.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, native)
	o.elsewhere(rung)
	o.ok(call.Hangup(o.ctx))
	o.ok(native.Ended(o.ctx))
	r.serves(numberAlice, "sescase=term;regstate=unreg")

	r.says("told the server: " + numberAlice + " 600")
	r.registers(handset, numberAlice, 0)
	r.says("told the server: " + numberAlice + " 0")
	r.says("saved again: " + numberAlice + " 0")
	call = o.call(outside, numberAlice)
	rung = o.rings(desk)
	rung.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, rung)
	o.ok(call.Hangup(o.ctx))
	if !handset.Idle() {
		t.Error("a handset that had left was called")
	}
	for _, l := range o.log(2)[0].Legs {
		if l.Device == "native" {
			t.Errorf("the call that came when the handset had left has a leg to it: %+v", l)
		}
	}
}

// The core loses our mark and its own dialog id, and hands us our leg as a new call: it is passed on once, refused the second time, and the desk rings on.
func TestCore_A5_RealCore_AStrippedLoopStopsAtOneHop(t *testing.T) {
	r := aroundKamailio(t, scscf.Forgetful)
	o, desk := r.o, r.o.phone("alice-desk")
	handset, outside := r.line(".210:5060", numberAlice), r.line(".201:5060", numberOutside)
	r.registers(handset, numberAlice, 600)
	call := o.call(outside, numberAlice)
	rung := o.rings(desk)
	rung.Audio.Wait(o.ctx, personWaits)
	for r.asked("term") < 3 && o.ctx.Err() == nil { // an answer would end what is on its way round
		rung.Audio.Wait(o.ctx, 20*time.Millisecond)
	}
	rung.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, rung)
	o.ok(call.Hangup(o.ctx))
	o.ok(rung.Ended(o.ctx))
	if n := r.asked("term"); n != 3 {
		t.Errorf("the S-CSCF asked %d times, want 3: the call, its leg that came back, and once more in vain", n)
	}
	if calls := o.log(1); len(calls) != 1 {
		t.Errorf("%d calls in the log, want one", len(calls))
	}
}

// A call for help that a handset takes for an ordinary one goes back to the core as it came. And with us gone, everybody's calls do (A6, A13).
func TestCore_A6_A13_RealCore_HelpAndOurOwnEnd(t *testing.T) {
	r := aroundKamailio(t, scscf.Regular)
	o := r.o
	handset, outside := r.line(".210:5060", numberAlice), r.line(".201:5060", numberOutside)
	r.registers(handset, numberAlice, 600)
	call := r.dials(handset, "114")
	far := o.rings(outside)
	if !strings.Contains(far.Invite.Target, "sip:114@") {
		t.Errorf("called %q, want 114", far.Invite.Target)
	}
	for h, want := range map[string]string{"P-Asserted-Identity": numberAlice, "P-Access-Network-Info": "2089900010000001"} {
		if v := far.Invite.Get(h); !strings.Contains(v, want) {
			t.Errorf("%s is %q, want %s", h, v, want)
		}
	}
	far.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, far)
	o.ok(call.Hangup(o.ctx))
	o.ok(far.Ended(o.ctx))

	o.stop(syscall.SIGKILL)
	call = r.dials(handset, numberOutside)
	far = o.rings(outside)
	far.Answer()
	o.ok(call.Answered(o.ctx))
	o.talk(call, far)
	o.ok(call.Hangup(o.ctx))
	o.ok(far.Ended(o.ctx))
	back := o.call(outside, numberAlice)
	native := o.rings(handset)
	native.Answer()
	o.ok(back.Answered(o.ctx))
	o.talk(back, native)
	o.ok(native.Hangup(o.ctx))
	o.ok(back.Ended(o.ctx))
}
