package transaction

import (
	"context"
	"net/netip"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// far is one side of a conversation: a transport, a transaction layer, and everything that its handler was told, in order.
type far struct {
	tr     *transport.Layer
	tx     *Layer
	events chan any
	answer func(*Server) // called on the worker, where set
}

type (
	gotRequest struct{ tx *Server }
	gotAck     struct{ r *gosip.Request }
	gotCancel  struct{ invite *Server }
	gotStray   struct{ r *gosip.Response }
	gotClosed  struct{ id transport.FlowID }
)

func (f *far) Request(tx *Server) {
	f.events <- gotRequest{tx}
	if f.answer != nil {
		f.answer(tx)
	}
}
func (f *far) Ack(r *gosip.Request, _ transport.Flow)    { f.events <- gotAck{r} }
func (f *far) Cancel(invite *Server, _ *gosip.Request)   { f.events <- gotCancel{invite} }
func (f *far) Stray(r *gosip.Response, _ transport.Flow) { f.events <- gotStray{r} }
func (f *far) FlowClosed(id transport.FlowID)            { f.events <- gotClosed{id} }

// patience is how long what must come is waited for.
const patience = 30 * time.Second

// newFar starts a side that listens on UDP and TCP at 127.0.0.1 and challenges nobody.
func newFar(tb testing.TB) *far {
	tb.Helper()
	return newAnswering(tb, nil)
}

// newAnswering starts a side that calls answer for each request, on the worker.
func newAnswering(tb testing.TB, answer func(*Server), change ...func(*transport.Config)) *far {
	tb.Helper()
	local := netip.MustParseAddrPort("127.0.0.1:0")
	cfg := transport.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: local}, {Network: transport.TCP, Bind: local}},
		Limits:    transport.Limits{Rate: 1e6, Burst: 1e6},
	}
	for _, c := range change {
		c(&cfg)
	}
	tr, err := transport.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	f := &far{tr: tr, answer: answer, events: make(chan any, 100000)}
	f.tx = New(Config{Delay: time.Hour}, tr) // a machine that is busy with other tests is no overload
	f.tx.SetHandler(f)
	if err := tr.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := tr.Close(ctx); err != nil {
			tb.Error(err)
		}
	})
	return f
}

// at is where it listens.
func (f *far) at(n transport.Network) transport.Target {
	for _, l := range f.tr.Listeners() {
		if l.Network == n {
			return transport.Target{Network: n, Addr: l.Bind}
		}
	}
	return transport.Target{}
}

// request builds a request as an own dialog layer would.
func (f *far) request(method gosip.RequestMethod, callID string, cseq uint32) *gosip.Request {
	to := message.Party{Scheme: "sip", User: "204", Host: "pbx.example"}
	from := message.Party{Scheme: "sip", User: "alice", Host: "pbx.example"}
	return message.NewRequest(message.Head{
		Method: method, URI: to.URI(), From: from.Address(f.tx.NewTag(callID)), To: to.Address(""), CallID: callID, CSeq: cseq,
	})
}

// next waits for the next event of a kind; another kind fails the test.
func next[E any](tb testing.TB, f *far) E {
	tb.Helper()
	select {
	case e := <-f.events:
		if got, ok := e.(E); ok {
			return got
		}
		tb.Fatalf("got %T", e)
	case <-time.After(patience):
		tb.Fatal("nothing came")
	}
	panic("unreachable")
}

func await(tb testing.TB, replies <-chan Reply) Reply {
	tb.Helper()
	select {
	case r := <-replies:
		return r
	case <-time.After(patience):
		tb.Fatal("no reply")
	}
	panic("unreachable")
}

// awaitFresh waits for the response of that status. The one before it may come again: a machine so slow that the request was repeated makes the far end repeat itself.
func awaitFresh(tb testing.TB, replies <-chan Reply, before *gosip.Response, status int) *gosip.Response {
	tb.Helper()
	for {
		r := await(tb, replies)
		switch {
		case r.Err != nil:
			tb.Fatalf("got %v, want %d", r.Err, status)
		case r.Response.StatusCode == status:
			return r.Response
		case before == nil || r.Response.StatusCode != before.StatusCode:
			tb.Fatalf("got %d, want %d", r.Response.StatusCode, status)
		}
	}
}

func TestACallGoesThrough(t *testing.T) {
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		t.Run(string(n), func(t *testing.T) {
			a, b := newFar(t), newFar(t)
			replies := make(chan Reply, 10)
			invite := a.request(gosip.INVITE, "call-1", 1)
			message.SetBody(invite, message.SDP([]byte("v=0\r\n")))
			if _, err := a.tx.Send(invite, b.at(n), func(r Reply) { replies <- r }); err != nil {
				t.Fatal(err)
			}
			in := next[gotRequest](t, b).tx
			for _, status := range []int{180, 183, 200} {
				if err := in.Respond(message.NewResponse(in.Request(), status, "", nil)); err != nil {
					t.Fatal(err)
				}
			}
			var last *gosip.Response
			for _, status := range []int{100, 180, 183, 200} {
				last = awaitFresh(t, replies, last, status)
			}
			ack := a.request(gosip.ACK, "call-1", 1)
			tag, _ := last.To().Params.Get("tag")
			ack.To().Params.Add("tag", tag)
			if err := a.tx.SendACK(ack, b.at(n)); err != nil {
				t.Fatal(err)
			}
			if got := next[gotAck](t, b).r; string(*got.CallID()) != "call-1" {
				t.Fatalf("got ACK of %s", *got.CallID())
			}
		})
	}
}
