package store

import (
	"fmt"

	"tandem/routing"
)

// Begin implements routing.Ledger: one write to the spool. The packer is used under the lock of the spool alone.
func (s *Store) Begin(c *routing.CallRecord) error {
	begun := *c
	begun.Status, begun.Legs, begun.Timeline, begun.Ladder = statusInitiated, nil, nil, nil
	if err := s.spool.write(entryBegin, func(b []byte) []byte { return s.packer.encodeCall(b, &begun) }); err != nil {
		return fmt.Errorf("begin call: %w", err)
	}
	return nil
}

// Finish implements routing.Ledger: one write to the spool, from which the database gets the record.
func (s *Store) Finish(c *routing.CallRecord) error {
	over := *c
	over.Status = statusEnded
	if err := s.spool.write(entryFinish, func(b []byte) []byte { return s.packer.encodeCall(b, &over) }); err != nil {
		return fmt.Errorf("finish call: %w", err)
	}
	s.known.met(c)
	return nil
}

// Tell implements routing.Ledger: one write to the spool, in the form of the log of events.
func (s *Store) Tell(e *routing.CallEvent) error {
	err := s.spool.write(entryTell, func(b []byte) []byte {
		return encodeCallNews(b, e, func(to []byte) []byte { return encodeHead(to, e.Call) })
	})
	if err != nil {
		return fmt.Errorf("tell of call: %w", err)
	}
	return nil
}

// Shift implements routing.Ledger: one write to the spool.
func (s *Store) Shift(c routing.StatusChange) error {
	if err := s.spool.write(entryShift, func(b []byte) []byte { return encodeShift(b, c) }); err != nil {
		return fmt.Errorf("change of status: %w", err)
	}
	return nil
}

// NextNumber implements routing.Ledger. After a crash the sequence goes on at most 64 further.
func (s *Store) NextNumber() int64 {
	say := func(p promise) error { return s.spool.write(entryNumbers, p.encode) }
	return s.numbers.take(say, s.drain.wantNumbers)
}
