package dialog_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// TestUnacknowledged2xxIsRepeatedAndThenEnded shows RFC 3261 section 13.3.1.4 to the tenth of a second.
func TestUnacknowledged2xxIsRepeatedAndThenEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		time.Sleep(40 * time.Second)
		s.expect("0.0 -> 200 INVITE", "0.5 -> 200 INVITE", "1.5 -> 200 INVITE", "3.5 -> 200 INVITE", "7.5 -> 200 INVITE",
			"11.5 -> 200 INVITE", "15.5 -> 200 INVITE", "19.5 -> 200 INVITE", "23.5 -> 200 INVITE", "27.5 -> 200 INVITE", "31.5 -> 200 INVITE",
			"32.0 -> BYE 1 them to 192.0.2.1:5060")
		s.answer(gosip.BYE, 200, "")
		s.expect("40.0 ! Ended {Reason:SIP;cause=408;text=\"No ACK\" By:3}")
		s.isOver()
	})
}

func TestHangupOfAnUnacknowledgedAnswerWaitsForTheAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		s.do(func() error { return s.leg.Hangup(message.Reason{}) })
		time.Sleep(600 * time.Millisecond)
		s.expect("0.0 -> 200 INVITE", "0.5 -> 200 INVITE")
		s.comes(gosip.ACK, 1)
		s.expect("0.6 -> BYE 1 them to 192.0.2.1:5060")
		s.answer(gosip.BYE, 100, "")
		s.expect()
		s.answer(gosip.BYE, 200, "")
		s.expect("0.6 ! Ended {Reason: By:2}")
		s.isOver()
	})
}

// What a leg carries is in the responses to its INVITE, a line for a line: nobody smuggles a header in.
func TestALegCarriesWhatItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error {
			s.leg.Carry(message.Field{Name: "History-Info", Value: "<sip:a@b>;index=1\r\nX-Evil: 1"})
			return s.leg.Ring(180, nil)
		})
		s.do(func() error {
			s.leg.Carry(message.Field{Name: "P-Asserted-Identity", Value: "<sip:c@d>"})
			return s.leg.Answer(message.SDP([]byte("v=0")))
		})
		var got []string
		for _, r := range s.responses() {
			got = append(got, fmt.Sprint(r.StatusCode, message.Values(r, "History-Info"), message.Values(r, "P-Asserted-Identity"), message.Values(r, "X-Evil")))
		}
		if want := []string{"180 [<sip:a@b>;index=1 X-Evil: 1] [] []", "200 [] [<sip:c@d>] []"}; !slices.Equal(got, want) {
			t.Errorf("said %q, want %q", got, want)
		}
	})
}

func TestTimerCIsRefreshedByRingingAndEndsTheInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 100, "")
		time.Sleep(100 * time.Second)
		s.answer(gosip.INVITE, 180, "a")
		time.Sleep(100 * time.Second)
		s.answer(gosip.INVITE, 100, "") // does not count
		time.Sleep(150 * time.Second)
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "100.0 ! Progress {Status:180 Tag:a Body:<nil>}", "280.0 -> CANCEL 1 to 192.0.2.1:5060",
			"312.0 ! Failed {Status:487 Phrase:Request Terminated Reason: Contacts:[]}")
		if s.leg.Over() {
			t.Error("the CANCEL has no answer yet")
		}
		s.fails(gosip.CANCEL, transaction.ErrTimeout)
		s.isOver()
	})
}

func TestLateAnswerOfALegThatIsGoneIsAcknowledgedAndEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 486, "a")
		s.isOver()
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 ! Failed {Status:486 Phrase:Busy Here Reason: Contacts:[]}")
		res := message.NewResponse(s.last(gosip.INVITE).r, 200, "", nil)
		to := *res.To()
		to.Params = gosip.HeaderParams{{K: "tag", V: "late"}}
		res.ReplaceHeader(&to)
		res.AppendHeader(&gosip.ContactHeader{Address: gosip.Uri{Scheme: "sip", Host: "203.0.113.9"}})
		from := transport.Flow{Network: transport.UDP, Remote: target(5060).Addr}
		s.end.Stray(res, from)
		s.expect("0.0 -> ACK 1 late to 192.0.2.1:5060", "0.0 -> BYE 2 late to 192.0.2.1:5060") // to where it came from, not to its Contact
		// The same by the transaction that still listens for forked answers: the owner has forgotten the leg.
		s.last(gosip.INVITE).reply(transaction.Reply{Response: res, Repeated: true})
		s.expect("0.0 -> ACK 1 late to 192.0.2.1:5060", "0.0 -> BYE 2 late to 192.0.2.1:5060")
		// A tag that we never made is not believed: nobody makes us send anything by inventing answers.
		f := *res.From()
		f.Params = gosip.HeaderParams{{K: "tag", V: "0123456789abcdef0123456789abcdef"}}
		res.ReplaceHeader(&f)
		s.end.Stray(res, from)
		s.expect()
	})
}

func TestRepeatedAnswerIsAcknowledgedAlsoAfterItsTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 200, "a")
		time.Sleep(40 * time.Second)
		res := message.NewResponse(s.last(gosip.INVITE).r, 200, "", nil)
		to := *res.To()
		to.Params = gosip.HeaderParams{{K: "tag", V: "a"}}
		res.ReplaceHeader(&to)
		s.end.Stray(res, transport.Flow{})
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> ACK 1 a to 192.0.2.1:5060", "0.0 ! Answered {Body:<nil>}", "40.0 -> ACK 1 a to 192.0.2.1:5060")
	})
}

func TestServersAreTriedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060, 5061, 5062)
		s.fails(gosip.INVITE, transaction.ErrTransport)
		s.fails(gosip.INVITE, transaction.ErrTimeout)
		s.answer(gosip.INVITE, 503, "x")
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> INVITE 2 to 192.0.2.1:5061", "0.0 -> INVITE 3 to 192.0.2.1:5062",
			"0.0 ! Failed {Status:503 Phrase:Service Unavailable Reason: Contacts:[]}")
		s.isOver()
	})
}

func TestNothingIsSentAfterAHangupBeforeItsServersAreKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var deliver func([]dialog.Hop)
		s.leg = s.end.Outbound(dialog.Outbound{Resolve: func(d func([]dialog.Hop)) { deliver = d }}, "x", s, 0)
		s.do(func() error { return s.leg.Hangup(message.Reason{}) })
		s.isOver()
		deliver([]dialog.Hop{{Target: target(5060)}})
		s.expect()
	})
}

func TestNoServerIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call()
		s.expect("0.0 ! Failed {Status:503 Phrase:No Server Found Reason: Contacts:[]}")
		s.isOver()
	})
}

func TestRedirectionListsItsContactsBestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 302, "x", func(r *gosip.Response) {
			for _, c := range []struct{ user, q string }{{"low", "0.1"}, {"high", "0.9"}} {
				r.AppendHeader(&gosip.ContactHeader{
					Address: gosip.Uri{Scheme: "sip", User: c.user, Host: "them.test"}, Params: gosip.HeaderParams{{K: "q", V: c.q}},
				})
			}
		})
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060",
			"0.0 ! Failed {Status:302 Phrase:Moved Temporarily Reason: Contacts:[<sip:high@them.test> <sip:low@them.test>]}")
	})
}

// TestGlareWaitsAsLongAsItsSideMust shows RFC 3261 section 14.1: the side that made the Call-ID waits 2.1 to 4 s, the other up to 2 s.
func TestGlareWaitsAsLongAsItsSideMust(t *testing.T) {
	for name, c := range map[string]struct {
		begin    func(*stage)
		from, to time.Duration
	}{
		"our Call-ID": {func(s *stage) {
			s.call(5060)
			s.answer(gosip.INVITE, 200, "them")
		}, 2100 * time.Millisecond, 4 * time.Second},
		"theirs": {func(s *stage) {
			s.called()
			s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
			s.comes(gosip.ACK, 1)
		}, 0, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				c.begin(s)
				s.do(func() error { return s.leg.Offer(message.SDP([]byte("v=0 mine"))) })
				for range 6 {
					met := time.Now()
					sent := s.count()
					s.answer(gosip.INVITE, 491, "")
					for s.count() == sent {
						time.Sleep(10 * time.Millisecond)
						synctest.Wait()
					}
					if waited := time.Since(met); waited < c.from || waited > c.to+10*time.Millisecond {
						t.Errorf("waited %v", waited)
					}
				}
				s.mu.Lock()
				s.ladder = nil
				s.mu.Unlock()
				s.answer(gosip.INVITE, 491, "") // enough is enough
				s.mu.Lock()
				defer s.mu.Unlock()
				if len(s.ladder) != 1 || s.ladder[0][len(s.ladder[0])-len("OfferEnded {Status:491 Body:<nil>}"):] != "OfferEnded {Status:491 Body:<nil>}" {
					t.Errorf("ladder %q", s.ladder)
				}
			})
		})
	}
}

func TestCallerWhoseConnectionClosesHasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Ring(180, nil) })
		s.end.Table.FlowClosed(7)
		s.expect("0.0 -> 180 INVITE", "0.0 -> 487 INVITE", "0.0 ! Cancelled {Reason:SIP;cause=480;text=\"Connection closed\"}")
		s.isOver()
	})
}

func TestClosedConnectionOfATrunkIsReplacedByItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		s.comes(gosip.ACK, 1)
		s.end.Table.FlowClosed(7) // an answered call does not depend on it
		s.do(func() error { return s.leg.Hangup(message.Reason{}) })
		s.fails(gosip.BYE, transport.ErrFlowGone)
		s.answer(gosip.BYE, 200, "")
		s.expect("0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}", "0.0 -> BYE 1 them to 192.0.2.1:5060", "0.0 -> BYE 2 them to 192.0.2.1:5062",
			"0.0 ! Ended {Reason: By:2}")
		s.isOver()
	})
}

func TestBothSidesHangUpAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		s.comes(gosip.ACK, 1)
		s.do(func() error { return s.leg.Hangup(message.Reason{}) })
		s.comes(gosip.BYE, 2)
		s.answer(gosip.BYE, 481, "")
		s.expect("0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}", "0.0 -> BYE 1 them to 192.0.2.1:5060", "0.0 -> 200 BYE", "0.0 ! Ended {Reason: By:2}")
		s.isOver()
	})
}

func TestWhatCannotBeSentAtOnceIsToldLikeEverythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.fail = errors.New("no route")
		s.call(5060)
		s.expect("0.0 ! Failed {Status:503 Phrase:Service Unavailable Reason: Contacts:[]}")
		s.isOver()
	})
}

func TestCommandsOutOfPlaceChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		for name, f := range map[string]func() error{
			"ring": func() error { return s.leg.Ring(180, nil) }, "answer": func() error { return s.leg.Answer(nil) },
			"reject":      func() error { return s.leg.Reject(486, message.Reason{}, "") },
			"acknowledge": func() error { return s.leg.Acknowledge(nil) }, "offer": func() error { return s.leg.Offer(nil) },
			"answer offer": func() error { return s.leg.AnswerOffer(nil) }, "refuse offer": func() error { return s.leg.RefuseOffer(488, "") },
			"info": func() error { return s.leg.Info(nil) }, "refer": func() error { return s.leg.Refer(message.Party{}, "") },
			"accept refer": s.leg.AcceptRefer, "refuse refer": func() error { return s.leg.RefuseRefer(603) },
			"report refer": func() error { return s.leg.ReportRefer(200) },
		} {
			if err := f(); !errors.Is(err, dialog.ErrNotNow) {
				t.Errorf("%s: %v", name, err)
			}
		}
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060")
	})
}

func TestRequestForALegWhoseOwnerIsBusyIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		deaf := sinkFunc(func(dialog.Event) bool { return false })
		s.leg = s.end.Inbound(dialog.Inbound{Tx: s.request(gosip.INVITE, 1, "v=0")}, deaf, 1)
		if got := s.end.Table.Request(s.request(gosip.BYE, 2, "")); got != dialog.OwnerBusy {
			t.Errorf("delivery %v", got)
		}
		other := s.request(gosip.BYE, 2, "")
		callID := gosip.CallIDHeader("other")
		other.r.ReplaceHeader(&callID)
		if got := s.end.Table.Request(other); got != dialog.NoSuchDialog {
			t.Errorf("our tag with another Call-ID: %v", got)
		}
	})
}

type sinkFunc func(dialog.Event) bool

func (f sinkFunc) Post(e dialog.Event) bool { return f(e) }

// TestTheNextServerIsTriedInTime: at once where one says that it cannot, after 1.6 s, three datagrams, where one says nothing.
func TestTheNextServerIsTriedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060, 5061, 5062)
		s.answer(gosip.INVITE, 503, "x")
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> INVITE 2 to 192.0.2.1:5061")
		time.Sleep(2 * time.Second)
		s.expect("1.6 -> INVITE 3 to 192.0.2.1:5062")
	})
}
