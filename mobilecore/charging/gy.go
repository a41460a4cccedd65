package charging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"tandem/mobilecore/diameter"
)

// Credit answers requests for credit; an Office does.
type Credit interface {
	// Control answers one request. An error is for the operator: the answer is TooBusy then.
	Control(ctx context.Context, r Request) (Answer, error)
}

// Peers finds who is connected; a diameter.Server does.
type Peers interface {
	// Peer gives the connection of a host; nil: it has none.
	Peer(host string) *diameter.Peer
}

// Gy is the credit control server of Gy and Ro (RFC 8506; TS 32.251 and TS 32.260 by way of TS 32.299).
type Gy struct {
	credit Credit
	log    *slog.Logger
	failed atomic.Int64          // second in which a failure was last logged
	peers  atomic.Pointer[Peers] // Join gives
}

// NewGy makes one. log may be nil.
func NewGy(credit Credit, log *slog.Logger) *Gy {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Gy{credit: credit, log: log}
}

// Join gives it the peers that Reauthorise and Abort speak to.
func (g *Gy) Join(peers Peers) { g.peers.Store(&peers) }

// Serve answers a request of a peer: diameter.Config takes it. nil: the command is none of credit control.
func (g *Gy) Serve(ctx context.Context, from *diameter.Peer, m *diameter.Message) *diameter.Message {
	if m.Command != diameter.CreditRequest {
		return nil
	}
	c, err := readCreditRequest(m, from.Host())
	if err != nil {
		return g.refuse(ctx, from, m, err)
	}
	a, err := g.credit.Control(ctx, c.Request)
	if err != nil {
		g.lament(ctx, from.Host(), err)
		a = Answer{Result: TooBusy}
	}
	g.tell(ctx, &c.Request, a.Result)
	return c.answer(from.Us(), m, a)
}

// refuse answers a request that cannot be read.
func (g *Gy) refuse(ctx context.Context, from *diameter.Peer, m *diameter.Message, err error) *diameter.Message {
	refused, is := errors.AsType[*diameter.RefusalError](err)
	if !is {
		refused = diameter.Refusal(diameter.UnableToComply, err.Error())
	}
	from.Complain(ctx, m, refused)
	answer := from.Us().Refuse(m, refused)
	for _, a := range []diameter.Attribute{diameter.CCRequestType, diameter.CCRequestNumber} { // An answer has them (RFC 8506 section 3.2).
		if said := m.Find(a); said != nil {
			answer.Add(*said)
		}
	}
	return answer
}

// tell logs where a session begins and ends, and what is refused.
func (g *Gy) tell(ctx context.Context, r *Request, result Result) {
	level := slog.LevelDebug
	if result != Granted || r.Kind == Initial || r.Kind == Terminate {
		level = slog.LevelInfo
	}
	if !g.log.Enabled(ctx, level) {
		return
	}
	g.log.LogAttrs(ctx, level, "credit was asked for", slog.String("peer", r.Peer), slog.String("method", r.Kind.String()), slog.String("number", masked(r.MSISDN)),
		slog.String("imsi", masked(r.IMSI)), slog.String("cause", result.code().String()))
}

// lament logs that the ledger fails, once in a second.
func (g *Gy) lament(ctx context.Context, peer string, err error) {
	now := time.Now().Unix()
	if last := g.failed.Load(); last != now && g.failed.CompareAndSwap(last, now) {
		g.log.LogAttrs(ctx, slog.LevelError, "credit cannot be controlled", slog.String("peer", peer), slog.Any("err", err))
	}
}

// Reauthorise asks a peer to report on a session now, and to come back for credit (RFC 8506 section 5.5). It fails with ErrNoSession where the peer is not connected, or
// does not know the session.
func (g *Gy) Reauthorise(ctx context.Context, peer, session string) error {
	const authorizeOnly = 0
	return g.ask(ctx, peer, session, diameter.NewRequest(diameter.ReAuth, diameter.CreditControl, diameter.Text(diameter.SessionID, session),
		diameter.Number(diameter.ReAuthRequestType, authorizeOnly)))
}

// Abort has a peer end a session (RFC 6733 section 8.5). It fails as Reauthorise does.
func (g *Gy) Abort(ctx context.Context, peer, session string) error {
	return g.ask(ctx, peer, session, diameter.NewRequest(diameter.AbortSession, diameter.CreditControl, diameter.Text(diameter.SessionID, session)))
}

// ask sends a request about a session to whoever has it.
func (g *Gy) ask(ctx context.Context, peer, session string, m *diameter.Message) error {
	var to *diameter.Peer
	if peers := g.peers.Load(); peers != nil {
		to = (*peers).Peer(peer)
	}
	if to == nil {
		return ErrNoSession
	}
	host, realm := to.Host(), to.Realm()
	// Behind a relay is whoever the session is named for (RFC 6733 section 8.8).
	if named, _, _ := strings.Cut(session, ";"); to.Relays() && named != "" {
		host, realm = named, diameter.RealmOf(named)
	}
	us := to.Us()
	m.Add(diameter.Text(diameter.OriginHost, us.Identity), diameter.Text(diameter.OriginRealm, us.Realm), diameter.Text(diameter.DestinationRealm, realm),
		diameter.Text(diameter.DestinationHost, host), diameter.Number(diameter.AuthApplicationID, uint64(diameter.CreditControl)))
	answer, err := to.Do(ctx, m)
	if err != nil {
		return err
	}
	const success = 2 // its thousands (RFC 6733 section 7.1)
	switch r := answer.Result(); {
	case r == diameter.UnknownSessionID, r == diameter.UnableToDeliver:
		return ErrNoSession
	case r/1000 != success:
		return fmt.Errorf("%s answers %s: %w", peer, r, errRefused)
	}
	return nil
}

var errRefused = errors.New("the peer refuses")
