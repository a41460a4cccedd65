package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transaction"
)

// The events of a leg: what its transactions, its peer and its clocks post to the owner's mailbox.
type (
	// resolved brings the servers to try.
	resolved struct {
		ref  Ref
		hops []Hop
	}
	// replied is what came of a request of ours.
	replied struct {
		ref   Ref
		req   *request
		reply transaction.Reply
	}
	// stray is a 2xx whose transaction is gone.
	stray struct {
		ref  Ref
		resp *gosip.Response
	}
	// requested is a request of the peer inside the dialog.
	requested struct {
		ref Ref
		tx  Server
	}
	// acked is an ACK to a 2xx of ours.
	acked struct {
		ref Ref
		req *gosip.Request
	}
	// gaveUp is the caller's CANCEL, or the end of the connection it called by.
	gaveUp struct {
		ref    Ref
		seq    uint32 // of the INVITE, or anySeq
		reason message.Reason
	}
	// parted is the end of the connection that a browser was reached by.
	parted struct{ ref Ref }
	// rang is a clock that ran out; it counts only when gen is still the clock's.
	rang struct {
		ref  Ref
		what clock
		gen  int
	}
)

// Of names the leg.
func (e *resolved) Of() Ref { return e.ref }

// Of names the leg.
func (e *replied) Of() Ref { return e.ref }

// Of names the leg.
func (e *stray) Of() Ref { return e.ref }

// Of names the leg.
func (e *requested) Of() Ref { return e.ref }

// Of names the leg.
func (e *acked) Of() Ref { return e.ref }

// Of names the leg.
func (e *gaveUp) Of() Ref { return e.ref }

// Of names the leg.
func (e *parted) Of() Ref { return e.ref }

// Of names the leg.
func (e *rang) Of() Ref { return e.ref }

func (*resolved) wire()  {}
func (*replied) wire()   {}
func (*stray) wire()     {}
func (*requested) wire() {}
func (*acked) wire()     {}
func (*gaveUp) wire()    {}
func (*parted) wire()    {}
func (*rang) wire()      {}
