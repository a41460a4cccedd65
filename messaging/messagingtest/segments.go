package messagingtest

import (
	"tandem/messaging"
	"tandem/mobilecore/sms"
)

// UCS2 is a text in UTF-16.
func UCS2(text string) []byte { return sms.EncodeUCS2(text) }

// Segments are the arrivals of a long text, one of each segment.
func Segments(whole messaging.Arrival, text string, reference uint16) []messaging.Arrival {
	plan, err := sms.Plan(text, sms.Options{Reference: reference, Long: sms.LongUDH16})
	if err != nil {
		return nil
	}
	var out []messaging.Arrival
	for _, s := range plan.Segments {
		a := whole
		a.Body = messaging.Body{Coding: messaging.Coding(plan.Coding), Octets: s.Octets}
		if s.Concat.Total > 1 {
			a.Body.Part = messaging.Segment{Reference: int(s.Concat.Reference), Total: s.Concat.Total, Number: s.Concat.Number}
		}
		out = append(out, a)
	}
	return out
}
