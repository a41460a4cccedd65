//go:build !race

package sip_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// idleBrowsers opens and registers browsers that have no goroutine and next to no memory of their own, so that what is measured is ours.
func idleBrowsers(tb testing.TB, at string, n int) []net.Conn {
	tb.Helper()
	scratch := bufio.NewReaderSize(nil, 4096)
	var all []net.Conn
	for i := range n {
		c, err := net.Dial("tcp4", strings.TrimPrefix(at, "ws://"))
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, c)
		who := fmt.Sprintf("user%d", i)
		fmt.Fprintf(c, "GET /?as=%s@example.test HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n", who)
		text := "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK" + who + "\r\nFrom: <sip:" + who + "@example.test>;tag=r\r\n" +
			"To: <sip:" + who + "@example.test>\r\nCall-ID: " + who + "\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 69\r\n" + contact + "\r\nContent-Length: 0\r\n\r\n"
		frame := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
		frame = append(append(frame, 0, 0, 0, 0), text...) // a mask of zeros changes nothing
		if _, err = c.Write(frame); err != nil {
			tb.Fatal(err)
		}
		scratch.Reset(c)
		for seen := ""; !strings.Contains(seen, "SIP/2.0 200"); {
			line, err := scratch.ReadString('\n')
			if err != nil {
				tb.Fatal(err)
			}
			seen = line
		}
		_, _ = io.CopyN(io.Discard, scratch, int64(scratch.Buffered()))
	}
	return all
}

// used is the memory in use, stacks included, in bytes.
func used() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

func TestAnIdleBrowserCostsThirtyKilobytesAtMost(t *testing.T) {
	const n, most = 400, 30.0
	h := open(t)
	var devices []sip.Device
	for i := range n {
		name := fmt.Sprintf("user%d", i)
		devices = append(devices, sip.Device{AOR: message.AOR(name + "@example.test"), Username: name})
	}
	h.SetPeers(&sip.Peers{Devices: devices})
	at := door(h)
	before, goroutines := used(), runtime.NumGoroutine()
	all := idleBrowsers(t, at, n)
	each := (used() - before) / n / 1024
	t.Logf("%.1f KB and %.1f goroutines a browser", each, float64(runtime.NumGoroutine()-goroutines)/n)
	if each > most {
		t.Errorf("%.1f KB a browser, want %v at most", each, most)
	}
	if got := len(h.Contacts("user399@example.test")); got != 1 {
		t.Errorf("%d contacts", got)
	}
	if list := h.Contacts("user0@example.test"); list[0].Target.Network != transport.WS {
		t.Errorf("%+v", list)
	}
	for _, c := range all {
		_ = c.Close()
	}
}
