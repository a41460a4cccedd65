package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/malformed"
)

// malformedShort is how many malformed requests are tried; TANDEM_MALFORMED sets another count, of which there are more than ten thousand.
const malformedShort = 2000

// Thousands of requests that are wrong in one place, by turns over UDP and TCP, from a trunk, whom the program trusts most: it goes on, its memory stays, nothing in it
// panics, and whoever asks after each hundred is answered as always. The stride visits all elements and anomalies, whatever the count.
func TestMalformedRequestsByTheThousand(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	count := malformedShort
	if n := long["TANDEM_MALFORMED"]; n > 0 {
		count = n
	}
	udp := o.wire("udp", 5099)
	defer udp.close()
	warm := count / 10
	var memory int
	var probes []time.Duration
	begun := time.Now()
	for i := range count {
		raw := malformed.Request(i * 7)
		if i%2 == 0 {
			_, _ = udp.conn.Write(raw)
		} else {
			o.spill(raw)
		}
		if i%100 == 99 {
			probes = append(probes, o.probed(i))
		}
		if i == warm {
			memory = o.resident()
		}
	}
	slices.Sort(probes)
	grown := o.resident() - memory
	t.Logf("%d requests in %v; probes: median %v, p99 %v; memory grew by %d MiB", count, time.Since(begun).Round(time.Millisecond), probes[len(probes)/2], probes[len(probes)*99/100], grown)
	if grown > 96 {
		t.Errorf("memory grew by %d MiB", grown)
	}
	if median := probes[len(probes)/2]; median > 50*time.Millisecond && count > malformedShort || median > time.Second {
		t.Errorf("the median probe took %v", median)
	}
	select {
	case <-o.done:
		t.Error("the program ended")
	default:
	}
	resp, err := o.get("/readyz")
	o.ok(err)
	_ = resp.Body.Close()
	if strings.Contains(o.logs.String(), `"msg":"panic"`) {
		t.Error("something panicked")
	}
}

// spill sends bytes on a connection of their own, as the carrier, and leaves it.
func (o *office) spill(raw []byte) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(o.net + ".2")}}
	conn, err := d.DialContext(o.ctx, "tcp4", o.server().String())
	o.ok(err)
	_, _ = conn.Write(raw) // it may be ended in the middle
	_ = conn.Close()
}

// probed asks with OPTIONS from an address of its own and says how long the answer took.
func (o *office) probed(n int) time.Duration {
	o.t.Helper()
	conn, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(o.net+".9:0")), net.UDPAddrFromAddrPort(o.server()))
	o.ok(err)
	defer conn.Close()
	begun := time.Now()
	probe := fmt.Sprintf("OPTIONS sip:probe SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bKp%d\r\nFrom: <sip:a>;tag=a\r\nTo: <sip:b>\r\nCall-ID: probe-%[2]d\r\n"+
		"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr(), n)
	buf := make([]byte, 2000)
	for time.Since(begun) < patience {
		_, err = conn.Write([]byte(probe)) // again, as RFC 3261 section 17.1.2.2 has it: what comes while the program's socket is full is lost
		o.ok(err)
		_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		if _, err = conn.Read(buf); err == nil {
			return time.Since(begun)
		}
	}
	o.t.Fatalf("after %d requests nobody answers: %v", n, err)
	return 0
}
