package sim

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/sip"
	"tandem/sip/transport"
)

// Config says where the product is and who lives around it.
type Config struct {
	Server   netip.AddrPort // the product's SIP over UDP
	Realm    string         // of the product's devices
	Carrier  netip.AddrPort // where the carrier listens; port 0 takes a free one
	Phones   []Phone        // who registers and answers
	Customer []string       // E.164 numbers of the people who call
	Numbers  []string       // E.164 numbers of the product that they call
	Every    time.Duration  // a call begins this often; 0: only when asked
	Speech   []*prompt.Prompt
	Messages *SMSC  // that the people outside write by; nil: they write nothing
	Seed     uint64 // of everything that is left to chance
	Log      *slog.Logger
}

// Phone is a phone on a desk.
type Phone struct {
	Name     string
	Username string
	Password string
	Answers  Habit
}

// Habit is what a phone does with a call.
type Habit int

// The habits.
const (
	AnswersSometimes Habit = iota // after a few seconds, or lets it ring
	AnswersAlways                 // after a second
	NeverAnswers
	Declines
)

// World is everything that was started.
type World struct {
	cfg     Config
	carrier *exchange
	desk    *exchange
	dice    *dice
	down    atomic.Bool // the carrier's line
	cancel  context.CancelFunc
	over    <-chan struct{} // closed by cancel
	wg      sync.WaitGroup
}

// Start opens the carrier and the phones; calls begin once both are there.
func Start(ctx context.Context, cfg Config) (*World, error) {
	ctx, cancel := context.WithCancel(ctx)
	w := &World{cfg: cfg, cancel: cancel, over: ctx.Done(), dice: newDice(cfg.Seed)}
	var err error
	if w.carrier, err = w.openCarrier(ctx); err == nil {
		w.desk, err = w.openDesk(ctx)
	}
	if err != nil {
		w.Close(ctx)
		return nil, err
	}
	if cfg.Every > 0 && len(cfg.Customer) > 0 && len(cfg.Numbers) > 0 {
		w.wg.Go(func() { w.keepCalling(ctx) })
	}
	return w, nil
}

// Carrier is where the product's trunk must send its calls.
func (w *World) Carrier() netip.AddrPort { return w.carrier.addr }

// Close ends every call and gives the ports back.
func (w *World) Close(ctx context.Context) {
	w.cancel()
	w.wg.Wait()
	for _, x := range []*exchange{w.carrier, w.desk} {
		if x != nil {
			x.close(ctx)
		}
	}
}

// exchange is one SIP address with its media.
type exchange struct {
	stack  *sip.Stack
	engine *media.Engine
	addr   netip.AddrPort
	log    *slog.Logger
	wg     sync.WaitGroup
}

// open starts an exchange; what comes in is handled by answer in a goroutine of its own.
func open(ctx context.Context, bind netip.AddrPort, log *slog.Logger, answer func(*party, *sip.Attempt)) (*exchange, error) {
	return openAt(ctx, []transport.Listener{{Network: transport.UDP, Bind: bind}}, log, answer)
}

// openAt is open with several addresses; media are at the first.
func openAt(ctx context.Context, at []transport.Listener, log *slog.Logger, answer func(*party, *sip.Attempt)) (*exchange, error) {
	x, bind := &exchange{log: log}, at[0].Bind
	var err error
	x.engine, err = media.New(media.Config{Bind: bind.Addr(), Ports: media.PortRange{First: 40000, Last: 44999}, Log: log})
	if err != nil {
		return nil, fmt.Errorf("simulated media: %w", err)
	}
	x.stack, err = sip.New(sip.Config{
		Listeners: at, Realm: "sim", Log: log,
	}, &door{x: x, ctx: ctx, answer: answer}) // calls outlive the call that opened the door
	if err == nil {
		err = x.stack.Start(ctx)
	}
	if err != nil {
		_ = x.engine.Close()
		return nil, fmt.Errorf("simulated exchange at %s: %w", bind, err)
	}
	x.addr = x.stack.Listeners()[0].Bind
	return x, nil
}

func (x *exchange) close(ctx context.Context) {
	x.wg.Wait()
	if err := x.stack.Close(ctx); err != nil {
		x.log.LogAttrs(ctx, slog.LevelWarn, "simulated exchange did not close", slog.Any("err", err))
	}
	if err := x.engine.Close(); err != nil {
		x.log.LogAttrs(ctx, slog.LevelWarn, "simulated media did not close", slog.Any("err", err))
	}
}
