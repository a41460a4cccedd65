package softphone

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// link is how a phone reaches its server.
type link interface {
	// listen begins to hand over what comes: whoever takes it has the link by then.
	listen(take func(b []byte, from netip.AddrPort))
	send(b []byte, to netip.AddrPort)
	local() netip.AddrPort
	close()
}

func dial(ctx context.Context, cfg Config) (link, error) {
	if cfg.Web != nil {
		return dialWeb(ctx, cfg.Web, cfg.TLS)
	}
	if cfg.Shows != nil {
		return takeTLS(ctx, cfg)
	}
	if cfg.Network != "udp" {
		return dialStream(ctx, cfg)
	}
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(ctx, "udp", cfg.Bind.String())
	if err != nil {
		return nil, fmt.Errorf("open the phone's socket: %w", err)
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		return nil, errors.New("open the phone's socket: not UDP")
	}
	return &udpLink{conn: conn}, nil
}

type udpLink struct {
	conn *net.UDPConn
	wg   sync.WaitGroup
}

func (l *udpLink) listen(take func(b []byte, from netip.AddrPort)) {
	l.wg.Go(func() {
		buf := make([]byte, 65536)
		for {
			n, from, err := l.conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			take(bytes.Clone(buf[:n]), from)
		}
	})
}

func (l *udpLink) send(b []byte, to netip.AddrPort) {
	_, _ = l.conn.WriteToUDPAddrPort(b, to) // what is lost is sent again
}

func (l *udpLink) local() netip.AddrPort { return addrOf(l.conn.LocalAddr()) }

func (l *udpLink) close() {
	_ = l.conn.Close()
	l.wg.Wait()
}

func addrOf(a net.Addr) netip.AddrPort {
	at, _ := netip.ParseAddrPort(a.String())
	return at
}

// streamLink is one TCP or TLS connection to the server; everything goes through it.
type streamLink struct {
	conn net.Conn
	wg   sync.WaitGroup
	mu   sync.Mutex
}

func dialStream(ctx context.Context, cfg Config) (link, error) {
	d := &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(cfg.Bind)}
	var conn net.Conn
	var err error
	if cfg.Network == "tls" {
		conn, err = (&tls.Dialer{NetDialer: d, Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Server.String())
	} else {
		conn, err = d.DialContext(ctx, "tcp", cfg.Server.String())
	}
	if err != nil {
		return nil, fmt.Errorf("connect the phone: %w", err)
	}
	return &streamLink{conn: conn}, nil
}

func (l *streamLink) listen(take func(b []byte, from netip.AddrPort)) {
	l.wg.Go(func() { l.read(take) })
}

// read cuts the stream by Content-Length (RFC 3261 section 18.3).
func (l *streamLink) read(take func(b []byte, from netip.AddrPort)) {
	from := addrOf(l.conn.RemoteAddr())
	var held []byte
	buf := make([]byte, 65536)
	for {
		n, err := l.conn.Read(buf)
		if err != nil {
			return
		}
		held = append(held, buf[:n]...)
		for {
			held = bytes.TrimLeft(held, "\r\n")
			end := bytes.Index(held, []byte("\r\n\r\n"))
			if end < 0 {
				break
			}
			size := end + 4 + contentLength(string(held[:end]))
			if len(held) < size {
				break
			}
			take(bytes.Clone(held[:size]), from)
			held = held[size:]
		}
	}
}

func contentLength(head string) int {
	for line := range strings.SplitSeq(head, "\r\n") {
		name, v, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			n, _ := strconv.Atoi(strings.TrimSpace(v))
			return n
		}
	}
	return 0
}

func (l *streamLink) send(b []byte, _ netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.conn.Write(b) // a broken connection shows as no answer
}

func (l *streamLink) local() netip.AddrPort { return addrOf(l.conn.LocalAddr()) }

func (l *streamLink) close() {
	_ = l.conn.Close()
	l.wg.Wait()
}
