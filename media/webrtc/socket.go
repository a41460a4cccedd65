package webrtc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"
)

const (
	// packetSize is the longest packet that we take.
	packetSize = 1500
	// socketBuffer is asked for; the system gives what it allows.
	socketBuffer = 8 << 20
	// readersMost is how many sockets share the port, at most one a processor: one reader takes some 50,000 packets a second.
	readersMost = 8
	// tries is how often another free port is looked for.
	tries = 20
)

// bind opens TCP first: where two programs could share the UDP port without noticing, they cannot share that one.
func (d *Door) bind() error {
	var last error
	for range tries {
		last = d.bindOnce()
		if last == nil || d.cfg.Listen.Port() != 0 {
			return last
		}
	}
	return last
}

func (d *Door) bindOnce() error {
	at := d.cfg.Listen
	lc := net.ListenConfig{}
	if d.cfg.TCP == WithTCP {
		l, err := lc.Listen(d.ctx, family("tcp", at.Addr()), at.String())
		if err != nil {
			return fmt.Errorf("listen for browsers on TCP: %w", err)
		}
		d.tcp = l
		at = netip.AddrPortFrom(at.Addr(), portOf(l.Addr()))
	}
	if err := d.bindUDP(at); err != nil {
		if d.tcp != nil {
			err = errors.Join(err, d.tcp.Close())
			d.tcp = nil
		}
		return err
	}
	return nil
}

// bindUDP first takes the port for itself alone, to see that nobody else has it, and then again to share it among the readers.
func (d *Door) bindUDP(at netip.AddrPort) error {
	network := family("udp", at.Addr())
	first, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return fmt.Errorf("listen for browsers on UDP: %w", err)
	}
	at = netip.AddrPortFrom(at.Addr(), portOf(first.LocalAddr()))
	d.local = at
	n := min(runtime.GOMAXPROCS(0), readersMost)
	if n < 2 || !canShare {
		d.udp = []*net.UDPConn{first}
		return first.SetReadBuffer(socketBuffer)
	}
	if err = first.Close(); err != nil {
		return err
	}
	lc := net.ListenConfig{Control: share}
	for range n {
		c, errListen := lc.ListenPacket(context.WithoutCancel(d.ctx), network, at.String())
		if errListen != nil {
			for _, c := range d.udp {
				errListen = errors.Join(errListen, c.Close())
			}
			d.udp = nil
			return fmt.Errorf("listen for browsers on UDP: %w", errListen)
		}
		u := c.(*net.UDPConn) // a UDP network gives a UDP socket
		d.udp = append(d.udp, u)
		if err = errors.Join(u.SetReadBuffer(socketBuffer), u.SetWriteBuffer(socketBuffer)); err != nil {
			return err
		}
	}
	return nil
}

// family is the network of an address: without one, IPv4, as for SIP.
func family(network string, a netip.Addr) string {
	if !a.IsValid() || a.Unmap().Is4() {
		return network + "4"
	}
	return network
}

func portOf(a net.Addr) uint16 {
	_, text, err := net.SplitHostPort(a.String())
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// readUDP takes packets off one socket until it is closed. The system gives all packets of one address pair to the same socket.
func (d *Door) readUDP(c *net.UDPConn) {
	b := make([]byte, packetSize+1)
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		switch {
		case err == nil && n <= packetSize:
			d.take(b[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), nil)
		case err == nil:
			d.refused.Add(1)
		case errors.Is(err, net.ErrClosed):
			return
		}
	}
}
