package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// What a handset cannot do.
var (
	ErrOff        = errors.New("the handset is off")
	ErrNoCoverage = errors.New("the handset has no coverage")
	ErrInCall     = errors.New("the handset is in a call")
	ErrIdle       = errors.New("the handset is in no call")
)

// Power says whether a handset is on.
type Power int

// The states of its power.
const (
	PowerOff Power = iota // and the network knows
	PowerOn
)

// Coverage says whether the network can hear it.
type Coverage int

// The coverages.
const (
	Covered Coverage = iota
	Uncovered
)

// Engagement says whether the handset is in a call that the core never sees, such as an emergency one.
type Engagement int

// The engagements.
const (
	Free Engagement = iota
	Engaged
)

// Handset is a telephone in the network: its dialler, its list of calls and its messages. It is told what to do; safe for concurrent use.
type Handset struct {
	core   *Core
	number string
	imsi   string

	mu       sync.Mutex // guards what follows; a leaf
	power    Power
	coverage Coverage
	engaged  Engagement
	claims   string
	talk     *Talk // nil: idle
	arrived  *Talk // rings, and nobody was told yet
	list     []ListedCall
	native   native
	flagged  int
	changed  chan struct{}
}

// ListedCall is a line of the handset's own list of calls.
type ListedCall struct {
	Number string
	Kind   ListedKind
	At     time.Time
}

// ListedKind is how a call is shown there.
type ListedKind string

// The kinds.
const (
	ListedMissed   ListedKind = "missed"
	ListedReceived ListedKind = "received"
	ListedDeclined ListedKind = "declined"
	ListedDialled  ListedKind = "dialled"
)

func newHandset(c *Core, s Subscriber) *Handset {
	return &Handset{core: c, number: s.Number, imsi: s.IMSI, changed: make(chan struct{}), native: native{awaits: make(map[byte]*Text)}}
}

// set changes something, and tells whoever waits.
func (h *Handset) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
	close(h.changed)
	h.changed = make(chan struct{})
}

// until waits for something about the handset.
func (h *Handset) until(ctx context.Context, what string, is func() bool) error {
	for {
		h.mu.Lock()
		ok, changed := is(), h.changed
		h.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
}

// Number is its number.
func (h *Handset) Number() string { return h.number }

// SetPower switches it on or off; the network is told, and tells the product.
func (h *Handset) SetPower(p Power) {
	h.mu.Lock()
	same := h.power == p
	h.mu.Unlock()
	if same {
		return
	}
	h.set(func() { h.power = p })
	switch p {
	case PowerOn:
		h.core.told(h, 600000)
		h.core.smsc.hasten(h)
		h.send()
	case PowerOff:
		h.core.told(h, 0)
	}
}

// Power says whether it is on.
func (h *Handset) Power() Power {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.power
}

// SetCoverage takes it into a cellar, or out of it; the network notices nothing.
func (h *Handset) SetCoverage(c Coverage) {
	h.set(func() { h.coverage = c })
	h.send()
}

func (h *Handset) covered() Coverage {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.coverage
}

// SetEngaged puts it in a call of the radio network's own, or out of it.
func (h *Handset) SetEngaged(e Engagement) { h.set(func() { h.engaged = e }) }

// Claim makes it show another number than its own; empty: its own.
func (h *Handset) Claim(number string) { h.set(func() { h.claims = number }) }

func (h *Handset) claimed() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.claims
}

// regState is how the registrar calls it (RFC 5502 section 4.2).
func (h *Handset) regState() string {
	if h.Power() == PowerOn {
		return "reg"
	}
	return "unreg"
}

// Talk is the call that it is in or that rings; nil: none.
func (h *Handset) Talk() *Talk {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.talk
}

// Rings waits until a call rings that was not waited for before.
func (h *Handset) Rings(ctx context.Context) (*Talk, error) {
	var t *Talk
	err := h.until(ctx, "the handset does not ring", func() bool {
		t, h.arrived = h.arrived, nil
		return t != nil
	})
	return t, err
}

// Listed waits until its list has that many calls, and gives it, oldest first.
func (h *Handset) Listed(ctx context.Context, n int) ([]ListedCall, error) {
	var list []ListedCall
	err := h.until(ctx, fmt.Sprintf("fewer than %d calls are listed", n), func() bool {
		list = slices.Clone(h.list)
		return len(list) >= n
	})
	return list, err
}

// Idle waits until it is in no call.
func (h *Handset) Idle(ctx context.Context) error {
	return h.until(ctx, "the handset is still in a call", func() bool { return h.talk == nil })
}

// Emergencies is how many calls stayed in the radio network (TS 22.101 section 10): the core never saw them.
func (h *Handset) Emergencies() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.flagged
}

// flags says whether the handset knows a number as an emergency one by its own list.
func (h *Handset) flags(number string) bool {
	return slices.Contains([]string{"112", "15", "17", "18"}, number) && !slices.Contains(h.core.cfg.NotFlagged, number)
}

// begin takes a call as the one that the handset is in.
func (h *Handset) begin(t *Talk) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.power == PowerOff:
		return ErrOff
	case h.coverage == Uncovered:
		return ErrNoCoverage
	case h.talk != nil, h.engaged == Engaged:
		return ErrInCall
	}
	h.talk = t
	return nil
}

// end lists a call that is over.
func (h *Handset) end(t *Talk, kind ListedKind) {
	h.set(func() {
		if h.talk == t {
			h.talk = nil
		}
		if h.arrived == t {
			h.arrived = nil
		}
		if kind != "" {
			h.list = append(h.list, ListedCall{Number: t.Peer, Kind: kind, At: time.Now()})
		}
	})
}

// Dial calls by the native dialler. An emergency number that the handset knows stays in the radio network: the Talk is nil then.
func (h *Handset) Dial(number string) (*Talk, error) {
	if h.flags(number) {
		h.set(func() { h.flagged++ })
		return nil, nil //nolint:nilnil // documented: it is a call, and none that the core has
	}
	if err := h.begin(nil); err != nil {
		return nil, err
	}
	t, err := h.core.dial(h.number, number)
	if err != nil {
		return nil, err
	}
	h.set(func() { h.talk = t })
	h.core.access.wg.Go(func() {
		<-t.done
		h.end(t, ListedDialled)
	})
	return t, nil
}
