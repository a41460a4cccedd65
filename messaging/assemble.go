package messaging

import (
	"slices"
	"strconv"

	"tandem/mobilecore/sms"
)

// part says whether an arrival is a segment that waits for others; nil: it is not. What is no text, or goes to an emergency number, goes on segment by segment.
func (p *passage) part(a *Arrival) *Part {
	s := a.Body.Part
	if s.Total <= 1 || s.Number < 1 || s.Number > s.Total || p.urgent || classOf(&a.Body) != ClassOrdinary {
		return nil
	}
	own, peer, direction := string(p.own.Number), string(p.peer), string(p.direction)
	return &Part{
		Set:   fingerprint("set", string(a.Connector), own, direction, peer, strconv.Itoa(s.Reference), strconv.Itoa(s.Total)),
		Crowd: fingerprint("crowd", own, direction, peer),
		Print: fingerprint(string(a.Body.Coding), string(a.Body.Octets)), Segment: s, Arrival: *a,
	}
}

// gap stands in a text for segments that never came.
const gap = "[…]"

// joined is what parts say together, and the arrival that stands for them all: it has no reference, since each had its own.
func joined(parts []Part) (Arrival, content) {
	ordered := slices.SortedFunc(slices.Values(parts), func(a, b Part) int { return a.Segment.Number - b.Segment.Number })
	whole, total := ordered[0].Arrival, ordered[0].Segment.Total
	c := content{segments: total, missing: total - len(ordered)}
	text, next := "", 1
	var run []sms.Chunk
	for i := range ordered {
		p := &ordered[i]
		if p.Segment.Number > next {
			text, run = text+sms.Join(run...)+gap, nil
		}
		run, next = append(run, chunkOf(&p.Arrival.Body)), p.Segment.Number+1
		if p.Arrival.At.After(whole.At) {
			whole.At, whole.Bind = p.Arrival.At, p.Arrival.Bind
		}
	}
	text += sms.Join(run...)
	if next <= total {
		text += gap
	}
	whole.Reference, whole.Body = "", Body{Coding: whole.Body.Coding}
	c = withText(c, text)
	c.segments = total
	return whole, c
}
