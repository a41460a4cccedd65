package provisioning

import (
	"cmp"
	"fmt"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// KeepShared makes an unconfigured number a shared line (SPEC D3, D4), or takes back a conversion that was begun and not published. Its flow is a draft for
// people to make: until it is published, callers hear the announcement.
func (s *State) KeepShared(id routing.NumberID, now time.Time) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	switch n.Kind {
	case routing.Unconfigured, routing.Shared:
	case routing.Direct:
		return nil, told(Refusal{
			Code: "direct_number_reconfigure", Row: "D8", Location: "path.id", Args: map[string]string{"number": string(n.E164)},
			Text: "{number}: " + errReconfigure.Error(),
		})
	case routing.LegacyClassic, routing.LegacyIVR:
		return nil, n.CanConvert()
	}
	var changes []Change
	next := *n
	next.Kind, next.Settings.Conversion = routing.Shared, nil
	if c := n.Settings.Conversion; c != nil {
		if f, is := s.Find(KindFlow, string(c.Flow)).(*Flow); is && f.Version == 0 {
			changes = append(changes, Change{Verb: Delete, Record: f})
		}
	}
	if next.Flow != "" {
		more, err := s.puts(&next)
		return merge(changes, more), err
	}
	more, err := s.fresh(&next, now)
	return merge(changes, more), err
}

// Reconfigure makes a direct number a shared line again, from scratch: nothing of its distribution is left (SPEC D8).
func (s *State) Reconfigure(id routing.NumberID, now time.Time) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	args := map[string]string{"number": string(n.E164)}
	if n.Kind != routing.Direct {
		return nil, told(Refusal{
			Code: "number_not_direct", Row: "D8", Location: "path.id", Args: args,
			Text: "{number} is no direct number: only those are reconfigured from scratch",
		})
	}
	if e := n.Settings.ESIM; e != nil && !e.over() {
		return nil, told(Refusal{
			Code: "esim_assigned", Row: "D8", Location: "path.id", Args: args,
			Text: "an eSIM is assigned to {number}: take it away first",
		})
	}
	next := *n
	next.Kind, next.Users, next.Teams, next.Settings.Outbound, next.Settings.ESIM = routing.Shared, nil, nil, nil, nil
	return s.fresh(&next, now)
}

// fresh gives a number a new flow of its own, which is a draft: callers are told so, and may leave a message.
func (s *State) fresh(n *Number, now time.Time) ([]Change, error) {
	f := &Flow{ID: flow.ID(routing.NewID(KindFlow.Prefix(), now)), Account: n.Account, Name: s.freeName(n.Account, string(n.E164))}
	body, err := flow.Marshal(&flow.Flow{Name: f.Name, Start: "voicemail", Nodes: map[flow.NodeID]*flow.Node{
		"voicemail": {ID: "voicemail", Next: map[string]flow.NodeID{}, Voicemail: &flow.Voicemail{MaxSeconds: 180}},
	}})
	if err != nil {
		return nil, fmt.Errorf("write the flow of %s: %w", n.ID, err)
	}
	f.Draft, n.Flow = string(body), f.ID
	return s.puts(f, n)
}

// puts plans several records, each on what the ones before have made.
func (s *State) puts(records ...Record) ([]Change, error) {
	var out []Change
	st := s
	for _, r := range records {
		changes, err := st.Put(r)
		if err != nil {
			return nil, err
		}
		out = append(out, changes...)
		st = st.With(changes)
	}
	return out, nil
}

// merge puts the changes of a second step behind those of a first: where both change one record it is changed once.
func merge(first, second []Change) []Change {
	out := append([]Change(nil), first...)
	for _, c := range second {
		ref := c.Record.Ref()
		merged := false
		for i, o := range out {
			if was := o.Record.Ref(); was.Kind != ref.Kind || was.ID != ref.ID || c.Verb == Delete {
				continue
			}
			out[i].Record, out[i].Fields, out[i].Event, merged = c.Record, joined(o.Fields, c.Fields), cmp.Or(c.Event, o.Event), true
		}
		if !merged {
			out = append(out, c)
		}
	}
	return out
}

// joined are the fields of two changes in a row as one change.
func joined(first, second []FieldChange) []FieldChange {
	out := append([]FieldChange(nil), first...)
	for _, f := range second {
		found := false
		for i := range out {
			if out[i].Name == f.Name {
				out[i].After, found = f.After, true
			}
		}
		if !found {
			out = append(out, f)
		}
	}
	return out
}
