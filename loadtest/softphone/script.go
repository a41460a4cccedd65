package softphone

import "time"

// Script is the RTP that a caller would send, a packet every 20 ms: some voice, the digits in one way, and voice again. payloadType tells the
// law: 0 or 8. It is what a capture for another player of RTP is made of.
func Script(path DigitPath, payloadType byte, digits string) [][]byte {
	const lead, tail = 25, 750 // half a second, a quarter of a minute: whoever answers may come late
	a := &Audio{law: law(aLaw{}), wide: newWide(), ssrc: 0x54414e44, hz: 210}
	if payloadType == 0 {
		a.law = muLaw{}
	}
	var out [][]byte
	say := func(n int) {
		for range n {
			out = append(out, a.next())
		}
	}
	say(lead)
	a.hz = 0
	switch path {
	case ByEvent:
		a.events = []byte(digits)
		for len(a.events) > 0 {
			say(1)
		}
	case ByTone:
		at := 0
		for i := range len(digits) {
			at = addDTMF(&a.speech, at, digits[i])
		}
		for len(a.speech) > 0 {
			say(1)
		}
	case ByInfo, ByPlain: // not in the RTP
	}
	a.hz = 210
	say(tail)
	return out
}

// FrameTime is the time between two packets of a Script.
const FrameTime time.Duration = frameTime
