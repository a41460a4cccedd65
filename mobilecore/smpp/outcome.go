package smpp

import (
	"errors"
	"fmt"
	"time"
)

// Why a bind ended, or cannot be used.
var (
	ErrNoBind  = errors.New("there is no bind")
	ErrGone    = errors.New("the bind is gone")
	ErrLeaving = errors.New("the bind is ending")
	ErrKind    = errors.New("this kind of bind does not send messages")
	ErrSilent  = errors.New("the peer answers no enquire_link")
	ErrSlow    = errors.New("the peer does not read")
	ErrUnbound = errors.New("the peer unbound")
	ErrClosed  = errors.New("closed by us")

	errNoAnswer = errors.New("no answer came in time")
	errTLVs     = errors.New("a peer of version 3.3 takes no message_payload")
)

// NotSentError says that nothing of a request was written: it may be sent again, by another bind too.
type NotSentError struct{ Err error }

// Error says why.
func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

// Unwrap is why.
func (e *NotSentError) Unwrap() error { return e.Err }

// InDoubtError says that a request was written, at least in part, and no answer came: the peer has it, or it has not.
type InDoubtError struct{ Err error }

// Error says why.
func (e *InDoubtError) Error() string { return "sent, and not answered: " + e.Err.Error() }

// Unwrap is why.
func (e *InDoubtError) Unwrap() error { return e.Err }

// RefusedError says that the peer answered with a status that is not ROK.
type RefusedError struct {
	Command Command // of the request
	Status  Status
	Again   time.Duration // with a temporary status: when to try again; it grows while the peer goes on refusing, and has jitter
}

// Error names the status.
func (e *RefusedError) Error() string { return fmt.Sprintf("%s refused: %s", e.Command, e.Status) }

// Temporary says whether the same may be taken later.
func (e *RefusedError) Temporary() bool { return e.Status.Temporary() }
