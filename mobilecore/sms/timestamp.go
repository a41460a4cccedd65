package sms

import "time"

// stampLength is how many octets a time takes.
const stampLength = 7

// parseStamp reads a time with its zone in quarters of an hour (TS 23.040 section 9.2.3.11). One that cannot be is the zero time: centres write all sorts there.
func parseStamp(b []byte) time.Time {
	const quarter, century, turn = 15 * 60, 100, 90
	var v [stampLength - 1]int
	for i := range v {
		tens, units := int(b[i]&0xf), int(b[i]>>4)
		if tens > 9 || units > 9 {
			return time.Time{}
		}
		v[i] = 10*tens + units
	}
	zone := b[stampLength-1]
	tens, units := int(zone&0x7), int(zone>>4)
	if units > 9 {
		return time.Time{}
	}
	offset := (10*tens + units) * quarter
	if zone&0x8 != 0 {
		offset = -offset
	}
	year := 2000 + v[0]
	if v[0] >= turn {
		year -= century
	}
	t := time.Date(year, time.Month(v[1]), v[2], v[3], v[4], v[5], 0, time.FixedZone("", offset))
	if t.Month() != time.Month(v[1]) || t.Day() != v[2] || t.Hour() != v[3] || t.Minute() != v[4] || t.Second() != v[5] {
		return time.Time{} // the 31st of June
	}
	return t
}

// appendStamp writes a time in its own zone; the zero time as zeros.
func appendStamp(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, make([]byte, stampLength)...)
	}
	const quarter, most = 15 * 60, 79
	_, offset := t.Zone()
	sign := byte(0)
	if offset < 0 {
		offset, sign = -offset, 0x8
	}
	for _, v := range []int{t.Year() % 100, int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()} {
		b = append(b, swapped(v))
	}
	return append(b, swapped(min(offset/quarter, most))|sign)
}

// swapped is a number below 100 as two semi-octets, the tens first.
func swapped(v int) byte { return byte(v/10 | v%10<<4) } //nolint:gosec // below 100

// Validity says how long a centre shall try (TS 23.040 section 9.2.3.12). The zero value says nothing; of several only one is set.
type Validity struct {
	For      time.Duration // 5 minutes to 63 weeks, as near as it can be written
	Until    time.Time
	Enhanced []byte // the seven octets of the enhanced format, as they are
}

// Deadline is until when the centre shall try a message that it has since a time; ok is false when it may choose.
func (v Validity) Deadline(since time.Time) (until time.Time, ok bool) {
	switch {
	case v.For > 0:
		return since.Add(v.For), true
	case !v.Until.IsZero():
		return v.Until, true
	case len(v.Enhanced) == stampLength:
		d := enhanced(v.Enhanced)
		return since.Add(d), d > 0
	}
	return time.Time{}, false
}

// enhanced is how long the enhanced format says; 0: it says nothing that is understood.
func enhanced(b []byte) time.Duration {
	const relative, seconds, clock = 1, 2, 3
	switch b[0] & 7 {
	case relative:
		return relativeOf(b[1])
	case seconds:
		return time.Duration(b[1]) * time.Second
	case clock:
		d := time.Duration(0)
		for _, x := range b[1:4] {
			d = 60*d + time.Duration(10*int(x&0xf)+int(x>>4))*time.Second
		}
		return d
	}
	return 0
}

// relativeOf is what an octet of relative validity says (TS 23.040 section 9.2.3.12.1).
func relativeOf(v byte) time.Duration {
	const minute, hour, day = 1, 60, 24 * 60
	minutes := 0
	switch n := int(v); {
	case v <= 143:
		minutes = (n + 1) * 5 * minute
	case v <= 167:
		minutes = 12*hour + (n-143)*30*minute
	case v <= 196:
		minutes = (n - 166) * day
	default:
		minutes = (n - 192) * 7 * day
	}
	return time.Duration(minutes) * time.Minute
}

// relative is the octet that says at least so long, or the longest.
func relative(d time.Duration) byte {
	low, high := 0, 255
	for low < high {
		if mid := (low + high) / 2; relativeOf(byte(mid)) >= d {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return byte(low)
}

// The formats of a validity, as they stand in the first octet of an SMS-SUBMIT.
const (
	validityNone     = 0
	validityEnhanced = 1 << 3
	validityRelative = 2 << 3
	validityAbsolute = 3 << 3
)

func (v Validity) format() byte {
	switch {
	case v.For > 0:
		return validityRelative
	case !v.Until.IsZero():
		return validityAbsolute
	case len(v.Enhanced) == stampLength:
		return validityEnhanced
	}
	return validityNone
}

func (v Validity) appendTo(b []byte) []byte {
	switch v.format() {
	case validityRelative:
		return append(b, relative(v.For))
	case validityAbsolute:
		return appendStamp(b, v.Until)
	case validityEnhanced:
		return append(b, v.Enhanced...)
	}
	return b
}
