package dialog_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

// with adds a header to an answer of the peer.
func with(name, value string) func(*gosip.Response) {
	return func(r *gosip.Response) { r.AppendHeader(gosip.NewHeader(name, value)) }
}

// holding gives it a session description.
func holding(text string) func(*gosip.Response) {
	return func(r *gosip.Response) { message.SetBody(r, message.SDP([]byte(text))) }
}

// reliably makes it one that wants a PRACK.
func reliably(rseq int) func(*gosip.Response) {
	return func(r *gosip.Response) {
		with("Require", "100rel")(r)
		with("RSeq", fmt.Sprint(rseq))(r)
	}
}

// header reads a header of the last request of a method.
func (s *stage) header(method gosip.RequestMethod, name string) string {
	s.t.Helper()
	return message.Value(s.last(method).r, name)
}

// gets hands over a request inside the dialog, with a body and headers.
func (s *stage) gets(method gosip.RequestMethod, seq uint32, body string, headers ...string) {
	s.t.Helper()
	in := s.request(method, seq, body)
	for i := 0; i+1 < len(headers); i += 2 {
		in.r.AppendHeader(gosip.NewHeader(headers[i], headers[i+1]))
	}
	if got := s.end.Table.Request(in); got != dialog.Delivered {
		s.t.Fatalf("%s: %v", method, got)
	}
	synctest.Wait()
}

// said is the last response of ours.
func (s *stage) answered() *gosip.Response {
	s.t.Helper()
	all := s.responses()
	if len(all) == 0 {
		s.t.Fatal("nothing was answered")
	}
	return all[len(all)-1]
}

// Reliable provisional responses are acknowledged each once and in their order, in the dialog of their branch (RFC 3262 section 4).
func TestReliableProvisionalsAreAcknowledgedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		if got := s.header(gosip.INVITE, "Supported"); got != "100rel, timer, replaces, norefersub" {
			t.Errorf("Supported %q", got)
		}
		s.answer(gosip.INVITE, 183, "a", reliably(7), holding("v=0 early"))
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> PRACK 2 a to 192.0.2.1:5060", early("a", "v=0 early"))
		if got := s.header(gosip.PRACK, "RAck"); got != "7 1 INVITE" {
			t.Errorf("RAck %q", got)
		}
		s.answer(gosip.INVITE, 183, "a", reliably(7), holding("v=0 early")) // a repeat
		s.answer(gosip.INVITE, 180, "a", reliably(9))                       // it overtook the one before it
		s.expect()
		s.answer(gosip.PRACK, 200, "")
		s.answer(gosip.INVITE, 180, "a", reliably(8))
		s.answer(gosip.INVITE, 180, "a", reliably(9))
		s.expect("0.0 -> PRACK 3 a to 192.0.2.1:5060", "0.0 ! Progress {Status:180 Tag:a Body:<nil>}",
			"0.0 -> PRACK 4 a to 192.0.2.1:5060", "0.0 ! Progress {Status:180 Tag:a Body:<nil>}")
		if got := s.header(gosip.PRACK, "RAck"); got != "9 1 INVITE" {
			t.Errorf("RAck %q", got)
		}
		s.answer(gosip.INVITE, 200, "a")
		s.expect("0.0 -> ACK 1 a to 192.0.2.1:5060", answered("v=0 early")) // what came early is the answer
		s.do(func() error { return s.leg.Hangup(message.Reason{}) })
		s.expect("0.0 -> BYE 5 a to 192.0.2.1:5060") // the numbers of the PRACKs are used up
	})
}

func early(tag, body string) string {
	return fmt.Sprintf("0.0 ! Progress {Status:183 Tag:%s Body:%s}", tag, pointer(body))
}

func answered(body string) string { return fmt.Sprintf("0.0 ! Answered {Body:%s}", pointer(body)) }

// pointer is how the ladder shows a body: the stage writes its text.
func pointer(body string) string { return "[" + body + "]" }

// Each branch of a fork downstream has an early dialog of its own, with its own PRACKs; one wins, and the 2xx of another one is ended.
func TestEveryBranchOfAForkHasItsOwnEarlyDialog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 183, "a", reliably(1), holding("v=0 a"))
		s.answer(gosip.INVITE, 183, "b", reliably(1), holding("v=0 b"))
		s.answer(gosip.INVITE, 183, "c", with("P-Early-Media", "sendrecv"), holding("v=0 c"))
		s.answer(gosip.INVITE, 199, "a", with("Reason", "SIP;cause=486"))
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060",
			"0.0 -> PRACK 2 a to 192.0.2.1:5060", early("a", "v=0 a"),
			"0.0 -> PRACK 2 b to 192.0.2.1:5060", early("b", "v=0 b"),
			early("c", "v=0 c"), "0.0 ! Progress {Status:199 Tag:a Body:<nil>}")
		s.answer(gosip.INVITE, 200, "b")
		s.answer(gosip.INVITE, 200, "c")
		s.expect("0.0 -> ACK 1 b to 192.0.2.1:5060", answered("v=0 b"),
			"0.0 -> ACK 1 c to 192.0.2.1:5060", "0.0 -> BYE 2 c to 192.0.2.1:5060")
	})
}

// An offer that comes in a reliable response, to an INVITE without one, is answered in the PRACK (RFC 3262 section 5), and nothing is left for the ACK.
func TestEarlyOfferIsAnsweredInThePrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.outbound(dialog.Outbound{Reliable: dialog.ReliableLate}, 5060)
		s.answer(gosip.INVITE, 183, "a", reliably(5), holding("v=0 theirs"))
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 ! EarlyOffered {Status:183 Tag:a Body:[v=0 theirs]}")
		s.do(func() error { return s.leg.AnswerEarly(message.SDP([]byte("v=0 ours"))) })
		s.expect("0.0 -> PRACK 2 a to 192.0.2.1:5060")
		if got := string(s.last(gosip.PRACK).r.Body()); got != "v=0 ours" {
			t.Errorf("PRACK with %q", got)
		}
		s.answer(gosip.PRACK, 200, "")
		s.answer(gosip.INVITE, 200, "a")
		s.expect("0.0 -> ACK 1 a to 192.0.2.1:5060", answered("v=0 theirs"))
	})
}

// What an INVITE says of reliability is a matter of its settings.
func TestReliabilityIsAskedForAsItIsSet(t *testing.T) {
	offer := message.SDP([]byte("v=0"))
	for _, c := range []struct {
		out                 dialog.Outbound
		supported, required string
	}{
		{dialog.Outbound{Offer: offer}, "100rel, timer, replaces, norefersub", ""},
		{dialog.Outbound{}, "timer, replaces, norefersub", ""},
		{dialog.Outbound{Reliable: dialog.ReliableLate}, "100rel, timer, replaces, norefersub", ""},
		{dialog.Outbound{Offer: offer, Reliable: dialog.ReliableRequired}, "100rel, timer, replaces, norefersub", "100rel"},
		{dialog.Outbound{Offer: offer, Reliable: dialog.ReliableOff, Refresh: dialog.Refresh{Every: -1}}, "replaces, norefersub", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.outbound(c.out, 5060)
			if got := s.header(gosip.INVITE, "Supported"); got != c.supported {
				t.Errorf("Supported %q, want %q", got, c.supported)
			}
			if got := s.header(gosip.INVITE, "Require"); got != c.required {
				t.Errorf("Require %q, want %q", got, c.required)
			}
		})
	}
}

// A caller that can acknowledge gets its early media reliably: repeated at T1 doubling, in order, and the 2xx waits for the PRACK (RFC 3262 section 3).
func TestProvisionalsAreRepeatedUntilTheirPrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Supported", "100rel")
		s.do(func() error { return s.leg.Ring(180, nil) }) // nothing to lose: plain
		s.do(func() error { return s.leg.Ring(183, message.SDP([]byte("v=0 ours"))) })
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0 ours"))) })
		time.Sleep(4 * time.Second)
		s.expect("0.0 -> 180 INVITE", "0.0 -> 183 INVITE", "0.5 -> 183 INVITE", "1.5 -> 183 INVITE", "3.5 -> 183 INVITE")
		rung := s.answered()
		if !message.Supports(rung, "Require", "100rel") {
			t.Errorf("Require %q", message.Value(rung, "Require"))
		}
		rseq := message.Value(rung, "RSeq")
		s.gets(gosip.PRACK, 2, "", "RAck", "1 1 INVITE") // of nothing
		s.gets(gosip.PRACK, 3, "", "RAck", "nonsense")
		s.gets(gosip.PRACK, 4, "", "RAck", rseq+" 1 INVITE")
		s.expect("4.0 -> 481 PRACK", "4.0 -> 400 PRACK", "4.0 -> 200 PRACK", "4.0 -> 200 INVITE")
		if got := s.answered(); len(got.Body()) != 0 {
			t.Errorf("the 200 repeats what was agreed: %q", got.Body())
		}
		s.comes(gosip.ACK, 1)
		s.expect("4.0 ! Confirmed {Body:<nil>}")
	})
}

// Where the caller requires it, each provisional response waits for the PRACK of the one before.
func TestRequiredProvisionalsGoOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Require", "100rel")
		s.do(func() error { return s.leg.Ring(180, nil) })
		first := message.Value(s.answered(), "RSeq")
		s.do(func() error { return s.leg.Ring(183, message.SDP([]byte("v=0 ours"))) })
		s.expect("0.0 -> 180 INVITE")
		s.gets(gosip.PRACK, 2, "", "RAck", first+" 1 INVITE")
		s.expect("0.0 -> 200 PRACK", "0.0 -> 183 INVITE")
		var a, b int
		_, _ = fmt.Sscan(first, &a)
		_, _ = fmt.Sscan(message.Value(s.answered(), "RSeq"), &b)
		if b != a+1 {
			t.Errorf("RSeq %d after %d", b, a)
		}
		s.do(func() error { return s.leg.Reject(486, message.Reason{}, "") }) // a refusal waits for nothing
		time.Sleep(time.Minute)
		s.expect("0.0 -> 486 INVITE")
		s.isOver()
	})
}

func TestCallerThatNeverAcknowledgesIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Require", "100rel")
		s.do(func() error { return s.leg.Ring(180, nil) })
		time.Sleep(40 * time.Second)
		s.expect("0.0 -> 180 INVITE", "0.5 -> 180 INVITE", "1.5 -> 180 INVITE", "3.5 -> 180 INVITE", "7.5 -> 180 INVITE", "15.5 -> 180 INVITE",
			"31.5 -> 180 INVITE", "32.0 -> 504 INVITE", "32.0 ! Cancelled {Reason:SIP;cause=504;text=\"No PRACK\"}")
		s.isOver()
	})
}

// A PRACK may bring the answer to our offer, or a new offer once the first has its answer (RFC 3262 section 5).
func TestPrackBringsAnswersAndOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.calledWith("", "Supported", "100rel")
		s.do(func() error { return s.leg.Ring(183, message.SDP([]byte("v=0 our offer"))) })
		s.gets(gosip.PRACK, 2, "v=0 their answer", "RAck", message.Value(s.answered(), "RSeq")+" 1 INVITE")
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0 our offer"))) })
		s.comes(gosip.ACK, 1)
		s.expect("0.0 -> 183 INVITE", "0.0 -> 200 PRACK", "0.0 ! EarlyConfirmed {Body:[v=0 their answer]}", "0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}")
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Supported", "100rel")
		s.do(func() error { return s.leg.Ring(183, message.SDP([]byte("v=0 our answer"))) })
		s.gets(gosip.PRACK, 2, "v=0 new offer", "RAck", message.Value(s.answered(), "RSeq")+" 1 INVITE")
		s.expect("0.0 -> 183 INVITE", "0.0 ! Offered {Body:[v=0 new offer] Tag:}")
		s.do(func() error { return s.leg.AnswerOffer(message.SDP([]byte("v=0 new answer"))) })
		s.expect("0.0 -> 200 PRACK")
		if got := string(s.answered().Body()); got != "v=0 new answer" {
			t.Errorf("200 with %q", got)
		}
	})
}

// A caller that hangs up before its PRACK leaves nothing behind.
func TestCancelledBeforeThePrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Supported", "100rel")
		s.do(func() error { return s.leg.Ring(183, message.SDP([]byte("v=0"))) })
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		s.end.Table.FlowClosed(7)
		time.Sleep(time.Minute)
		s.expect("0.0 -> 183 INVITE", "0.0 -> 487 INVITE", "0.0 ! Cancelled {Reason:SIP;cause=480;text=\"Connection closed\"}")
		s.isOver()
	})
}
