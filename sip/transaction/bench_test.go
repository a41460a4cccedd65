package transaction

import (
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

func offer() *message.Body {
	return message.SDP([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\n" +
		"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"))
}

// cpu is what this process has used of the processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCallLeg is one side's work of a call, counted for both sides: INVITE, 100, 180, 200, ACK, BYE, 200, on loopback. Its
// cpu-us/side is what one leg of a B2BUA costs in this package and below.
func BenchmarkCallLeg(b *testing.B) {
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		b.Run(string(n), func(b *testing.B) {
			callee := newAnswering(b, func(tx *Server) {
				r := tx.Request()
				if r.IsInvite() {
					_ = tx.Respond(message.NewResponse(r, gosip.StatusRinging, "", nil))
					_ = tx.Respond(message.NewResponse(r, gosip.StatusOK, "", offer()))
					return
				}
				_ = tx.Respond(message.NewResponse(r, gosip.StatusOK, "", nil))
			})
			caller := newFar(b)
			to := callee.at(n)
			go func() {
				for range callee.events { //nolint:revive // they are only in the way
				}
			}()
			ended := make(chan struct{}, 64)
			slots := make(chan struct{}, 32) // calls at once
			var calls int
			start := cpu(b)
			b.ReportAllocs()
			for b.Loop() {
				slots <- struct{}{}
				calls++
				caller.call(b, "bench-"+strconv.Itoa(calls)+string(n), to, func() { <-slots; ended <- struct{}{} })
				for len(ended) > 0 {
					<-ended
				}
			}
			for len(slots) > 0 {
				select {
				case <-ended:
				case <-time.After(10 * time.Second):
					b.Fatal("calls were lost")
				}
			}
			runtime.GC()
			time.Sleep(100 * time.Millisecond) // sipgo's machines end 50 ms after their transactions
			runtime.GC()
			var mem runtime.MemStats
			runtime.ReadMemStats(&mem)
			b.ReportMetric(float64(mem.HeapAlloc)/float64(calls)/2, "kept-B/side")
			b.ReportMetric(float64((cpu(b)-start).Microseconds())/float64(calls)/2, "cpu-us/side")
		})
	}
}

// call runs one call and then done, on the worker.
func (f *far) call(b *testing.B, id string, to transport.Target, done func()) {
	b.Helper()
	invite := f.request(gosip.INVITE, id, 1)
	message.SetBody(invite, offer())
	_, err := f.tx.Send(invite, to, func(r Reply) {
		if r.Err != nil || r.Repeated || !r.Response.IsSuccess() {
			return
		}
		ack, bye := f.request(gosip.ACK, id, 1), f.request(gosip.BYE, id, 2)
		tag, _ := r.Response.To().Params.Get("tag")
		ack.To().Params.Add("tag", tag)
		bye.To().Params.Add("tag", tag)
		_ = f.tx.SendACK(ack, to)
		_, _ = f.tx.Send(bye, to, func(r Reply) {
			if r.Err == nil {
				done()
			}
		})
	})
	if err != nil {
		b.Fatal(err)
	}
}
