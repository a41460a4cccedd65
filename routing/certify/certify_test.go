package certify

import (
	"strings"
	"testing"
	"time"
)

// fine is a carrier that does everything.
func fine() *Seen {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	change := func(direction string) *ChangeSeen {
		return &ChangeSeen{Status: 200, Direction: direction, Received: 50}
	}
	return &Seen{
		At:           at,
		Options:      &OptionsSeen{Server: "192.0.2.1:5060", Status: 200, RTT: 3 * time.Millisecond},
		Registration: &RegistrationSeen{Wanted: true, Until: at.Add(time.Minute)},
		Certificate:  &CertificateSeen{TLS: true, Names: "sip.example", Expires: at.Add(90 * 24 * time.Hour)},
		Call: &CallSeen{
			Ringing: 183, Early: true, Reliable: true, Answered: true, Allows: []string{"INVITE", "UPDATE", "INFO"}, Expires: "1800;refresher=uac",
			Offer: []string{"PCMA", "PCMU", "telephone-event"}, Picked: []string{"PCMA", "telephone-event"},
			Audio:  &AudioSeen{Sent: 150, Received: 149, Codec: "PCMA", For: 3 * time.Second, MOS: 4.3},
			Digits: &DigitsSeen{Sent: "159#", Events: true}, Hold: change("recvonly"), Resume: change("sendrecv"), Fax: &ChangeSeen{Status: 488},
			Left: true, Ended: true, Terms: Terms{Digits: "auto"},
		},
		Cancel: &CallSeen{Ringing: 180, Left: true, Ended: true, EndedIn: 40 * time.Millisecond, Status: 487},
		Large:  &CallSeen{Ringing: 180, Left: true, Ended: true, Status: 487, Size: 1463},
		Wrong:  &CallSeen{Status: 404, Phrase: "Not Found"},
	}
}

func TestACarrierThatDoesEverythingPasses(t *testing.T) {
	var sheet Sheet
	sheet.Finish(Judge(fine(), Steps()), time.Second)
	if !sheet.Passed || sheet.Count(Pass) != len(Steps()) {
		t.Errorf("%s: %+v", sheet.Summary(), sheet.Steps)
	}
	for _, r := range sheet.Steps {
		if r.Name == "" || r.Standard == "" || r.Seen == "" || r.Advice != "" {
			t.Errorf("%+v", r)
		}
	}
}

// Each misbehaviour is the fault of one step, which says what to tell the carrier, and of no other.
func TestEachMisbehaviourFailsItsStep(t *testing.T) {
	for _, s := range []struct {
		step Step
		is   func(*Seen)
		says string
	}{
		{Options, func(s *Seen) { s.Options.Status, s.Options.RTT = 408, 0 }, "did not answer"},
		{Options, func(s *Seen) { s.Options.Status = 503 }, "503"},
		{Options, func(s *Seen) { s.Options.Status = 0 }, "no server"},
		{Registration, func(s *Seen) { s.Registration.Until, s.Registration.Status = time.Time{}, 403 }, "403"},
		{Certificate, func(s *Seen) { s.Certificate.Refused = "for another name" }, "another name"},
		{Certificate, func(s *Seen) { s.Certificate.Names, s.Certificate.Refused = "", "no handshake" }, "no handshake"},
		{Certificate, func(s *Seen) { s.Certificate.Expires = s.At.Add(24 * time.Hour) }, "2026-11-23"},
		{Answer, func(s *Seen) { s.Call = &CallSeen{Ringing: 180, Status: 486, Phrase: "Busy Here"} }, "486 Busy Here"},
		{Ringing, func(s *Seen) { s.Call.Ringing, s.Call.Answered = 0, false }, "nothing but 100"},
		{Codecs, func(s *Seen) { s.Call.Picked = []string{"G729"} }, "G729"},
		{Codecs, func(s *Seen) { s.Call.Media = "no codec in common" }, "no codec in common"},
		{Audio, func(s *Seen) { s.Call.Audio.Received = 0; s.Call.Resume.Received = 0 }, "none came"},
		{Audio, func(s *Seen) { s.Call.Audio.Received = 9 }, "only 9"},
		{Audio, func(s *Seen) { s.Call.Audio.Lost = 20 }, "20 were lost"},
		{CallerID, func(s *Seen) { s.Call.Status, s.Call.Phrase = 403, "Forbidden" }, "403 Forbidden"},
		{Digits, func(s *Seen) { s.Call.Terms.Digits, s.Call.Digits.Events = "rfc4733", false }, "not taken"},
		{Digits, func(s *Seen) { s.Call.Terms.Digits, s.Call.Allows = "info", []string{"INVITE", "UPDATE"} }, "no INFO"},
		{Reliable, func(s *Seen) { s.Call.Terms.ReliableRequired, s.Call.Reliable = true, false }, "no PRACK"},
		{Timer, func(s *Seen) { s.Call.Expires = "60;refresher=uas" }, "60 s"},
		{Timer, func(s *Seen) { s.Call.Expires = "soon" }, "soon"},
		{Timer, func(s *Seen) { s.Call.Expires = "1800" }, "no refresher"},
		{Hold, func(s *Seen) { s.Call.Hold = &ChangeSeen{Status: 488} }, "488"},
		{Hold, func(s *Seen) { s.Call.Hold.Direction = "sendrecv" }, "sendrecv"},
		{Resume, func(s *Seen) { s.Call.Resume.Received = 0 }, "no voice"},
		{Resume, func(s *Seen) { s.Call.Resume = &ChangeSeen{Status: 200, Direction: "inactive"} }, "inactive"},
		{Fax, func(s *Seen) { s.Call.Fax = &ChangeSeen{Status: 500} }, "500"},
		{Fax, func(s *Seen) { s.Call.Fax.Over = true }, "ended"},
		{Hangup, func(s *Seen) { s.Call.Ended = false }, "no answer to BYE"},
		{Hangup, func(s *Seen) { s.Call.PeerLeft = true }, "before we did"},
		{Cancel, func(s *Seen) { s.Cancel.Ended = false }, "within 5 s"},
		{Cancel, func(s *Seen) { s.Cancel.Answered = true }, "answered the call"},
		{Cancel, func(s *Seen) { s.Cancel.Status = 480 }, "480"},
		{Large, func(s *Seen) { s.Large = &CallSeen{Status: 513, Phrase: "Message Too Large"} }, "513"},
		{Wrong, func(s *Seen) { s.Wrong = &CallSeen{Answered: true} }, "answered"},
		{Wrong, func(s *Seen) { s.Wrong = &CallSeen{Status: 500} }, "500"},
	} {
		seen := fine()
		s.is(seen)
		for _, r := range Judge(seen, Steps()) {
			switch {
			case r.Step == s.step && (r.Verdict != Fail || r.Advice == "" || !strings.Contains(r.Seen, s.says)):
				t.Errorf("%s, which %s: %+v", s.step, s.says, r)
			case r.Step != s.step && r.Verdict == Fail && s.says != "nothing but 100": // Who does not ring does not answer either.
				t.Errorf("%s, which %s, fails %s: %s", s.step, s.says, r.Step, r.Seen)
			}
		}
	}
}

func TestWhatIsLeftOutIsNoFault(t *testing.T) {
	seen := fine()
	seen.Call.Reliable, seen.Call.Expires, seen.Call.Allows, seen.Call.Ringing = false, "", nil, 0
	for _, r := range Judge(seen, []Step{Reliable, Timer, Update, Ringing}) {
		if r.Verdict != NotOffered {
			t.Errorf("%+v", r)
		}
	}
	seen = &Seen{At: time.Now(), NoTime: true}
	for _, r := range Judge(seen, Steps()) {
		if r.Verdict != Skipped || r.Seen == "" {
			t.Errorf("nothing was tried: %+v", r)
		}
	}
}

// What a peer wrote stays in its cell.
func TestTheLetterIsATableWhateverAPeerWrote(t *testing.T) {
	seen := fine()
	seen.Wrong = &CallSeen{Status: 500, Phrase: "a|b\n# <b>[x](y)"}
	sheet := Sheet{Name: "Opér|ateur", To: "+33639980200", From: "+33199001001", StartedAt: seen.At}
	sheet.Finish(Judge(seen, Steps()), time.Second)
	text := sheet.Markdown()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 5 {
			t.Errorf("not four cells: %q", line)
		}
	}
	if !strings.Contains(text, "## To be changed") || strings.Contains(text, "<b>") || strings.Contains(text, "](") && !strings.Contains(text, `\](`) {
		t.Errorf("the letter is %s", text)
	}
}
