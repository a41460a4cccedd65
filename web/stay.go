package web

import (
	"bufio"
	"context"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// overAskedEvery is how often the keeper is asked whether somebody signed out on another node.
	overAskedEvery = 30 * time.Second
	mostAsked      = 10_000 // sessions of which we know when we asked
)

// sessionID names a session; two sessions of one person have two. The zero value is no session: a program's key, or the control socket.
type sessionID [8]byte

// stays are what sessions have open, sockets and streams, and the sessions that were ended before their time.
type stays struct {
	mu    sync.Mutex
	open  map[sessionID]map[*stay]struct{}
	over  map[sessionID]time.Time // with the time until which the cookie would have been good
	asked map[sessionID]time.Time // when the keeper last knew of no end
}

// stay is something that a session has open.
type stay struct {
	kind stayKind
	held sealed // what let it in
	end  func()
}

// stayKind is what a session has open.
type stayKind int

// The kinds.
const (
	staySocket stayKind = iota
	stayStream          // it shows what the person might see when it began
)

// enter notes what a session has open; end is called once when the session ends first. What it returns takes the note back. A session that is over has nothing
// open: end is called at once.
func (s *stays) enter(held sealed, kind stayKind, end func()) (leave func()) {
	id := held.id
	if id == (sessionID{}) {
		return func() {}
	}
	one := &stay{kind: kind, held: held, end: sync.OnceFunc(end)}
	s.mu.Lock()
	_, late := s.over[id]
	if !late {
		if s.open == nil {
			s.open = map[sessionID]map[*stay]struct{}{}
		}
		if s.open[id] == nil {
			s.open[id] = map[*stay]struct{}{}
		}
		s.open[id][one] = struct{}{}
	}
	s.mu.Unlock()
	if late {
		one.end()
		return func() {}
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open[id], one)
		if len(s.open[id]) == 0 {
			delete(s.open, id)
		}
	}
}

// finish ends a session here, and everything that it has open.
func (s *stays) finish(id sessionID, until, now time.Time) {
	s.mu.Lock()
	for k, good := range s.over {
		if !now.Before(good) {
			delete(s.over, k)
		}
	}
	if s.over == nil {
		s.over = map[sessionID]time.Time{}
	}
	s.over[id] = until
	all := s.open[id]
	delete(s.open, id)
	delete(s.asked, id)
	s.mu.Unlock()
	for one := range all {
		one.end()
	}
}

// verdict is what this node knows of a session by itself.
type verdict int

// The verdicts.
const (
	goesOn verdict = iota
	isOver
	unasked // the keeper is to be asked
)

func (s *stays) judge(id sessionID, now time.Time) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, over := s.over[id]; over {
		return isOver
	}
	if at, known := s.asked[id]; known && now.Sub(at) < overAskedEvery {
		return goesOn
	}
	return unasked
}

func (s *stays) wasAsked(id sessionID, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil || len(s.asked) >= mostAsked {
		s.asked = map[sessionID]time.Time{}
	}
	s.asked[id] = now
}

// overKey is what the end of a session is kept under.
func overKey(id sessionID) string { return "session_over " + hex.EncodeToString(id[:]) }

// sessionOver says whether a session was ended before its time: here, on another node, or before this one began. Where the keeper cannot be asked it goes on.
func (s *Server) sessionOver(ctx context.Context, id sessionID, until time.Time) (over proof) {
	if id == (sessionID{}) {
		return false
	}
	now := time.Now()
	switch s.stays.judge(id, now) {
	case isOver:
		return true
	case goesOn:
		return false
	case unasked:
	}
	kept, err := s.keep.Recall(ctx, overKey(id))
	if err != nil {
		return false
	}
	if kept != nil {
		s.stays.finish(id, until, now)
		return true
	}
	s.stays.wasAsked(id, now)
	return false
}

// endSession ends the session of who asks: its cookie is worth nothing from now on, on no node, and what it has open is closed.
func (s *Server) endSession(ctx context.Context, i identity) {
	if i.session == (sessionID{}) {
		return
	}
	s.stays.finish(i.session, i.until, time.Now())
	if err := s.keep.Remember(ctx, overKey(i.session), []byte("over"), i.until); err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "the end of a session is known to this node alone", slog.Any("err", err))
	}
}

// stayingWriter answers a request whose connection may become a socket of a session: it ends with the session.
type stayingWriter struct {
	http.ResponseWriter

	enter func(end func()) (leave func())
}

// Unwrap is for http.ResponseController.
func (w *stayingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker.
func (w *stayingWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // the caller's own words
	}
	return &stayingConn{Conn: conn, leave: w.enter(func() { _ = conn.Close() })}, rw, nil
}

// stayingConn is the connection of a socket.
type stayingConn struct {
	net.Conn

	leave func()
}

// Close implements net.Conn.
func (c *stayingConn) Close() error {
	c.leave()
	return c.Conn.Close() //nolint:wrapcheck // the connection's own words
}
