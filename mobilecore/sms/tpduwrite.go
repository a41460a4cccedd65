package sms

import "slices"

// bit is a flag of the first octet, if it is set.
func bit(set bool, b byte) byte { //nolint:revive // flag-parameter: it is a bit of the wire
	if set {
		return b
	}
	return 0
}

// Append writes the unit.
func (d *Deliver) Append(b []byte) ([]byte, error) {
	b = append(b, kindDeliver|bit(!d.More, noMore)|bit(d.Loop, loopPrevention)|bit(d.Report, reportWanted)|d.Data.flag()|bit(d.ReplyPath, replyPath))
	b, err := d.From.appendTo(b)
	if err != nil {
		return nil, err
	}
	return d.Data.appendTo(appendStamp(append(b, d.PID, d.Data.DCS), d.At))
}

// Append writes the unit.
func (s *Submit) Append(b []byte) ([]byte, error) {
	first := kindSubmit | bit(s.NoRepeats, rejectDuplicates) | s.Validity.format() | bit(s.Report, reportWanted) | s.Data.flag() | bit(s.ReplyPath, replyPath)
	b, err := s.To.appendTo(append(b, first, s.Reference))
	if err != nil {
		return nil, err
	}
	return s.Data.appendTo(s.Validity.appendTo(append(b, s.PID, s.Data.DCS)))
}

// Append writes the unit.
func (s *StatusReport) Append(b []byte) ([]byte, error) {
	first := kindStatus | bit(!s.More, noMore) | bit(s.Loop, loopPrevention) | bit(s.Command, reportWanted) | s.Extra.flag()
	b, err := s.To.appendTo(append(b, first, s.Reference))
	if err != nil {
		return nil, err
	}
	b = append(appendStamp(appendStamp(b, s.At), s.Done), byte(s.Status))
	if s.Extra == (Extra{}) {
		return b, nil
	}
	return s.Extra.appendTo(append(b, s.Extra.present()))
}

// Append writes the unit.
func (s *SubmitReport) Append(b []byte) ([]byte, error) {
	b = s.Failure.appendTo(append(b, kindSubmit|s.Extra.flag()))
	return s.Extra.appendTo(appendStamp(append(b, s.Extra.present()), s.At))
}

// Append writes the unit.
func (d *DeliverReport) Append(b []byte) ([]byte, error) {
	b = d.Failure.appendTo(append(b, kindDeliver|d.Extra.flag()))
	return d.Extra.appendTo(append(b, d.Extra.present()))
}

// Append writes the unit.
func (c *Command) Append(b []byte) ([]byte, error) {
	data := slices.Concat(c.Header.Bytes(), c.Data)
	if len(data) > mostCommand {
		return nil, ErrTooBig
	}
	first := kindStatus | bit(c.Report, reportWanted) | bit(len(c.Header) > 0, headerFollows)
	b, err := c.To.appendTo(append(b, first, c.Reference, c.PID, c.Type, c.About))
	if err != nil {
		return nil, err
	}
	return append(append(b, byte(len(data))), data...), nil //nolint:gosec // compared above
}

func (e Extra) flag() byte {
	if e.Data == nil {
		return 0
	}
	return e.Data.flag()
}

// present is the parameter indicator.
func (e Extra) present() byte {
	return bit(e.PID != nil, pidPresent) | bit(e.DCS != nil, dcsPresent) | bit(e.Data != nil, dataPresent)
}

func (e Extra) appendTo(b []byte) ([]byte, error) {
	if e.PID != nil {
		b = append(b, *e.PID)
	}
	if e.DCS != nil {
		b = append(b, *e.DCS)
	}
	if e.Data == nil {
		return b, nil
	}
	data := *e.Data
	data.DCS = 0
	if e.DCS != nil {
		data.DCS = *e.DCS
	}
	return data.appendTo(b)
}

func (f Failure) appendTo(b []byte) []byte {
	if f == 0 {
		return b
	}
	return append(b, byte(f|firstFailure))
}

func (*Deliver) tpdu()       {}
func (*Submit) tpdu()        {}
func (*StatusReport) tpdu()  {}
func (*SubmitReport) tpdu()  {}
func (*DeliverReport) tpdu() {}
func (*Command) tpdu()       {}
