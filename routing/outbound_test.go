package routing

import (
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

func TestSpec_X15_UsersCallEachOthersExtension(t *testing.T) {
	inHouse(t, func(h *house) {
		alice := h.dials("alice", "202")
		h.sees(`
			alice.phone -> INVITE 202
			bruno <- INVITE bruno from 201 [offer to ?]`)
		h.lines["bruno"].does("180", ringing())
		h.lines["bruno"].does("200", answer("bruno answer"))
		h.sees(`
			bruno -> 180
			alice.phone <- 180
			bruno -> 200
			alice.phone <- 200 [answer to alice offer]
			bridge alice.phone = bruno`)
		if s := h.sw.UserStatus("alice"); s != UserInCall {
			t.Errorf("Alice is %s", s)
		}
		alice.does("BYE", bye())
		if r := h.record(); r.Direction != Internal || r.From != "201" || r.To != "202" || r.Outcome != OutcomeAnswered {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestExtensionThatCannotBeReachedSaysWhy(t *testing.T) {
	cases := map[string]struct {
		set  func(h *house)
		dial string
		want string
	}{
		"unknown":       {func(*house) {}, "299", "404 no extension 299 in this account"},
		"outgoing only": {func(*house) {}, "206", "404 no extension 206 in this account"},
		"own":           {func(*house) {}, "201", "486 this is your own extension"},
		"no phone":      {func(h *house) { h.phones["bruno@tandem"] = 0 }, "202", "480 this user is not available"},
		"set away":      {func(h *house) { h.snap.Users["bruno"].Availability = SetUnavailable }, "202", "480 this user is not available"},
		"in a call":     {func(h *house) { h.dials("bruno", "203") }, "202", "486 this user is in a call"},
		"not a number":  {func(*house) {}, "hello", "403 hello is not a number: dial an extension of three digits, or a number with its country code"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				c.set(h)
				h.forget()
				h.dials("alice", c.dial)
				h.sees("alice.phone -> INVITE " + c.dial + "\nalice.phone <- " + c.want)
			})
		})
	}
}

func TestSpec_X24_UnansweredColleagueTakesAMessage(t *testing.T) {
	inHouse(t, func(h *house) {
		alice := h.dials("alice", "203")
		h.lines["chloe"].does("180", ringing())
		h.forget()
		time.Sleep(31 * time.Second)
		h.sees(`
			chloe <- hang up
			alice.phone <- 200 [answer to alice offer]
			alice.phone hears chloe_greeting+beep`)
		alice.voice.heard()
		alice.voice.length = 4 * time.Second
		alice.does("BYE", bye())
		if r := h.record(); r.Voicemail == nil || len(r.Voicemail.For) != 1 || r.Voicemail.For[0] != "chloe" {
			t.Errorf("voicemail %+v", r.Voicemail)
		}
	})
}

func TestSpec_O1_CallOutShowsTheUsersNumber(t *testing.T) {
	inHouse(t, func(h *house) {
		alice := h.dials("alice", "0612345678")
		h.sees(`
			alice.phone -> INVITE 0612345678
			trunk:main <- INVITE +33612345678 from +33199001234 [offer to ?]`)
		out := h.lines["trunk:main"]
		if out.dial.Asserted == nil || out.dial.Asserted.User != "+33199001234" {
			t.Errorf("asserted %+v", out.dial.Asserted)
		}
		out.does("100", dialog.Progress{Status: 183})
		out.does("183", dialog.Progress{Status: 183, Body: message.SDP([]byte("early"))})
		h.sees(`
			trunk:main -> 100
			trunk:main -> 183
			alice.phone <- 183 [answer to alice offer]
			bridge alice.phone = trunk:main`)
		out.does("200", answer("other branch"))
		h.sees(`
			trunk:main -> 200
			alice.phone <- 200 [answer to alice offer]
			bridge alice.phone = trunk:main`)
		time.Sleep(time.Minute)
		out.does("BYE", bye())
		_ = alice
		r := h.record()
		if r.Direction != Outbound || r.From != "+33199001234" || r.To != "+33612345678" || r.NumberID != "support" || r.User != "alice" || r.EndedBy != "callee" {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestNextTrunkIsTriedUntilSomethingIsHeard(t *testing.T) {
	cases := map[string]struct {
		first []dialog.Signal
		next  bool
	}{
		"503":              {[]dialog.Signal{failure(503)}, true},
		"timeout":          {[]dialog.Signal{failure(408)}, true},
		"busy":             {[]dialog.Signal{failure(486)}, false},
		"503 after a ring": {[]dialog.Signal{ringing(), failure(503)}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.dials("alice", "0033612345678")
				h.forget()
				h.lines["trunk:main"].does("fails", c.first...)
				backup := h.lines["trunk:backup"]
				if (backup != nil) != c.next {
					t.Fatalf("the next trunk was tried: %t, want %t", backup != nil, c.next)
				}
				if !c.next {
					return
				}
				if backup.dial.To.User != "0612345678" || backup.dial.From.User != "0199001234" {
					t.Errorf("the national trunk gets %s from %s", backup.dial.To.User, backup.dial.From.User)
				}
				backup.does("200", answer("backup answer"))
				h.sees(`
					trunk:main -> fails
					trunk:backup <- INVITE 0612345678 from 0199001234 [offer to ?]
					trunk:backup -> 200
					alice.phone <- 200 [answer to alice offer]
					bridge alice.phone = trunk:backup`)
				if got := h.sw.TrunkCalls(); got["main"] != 0 || got["backup"] != 1 {
					t.Errorf("calls on trunks: %v", got)
				}
			})
		})
	}
}

func TestTrunkThatIsDownIsPassedOver(t *testing.T) {
	inHouse(t, func(h *house) {
		h.sw.TrunkChanged(sip.TrunkState{ID: "main", Up: false, LastStatus: 408})
		h.dials("alice", "+33612345678")
		h.sees(`
			alice.phone -> INVITE +33612345678
			trunk:backup <- INVITE 0612345678 from 0199001234 [offer to ?]`)
		h.sw.TrunkChanged(sip.TrunkState{ID: "backup", Up: false})
		h.dials("bruno", "+33612345678")
		h.sees(`
			bruno.phone -> INVITE +33612345678
			bruno.phone <- 503 no trunk can carry this call: check that a trunk with a server is set up for this account, and that it is up`)
	})
}

func TestSpec_O4_EmergencyComesBeforeEveryRule(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Accounts["acc"].Extensions["112"] = "bruno" // Never given out, and yet.
		h.sw.TrunkChanged(sip.TrunkState{ID: "backup", Up: false})
		h.snap.Trunks["main"].MaxCalls = 1
		h.rings("0199001234")
		h.forget()
		h.dials("farid", "112")
		h.sees(`
			farid.phone -> INVITE 112
			trunk:backup <- INVITE 112 from 0199001234 [offer to ?]`)
		h.lines["trunk:backup"].does("408", failure(408))
		h.sees(`
			trunk:backup -> 408
			trunk:main <- INVITE 112 from +33199001234 [offer to ?]`)
		h.lines["trunk:main"].does("200", answer("help"))
		h.sees(`
			trunk:main -> 200
			farid.phone <- 200 [answer to farid offer]
			bridge farid.phone = trunk:main`)
	})
}

func TestEmergencyNumbersOfTheCountry(t *testing.T) {
	for _, n := range []string{"112", "15", "17", "18", "114", "115", "119", "191", "196", "197", "911"} {
		if !emergency(n, "FR") {
			t.Errorf("%s is an emergency number in France", n)
		}
	}
	for _, n := range []string{"", "1", "201", "0112", "3615"} {
		if emergency(n, "FR") {
			t.Errorf("%s is none", n)
		}
	}
}

func TestCallOutEndsAsTheOtherNetworkSays(t *testing.T) {
	for status, want := range map[int]Outcome{486: OutcomeBusy, 603: OutcomeRejected, 404: OutcomeFailed, 480: OutcomeMissed} {
		inHouse(t, func(h *house) {
			h.dials("alice", "+33612345678")
			h.lines["trunk:main"].does("final", failure(status))
			r := h.record()
			if r.Outcome != want || r.Cause.SIP != status || r.Legs[0].Cause.SIP != status {
				t.Errorf("%d: outcome %s, want %s; cause %+v", status, r.Outcome, want, r.Cause)
			}
		})
	}
}

func TestCallerWhoCancelsACallOut(t *testing.T) {
	inHouse(t, func(h *house) {
		alice := h.dials("alice", "+33612345678")
		h.forget()
		alice.does("CANCEL", dialog.Cancelled{})
		h.sees(`
			alice.phone -> CANCEL
			trunk:main <- hang up (Q.850;cause=16)`)
		if r := h.record(); r.Outcome != OutcomeCancelled {
			t.Errorf("outcome %s", r.Outcome)
		}
	})
}

func TestUserCallsANumberOfTheHouse(t *testing.T) {
	inHouse(t, func(h *house) {
		h.dials("alice", "0199005678")
		h.sees(`
			alice.phone -> INVITE 0199005678
			bruno <- INVITE bruno from 201 [offer to ?]
			alice.phone <- 180`)
		if _, rung := h.lines["alice"]; rung {
			t.Error("Alice rings for her own call")
		}
	})
}
