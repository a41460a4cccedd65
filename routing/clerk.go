package routing

import "log/slog"

// Registrar changes the records where the switchboard has decided something about a user.
type Registrar interface {
	// NotAnswering makes a user unavailable with ReasonNotAnswering (SPEC A13). It must not block: it does so soon, and a user who is unavailable already
	// stays as they are.
	NotAnswering(u UserID)
}

// clerk writes what users do into the ledger, in its order, so that no call waits for it. It ends with leave, once everything is written.
func (s *Switch) clerk(leave <-chan struct{}) {
	for {
		select {
		case <-s.presence.wake:
			s.writeShifts()
		case <-leave:
			s.writeShifts()
			return
		}
	}
}

func (s *Switch) writeShifts() {
	shifts, away := s.presence.take()
	for _, change := range shifts {
		if err := s.ledger.Shift(change); err != nil {
			s.log.Error("status is not in the ledger", slog.String("user", string(change.User)), slog.Any("err", err))
		}
	}
	if s.registrar == nil {
		return
	}
	for _, u := range away {
		s.registrar.NotAnswering(u)
	}
}
