package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/mobilecore/hlr"
	"tandem/sim"
)

// The two cards that the operator set aside.
const (
	firstCard, firstIMSI   = "8988211000000000011", "208010000000001"
	secondCard, secondIMSI = "8988211000000000029", "208010000000002"
)

// numberShared is a French mobile number of everybody.
const numberShared = "+33639980010"

// lifeSite has a mobile number of nobody and a shared one, and an operator with a core, an eSIM platform and an HLR.
func lifeSite(authority []byte) string {
	return replace(demoSite+`[[numbers]]
e164 = "`+numberShared+`"
name = "Shared"
flow = "message"
users = ["alice@bakery.example", "bruno@bakery.example"]
`, `[[audio]]
name = "welcome"`, `[[trunks]]
name = "core"
sources = ["{net}.200"]
servers = ["sip:{net}.200:5060"]
country = "FR"
media_allow = ["127.0.0.0/8"]

[[operators]]
name = "Mobile"
trunk = "core"
domain = "ims.example"
platform = { url = "https://{net}.220:8443", requester = "1.3.6.1.4.1.99999.1", notifier = "smdp.sim", authority = '''
`+string(authority)+`''' }
hlr = { kind = "osmo", address = "{net}.210:4259" }
cards = [{ iccid = "`+firstCard+`", imsi = "`+firstIMSI+`" }, { iccid = "`+secondCard+`", imsi = "`+secondIMSI+`" }]

[[audio]]
name = "welcome"`)
}

// register starts a real OsmoHLR beside the office.
func (o *office) register(path string) hlr.Book {
	o.t.Helper()
	host := o.net + ".210"
	o.write("hlr.cfg", "log stderr\n logging level main notice\nline vty\n bind "+host+" 4258\nctrl\n bind "+host+"\nhlr\n gsup\n  bind ip "+host+"\n")
	cmd := exec.CommandContext(context.WithoutCancel(o.ctx), path, "-c", filepath.Join(o.dir, "hlr.cfg"), "-l", filepath.Join(o.dir, "hlr.db"))
	log, err := os.Create(filepath.Join(o.dir, "hlr.log"))
	o.ok(err)
	cmd.Stdout, cmd.Stderr = log, log
	o.ok(cmd.Start())
	o.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
	})
	book := hlr.Osmo{Address: net.JoinHostPort(host, "4259")}
	for {
		if _, err := book.Info(o.ctx, firstIMSI); errors.Is(err, hlr.ErrUnknown) {
			return book
		}
		o.ok(o.ctx.Err())
		<-o.short(20 * time.Millisecond).Done()
	}
}

// platform opens the eSIM platform of the site; our authority signed the certificate of the door that it notifies.
func (o *office) platform(ours, theirs *sim.Authority) *sim.SMDP {
	o.t.Helper()
	at := netip.MustParseAddr(o.net + ".220")
	cert, err := theirs.Issue("smdp.sim", at.AsSlice())
	o.ok(err)
	smdp, err := sim.OpenSMDP(o.ctx, sim.SMDPConfig{
		Listen: netip.AddrPortFrom(at, 8443), Certificate: cert, Clients: ours.Pool(), Profiles: []string{firstCard, secondCard}, Seed: 1,
		Log: slog.New(slog.DiscardHandler),
	})
	o.ok(err)
	o.t.Cleanup(smdp.Close)
	o.doorFor(ours)
	smdp.Notify("https://"+o.net+".1:8443", ours.Pool())
	return smdp
}

// From a shared line, which can have none, to an eSIM in a handset that rings, is suspended also after the program was killed, and ends at the HLR; a second one is
// cancelled at the platform before anybody scanned it.
func TestSpec_E2_E3_E16_AWholeLifeOfAnESIM(t *testing.T) {
	path, err := exec.LookPath("osmo-hlr")
	if err != nil {
		t.Skip("no osmo-hlr here: scripts/deps test installs it")
	}
	ours, err := sim.NewAuthority("our authority")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := sim.NewAuthority("platform authority")
	if err != nil {
		t.Fatal(err)
	}
	onBoth(t, lifeSite(theirs.PEM()), func(o *office) {
		book, smdp := o.register(path), o.platform(ours, theirs)
		alice := o.user("Alice")
		assign := fmt.Sprintf(`{"user_id":%q,"package":20}`, alice)
		at := "/api/v1/numbers/" + o.numberID(numberShared)
		if status, text := o.tell("PUT", at+"/esim", assign); status/100 != 4 || !strings.Contains(text, "esim_needs_direct_number") || !strings.Contains(text, "convert") {
			t.Fatalf("an eSIM of a shared line: %d %s", status, text)
		}
		at = "/api/v1/numbers/" + o.numberID(numberMobile)
		o.wants("POST", at+"/convert-to-direct", fmt.Sprintf(`{"user_id":%q,"publish":true}`, alice))
		o.wants("PUT", at+"/esim", assign)
		code := o.drawn(at + "/esim")
		o.lineIs(book, firstIMSI, hlr.DataOn, hlr.DataOn)
		_, err := smdp.Scan(code, "89049032123451234512345678901235")
		o.ok(err)
		o.mustBe(at+"/esim", "enabled")

		core, handset := o.core()
		carrier, desk := o.carrier(), o.phone("alice-desk")
		ringsBoth := func() {
			call := o.call(carrier, numberMobile)
			rung, talk := o.rings(desk), o.picks(handset)
			o.ok(talk.Answer())
			o.ok(call.Answered(o.ctx))
			o.elsewhere(rung)
			o.speaks(call, talk)
			o.ok(talk.Hangup())
			o.ok(call.Ended(o.ctx))
		}
		ringsDesk := func(when string) {
			before := len(core.Seen())
			call := o.call(carrier, numberMobile)
			rung := o.rings(desk)
			o.ok(call.Answered(o.ctx)) // by the music of the flow
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
			if len(core.Seen()) != before {
				o.t.Errorf("%s: the core is asked for the handset", when)
			}
		}
		ringsBoth()

		o.wants("POST", at+"/esim/suspend", "")
		o.mustBe(at+"/esim", "suspended")
		o.stop(syscall.SIGKILL)
		o.serve()
		o.mustBe(at+"/esim", "suspended")
		o.lineIs(book, firstIMSI, hlr.DataOff, hlr.DataOff)
		o.ok(desk.Register(o.ctx, 600))
		ringsDesk("suspended")
		o.wants("POST", at+"/esim/resume", "")
		o.mustBe(at+"/esim", "enabled")
		o.lineIs(book, firstIMSI, hlr.DataOn, hlr.DataOn)
		ringsBoth()

		o.wants("DELETE", at+"/esim", "")
		o.mustBe(at+"/esim", "")
		o.gone(book, firstIMSI)
		ringsDesk("taken away")

		o.wants("PUT", at+"/esim", assign)
		code = o.drawn(at + "/esim")
		o.wants("DELETE", at+"/esim", "")
		o.mustBe(at+"/esim", "")
		o.gone(book, secondIMSI)
		if _, err = smdp.Scan(code, "89049032123451234512345678901235"); err == nil {
			o.t.Error("the code of a cancelled eSIM can be scanned")
		}
		if c, state := smdp.Counts(), smdp.State(secondCard); c.Cancelled != 1 || c.Orders != 2 || state != sim.ProfileUnavailable {
			o.t.Errorf("the platform has seen %+v, and the second profile is %s", c, state)
		}
	})
}

// wants tells the API something, and wants it accepted.
func (o *office) wants(method, path, body string) {
	o.t.Helper()
	if status, text := o.tell(method, path, body); status/100 != 2 {
		o.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
}

// drawn waits until an eSIM is released, and gives its code once every drawing of it is right.
func (o *office) drawn(path string) string {
	o.t.Helper()
	e := o.mustBe(path, "released")
	if e.Activation == nil {
		o.t.Fatalf("released without a code: %+v", e)
	}
	a, err := es2plus.ParseActivation(e.Activation.Code)
	o.ok(err)
	qr, err := es2plus.NewQR(a)
	o.ok(err)
	if status, text := o.tell("GET", path+"/qr.txt", ""); status != http.StatusOK || text != qr.Text() {
		o.t.Errorf("the code in a terminal: %d\n%s", status, text)
	}
	if status, text := o.tell("GET", path+"/qr.svg", ""); status != http.StatusOK || text != qr.SVG() {
		o.t.Errorf("the code as a drawing: %d %s", status, text)
	}
	if status, text := o.tell("GET", path+"/qr.png", ""); status != http.StatusOK || !strings.HasPrefix(text, "\x89PNG") {
		o.t.Errorf("the code as a picture: %d", status)
	}
	return e.Activation.Code
}

// lineIs looks at what the HLR lets a subscription do.
func (o *office) lineIs(book hlr.Book, imsi hlr.IMSI, voice, data hlr.Data) {
	o.t.Helper()
	got, err := book.Info(o.ctx, imsi)
	o.ok(err)
	if "+"+string(got.Number) != numberMobile || got.Voice != voice || got.Data != data {
		o.t.Errorf("the HLR has %+v, want voice %v and data %v", got, voice, data)
	}
}

// gone wants a subscription deleted at the HLR.
func (o *office) gone(book hlr.Book, imsi hlr.IMSI) {
	o.t.Helper()
	if got, err := book.Info(o.ctx, imsi); !errors.Is(err, hlr.ErrUnknown) {
		o.t.Errorf("the HLR has %+v, %v", got, err)
	}
}
