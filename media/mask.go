package media

import "tandem/media/rtp"

// maskDepth is how many packets late audio passes where tones are turned into events: the detector is sure of a key only when it has heard
// 30 ms and more of it, and the far end would take what has passed by then for a key of its own.
const maskDepth = 3

// mask takes tones out of the audio that is relayed. It belongs to the leg's reader.
type mask struct {
	line [maskDepth][rtp.FrameTicks]byte
	next int
	full bool // it has been filled with silence
}

// pass gives the audio of three packets ago in place of this one's. While a key is pressed it gives silence, and for what was heard before
// it was sure too. Packets of another length than 20 ms pass undelayed.
func (m *mask) pass(payload []byte, in *arrival) {
	if len(payload) != rtp.FrameTicks {
		if in.mute {
			fill(payload, in.kind)
		}
		return
	}
	if !m.full {
		for i := range m.line {
			fill(m.line[i][:], in.kind)
		}
		m.full = true
	}
	if in.mute {
		fill(payload, in.kind)
		if in.tone != 0 {
			for i := range m.line {
				fill(m.line[i][:], in.kind)
			}
		}
	}
	slot := &m.line[m.next]
	m.next = (m.next + 1) % maskDepth
	var now [rtp.FrameTicks]byte
	copy(now[:], payload)
	copy(payload, slot[:])
	*slot = now
}
