package routing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// voicemailWay is one of the ways in which an operator's voicemail takes a handset's leg.
type voicemailWay struct {
	name  string
	takes func(v *voicemailCall)
}

// voicemailCall is one call on which the voicemail tries its luck.
type voicemailCall struct {
	h     *house
	core  *fakeLine
	dice  *rand.Rand
	phone string // "off" "busy" "no answer"
	timer time.Duration
	known bool // to us
}

// waits lets a random time pass.
func (v *voicemailCall) waits(from, to time.Duration) {
	v.h.later(from + time.Duration(v.dice.Int64N(int64(to-from)+1)))
}

// diverts waits as long as the core does before it diverts: at once, after paging, or when the phone rang for the operator's time.
func (v *voicemailCall) diverts(first ...dialog.Signal) {
	switch v.phone {
	case "off":
		v.waits(time.Millisecond, 300*time.Millisecond)
	case "busy":
		v.waits(20*time.Millisecond, time.Second)
	case "no answer":
		v.waits(1400*time.Millisecond, 6*time.Second)
		for _, s := range first {
			v.says(s)
		}
		v.forwards()
	}
}

// forwards waits until the voicemail answers: the operator's timer, a little early or late, and what it takes to set up the call.
func (v *voicemailCall) forwards() {
	const early = 250 * time.Millisecond
	if v.known {
		v.waits(v.timer-early, v.timer+3*time.Second)
		return
	}
	v.waits(v.timer-early, v.timer+650*time.Millisecond)
}

// says lets the core speak, unless we ended the leg before.
func (v *voicemailCall) says(s dialog.Signal) {
	if !v.core.over {
		v.core.does(fmt.Sprintf("%T", s), s)
	}
}

func voicemailWays() []voicemailWay {
	return []voicemailWay{
		{"in 300 ms", func(v *voicemailCall) {
			v.waits(200*time.Millisecond, 400*time.Millisecond)
			if v.dice.IntN(2) == 0 {
				v.says(paged())
			}
			v.says(takes())
		}},
		{"at the operator's timer", func(v *voicemailCall) {
			v.waits(time.Millisecond, 100*time.Millisecond)
			v.says(paged()) // A core that rings for a phone that is off or busy, too.
			v.forwards()
			v.says(takes())
		}},
		{"with 181", func(v *voicemailCall) {
			v.diverts(paged())
			v.says(dialog.Progress{Status: 181, Head: said()})
			v.waits(0, 2*time.Second)
			v.says(takes())
		}},
		{"with History-Info", func(v *voicemailCall) {
			v.diverts(paged())
			entry := "<sip:+33639980201@ims.example>;index=1, <sip:888@vm.example;cause=" + []string{"302", "404", "408", "486", "487", "503"}[v.dice.IntN(6)] + ">;index=1.1"
			if v.dice.IntN(2) == 0 {
				v.says(paged("History-Info", entry))
			}
			v.says(takes("History-Info", entry))
		}},
		{"with another identity", func(v *voicemailCall) {
			v.diverts(paged())
			v.says(paged())
			v.waits(0, 4*time.Second)
			v.says(takes("P-Asserted-Identity", `"Messagerie" <sip:+33639980888@vm.example>`))
		}},
		{"without 180", func(v *voicemailCall) {
			v.diverts()
			v.waits(0, 3*time.Second)
			v.says(takes())
		}},
	}
}

// TestSpec_E8_TestCore_A2: the deflection matrix. The voicemail wins no call, the desk rings on, and who answers there is bridged.
func TestSpec_E8_TheOperatorsVoicemailNeverWins(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 60
	}
	for _, way := range voicemailWays() {
		for _, phone := range []string{"off", "busy", "no answer"} {
			t.Run(way.name+"/"+phone, func(t *testing.T) {
				inMobileHouse(t, func(h *house) {
					h.sw.log = quiet()
					dice := rand.New(rand.NewPCG(uint64(len(way.name)), uint64(len(phone))))
					for i := range runs {
						timer := []time.Duration{0, 10 * time.Second, 15 * time.Second}[dice.IntN(3)]
						h.sw.dir.Snapshot().Operators["moba"].NoReplyTimer = timer
						if timer == 0 { // It is not known, and longer than we let the handset ring, or one of those that a network lets be set.
							timer = []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 25 * time.Second}[dice.IntN(4)]
						}
						h.deflects(i, way, &voicemailCall{h: h, dice: dice, phone: phone, timer: timer, known: h.sw.dir.Snapshot().Operators["moba"].NoReplyTimer > 0})
					}
				})
			})
		}
	}
}

// deflects plays one call.
func (h *house) deflects(run int, way voicemailWay, v *voicemailCall) {
	h.t.Helper()
	h.lines, h.named, h.steps = map[string]*fakeLine{}, map[string]int{}, nil
	h.sw.handsets.woke(aliceDirect)
	h.dial30(func() {
		caller := h.rings(aliceDirect)
		desk := h.lines["alice"]
		desk.does("180", ringing())
		v.core = h.lines["trunk:core"]
		way.takes(v)
		if desk.over || caller.over || slices.ContainsFunc(h.steps, func(s string) bool { return strings.HasPrefix(s, "bridge") || strings.HasPrefix(s, "carrier <- 200") }) {
			h.t.Fatalf("run %d, timer %v: the voicemail took the call\n%s", run, v.timer, strings.Join(h.steps, "\n"))
		}
		v.waits(0, 4*time.Second)
		if desk.over {
			h.t.Fatalf("run %d: the desk rings no more\n%s", run, strings.Join(h.steps, "\n"))
		}
		desk.does("200", answer("alice answer"))
		if !slices.Contains(h.steps, "bridge carrier = alice") || !v.core.over {
			h.t.Fatalf("run %d: the person at the desk is not bridged\n%s", run, strings.Join(h.steps, "\n"))
		}
		caller.does("BYE", bye())
		h.later(time.Second)
	})
}

// dial30 lets a story run in a flow that rings for as long as it takes.
func (h *house) dial30(story func()) {
	h.sw.dir.Snapshot().Flows["direct"].Nodes["ring"].RingTo.RingForSeconds = 120
	story()
}

func TestSpec_E8_APersonOnAProvenOperatorIsBridgedAtOnce(t *testing.T) {
	for _, after := range []time.Duration{300 * time.Millisecond, 2 * time.Second, 10 * time.Second} {
		inMobileHouse(t, func(h *house) {
			h.moba(func(o *Operator) { o.ProvenClean, o.NoReplyTimer = true, 10*time.Second })
			h.rings(aliceDirect)
			core := h.lines["trunk:core"]
			h.later(after)
			h.forget()
			began := time.Now()
			core.does("200", takes())
			if took := time.Since(began); took > 150*time.Millisecond {
				t.Errorf("bridged after %v", took)
			}
			h.sees(`
				trunk:core -> 200
				alice <- hang up (SIP;cause=200)
				carrier <- 200 [answer to carrier offer]
				bridge carrier = trunk:core`)
		})
	}
}

func TestSpec_E8_WhoIsSuspectedIsAskedToPressOne(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller := h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(400 * time.Millisecond)
		h.forget()
		core.does("200", takes()) // too soon, and without ringing
		h.sees(`
			trunk:core -> 200
			trunk:core hears press_one looped`)
		if caller.over || h.lines["alice"].over {
			t.Fatal("a suspect stops the others")
		}
		h.later(4 * time.Second)
		core.voice.presses("2")
		core.voice.presses("1")
		h.sees(`
			trunk:core -> key 2
			trunk:core -> key 1
			trunk:core hears silence
			alice <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = trunk:core`)
		caller.does("BYE", bye())
		r := h.record()
		if r.Outcome != OutcomeAnswered || r.Legs[2].AnsweredAt.Sub(r.StartedAt) != 4400*time.Millisecond || h.sw.Counters().Deflections["moba"] != 0 {
			t.Errorf("%s, answered %v, deflections %v", r.Outcome, r.Legs[2].AnsweredAt.Sub(r.StartedAt), h.sw.Counters().Deflections)
		}
	})
}

func TestSpec_E8_WhoPressesNothingIsAMachine(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller := h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(400 * time.Millisecond)
		core.does("200", takes())
		h.forget()
		h.later(4999 * time.Millisecond)
		h.sees("") // five seconds are theirs
		h.later(time.Millisecond)
		h.sees("trunk:core <- hang up")
		if h.lines["alice"].over || h.sw.Counters().Deflections["moba"] != 1 {
			t.Errorf("desk over %v, deflections %v", h.lines["alice"].over, h.sw.Counters().Deflections)
		}
		h.lines["alice"].does("200", answer("alice answer"))
		caller.does("BYE", bye())
		if notes := handsetNotes(h.record()); !slices.Equal(notes, []string{"deflected:no_key"}) {
			t.Errorf("handset %v", notes)
		}
	})
}

func TestSpec_E8_AnotherDevicesAnswerWinsWhileTheSuspectIsAsked(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(400 * time.Millisecond)
		core.does("200", takes())
		h.later(2 * time.Second)
		h.forget()
		h.lines["alice"].does("200", answer("alice answer"))
		h.sees(`
			alice -> 200
			trunk:core <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = alice`)
	})
}

func TestSpec_E8_ASuspectThatHangsUpIsAMachine(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(400 * time.Millisecond)
		core.does("200", takes())
		core.does("BYE", bye())
		if h.lines["alice"].over || h.sw.Counters().Deflections["moba"] != 1 {
			t.Errorf("desk over %v, deflections %v", h.lines["alice"].over, h.sw.Counters().Deflections)
		}
	})
}

func TestSpec_E8_ConfirmSaysWhenToAsk(t *testing.T) {
	for confirm, want := range map[Confirm]string{ConfirmAlways: "asked", ConfirmSuspect: "bridged", ConfirmNever: "bridged"} {
		inMobileHouse(t, func(h *house) {
			h.moba(func(o *Operator) { o.Confirm, o.ProvenClean = confirm, true })
			h.rings(aliceDirect)
			h.later(2 * time.Second)
			h.lines["trunk:core"].does("180", paged())
			h.later(2 * time.Second)
			h.lines["trunk:core"].does("200", takes())
			got := "asked"
			if slices.Contains(h.steps, "bridge carrier = trunk:core") {
				got = "bridged"
			}
			if got != want {
				t.Errorf("%s: a person is %s, want %s", confirm, got, want)
			}
		})
	}
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.Confirm = ConfirmNever })
		h.rings(aliceDirect)
		h.lines["trunk:core"].does("200", takes())
		if !h.lines["trunk:core"].over || h.lines["alice"].over || h.sw.Counters().Deflections["moba"] != 1 {
			t.Error("with confirm never, a suspect is not ended at once")
		}
	})
}

func TestSpec_E8_TheFlowGoesOnWhenTheMachineWasTheLast(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.alice(func(u *User) { u.Availability = SetUnavailable })
		h.rings(aliceDirect)
		h.lines["trunk:core"].does("181", dialog.Progress{Status: 181, Head: said()})
		if !slices.Contains(h.steps, "carrier hears greeting+beep") {
			t.Errorf("our own voicemail does not take the call:\n%s", strings.Join(h.steps, "\n"))
		}
	})
}

// A redirection that we wrote ourselves comes back in responses (RFC 7044): it is no sign of a machine.
func TestOurOwnHistoryBetraysNobody(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.WriteHistory = WriteBoth })
		h.rings(aliceDirect, func(a *sip.Attempt) {
			a.Head = said("Diversion", "<sip:+33199009999@carrier.example>;reason=user-busy")
		})
		core := h.lines["trunk:core"]
		var sent []string
		for _, f := range core.dial.Headers {
			if f.Name == "History-Info" {
				sent = append(sent, f.Value)
			}
		}
		if len(sent) != 2 || header(&core.dial, "Diversion") == "" {
			t.Fatalf("redirections are not told: %+v", core.dial.Headers)
		}
		h.later(2 * time.Second)
		core.does("180", paged("History-Info", strings.Join(sent, ", ")))
		h.later(2 * time.Second)
		core.does("200", takes("History-Info", strings.Join(sent, ", ")))
		if !slices.Contains(h.steps, "bridge carrier = trunk:core") {
			t.Errorf("the person is not bridged:\n%s", strings.Join(h.steps, "\n"))
		}
	})
}

func TestSpec_E8_VoiceOfTheVoicemailsServerIsAMachine(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.MediaServers = prefixes("203.0.113.0/24") })
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(2 * time.Second)
		core.does("200", dialog.Answered{Head: said(), Body: message.SDP([]byte("v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"))})
		if !core.over || h.lines["alice"].over {
			t.Error("the voicemail's server is not known by its voice")
		}
	})
}

func TestTheJudgeBelievesSignsBeforeTheClock(t *testing.T) {
	for _, row := range []struct {
		clean   bool
		confirm Confirm
		sign    ims.Sign
		want    verdict
	}{
		{false, ConfirmSuspect, ims.NoSign, person},
		{false, "", ims.NoSign, person},
		{false, ConfirmAlways, ims.NoSign, suspect},
		{false, ConfirmNever, ims.NoSign, person},
		{false, ConfirmSuspect, ims.SignTooSoon, suspect},
		{false, "", ims.SignOnTimer, suspect},
		{false, ConfirmNever, ims.SignNoRinging, machine},
		{true, ConfirmSuspect, ims.SignTooSoon, person},
		{true, ConfirmAlways, ims.SignTooSoon, suspect},
		{true, ConfirmNever, ims.SignOnTimer, person},
		{true, ConfirmSuspect, ims.SignHistory, machine},
		{false, ConfirmAlways, ims.SignForwarded, machine},
		{false, ConfirmSuspect, ims.SignDiversion, machine},
		{false, ConfirmSuspect, ims.SignIdentity, machine},
		{false, ConfirmSuspect, ims.SignContact, machine},
		{false, ConfirmSuspect, ims.SignMediaServer, machine},
	} {
		if got := (&Operator{ProvenClean: row.clean, Confirm: row.confirm}).judge(row.sign); got != row.want {
			t.Errorf("clean %v, confirm %q, sign %q: %d, want %d", row.clean, row.confirm, row.sign, got, row.want)
		}
	}
}
