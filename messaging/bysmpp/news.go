package bysmpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
)

// noteFor is for how long a program may be told of a message; later nobody waits for it any more.
const noteFor = 72 * time.Hour

// note is what a program is to be told of a message of its own: under which ids it knows it, and between whom, as it wrote them.
type note struct {
	Connector   messaging.ConnectorID `json:"connector"`
	IDs         []string              `json:"ids"`
	Source      smpp.Address          `json:"source"`
	Destination smpp.Address          `json:"destination"`
	At          time.Time             `json:"at"`
}

func noteKey(id messaging.ID) string               { return "smpp:" + string(id) }
func partKey(id string) string                     { return "smpp-part:" + id }
func doneKey(id messaging.ID, ref string) string   { return "smpp-told:" + string(id) + ":" + ref }
func wantsReceipt(m *smpp.SM) (wanted bool)        { return m.Registered&0x03 != 0 }
func wantsFailureAlone(m *smpp.SM) (failures bool) { return m.Registered&0x03 == smpp.ReceiptFailure }

// noted is what a message, or a segment, is called from now on. Where a receipt was asked for that is written down before it is answered, so that the receipt
// goes out whatever happens.
func (p *Peer) noted(ctx context.Context, m *smpp.SM, taken messaging.Taken) (string, error) {
	part := p.segment(m)
	id := string(taken.Message)
	if part.set != "" {
		id = part.id(part.number)
	}
	if p.cfg.Role != messaging.RoleProgram {
		return id, nil
	}
	notes := p.server.cfg.Notes
	wanted := wantsReceipt(m) && !wantsFailureAlone(m)
	if part.set != "" && wanted {
		if err := notes.Remember(ctx, partKey(id), []byte(id), time.Now().Add(noteFor)); err != nil {
			return "", err
		}
	}
	if taken.Message == "" {
		return id, nil
	}
	n := note{Connector: p.cfg.Connector, Source: m.Source, Destination: m.Destination, At: time.Now()}
	var err error
	if n.IDs, err = p.known(ctx, part, id, wanted); err != nil || len(n.IDs) == 0 {
		return id, err
	}
	text, err := json.Marshal(n)
	if err == nil {
		err = notes.Remember(ctx, noteKey(taken.Message), text, n.At.Add(noteFor))
	}
	if err != nil {
		return "", err
	}
	p.news.add(taken.Message) // What became of it may have been told already.
	return id, nil
}

// known are the ids under which a program waits for a receipt: of each segment that asked for one.
func (p *Peer) known(ctx context.Context, part segment, id string, wanted bool) ([]string, error) { //nolint:revive // flag-parameter: it is what the last segment asked for.
	if part.set == "" {
		if !wanted {
			return nil, nil
		}
		return []string{id}, nil
	}
	var out []string
	for i := 1; i <= part.total; i++ {
		got, err := p.server.cfg.Notes.Recall(ctx, partKey(part.id(i)))
		if err != nil {
			return nil, err
		}
		if got != nil {
			out = append(out, string(got))
		}
	}
	return out, nil
}

// segment names a segment of a long message: the same again has the same name.
type segment struct {
	set           string // empty: it is none
	number, total int
}

func (s segment) id(number int) string { return fmt.Sprintf("%s-%d", s.set, number) }

// segment says which one a PDU is.
func (p *Peer) segment(m *smpp.SM) segment {
	b, err := p.line.body(m)
	if err != nil || b.Part.Total == 0 {
		return segment{}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d\x00%d\x00%s", p.cfg.Connector, m.Source.Number, m.Destination.Number, b.Part.Reference,
		b.Part.Total, time.Now().UTC().Format(time.DateOnly)))
	return segment{"seg_" + hex.EncodeToString(sum[:12]), b.Part.Number, b.Part.Total}
}

// newsroom is what a program is to be told once it is bound.
type newsroom struct {
	wake chan struct{} // capacity 1

	mu      sync.Mutex
	waiting []messaging.ID // in order
	known   map[messaging.ID]struct{}
}

// mostNews is how many messages a program is told of when it has been away; the Notebook knows the others when it is asked again.
const mostNews = 100_000

func (n *newsroom) add(id messaging.ID) {
	n.mu.Lock()
	if n.known == nil {
		n.known = map[messaging.ID]struct{}{}
	}
	if _, twice := n.known[id]; !twice && len(n.waiting) < mostNews {
		n.known[id] = struct{}{}
		n.waiting = append(n.waiting, id)
	}
	n.mu.Unlock()
	n.stir()
}

func (n *newsroom) stir() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest out.
func (n *newsroom) next() (messaging.ID, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.waiting) == 0 {
		return "", false
	}
	id := n.waiting[0]
	n.waiting = n.waiting[1:]
	delete(n.known, id)
	return id, true
}

// Told takes that something became of a message that a program wrote. It does not block.
func (s *Server) Told(m *messaging.Message) {
	if m.Direction != messaging.Outbound || m.Channel != messaging.ChannelAPI || !final(m.State) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.names {
		if p.cfg.Role == messaging.RoleProgram {
			p.news.add(m.ID)
		}
	}
}

func final(s messaging.State) (is bool) {
	return s == messaging.StateDelivered || s == messaging.StateFailed
}

// report tells the program what became of its messages, as long as it is bound, until ctx ends.
func (p *Peer) report(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.news.wake:
		}
		for ctx.Err() == nil && p.line.state().Sends > 0 {
			id, more := p.news.next()
			if !more {
				break
			}
			if err := p.tell(ctx, id); err != nil {
				p.news.add(id)
				p.line.log.LogAttrs(ctx, slog.LevelInfo, "a program was not told what became of a message", slog.String("message_id", string(id)), slog.Any("err", err))
				if pause(ctx, time.Second) != nil {
					return
				}
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tell sends the receipts of a message, if it is the program's, if it asked for them, and if it was not told yet.
func (p *Peer) tell(ctx context.Context, id messaging.ID) error {
	notes := p.server.cfg.Notes
	text, err := notes.Recall(ctx, noteKey(id))
	if err != nil || text == nil {
		return err
	}
	var n note
	if err = json.Unmarshal(text, &n); err != nil || n.Connector != p.cfg.Connector {
		return nil //nolint:nilerr // It is none of ours.
	}
	m, err := p.server.cfg.Messages.Message(ctx, id)
	if errors.Is(err, messaging.ErrNotFound) || err == nil && !final(m.State) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, ref := range n.IDs {
		key := doneKey(id, ref)
		done, err := notes.Recall(ctx, key)
		if err == nil && done == nil {
			err = p.deliverReceipt(ctx, &n, m, ref)
		}
		if err == nil && done == nil {
			err = notes.Remember(ctx, key, []byte(m.State), time.Now().Add(noteFor))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deliverReceipt sends one receipt (SMPP 3.4 appendix B) and waits until the program has it.
func (p *Peer) deliverReceipt(ctx context.Context, n *note, m *messaging.Message, ref string) error {
	r := &smpp.Receipt{IDs: []string{ref}, State: smpp.StateDelivered, Sub: 1, Dlvd: 1, Text: m.Body}
	if m.State == messaging.StateFailed {
		r.Dlvd, r.Err, r.State = 0, "001", smpp.StateUndeliverable
		switch m.Reason { //nolint:exhaustive // The others are undeliverable.
		case messaging.ReasonExpired:
			r.State = smpp.StateExpired
		case messaging.ReasonRejected:
			r.State = smpp.StateRejected
		}
	}
	sm := &smpp.SM{Command: smpp.DeliverSM, ServiceType: p.cfg.ServiceType, Source: n.Destination, Destination: n.Source}
	r.Write(sm, smpp.DialectStandard, smpp.Dates{Submitted: m.At, Done: m.UpdatedAt})
	_, err := p.line.submit(ctx, sm)
	if refused, is := errors.AsType[*smpp.RefusedError](err); is && !refused.Temporary() {
		return nil // It will not be told.
	}
	return err
}
