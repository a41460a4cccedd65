package sip

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// Seat is whose a WebSocket is (RFC 7118): the HTTP server that serves it has proved that.
type Seat = transport.Seat

// ServeWebSocket makes a WebSocket of a request and serves SIP on it until it ends; it returns at once. Whoever holds it is that AOR, without digest, and nobody
// else: a request in another name is refused with 403. What is registered on it ends with it. The caller has judged who asks and from what Origin.
func (s *Stack) ServeWebSocket(w http.ResponseWriter, r *http.Request, seat Seat) {
	seat.AOR = message.AOR(strings.ToLower(string(seat.AOR)))
	switch err := s.transport.Upgrade(w, r, seat); {
	case err == nil:
		s.cfg.Log.LogAttrs(r.Context(), slog.LevelDebug, "browser connected", slog.String("aor", string(seat.AOR)), slog.String("peer", r.RemoteAddr))
	case errors.Is(err, transport.ErrNoProtocol):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case errors.Is(err, transport.ErrCrowded):
		w.Header().Set("Retry-After", "10")
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	case errors.Is(err, transport.ErrClosed):
		w.Header().Set("Retry-After", "30")
		http.Error(w, "no new phones while this server stops", http.StatusServiceUnavailable)
	default: // answered by the handshake
		s.cfg.Log.LogAttrs(r.Context(), slog.LevelDebug, "no WebSocket made", slog.String("peer", r.RemoteAddr), slog.Any("err", err))
	}
}

// seated is who sends on a browser's connection: its AOR, as long as there is such a device, and nobody else.
func (s *Stack) seated(tx dialog.Server, seat message.AOR) *caller {
	device := s.book.Load().devices[seat]
	if device == nil || aorOf(tx.Request().From().Address) != seat {
		s.end.Respond(tx, 403, nil, s.end.Warning("This connection is of another address")...)
		return nil
	}
	return &caller{device: device.AOR}
}
