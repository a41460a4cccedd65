package sim

import "time"

// Timing is how long the core takes; what is zero is as it was measured on a real one.
type Timing struct {
	Off        time.Duration   // until 480 for a handset that is off; 0.5 ms
	Busy       time.Duration   // until 486; 50 ms
	Paging     []time.Duration // until a handset rings, one of them by chance; 1.43, 1.80 and 1.94 s
	NoCoverage time.Duration   // until 502 for a handset that cannot be heard; 10 s
	NoReply    time.Duration   // of ringing, until the operator diverts; 20 s
	Voicemail  time.Duration   // until the operator's voicemail answers; 300 ms
	Server     time.Duration   // without a word from the product, until the core goes on without it; 5 s
	Message    time.Duration   // until a handset or the centre has a message over the radio; 300 ms
	Report     time.Duration   // without a report, until RP-DATA is sent again or given up; 10 s
}

func (t Timing) filled() Timing {
	for _, d := range []struct {
		at *time.Duration
		is time.Duration
	}{
		{&t.Off, 500 * time.Microsecond},
		{&t.Busy, 50 * time.Millisecond},
		{&t.NoCoverage, 10 * time.Second},
		{&t.NoReply, 20 * time.Second},
		{&t.Voicemail, 300 * time.Millisecond},
		{&t.Server, 5 * time.Second},
		{&t.Message, 300 * time.Millisecond},
		{&t.Report, 10 * time.Second},
	} {
		if *d.at == 0 {
			*d.at = d.is
		}
	}
	if len(t.Paging) == 0 {
		t.Paging = []time.Duration{1430 * time.Millisecond, 1800 * time.Millisecond, 1940 * time.Millisecond}
	}
	return t
}

// Scaled is the same at another pace: 0.1 is ten times as quick.
func (t Timing) Scaled(by float64) Timing {
	t = t.filled()
	scale := func(d time.Duration) time.Duration { return time.Duration(float64(d) * by) }
	paging := make([]time.Duration, len(t.Paging))
	for i, d := range t.Paging {
		paging[i] = scale(d)
	}
	return Timing{
		Off: scale(t.Off), Busy: scale(t.Busy), Paging: paging, NoCoverage: scale(t.NoCoverage), NoReply: scale(t.NoReply),
		Voicemail: scale(t.Voicemail), Server: scale(t.Server), Message: scale(t.Message), Report: scale(t.Report),
	}
}
