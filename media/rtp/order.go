package rtp

// orderDepth is how many packets may wait for one that is missing.
const orderDepth = 4

// orderGap is the longest gap, in ticks, that is filled; a longer one is a new beginning.
const orderGap = 10 * Rate

// Piece is one stretch of a stream in order.
type Piece struct {
	Payload []byte
	Missing uint32 // ticks that were never received, before the payload
}

// Order puts a stream back in order for whoever listens to it: it holds up to four packets while one is missing. Listeners need
// no clock, so a stream without loss passes without delay. Its owner locks it.
type Order struct {
	started bool
	ssrc    uint32
	seq     uint16 // the next one
	next    uint32 // its timestamp
	held    [orderDepth]heldPacket
	waiting int
}

type heldPacket struct {
	used      bool
	seq       uint16
	timestamp uint32
	n         int
	data      [2 * FrameTicks]byte
}

// Add takes a packet and gives what can be heard now. The payload is valid during the call only.
func (o *Order) Add(h *Header, payload []byte, give func(Piece)) {
	if !o.started || h.SSRC != o.ssrc || jump(h.Seq, o.seq) {
		o.flush(give)
		o.started, o.ssrc, o.seq, o.next = true, h.SSRC, h.Seq, h.Timestamp
	}
	ahead := seqAhead(h.Seq, o.seq)
	if ahead < 0 {
		return
	}
	if ahead == 0 {
		o.pass(h.Timestamp, payload, give)
		o.release(give)
		return
	}
	if !o.hold(h, payload) {
		o.flush(give)
		if seqAhead(h.Seq, o.seq) >= 0 {
			o.seq = h.Seq
			o.pass(h.Timestamp, payload, give)
		}
	}
}

func jump(seq, want uint16) bool {
	ahead := seqAhead(seq, want)
	return ahead > maxDropout || ahead < -maxMisorder
}

// pass gives one packet and what was missing before it.
func (o *Order) pass(timestamp uint32, payload []byte, give func(Piece)) {
	p := Piece{Payload: payload}
	if gap := ticksAhead(timestamp, o.next); gap > 0 && gap <= orderGap {
		p.Missing = uint32(gap & 0xFFFFFF)
	}
	o.seq++
	o.next = timestamp + uint32(len(payload)&0xFFFF)
	give(p)
}

// hold keeps a packet that came too early; false when there is no room, or it would wait for too many.
func (o *Order) hold(h *Header, payload []byte) bool {
	if o.waiting == orderDepth || len(payload) > len(o.held[0].data) {
		return false
	}
	free := -1
	for i := range o.held {
		switch {
		case !o.held[i].used:
			free = i
		case o.held[i].seq == h.Seq:
			return true
		}
	}
	p := &o.held[free]
	p.used, p.seq, p.timestamp = true, h.Seq, h.Timestamp
	p.n = copy(p.data[:], payload)
	o.waiting++
	return true
}

// release gives what was held and has its turn now.
func (o *Order) release(give func(Piece)) {
	for o.waiting > 0 {
		p := o.find(o.seq)
		if p == nil {
			return
		}
		o.drop(p, give)
	}
}

// flush gives everything that is held, in order.
func (o *Order) flush(give func(Piece)) {
	for o.waiting > 0 {
		first := -1
		for i := range o.held {
			if o.held[i].used && (first < 0 || seqAhead(o.held[i].seq, o.held[first].seq) < 0) {
				first = i
			}
		}
		o.seq = o.held[first].seq
		o.drop(&o.held[first], give)
	}
}

func (o *Order) find(seq uint16) *heldPacket {
	for i := range o.held {
		if o.held[i].used && o.held[i].seq == seq {
			return &o.held[i]
		}
	}
	return nil
}

func (o *Order) drop(p *heldPacket, give func(Piece)) {
	p.used = false
	o.waiting--
	o.pass(p.timestamp, p.data[:p.n], give)
}
