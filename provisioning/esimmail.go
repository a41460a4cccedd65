package provisioning

import (
	"time"

	"tandem/routing"
)

// ESIMMail is how far the e-mail is that brings a user the code of their eSIM (SPEC E17).
type ESIMMail struct {
	Tries int       `json:"tries"`
	Next  time.Time `json:"next,omitzero"` // not before; while it is on its way, when it is taken for lost
	Sent  time.Time `json:"sent,omitzero"`
	Fault string    `json:"fault,omitempty"` // why the last try failed
}

// mailLost is after how long an e-mail that somebody began to send is taken for lost.
const mailLost = 5 * time.Minute

// ESIMMailDue says whether an eSIM's code is to be sent to its user now.
func (n *Number) ESIMMailDue(now time.Time) (is bool) {
	e := n.Settings.ESIM
	if e == nil || e.Code == "" || e.State != ESIMReleased || e.Want != WantEnabled {
		return false
	}
	return e.Mail == nil || e.Mail.Sent.IsZero() && !now.Before(e.Mail.Next)
}

// TakeESIMMail plans to begin to send it; nobody else begins until it is taken for lost. Where it is not due any more there is nothing to do.
func TakeESIMMail(id routing.NumberID, esim string, now time.Time) Edit {
	return editESIM(id, esim, func(n *Number, e *ESIM) bool {
		if !n.ESIMMailDue(now) {
			return false
		}
		tries := 1
		if e.Mail != nil {
			tries = e.Mail.Tries + 1
		}
		e.Mail = &ESIMMail{Tries: tries, Next: now.Add(mailLost).UTC().Truncate(time.Millisecond)}
		return true
	})
}

// ESIMMailSent plans to keep that it was sent.
func ESIMMailSent(id routing.NumberID, esim string, now time.Time) Edit {
	return editESIM(id, esim, func(_ *Number, e *ESIM) bool {
		if e.Mail == nil {
			return false
		}
		e.Mail = &ESIMMail{Tries: e.Mail.Tries, Sent: now.UTC().Truncate(time.Millisecond)}
		return true
	})
}

// ESIMMailFailed plans to keep why it was not sent; it is tried again later and later.
func ESIMMailFailed(id routing.NumberID, esim, why string, now time.Time) Edit {
	return editESIM(id, esim, func(_ *Number, e *ESIM) bool {
		if e.Mail == nil {
			return false
		}
		const first, longest = time.Minute, 6 * time.Hour
		wait := min(first<<min(e.Mail.Tries-1, 10), longest)
		e.Mail = &ESIMMail{Tries: e.Mail.Tries, Next: now.Add(wait).UTC().Truncate(time.Millisecond), Fault: why}
		return true
	})
}

// editESIM plans to change one eSIM, as long as it is the number's.
func editESIM(id routing.NumberID, esim string, change func(*Number, *ESIM) bool) Edit {
	return func(s *State) ([]Change, error) {
		n, is := s.Find(KindNumber, string(id)).(*Number)
		if !is || n.Settings.ESIM == nil || n.Settings.ESIM.ID != esim {
			return nil, nil
		}
		next, e := *n, *n.Settings.ESIM
		if !change(n, &e) {
			return nil, nil
		}
		next.Settings.ESIM = &e
		return s.Put(&next)
	}
}
