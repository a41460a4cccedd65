package transaction

import (
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// slowConn is a connection on which the answer is here before the request was written, as that of a near peer is.
type slowConn struct {
	pinned

	writing, answered chan struct{}
	written           atomic.Bool
}

func (c *slowConn) WriteMsg(gosip.Message) error {
	close(c.writing)
	<-c.answered
	for range 10_000 {
		runtime.Gosched()
	}
	c.written.Store(true)
	return nil
}

// An answer that comes while the request is being written ends its machine after it has its timers, not before: nobody would stop them, and they would keep the
// whole request until Timer B, 32 s later.
func TestAnswerThatIsQuickerThanTheTimersWaitsForThem(t *testing.T) {
	a := newFar(t)
	r := a.request(gosip.OPTIONS, "early", 1)
	conn := &slowConn{writing: make(chan struct{}), answered: make(chan struct{})}
	c := &Client{shard: a.tx.shard("early")}
	m := gosip.NewClientTx("", r, conn, slog.New(slog.DiscardHandler))
	c.machine.Store(m)
	begun := make(chan error)
	go func() { begun <- c.init(m) }()
	<-conn.writing
	close(conn.answered)
	c.release()
	if !conn.written.Load() {
		t.Error("the machine was ended while it began")
	}
	if err := <-begun; err != nil {
		t.Error(err)
	}
	<-m.Done()
}
