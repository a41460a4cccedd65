package e2e

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/sim"
)

// numberOther is another subscriber's of the same mobile network, and none of ours.
const numberOther = "+33639980009"

// mobileSite gives Alice a direct number on an eSIM, and every kind of device. {net}.200 is the mobile core.
func mobileSite(changes ...string) string {
	site := replace(demoSite, `name = "Mobile"
`, `name = "Alice's own"
kind = "direct"
users = ["alice@bakery.example"]
esim = {package = 20, operator = "Mobile", state = "enabled", imsi = "208010000000008"}
`)
	site = replace(site, `  {username = "alice-web", password = "alice-web-secret", kind = "workspace"},
`, `  {username = "alice-web", password = "alice-web-secret", kind = "workspace"},
  {username = "alice-cti", password = "alice-cti-secret", kind = "cti"},
  {username = "alice-app", password = "alice-app-secret", kind = "app"},
`)
	site = replace(site, `caller_id = "+33199001002"`, `caller_id = "`+numberMobile+`"`)
	site = replace(site, `[[audio]]
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

[[audio]]
name = "welcome"`)
	for i := 0; i+1 < len(changes); i += 2 {
		site = replace(site, changes[i], changes[i+1])
	}
	return site
}

// core opens the mobile network of the site, with Alice's handset switched on.
func (o *office) core(changes ...func(*sim.CoreConfig)) (*sim.Core, *sim.Handset) {
	o.t.Helper()
	cfg := sim.CoreConfig{
		Server: o.server(), Bind: netip.MustParseAddrPort(o.net + ".200:5060"), Voicemail: netip.MustParseAddr(o.net + ".201"),
		Subscribers: []sim.Subscriber{{Number: numberMobile, IMSI: "208010000000008"}, {Number: numberOther, IMSI: "208010000000009"}},
		Timing: sim.Timing{
			Paging: []time.Duration{1200 * time.Millisecond}, NoCoverage: 1500 * time.Millisecond, NoReply: 2500 * time.Millisecond, Server: time.Second,
		},
		Seed: 1, Log: slog.New(slog.DiscardHandler),
	}
	for _, change := range changes {
		change(&cfg)
	}
	core, err := sim.OpenCore(o.ctx, cfg)
	o.ok(err)
	o.t.Cleanup(func() {
		core.Close(context.WithoutCancel(o.ctx))
		if f := core.Faults(); len(f) > 0 {
			o.t.Errorf("no application server may do this: %q", f)
		}
	})
	h := core.Handset(numberMobile)
	h.SetPower(sim.PowerOn)
	return core, h
}

// picks waits until the handset rings.
func (o *office) picks(h *sim.Handset) *sim.Talk {
	o.t.Helper()
	t, err := h.Rings(o.ctx)
	o.ok(err)
	return t
}

// speaks shows two-way audio by content between a SIP phone and somebody in the core.
func (o *office) speaks(c *softphone.Call, t *sim.Talk) {
	o.t.Helper()
	c.Audio.Say(1300)
	o.ok(t.Say(1900))
	o.hears(c, 1900)
	o.ok(t.Hears(o.ctx, 1300))
	c.Audio.Say(0)
}

// alice is her id.
func (o *office) alice() string {
	o.t.Helper()
	var page struct{ Data []struct{ ID string } }
	o.read("/api/v1/users?q=alice", &page)
	if len(page.Data) != 1 {
		o.t.Fatalf("Alice: %v", page.Data)
	}
	return page.Data[0].ID
}

// devices are those of the legs that rang, with their state.
func (l logged) devices() map[string]string {
	out := map[string]string{}
	for _, leg := range l.Legs {
		out[leg.Device] = leg.State
	}
	return out
}

// answeredBy lists the devices whose answer counted.
func (l logged) answeredBy() string {
	var out []string
	for _, leg := range l.Legs {
		if leg.AnsweredAt != nil && leg.Device != "" {
			out = append(out, leg.Device)
		}
	}
	return strings.Join(out, " ")
}

// A call to the direct number, from outside by our own trunk: desk, Workspace, CTI and native dialler ring at once and the App does not; the handset answers,
// the others are told so, and both hear each other. The next one comes by the core: the Workspace answers, and the handset shows nothing missed. The last
// one nobody takes: the handset lists it.
func TestSpec_E6_E7_E10_E11_TheHandsetRingsWithTheDesks(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		core, handset := o.core()
		phones := o.phones("alice-desk", "alice-web", "alice-cti")
		app := o.phone("alice-app")
		call := o.call(o.carrier(), numberMobile)
		var rung []*softphone.Call
		for _, p := range phones {
			rung = append(rung, o.rings(p))
		}
		talk := o.picks(handset)
		o.ok(talk.Answer())
		o.ok(call.Answered(o.ctx))
		for _, c := range rung {
			o.elsewhere(c)
		}
		o.speaks(call, talk)
		o.ok(talk.Hangup())
		o.ok(call.Ended(o.ctx))
		if c := o.log(1)[0]; c.Outcome != "answered" || c.devices()["native"] != "ended" || c.User == nil || c.User.Name != "Alice" {
			o.t.Errorf("the log has %+v", c)
		}

		outsider, err := core.Call("+33639980300", numberMobile)
		o.ok(err)
		desk, web := o.rings(phones[0]), o.rings(phones[1])
		o.picks(handset)
		web.Answer()
		o.ok(outsider.Answered(o.ctx))
		o.elsewhere(desk)
		o.speaks(web, outsider)
		o.ok(handset.Idle(o.ctx))
		o.ok(outsider.Hangup())
		o.ok(web.Ended(o.ctx))

		call = o.call(o.carrier(), numberMobile)
		o.picks(handset)
		o.ok(call.Cancel(o.ctx))
		list, err := handset.Listed(o.ctx, 2)
		o.ok(err)
		if list[0].Kind != sim.ListedReceived || list[1].Kind != sim.ListedMissed || list[1].Number != "+33639980101" {
			o.t.Errorf("the handset lists %v", list)
		}
		if !app.Idle() {
			o.t.Error("the App rang")
		}
		calls := o.log(3)
		if calls[0].Outcome != "missed" {
			o.t.Errorf("the log has %+v", calls[0])
		}
		var told struct {
			Data []struct {
				CallID string `json:"call_id"`
				From   string
			}
		}
		o.read("/api/v1/notifications?user_id="+o.alice(), &told) // What the App shows.
		if len(told.Data) != 1 || told.Data[0].CallID != calls[0].ID || told.Data[0].From != "+33639980101" {
			o.t.Errorf("Alice is told of %+v", told.Data)
		}
	})
}

// Two answers at the same moment: one wins, and the handset shows no missed call.
func TestSpec_E18_TwoAnswerAtOnce(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		_, handset := o.core()
		web := o.phone("alice-web")
		call := o.call(o.carrier(), numberMobile)
		rung, talk := o.rings(web), o.picks(handset)
		rung.Answer()
		late := talk.Answer() // The page may have won before this one is even said: it is then over, and no more than that.
		if late != nil && !errors.Is(late, sim.ErrOver) {
			o.t.Fatal(late)
		}
		o.ok(call.Answered(o.ctx))
		call.Audio.Say(1300)
		for !rung.Over() && !rung.Audio.Tone(1300) && o.ctx.Err() == nil {
			rung.Audio.Wait(o.ctx, softphone.FrameTime) // one or the other
		}
		if !rung.Over() || late != nil {
			o.hears(rung, 1300)
			o.ok(handset.Idle(o.ctx))
			o.ok(rung.Hangup(o.ctx))
		} else {
			o.ok(rung.Ended(o.ctx))
			o.ok(talk.Hears(o.ctx, 1300))
			o.ok(talk.Hangup())
		}
		o.ok(call.Ended(o.ctx))
		list, err := handset.Listed(o.ctx, 0)
		o.ok(err)
		for _, l := range list {
			if l.Kind == sim.ListedMissed {
				o.t.Errorf("the handset lists %v", list)
			}
		}
		if calls := o.log(1); len(calls) != 1 || calls[0].Outcome != "answered" {
			o.t.Errorf("the log has %+v", calls)
		}
	})
}

// Both answer, and the second answer is on its way before its device can know of the first: each order. The first one wins, the second is ended.
func TestSpec_E18_AnAnswerCrossesTheCancel(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		core, handset := o.core()
		desk, carrier := o.phone("alice-desk"), o.carrier()
		call := o.call(carrier, numberMobile)
		rung, talk := o.rings(desk), o.picks(handset)
		rung.AnswerAcross()
		o.ok(talk.Answer())
		o.ok(call.Answered(o.ctx))
		o.ends(rung)
		o.speaks(call, talk)
		o.ok(talk.Hangup())
		o.ok(call.Ended(o.ctx))

		core.SetWord(sim.WordLate)
		call = o.call(carrier, numberMobile)
		rung, talk = o.rings(desk), o.picks(handset)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.ok(talk.Answer())
		o.talk(call, rung)
		_, _, err := talk.Ended(o.ctx)
		o.ok(err)
		o.ok(call.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))

		list, err := handset.Listed(o.ctx, 2)
		o.ok(err)
		if list[0].Kind != sim.ListedReceived || list[1].Kind != sim.ListedReceived {
			o.t.Errorf("the handset lists %v", list)
		}
		calls := o.log(2)
		if len(calls) != 2 || calls[1].answeredBy() != "native" || calls[0].answeredBy() != "sip_phone" {
			o.t.Errorf("the log has %+v", calls)
		}
	})
}

// ends wants a device that answered too late ended by BYE.
func (o *office) ends(c *softphone.Call) {
	o.t.Helper()
	o.ok(c.Ended(o.ctx))
	if c.Count("BYE") == 0 || c.Count("ACK") == 0 {
		o.t.Errorf("the late answer was not ended by ACK and BYE:\n%s", c.Ladder())
	}
}

// Unavailable in the Workspace: the native dialler rings all the same, alone, and the history says what happened.
func TestSpec_E9_E12_E19_UnavailableAndOnTheHandset(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		core, handset := o.core()
		web := o.phone("alice-web")
		id := o.alice()
		o.sets(id, "unavailable")
		o.lasts(id, "unavailable")
		outsider, err := core.Call("+33639980300", numberMobile)
		o.ok(err)
		talk := o.picks(handset)
		if !web.Idle() {
			o.t.Error("the Workspace of an unavailable user rang")
		}
		o.ok(talk.Answer())
		o.ok(outsider.Answered(o.ctx))
		if d := o.lasts(id, "in_call"); d.Device == nil || *d.Device != "native" {
			o.t.Errorf("she is %+v", d)
		}
		o.ok(outsider.Hangup())
		o.lasts(id, "unavailable")
		h := o.history(id)
		if got := strings.Join(h[len(h)-3:], " "); got != "unavailable in_call unavailable" {
			o.t.Errorf("the history is %v", h)
		}
	})
}
