package smpp

import (
	"context"
	"time"
)

// Handler is told what comes by a bind. All its methods are called by many goroutines, several for one bind.
type Handler interface {
	// Take is given a message or a receipt: at a client deliver_sm or data_sm, at a server submit_sm or data_sm. What it returns is the response, so it returns
	// when what came is safe. Up to Settings.Serve calls run at once for a bind; those of one source and destination are made one after the other, in the order
	// in which they came. ctx ends when nobody waits for the answer any more.
	Take(ctx context.Context, b *Bind, m *SM) Answer

	// Alert is told that a handset can be reached. Nothing answers that.
	Alert(ctx context.Context, b *Bind, a *Alert)

	// Changed is told that a bind is there, before anything comes by it; that it is gone, after the last call of Take for it has returned; or that it did not
	// come about.
	Changed(ctx context.Context, c Change)
}

// Asked answers what is not a message: Query, Cancel, Replace and Multi. The body is a QueryResponse or a MultiResponse with ROK, and nil otherwise or where there
// is nothing to say.
type Asked func(ctx context.Context, b *Bind, what Body) (Body, Status)

// Answer is the response to a message.
type Answer struct {
	Status    Status
	MessageID string // what the SMSC calls the message; of deliver_sm empty
	TLVs      TLVs   // of data_sm_resp
	Withhold  bool   // no response is sent: only a simulation wants that
}

// Phase says what became of a bind.
type Phase int

// The phases.
const (
	PhaseUp     Phase = iota // it can be used
	PhaseDown                // it ended; Err says why
	PhaseFailed              // it did not come about; Err says why
)

// Change is a bind that came, went or failed to come.
type Change struct {
	Phase Phase
	Bind  *Bind         // nil with PhaseFailed
	Place int           // of a client: which of Kinds it is
	Err   error         // RefusedError where the peer refused
	Again time.Duration // of a client: until it tries again; 0: it does not
}

// Settings are limits of one bind. What is zero is as it says.
type Settings struct {
	Window   int           // our requests without an answer; 0: 10
	Serve    int           // calls of Handler at once; 0: as Window, at least 10
	Rate     float64       // messages that we send in a second; 0: no limit
	Patience time.Duration // until a request without an answer is given up, and for the handshake; 0: 10 s
	Enquire  time.Duration // between enquire_link; 0: 30 s
	Drain    time.Duration // how long the end may take until everything outstanding is answered; 0: 10 s
}

// filled puts what is not said.
func (s Settings) filled() Settings {
	const window, patience, enquire = 10, 10 * time.Second, 30 * time.Second
	if s.Window <= 0 {
		s.Window = window
	}
	if s.Serve <= 0 {
		s.Serve = max(s.Window, window)
	}
	for _, d := range []struct {
		at      *time.Duration
		instead time.Duration
	}{{&s.Patience, patience}, {&s.Enquire, enquire}, {&s.Drain, patience}} {
		if *d.at <= 0 {
			*d.at = d.instead
		}
	}
	return s
}
