package transaction

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/transport"
)

// TestWhatWaitsTooLongIsShed: ten times more calls come than can be served. Those that are served have not waited long, the others hear 503 at once and without
// Retry-After; what belongs to calls in progress, and emergency calls, are served all the same; and the moment the flood is over, everything is.
func TestWhatWaitsTooLongIsShed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newWired(t)
		f.tx.cfg.Spare = func(r *gosip.Request) bool { return r.Recipient.User == "112" }
		served := map[gosip.RequestMethod]int{}
		urgent := 0
		f.answer = func(tx *Server) { // a call costs 10 ms
			r := tx.Request()
			if served[r.Method]++; r.Recipient.User == "112" {
				urgent++
			}
			time.Sleep(10 * time.Millisecond)
			accept(tx)
		}
		const calls = 200
		begun := time.Now()
		for i := 1; i <= calls; i++ {
			invite := text("INVITE", "flood", fmt.Sprint("z9hG4bKf", i), i, transport.UDP)
			if i == calls-50 {
				invite = []byte(strings.Replace(string(invite), "INVITE sip:204@", "INVITE sip:112@", 1))
			}
			w.in <- packet{from: carrier().Addr, data: invite}
			if i == calls-60 {
				w.in <- packet{from: carrier().Addr, data: text("BYE", "flood", "z9hG4bKbye", calls+1, transport.UDP)}
			}
		}
		refused, patient := 0, 0
		for range calls {
			got := string(finalOf(w).data)
			switch {
			case strings.HasPrefix(got, "SIP/2.0 200"):
				patient++
			case strings.HasPrefix(got, "SIP/2.0 503"):
				if refused++; strings.Contains(got, "Retry-After") {
					t.Error("told when to come back")
				}
			}
		}
		if took := time.Since(begun); refused < calls/2 || patient < 5 || took > time.Second {
			t.Errorf("%d shed, %d served, all within %v", refused, patient, took)
		}
		synctest.Wait()
		if served[gosip.BYE] != 1 || urgent != 1 {
			t.Errorf("%d BYE and %d emergency calls served", served[gosip.BYE], urgent)
		}
		time.Sleep(time.Second)
		for len(w.out) > 0 {
			<-w.out
		}
		w.in <- packet{from: carrier().Addr, data: text("INVITE", "after", "z9hG4bKafter", 1, transport.UDP)}
		if got := string(finalOf(w).data); !strings.HasPrefix(got, "SIP/2.0 200") {
			t.Errorf("after the flood: %s", got)
		}
	})
}

// finalOf waits for the next final response.
func finalOf(w *wire) packet {
	for {
		if p := <-w.out; !strings.HasPrefix(string(p.data), "SIP/2.0 1") {
			return p
		}
	}
}
