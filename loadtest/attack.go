package loadtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tandem/loadtest/malformed"
)

// Bounds of an attack: it stays on the loopback, and what it opens is counted.
const (
	attackHosts = 50 // addresses that it comes from, 127.77.200.1 and on: none of them is a trunk's
	slowStreams = 100
	attackTick  = time.Millisecond
	mostAttack  = 50000 // packets a second
)

// attack is a stranger, or many, while calls go on: garbage, malformed requests, INVITE, REGISTER and OPTIONS of nobody, RTP to every port, and connections that never
// finish what they say.
type attack struct {
	socks []*net.UDPConn
	rate  int
	sent  atomic.Int64
	wg    sync.WaitGroup
	stop  context.CancelFunc
}

// newAttack opens what the attack comes from. rate is in packets a second, at most 50,000.
func newAttack(ctx context.Context, rate int) (*attack, error) {
	ctx, stop := context.WithCancel(ctx)
	a := &attack{rate: min(rate, mostAttack), stop: stop}
	var lc net.ListenConfig
	for i := range attackHosts {
		pc, err := lc.ListenPacket(ctx, "udp4", fmt.Sprintf("127.77.200.%d:0", i+1))
		if err != nil {
			a.close()
			return nil, fmt.Errorf("open a socket of the attack: %w", err)
		}
		if conn, ok := pc.(*net.UDPConn); ok {
			a.socks = append(a.socks, conn)
			a.wg.Go(func() { swallow(conn) })
		}
	}
	a.wg.Go(func() { a.flood(ctx) })
	for i := range slowStreams {
		a.wg.Go(func() { a.drip(ctx, i) })
	}
	return a, nil
}

// swallow reads what comes back and forgets it, until the socket is closed.
func swallow(c *net.UDPConn) {
	b := make([]byte, 2048)
	for {
		if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
			return
		}
	}
}

// flood sends at the rate; what it could not send in time it leaves out.
func (a *attack) flood(ctx context.Context) {
	tick := time.NewTicker(attackTick)
	defer tick.Stop()
	rtp := make([]byte, rtpHeader+rtpPayload)
	rtp[0] = 0x80
	begun, n := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		due := int(time.Since(begun).Seconds() * float64(a.rate))
		n = max(n, due-a.rate/10)
		for ; n < due; n++ {
			to := netip.MustParseAddrPort(peerAddr)
			b := a.packet(n)
			if b == nil {
				b, to = rtp, netip.AddrPortFrom(to.Addr(), uint16(30000+rand.IntN(16000)))
			}
			if _, err := a.socks[n%len(a.socks)].WriteToUDPAddrPort(b, to); err == nil {
				a.sent.Add(1)
			}
		}
	}
}

// packet is the next one; nil is RTP.
func (a *attack) packet(n int) []byte {
	kinds := [...]string{"rtp", "INVITE", "garbage", "REGISTER", "rtp", "OPTIONS", "INVITE", "malformed", "rtp", "BYE"}
	switch kind := kinds[n%len(kinds)]; kind {
	case "rtp":
		return nil
	case "garbage":
		b := make([]byte, 20+n%400)
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		return b
	case "malformed":
		b := malformed.Request(n)
		return b[:min(len(b), 1400)]
	default:
		return fmt.Appendf(nil, "%s sip:20%d@127.77.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.77.200.1:5060;rport;branch=z9hG4bKattack%d\r\nFrom: <sip:%[3]d@a>;tag=a\r\n"+
			"To: <sip:b>\r\nCall-ID: attack-%[3]d\r\nCSeq: 1 %[1]s\r\nMax-Forwards: 70\r\nContact: <sip:a@127.77.200.1>\r\nContent-Length: 0\r\n\r\n", kind, n%10, n)
	}
}

// drip opens connections that say a request by a byte a second, and opens the next when one is ended.
func (a *attack) drip(ctx context.Context, i int) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 77, 200, byte(1+i%attackHosts))}, Timeout: time.Second}
	for ctx.Err() == nil {
		conn, err := d.DialContext(ctx, "tcp4", peerAddr)
		if err == nil {
			for _, c := range []byte("INVITE sip:201@127.77.0.1 SIP/2.0\r\n") {
				if _, err = conn.Write([]byte{c}); err != nil || ctx.Err() != nil {
					break
				}
				sleep(ctx, time.Second)
			}
			_ = conn.Close()
		}
		sleep(ctx, 200*time.Millisecond)
	}
}

// close ends the attack and says how many packets it sent.
func (a *attack) close() int64 {
	a.stop()
	for _, s := range a.socks {
		_ = s.Close()
	}
	a.wg.Wait()
	return a.sent.Load()
}
