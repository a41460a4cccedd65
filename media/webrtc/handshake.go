package webrtc

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
)

// flightEvery is how long we wait before we repeat ourselves: a lost packet must not be heard as a late beginning.
const flightEvery = 100 * time.Millisecond

// takeHandshake queues a packet of DTLS.
func (l *Leg) takeHandshake(b []byte, from netip.AddrPort) {
	if l.path.Load() == nil { // the peer has chosen already, we have not heard yet
		l.path.CompareAndSwap(nil, &path{to: from, stream: l.door.streams.of(l, from)})
	}
	if !l.inbox.put(b, from) {
		l.refused.Add(1)
	}
}

func (l *Leg) sendHandshake(b []byte, _ netip.AddrPort) error { return l.send(b) }

// secure agrees on keys and then waits for the end of the association or of the leg.
func (l *Leg) secure(ctx context.Context) {
	defer func() { _ = l.inbox.Close() }()
	c, err := l.handshake(ctx)
	if err != nil {
		if ctx.Err() == nil {
			l.say(StateLost, err)
		}
		<-ctx.Done()
		return
	}
	defer func() { _ = c.Close() }()
	l.mu.Lock()
	l.keyed = true
	l.mu.Unlock()
	select {
	case <-l.arrived:
		l.say(StateUp, nil)
	case <-ctx.Done():
		return
	}
	left := make(chan struct{})
	l.door.tasks.Go(func() {
		defer close(left)
		var b [64]byte
		for {
			if _, err := c.Read(b[:]); err != nil {
				return
			}
		}
	})
	select {
	case <-left:
		l.say(StateLost, errLeft)
		<-ctx.Done()
	case <-ctx.Done():
	}
}

func (l *Leg) handshake(ctx context.Context) (*dtls.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.door.cfg.SetUp, errSetUp)
	defer cancel()
	c, err := l.associate(ctx)
	if err != nil {
		return nil, err
	}
	if err = c.HandshakeContext(ctx); err == nil {
		err = l.install(c)
	}
	if err == nil {
		return c, nil
	}
	_ = c.Close()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return nil, fmt.Errorf("webrtc: %w", err)
}

// associate opens our side: as the server at once, as the client when there is a path.
func (l *Leg) associate(ctx context.Context) (*dtls.Conn, error) {
	l.mu.Lock()
	terms, client := l.peer, l.client
	l.mu.Unlock()
	both := []dtls.Option{
		dtls.WithCertificates(l.paper.cert), dtls.WithInsecureSkipVerify(true), // the fingerprint is what we believe
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error { return terms.verify(raw) }),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80), // GCM costs a quarter
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithFlightInterval(flightEvery), dtls.WithMTU(1200), dtls.WithLoggerFactory(quiet{}),
	}
	nowhere := net.UDPAddrFromAddrPort(Peer()) // the path is ICE's to choose
	if client {
		select {
		case <-l.arrived:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		var opts []dtls.ClientOption
		for _, o := range both {
			opts = append(opts, o)
		}
		c, err := dtls.ClientWithOptions(l.inbox, nowhere, opts...)
		return c, wrap(err)
	}
	opts := []dtls.ServerOption{
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerifyHello(true), // who comes by here has shown by ICE that it is where it says
	}
	for _, o := range both {
		opts = append(opts, o)
	}
	c, err := dtls.ServerWithOptions(l.inbox, nowhere, opts...)
	return c, wrap(err)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("webrtc: %w", errors.Join(errNoKeys, err))
}
