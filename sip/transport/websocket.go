package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/coder/websocket"

	"tandem/sip/message"
)

// Seat is whose a WebSocket is: whoever opened it has proved that to the HTTP server. Every request on it is that AOR's, without digest.
type Seat struct {
	AOR      message.AOR
	Instance string  // names the browser: the same again after a reload (RFC 5626 section 4.1); empty: it has no name
	Over     Network // WS or WSS as the browser sees it, behind a proxy too; empty: as the request came
}

// Errors of opening a WebSocket.
var (
	ErrCrowded    = errors.New("too many connections")
	ErrNoProtocol = errors.New("the WebSocket subprotocol sip is not on offer")
)

const (
	subprotocol  = "sip" // RFC 7118 section 4
	frameScratch = 1024  // bytes that a WebSocket reads ahead, and writes from: most of its life it waits
)

// Upgrade makes a WebSocket of a request whose sender the HTTP server knows, and serves it on goroutines of its own until it ends. Nothing has been written on w
// when it fails with ErrCrowded, ErrClosed or ErrNoProtocol; any other error has been answered.
func (l *Layer) Upgrade(w http.ResponseWriter, r *http.Request, seat Seat) error {
	if !offers(r.Header.Values("Sec-WebSocket-Protocol"), subprotocol) {
		return ErrNoProtocol
	}
	s, err := l.reserve(r, seat)
	if err != nil {
		return err
	}
	taken := &hijacker{ResponseWriter: w}
	web, err := websocket.Accept(taken, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, InsecureSkipVerify: true, // the HTTP server has judged the Origin
	})
	if err != nil {
		s.close()
		l.flowOver(s, ErrFlowGone)
		l.wg.Done()
		return err //nolint:wrapcheck // the library's sentence says what the handshake lacks
	}
	web.SetReadLimit(int64(l.cfg.Limits.Message))
	ctx := context.WithoutCancel(r.Context()) // closing the connection ends what is done on it
	s.upgraded(taken.conn, func(batch []byte, ends []int) error { return putFrames(ctx, web, batch, ends) })
	go func() {
		defer l.wg.Done()
		s.serveFrames(ctx, web)
	}()
	return nil
}

// offers says whether a list of subprotocols has one.
func offers(lists []string, want string) bool {
	for _, list := range lists {
		for one := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(one), want) {
				return true
			}
		}
	}
	return false
}

// reserve keeps a place for a connection that is not made yet.
func (l *Layer) reserve(r *http.Request, seat Seat) (*stream, error) {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		remote = netip.AddrPortFrom(netip.IPv4Unspecified(), 0) // a socket without addresses
	}
	over := seat.Over
	if over == "" {
		over = WS
		if r.TLS != nil {
			over = WSS
		}
	}
	listener := Listener{Network: over, Bind: localOf(r)}
	listener.Advertise = listener.Bind
	s := &stream{layer: l, flow: Flow{Network: over, Listener: listener, Remote: unmap(remote), Seat: seat}}
	t := &l.streams
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed || l.dialling == nil:
		return nil, ErrClosed
	case len(t.byID) >= l.cfg.Limits.Connections, t.perSeat[seat.AOR] >= l.cfg.Limits.PerSeat, l.guard.isBanned(s.flow.Remote.Addr()):
		l.count.Refused[Crowded].Add(1)
		return nil, ErrCrowded
	}
	t.addLocked(s)
	l.wg.Add(1)
	return s, nil
}

func localOf(r *http.Request) netip.AddrPort {
	a, is := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !is {
		return netip.AddrPort{}
	}
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return unmap(at)
}

// hijacker lets us see the connection under a WebSocket, for its deadlines and its end, and gives the library small buffers.
type hijacker struct {
	http.ResponseWriter

	conn net.Conn
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // the caller's own words
	}
	h.conn = conn
	var ahead io.Reader = conn
	if n := rw.Reader.Buffered(); n > 0 {
		ahead = rw.Reader
	}
	return conn, bufio.NewReadWriter(bufio.NewReaderSize(ahead, frameScratch), bufio.NewWriterSize(conn, frameScratch)), nil
}

// upgraded gives a reserved stream its connection. One that was closed meanwhile stays closed.
func (s *stream) upgraded(conn net.Conn, put func(batch []byte, ends []int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.put = conn, put
	if s.state == over {
		_ = conn.Close()
		return
	}
	s.state = open
	s.startLocked()
}

// serveFrames reads until the WebSocket ends, and then tells the receiver.
func (s *stream) serveFrames(ctx context.Context, web *websocket.Conn) {
	l := s.layer
	l.count.Connections.Add(1)
	stop := s.keepAlive(ctx, web)
	defer func() {
		stop()
		s.closeSoon()
		l.count.Connections.Add(-1)
		l.flowOver(s, ErrFlowGone)
	}()
	for s.readFrame(ctx, web) {
	}
}

// keepAlive pings now and then: it keeps proxies and NATs awake, and finds a browser that left without a word.
func (s *stream) keepAlive(ctx context.Context, web *websocket.Conn) (stop func()) {
	ended, made := make(chan struct{}), make(chan struct{})
	var timer *time.Timer
	limits := &s.layer.cfg.Limits
	timer = time.AfterFunc(limits.Ping, func() {
		<-made // on a machine that is held up the first ping is due before the timer has its name
		waits, done := context.WithTimeout(ctx, limits.Pong)
		defer done()
		// The deadline of the last message is long past: it would fail the ping as if the browser were gone.
		if s.writable(limits.Pong) != nil || web.Ping(waits) != nil {
			s.close()
			return
		}
		select {
		case <-ended:
		default:
			timer.Reset(limits.Ping)
		}
	})
	close(made)
	return func() {
		close(ended)
		timer.Stop()
	}
}

// writable lets what is written now take so long.
func (s *stream) writable(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrFlowGone
	}
	return s.conn.SetWriteDeadline(time.Now().Add(d)) //nolint:wrapcheck // the caller only ends the connection
}

// readFrame takes one request or response: each is one WebSocket message, text or binary, however it is cut into frames (RFC 7118 section 5). False ends the
// connection; a panic ends it too.
func (s *stream) readFrame(ctx context.Context, web *websocket.Conn) bool {
	l := s.layer
	defer l.Recover("read websocket")
	_, part, err := web.Reader(ctx)
	if err != nil {
		return false
	}
	slow := time.AfterFunc(l.cfg.Limits.Complete, func() {
		l.count.Refused[Slow].Add(1)
		s.close()
	})
	data, err := io.ReadAll(part)
	slow.Stop()
	if err != nil {
		if errors.Is(err, websocket.ErrMessageTooBig) {
			l.count.Refused[TooLarge].Add(1)
		}
		return false
	}
	if blank, pings := keepAlives(data); blank == len(data) {
		for range pings {
			_ = s.write([]byte("\r\n")) // RFC 5626 section 3.5.1
		}
		return true
	}
	return l.streamed(data, s.flow, s)
}

// putFrames writes each message of a batch as one text message; the deadline of the connection bounds it.
func putFrames(ctx context.Context, web *websocket.Conn, batch []byte, ends []int) error {
	from := 0
	for _, end := range ends {
		if err := web.Write(ctx, websocket.MessageText, batch[from:end]); err != nil {
			return err //nolint:wrapcheck // the caller only ends the connection
		}
		from = end
	}
	return nil
}

// CloseSeat ends every WebSocket of an AOR, as when its user is not welcome any more.
func (l *Layer) CloseSeat(aor message.AOR) {
	t := &l.streams
	t.mu.Lock()
	var all []*stream
	if t.perSeat[aor] > 0 {
		for _, s := range t.byID {
			if s.flow.Seat.AOR == aor {
				all = append(all, s)
			}
		}
	}
	t.mu.Unlock()
	for _, s := range all {
		s.close()
		l.cfg.Log.Info("browser sent away", slog.String("aor", string(aor)))
	}
}
