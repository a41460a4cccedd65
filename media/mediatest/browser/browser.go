// Package browser is the voice of a web page for tests: pion/webrtc whole, which shares ICE, DTLS and SRTP with nothing of ours but the
// libraries, and none of the way that they are used. It knows no SIP.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"tandem/media/mediatest"
)

// Options change what a page offers.
type Options struct {
	Codecs []webrtc.RTPCodecParameters // instead of Opus, PCMU, PCMA and both telephone-events
	Setup  func(*webrtc.SettingEngine)
	Bare   bool // without Peer and track: who makes the page brings its own
}

// Page is one page with one call. Its Peer says and hears.
type Page struct {
	*mediatest.Peer

	pc    *webrtc.PeerConnection
	track *track
	state chan webrtc.PeerConnectionState
}

// New makes a page.
func New(o Options) (*Page, error) {
	codecs := o.Codecs
	if codecs == nil {
		codecs = Codecs()
	}
	var m webrtc.MediaEngine
	for _, c := range codecs {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("codec: %w", err)
		}
	}
	var s webrtc.SettingEngine
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(true)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	if o.Setup != nil {
		o.Setup(&s)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(&m), webrtc.WithSettingEngine(s), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("make a peer connection: %w", err)
	}
	p := &Page{pc: pc, track: &track{}, state: make(chan webrtc.PeerConnectionState, 16)}
	if o.Bare {
		return p, nil
	}
	p.Peer = mediatest.Over(p.track.send)
	pc.OnConnectionStateChange(func(st webrtc.PeerConnectionState) {
		select {
		case p.state <- st:
		default:
		}
	})
	pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		go p.reported(r)
		p.listen(t)
	})
	if _, err = pc.AddTrack(p.track); err != nil {
		return nil, fmt.Errorf("add a track: %w", errors.Join(err, p.Hangup()))
	}
	return p, nil
}

// Codecs are what Chromium offers, Opus first.
func Codecs() []webrtc.RTPCodecParameters {
	c := func(pt webrtc.PayloadType, mime string, rate uint32, channels uint16, fmtp string) webrtc.RTPCodecParameters {
		return webrtc.RTPCodecParameters{
			PayloadType:        pt,
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rate, Channels: channels, SDPFmtpLine: fmtp},
		}
	}
	return []webrtc.RTPCodecParameters{
		c(111, "audio/opus", 48000, 2, "minptime=10;useinbandfec=1"),
		c(0, "audio/PCMU", 8000, 1, ""), c(8, "audio/PCMA", 8000, 1, ""),
		c(110, "audio/telephone-event", 48000, 1, ""), c(126, "audio/telephone-event", 8000, 1, ""),
	}
}

// Offer makes an offer that holds every candidate, as a page does that does not trickle.
func (p *Page) Offer(ctx context.Context, o *webrtc.OfferOptions) ([]byte, error) {
	d, err := p.pc.CreateOffer(o)
	if err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	return p.settle(ctx, d)
}

// Restart is an offer that restarts ICE.
func (p *Page) Restart(ctx context.Context) ([]byte, error) {
	return p.Offer(ctx, &webrtc.OfferOptions{ICERestart: true})
}

func (p *Page) settle(ctx context.Context, d webrtc.SessionDescription) ([]byte, error) {
	done := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(d); err != nil {
		return nil, fmt.Errorf("take our own description: %w", err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return []byte(p.pc.LocalDescription().SDP), nil
}

// Accept takes the answer to its offer.
func (p *Page) Accept(answer []byte) error {
	p.speak(answer)
	return p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)})
}

// Answer takes an offer.
func (p *Page) Answer(ctx context.Context, offer []byte) ([]byte, error) {
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)}); err != nil {
		return nil, fmt.Errorf("take the offer: %w", err)
	}
	d, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	b, err := p.settle(ctx, d)
	if err == nil {
		p.speak(offer)
	}
	return b, err
}

// speak has the Peer use what the other side has put first.
func (p *Page) speak(sdp []byte) {
	law, known, event := mediatest.ALaw, false, uint8(0)
	for line := range strings.Lines(string(sdp)) {
		var pt uint8
		if rest, is := strings.CutPrefix(line, "m=audio "); is {
			for _, f := range strings.Fields(rest)[2:] {
				if !known && (f == "0" || f == "8") {
					known = true
					if f == "0" {
						law = mediatest.MuLaw
					}
				}
			}
		}
		if n, err := fmt.Sscanf(line, "a=rtpmap:%d telephone-event/8000", &pt); n == 1 && err == nil {
			event = pt
		}
	}
	p.Speak(law, event)
}

// AwaitConnected waits until keys are agreed.
func (p *Page) AwaitConnected(ctx context.Context) error {
	for {
		select {
		case s := <-p.state:
			switch s {
			case webrtc.PeerConnectionStateConnected:
				return nil
			case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
				return fmt.Errorf("the connection is %s", s)
			case webrtc.PeerConnectionStateUnknown, webrtc.PeerConnectionStateNew, webrtc.PeerConnectionStateConnecting, webrtc.PeerConnectionStateDisconnected:
			}
		case <-ctx.Done():
			return fmt.Errorf("not connected: %w", ctx.Err())
		}
	}
}

// Send sends a packet as it is, under the page's SSRC.
func (p *Page) Send(x *rtp.Packet) error {
	b, err := x.Marshal()
	if err != nil {
		return err
	}
	return p.track.send(b)
}

// From is the address that the page sends from; not valid before it is connected.
func (p *Page) From() netip.AddrPort {
	pair, err := p.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return netip.AddrPort{}
	}
	a, err := netip.ParseAddr(pair.Local.Address)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, pair.Local.Port)
}

// PC is the connection itself.
func (p *Page) PC() *webrtc.PeerConnection { return p.pc }

// Hangup ends it.
func (p *Page) Hangup() error {
	if p.Peer != nil {
		p.Close()
	}
	return p.pc.Close()
}

// listen records what comes until the track ends.
func (p *Page) listen(t *webrtc.TrackRemote) {
	b := make([]byte, 1500)
	for {
		n, _, err := t.Read(b)
		if err != nil {
			return
		}
		p.Arrived(b[:n])
	}
}

// reported records the reports of the other side.
func (p *Page) reported(r *webrtc.RTPReceiver) {
	b := make([]byte, 1500)
	for {
		n, _, err := r.Read(b)
		if err != nil {
			return
		}
		p.ArrivedReport(b[:n])
	}
}

// track lets the Peer choose payload types and timestamps: digits have others than the voice.
type track struct {
	mu     sync.Mutex
	writer webrtc.TrackLocalWriter
	ssrc   webrtc.SSRC
}

func (t *track) send(b []byte) error {
	t.mu.Lock()
	w, ssrc := t.writer, t.ssrc
	t.mu.Unlock()
	if w == nil {
		return errors.New("not bound")
	}
	var x rtp.Packet
	if err := x.Unmarshal(b); err != nil {
		return err
	}
	x.SSRC = uint32(ssrc)
	_, err := w.WriteRTP(&x.Header, x.Payload)
	return err
}

// Bind begins to send.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writer, t.ssrc = c.WriteStream(), c.SSRC()
	return c.CodecParameters()[0], nil
}

// Unbind ends it.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writer = nil
	return nil
}

// ID names the track.
func (t *track) ID() string { return "microphone" }

// RID is for simulcast.
func (t *track) RID() string { return "" }

// StreamID names the stream.
func (t *track) StreamID() string { return "page" }

// Kind is voice.
func (t *track) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }
