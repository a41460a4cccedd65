//go:build !linux

package transport

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// controls reads RTCP ports with a goroutine each.
type controls struct {
	now     func() int64
	readers sync.WaitGroup
}

type control struct{ conn *net.UDPConn }

func newControls(now func() int64) (*controls, error) { return &controls{now: now}, nil }

func (c *controls) open(local netip.AddrPort, to Receiver) (*control, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	c.readers.Go(func() {
		b := make([]byte, packetSize)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil && n < len(b) {
				to.ReceiveRTCP(b[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), c.now())
			}
		}
	})
	return &control{conn: conn}, nil
}

func (c *controls) close() error {
	c.readers.Wait()
	return nil
}

func (c *control) send(b []byte, to netip.AddrPort) error {
	_, err := c.conn.WriteToUDPAddrPort(b, to)
	return err
}

func (c *control) close() error { return c.conn.Close() }
