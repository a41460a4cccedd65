package smpp_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/smpp"
)

// Whatever a peer says, before and after it is bound, and wherever it stops: the other ends in order, and nothing of it stays.
func FuzzStream(f *testing.F) {
	for _, p := range every() {
		b := encode(f, p)
		f.Add(b, uint8(p.Command()))
		f.Add(append(encode(f, plain(smpp.EnquireLink, 5)), b[:len(b)-1]...), uint8(1))
	}
	f.Add([]byte{0, 0, 0, 1}, uint8(0))
	f.Add(append(encode(f, plain(smpp.Unbind, 5)), encode(f, submit(6, "after it"))...), uint8(9))
	f.Fuzz(func(t *testing.T, said []byte, kind uint8) {
		synctest.Test(t, func(t *testing.T) {
			h := serve(t, newEar(nil), nil)
			var w *wire
			if k := smpp.Command(kind); k == smpp.BindTransceiver || k == smpp.BindTransmitter || k == smpp.BindReceiver {
				w = h.bound(t, k)
			} else {
				w = h.raw(t)
			}
			var reading sync.WaitGroup
			reading.Go(func() { _, _ = io.Copy(io.Discard, w.r) })
			_ = w.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = w.Write(said)
			synctest.Wait()
			_ = w.Close()
			reading.Wait()
			h2 := h.bound(t, smpp.BindTransceiver)
			h2.say(t, plain(smpp.EnquireLink, 7))
			h2.expect(t, smpp.EnquireLinkResp, smpp.ROK, 7)
		})
	})
}

// A peer that writes as fast as it can and never reads: what it costs is what TCP holds and a few buffers, and it is gone after a while.
func TestAPeerThatOnlyWritesCostsLittle(t *testing.T) {
	e := &mute{}
	s, address := loopback(t, e, nil)
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if tcp, is := conn.(*net.TCPConn); is {
		_ = tcp.SetReadBuffer(4 << 10) // fewer answers fit
	}
	w := newWire(t, conn)
	w.say(t, bindAs(smpp.BindTransceiver, "flood"))
	w.expect(t, smpp.BindTransceiverResp, smpp.ROK, 1)
	before := memory()
	load := encode(t, submit(2, string(make([]byte, 200))))
	var writing sync.WaitGroup
	total := 0
	writing.Go(func() {
		chunk := make([]byte, 0, 100*len(load))
		for range 100 {
			chunk = append(chunk, load...)
		}
		for {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			n, failed := conn.Write(chunk)
			total += n
			if failed != nil {
				return
			}
		}
	})
	writing.Wait() // nothing is taken off it any more
	if grown := int64(memory()) - int64(before); grown > 8<<20 {
		t.Errorf("it costs %d octets after %d were written", grown, total)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	b, err := smpp.Dial(ctx, smpp.ClientConfig{Address: address, SystemID: "kate", Password: "secret", Log: silence()}, e)
	if err != nil {
		t.Fatal(err)
	}
	defer part(t, b)
	if _, err = b.Submit(ctx, hello("1", "2", "x")); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	for _, b := range s.Binds("flood") {
		b.Cut()
		<-b.Done()
	}
}

// memory is what is in use.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
