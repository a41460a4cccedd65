package provisioning

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Edit plans changes on a state, asks the rules, and gives Refusals or a *Refusal where they say no. It must do nothing else: it is asked again when
// somebody was faster.
type Edit func(s *State) ([]Change, error)

// editors lets those who change the records of one store do it one after the other: nobody plans on what another is about to change.
type editors interface {
	Edit(ctx context.Context) (leave func(), err error)
}

// Do plans an edit on the store's state and applies it whole, or not at all; it gives what was applied. The error is what the edit
// gave, or the store's.
func Do(ctx context.Context, store Store, actor string, edit Edit) ([]Change, error) {
	const tries = 8
	if queue, is := store.(editors); is {
		leave, err := queue.Edit(ctx)
		if err != nil {
			return nil, fmt.Errorf("wait to change the records: %w", err)
		}
		defer leave()
	}
	for try := 1; ; try++ {
		state, err := store.State(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the records: %w", err)
		}
		changes, err := edit(state)
		if err != nil || len(changes) == 0 {
			return nil, err
		}
		err = store.Apply(ctx, Batch{Version: state.Version, Actor: actor, Changes: changes})
		if errors.Is(err, ErrMoved) && try < tries {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("apply: %w", err)
		}
		return changes, nil
	}
}

// Put plans to make a record what it is to be, and whatever follows from that; it is created where there is none of its id. The rules of its kind are asked
// first.
func (s *State) Put(r Record) ([]Change, error) {
	ref := r.Ref()
	before := s.Find(ref.Kind, ref.ID)
	if refused := s.check(before, r); len(refused) > 0 {
		return nil, refused.err()
	}
	fields := difference(before, r)
	if before == nil {
		return append([]Change{{Verb: Create, Record: r, Fields: fields}}, begins(r)...), nil
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return []Change{{Verb: Update, Record: r, Fields: fields}}, nil
}

// begins lists what a new record comes with.
func begins(r Record) []Change {
	if a, is := r.(*Account); is {
		return FirstReasons(a, time.Now())
	}
	return nil
}

// ETag names what a record says now: it changes with every change of it.
func ETag(r Record) string {
	h := sha256.New()
	ref := r.Ref()
	fmt.Fprintf(h, "%s\x00%s", ref.Kind, ref.ID)
	for _, f := range r.Fields() {
		fmt.Fprintf(h, "\x00%s\x00%s\x00%s", f.Name, f.Value, string(f.Secret))
	}
	const enough = 12 // bytes: nobody meets an equal one by chance
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:enough])
}

// asJSON is a value as JSON, for fields that are compared whole.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
