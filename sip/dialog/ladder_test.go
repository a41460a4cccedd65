package dialog_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// stage is a leg with a scripted peer in place of the wire. Everything that happens is a line of its ladder, with the time since the
// start: "->" what we send, "!" what the owner is told.
type stage struct {
	t     *testing.T
	start time.Time
	end   *dialog.Endpoint
	leg   *dialog.Leg

	mailbox chan dialog.Event
	closed  chan struct{}

	own sync.Mutex // held by whoever acts as the leg's owner

	mu     sync.Mutex
	ladder []string
	sent   []sending
	said   []*gosip.Response
	fail   error // what sending fails with
}

type sending struct {
	r     *gosip.Request
	to    transport.Target
	reply func(transaction.Reply)
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, start: time.Now(), mailbox: make(chan dialog.Event, 64), closed: make(chan struct{})}
	s.end = dialog.New(dialog.Endpoint{
		Sender:  s,
		Contact: func(transport.Target) gosip.Uri { return gosip.Uri{Scheme: "sip", Host: "us.test"} },
	})
	heads := regexp.MustCompile(` Head:\{from:[^}]*\}`) // a pointer, another in each run
	bodies := regexp.MustCompile(`Body:0x[0-9a-f]+`)
	go func() {
		for {
			select {
			case e := <-s.mailbox:
				s.own.Lock()
				for _, sig := range s.leg.Step(e) {
					line := heads.ReplaceAllString(fmt.Sprintf("%T %+v", sig, sig), "")
					s.note("! " + bodies.ReplaceAllString(line, "Body:["+textOf(sig)+"]"))
				}
				s.own.Unlock()
			case <-s.closed:
				return
			}
		}
	}()
	t.Cleanup(func() { close(s.closed) })
	return s
}

// textOf is the session description of a signal.
func textOf(s dialog.Signal) string {
	f := reflect.ValueOf(s).FieldByName("Body")
	if !f.IsValid() || f.IsNil() {
		return ""
	}
	return string(f.Interface().(*message.Body).Bytes)
}

func (s *stage) Post(e dialog.Event) bool {
	select {
	case s.mailbox <- e:
		return true
	default:
		return false
	}
}

func (s *stage) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line = strings.ReplaceAll(line, "dialog.", "")
	s.ladder = append(s.ladder, fmt.Sprintf("%.1f %s", time.Since(s.start).Seconds(), line))
}

// Send implements dialog.Sender.
func (s *stage) Send(r *gosip.Request, to transport.Target, reply func(transaction.Reply)) (*transaction.Client, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	if r.Via() == nil {
		r.PrependHeader(&gosip.ViaHeader{Host: "us.test", Params: gosip.HeaderParams{{K: "branch", V: fmt.Sprint("b", len(s.sent))}}})
	}
	s.mu.Lock()
	s.sent = append(s.sent, sending{r, to, reply})
	s.mu.Unlock()
	s.note(arrow(r) + " to " + to.Addr.String())
	return nil, nil // legs do not use the transaction
}

// SendACK implements dialog.Sender.
func (s *stage) SendACK(r *gosip.Request, to transport.Target) error {
	s.note(arrow(r) + " to " + to.Addr.String())
	return nil
}

// responses are those that we sent.
func (s *stage) responses() []*gosip.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.said)
}

func arrow(r *gosip.Request) string {
	tag, _ := r.To().Params.Get("tag")
	line := fmt.Sprintf("-> %s %d", r.Method, r.CSeq().SeqNo)
	if tag != "" {
		line += " " + tag
	}
	return line
}

// expect compares the ladder so far, and begins a new one.
func (s *stage) expect(want ...string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.ladder, want) {
		s.t.Errorf("ladder\n  %s\nwant\n  %s", strings.Join(s.ladder, "\n  "), strings.Join(want, "\n  "))
	}
	s.ladder = nil
}

// answer gives a response to the last request of that method.
func (s *stage) answer(method gosip.RequestMethod, status int, tag string, change ...func(*gosip.Response)) {
	s.t.Helper()
	synctest.Wait()
	one := s.last(method)
	res := message.NewResponse(one.r, status, "", nil)
	to := *one.r.To()
	if tag != "" && !to.Params.Has("tag") {
		to.Params = gosip.HeaderParams{{K: "tag", V: tag}}
	}
	res.ReplaceHeader(&to)
	for _, c := range change {
		c(res)
	}
	one.reply(transaction.Reply{Response: res})
	synctest.Wait()
}

func (s *stage) last(method gosip.RequestMethod) sending {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range slices.Backward(s.sent) {
		if one.r.Method == method {
			return one
		}
	}
	s.t.Fatalf("no %s was sent", method)
	return sending{}
}

// fails ends the last request of that method without an answer.
func (s *stage) fails(method gosip.RequestMethod, err error) {
	s.t.Helper()
	synctest.Wait()
	s.last(method).reply(transaction.Reply{Err: err})
	synctest.Wait()
}

func target(port uint16) transport.Target {
	return transport.Target{Network: transport.UDP, Addr: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port)}
}

// call sends an INVITE to servers at these ports.
func (s *stage) call(ports ...uint16) {
	s.outbound(dialog.Outbound{Offer: message.SDP([]byte("v=0"))}, ports...)
}

func (s *stage) outbound(o dialog.Outbound, ports ...uint16) {
	var deliver func([]dialog.Hop)
	o.From = message.Address{URI: gosip.Uri{Scheme: "sip", User: "us", Host: "us.test"}}
	o.To = message.Address{URI: gosip.Uri{Scheme: "sip", User: "them", Host: "them.test"}}
	o.Resolve = func(d func([]dialog.Hop)) { deliver = d }
	s.leg = s.end.Outbound(o, dialog.NewCallID(), s, 0)
	var hops []dialog.Hop
	for _, p := range ports {
		hops = append(hops, dialog.Hop{Target: target(p), URI: gosip.Uri{Scheme: "sip", User: "them", Host: "them.test"}})
	}
	deliver(hops)
	synctest.Wait()
}

// incoming is a request of the peer.
type incoming struct {
	s    *stage
	r    *gosip.Request
	flow transport.Flow
}

// Request implements dialog.Server.
func (i *incoming) Request() *gosip.Request { return i.r }

// Outside implements dialog.Server.
func (i *incoming) Outside() bool { return i.r.Method == gosip.INVITE }

// Flow implements dialog.Server.
func (i *incoming) Flow() transport.Flow { return i.flow }

// Respond implements dialog.Server.
func (i *incoming) Respond(r *gosip.Response) error {
	i.s.note(fmt.Sprintf("-> %d %s", r.StatusCode, i.r.Method))
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.s.said = append(i.s.said, r)
	return nil
}

// request makes a request of the peer to us.
func (s *stage) request(method gosip.RequestMethod, seq uint32, body string) *incoming {
	r := message.NewRequest(message.Head{
		Method: method, URI: gosip.Uri{Scheme: "sip", Host: "us.test"}, CallID: "in", CSeq: seq,
		From:    message.Address{URI: gosip.Uri{Scheme: "sip", Host: "them.test"}, Tag: "them"},
		To:      message.Address{URI: gosip.Uri{Scheme: "sip", Host: "us.test"}, Tag: "ours"},
		Contact: &gosip.Uri{Scheme: "sip", Host: "192.0.2.1", Port: 5062},
	})
	message.SetBody(r, message.SDP([]byte(body)))
	return &incoming{s: s, r: r, flow: transport.Flow{ID: 7, Network: transport.TCP, Remote: netip.MustParseAddrPort("192.0.2.1:5060")}}
}

// comes hands over a request inside the dialog.
func (s *stage) comes(method gosip.RequestMethod, seq uint32) {
	s.t.Helper()
	in := s.request(method, seq, "")
	if method == gosip.ACK {
		s.end.Table.Ack(in.r)
	} else if got := s.end.Table.Request(in); got != dialog.Delivered {
		s.t.Fatalf("%s: %v", method, got)
	}
	synctest.Wait()
}

// called gives an inbound leg, of an INVITE with these headers.
func (s *stage) called(headers ...string) { s.calledWith("v=0", headers...) }

func (s *stage) calledWith(body string, headers ...string) {
	in := s.request(gosip.INVITE, 1, body)
	for i := 0; i+1 < len(headers); i += 2 {
		in.r.AppendHeader(gosip.NewHeader(headers[i], headers[i+1]))
	}
	s.leg = s.end.Inbound(dialog.Inbound{Tx: in, Roaming: dialog.FollowContact}, s, 0)
}

// do runs a command on the leg.
func (s *stage) do(f func() error) {
	s.t.Helper()
	s.own.Lock()
	defer s.own.Unlock()
	if err := f(); err != nil {
		s.t.Fatal(err)
	}
}

// count is how many requests were sent.
func (s *stage) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

func (s *stage) isOver() {
	s.t.Helper()
	synctest.Wait()
	if !s.leg.Over() || s.end.Table.Len() != 0 {
		s.t.Errorf("over %v, %d legs in the table", s.leg.Over(), s.end.Table.Len())
	}
}
