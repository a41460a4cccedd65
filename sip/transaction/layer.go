package transaction

import (
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// Errors of a transaction.
var (
	ErrTimeout   = errors.New("no answer in time")         // Timer B or F (RFC 3261 section 17.1)
	ErrTransport = errors.New("request could not be sent") // or a later repeat of it
	ErrFlowGone  = transport.ErrFlowGone                   // ErrNoConnection is one
	ErrAnswered  = errors.New("request has its final response already")
)

// Handler is told what arrives, in the order in which it arrived for each Call-ID. Its methods run on a shard worker that serves
// 1/256 of all calls: they post to a mailbox and return.
type Handler interface {
	// Request hands over a request that opened a server transaction: neither ACK nor CANCEL nor a retransmission.
	Request(tx *Server)
	// Ack hands over an ACK that no transaction consumed: the ACK to a 2xx, which is the dialog's (RFC 3261 section 13.3.1.4).
	Ack(r *gosip.Request, from transport.Flow)
	// Cancel says that the peer sent CANCEL for an INVITE not yet answered; the CANCEL itself has been answered 200 already.
	Cancel(invite *Server, cancel *gosip.Request)
	// Stray hands over a 2xx to an INVITE whose transaction is gone: its dialog acknowledges it again, or ends it.
	Stray(r *gosip.Response, from transport.Flow)
	// FlowClosed says that a connection ended; the flow's transactions have been told already.
	FlowClosed(id transport.FlowID)
}

// Config is what a Layer needs. Zero takes the default.
type Config struct {
	HighWater int                       // requests that wait in one shard before new ones are shed with 503; 256, at most 512
	Delay     time.Duration             // that requests may wait for their turn, on average, before new ones are shed with 503; 20 ms
	Spare     func(*gosip.Request) bool // names requests that are never shed: emergency calls; nil spares none
	Log       *slog.Logger
}

// Layer is the transaction layer: ordered dispatch of what comes, transactions for what goes. Safe for concurrent use.
type Layer struct {
	cfg     Config
	tr      *transport.Layer
	tags    *message.Tags
	count   *transport.Counters
	seed    maphash.Seed
	keys    keyer
	handler Handler
	log     *slog.Logger // for sipgo's machines, which speak too much
	shards  [shardCount]shard
	flows   flowIndex
	load    overload
}

// shardCount is how many calls are worked on at once, at the most.
const shardCount = 256

// New makes the layer and puts it behind the transport. Call SetHandler before the transport starts.
func New(cfg Config, tr *transport.Layer) *Layer {
	prepare()
	if cfg.HighWater <= 0 || cfg.HighWater > queueBound {
		cfg.HighWater = queueBound / 2
	}
	if cfg.Delay <= 0 {
		cfg.Delay = queueDelay
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Layer{
		cfg: cfg, tr: tr, tags: tr.Tags(), count: tr.Counters(), seed: maphash.MakeSeed(), keys: newKeyer(),
		log: slog.New(slog.DiscardHandler),
	}
	l.load.born, l.load.target = time.Now(), cfg.Delay
	for i := range l.shards {
		l.shards[i].init(l)
	}
	tr.SetReceiver(l)
	return l
}

// SetHandler says who is told. Call it once, before the transport starts.
func (l *Layer) SetHandler(h Handler) { l.handler = h }

// NewTag makes a From or To tag for a dialog of callID. Tags made elsewhere are strangers to the guard, which would challenge what the
// peer sends in their dialogs.
func (l *Layer) NewTag(callID string) string { return l.tags.New(callID) }

func (l *Layer) shard(callID string) *shard {
	return &l.shards[maphash.String(l.seed, callID)%shardCount]
}

// Receive implements transport.Receiver.
func (l *Layer) Receive(m gosip.Message, from transport.Flow) {
	s := l.shard(string(*m.CallID()))
	s.post(item{msg: m, from: from})
}

// preparing guards sipgo's package variables, which are the only way to set these things.
var preparing sync.Once //nolint:gochecknoglobals // sipgo's settings are package variables: they are set once, before any traffic

// prepare sets what sipgo keeps for the whole process, before its first use.
func prepare() {
	preparing.Do(func() {
		gosip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // it logs whole payloads at error level; we count instead
		// After a final response a transaction is a few bytes of ours, kept as long as the RFCs ask. sipgo's machines, which keep whole
		// messages, end at once; without this they would stay 32 s, 26 KB for each call.
		gosip.Timer_J = 50 * time.Millisecond
		gosip.Timer_D = 50 * time.Millisecond
		gosip.Timer_L = 50 * time.Millisecond
		gosip.Timer_M = 50 * time.Millisecond
	})
}

// linger is how long a finished transaction answers repeats: Timers D, H, J, L and M of RFC 3261 and 6026 are 64*T1 on UDP. A stream
// repeats nothing; what crosses on it arrives within T4.
func linger(n transport.Network) time.Duration {
	const t1, t4 = 500 * time.Millisecond, 5 * time.Second
	if n.Reliable() {
		return t4
	}
	return 64 * t1
}
