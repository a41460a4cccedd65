// Package plc makes up sound that is lost, by going on with the last pitch period that was heard and fading it out, in the manner of ITU-T
// G.711 Appendix I. It knows samples and nothing of packets.
package plc

// How much of what was heard is kept, and how it is repeated, in units of a millisecond.
const (
	keeps    = 45 // enough for the longest period twice, and the window
	shortest = 5  // a pitch of 200 Hz
	longest  = 15 // a pitch of 66 Hz
	window   = 20 // in which one period is compared with the one before
	whole    = 10 // as loud as it was, for so long
	faded    = 60 // and silent from here on
	blend    = 4  // from what is made up to what is heard again
)

// Concealer makes up what one stream has lost. Its owner locks it.
type Concealer struct {
	ms      int     // samples
	past    []int16 // the last ones, the newest at the end
	period  []int16 // that is repeated
	at      int     // in period
	made    int     // samples since the last that was heard
	ending  []int16 // what it would go on with, to blend with what is heard again
	reverse []int16 // the end of past, backwards: what begins where the sound stopped
}

// New makes one for a rate of samples a second: 8,000 or 16,000.
func New(rate int) *Concealer {
	ms := rate / 1000
	return &Concealer{
		ms: ms, past: make([]int16, keeps*ms), period: make([]int16, 0, longest*ms),
		ending: make([]int16, blend*ms), reverse: make([]int16, 0, longest*ms/4),
	}
}

// Heard takes samples that have come. Where some before them were lost, their beginning is blended with what was made up.
func (c *Concealer) Heard(pcm []int16) {
	if c.made > 0 {
		n := min(len(pcm), len(c.ending))
		c.synthesize(c.ending[:n])
		for i := range n {
			pcm[i] = mix(c.ending[i], pcm[i], i, n)
		}
		c.made = 0
	}
	c.keep(pcm)
}

func (c *Concealer) keep(pcm []int16) {
	if len(pcm) >= len(c.past) {
		copy(c.past, pcm[len(pcm)-len(c.past):])
		return
	}
	n := copy(c.past, c.past[len(pcm):])
	copy(c.past[n:], pcm)
}

// Lost fills dst with what might have been there.
func (c *Concealer) Lost(dst []int16) {
	if c.made == 0 {
		c.begin()
	}
	c.synthesize(dst)
	c.keep(dst)
}

// Made is how much was made up since the last that was heard, in milliseconds.
func (c *Concealer) Made() int { return c.made / c.ms }

// begin finds the period to repeat. Its end flows into its beginning.
func (c *Concealer) begin() {
	n := c.pitch()
	end := len(c.past)
	c.period = append(c.period[:0], c.past[end-n:]...)
	quarter := n / 4
	for i := range quarter {
		at := n - quarter + i
		c.period[at] = mix(c.past[end-quarter+i], c.past[end-n-quarter+i], i, quarter)
	}
	c.reverse = c.reverse[:0]
	for i := range quarter {
		c.reverse = append(c.reverse, c.past[end-1-i])
	}
	c.at = 0
}

// pitch is the lag at which the last samples are most like those before them: every second lag first, then its neighbours.
func (c *Concealer) pitch() int {
	best, most := longest*c.ms, -1.0
	try := func(lag int) {
		if v := c.alike(lag); v > most {
			best, most = lag, v
		}
	}
	for lag := shortest * c.ms; lag <= longest*c.ms; lag += 2 {
		try(lag)
	}
	for _, lag := range [2]int{best - 1, best + 1} {
		if lag >= shortest*c.ms && lag <= longest*c.ms {
			try(lag)
		}
	}
	return best
}

// alike is the normalized correlation of the last samples with those a lag before.
func (c *Concealer) alike(lag int) float64 {
	n := window * c.ms
	last := c.past[len(c.past)-n:]
	before := c.past[len(c.past)-n-lag:][:n]
	step := c.ms / 8
	var product, energy int64
	for i := 0; i < n; i += step {
		b := int64(before[i])
		product += int64(last[i]) * b
		energy += b * b
	}
	if product <= 0 || energy == 0 {
		return 0
	}
	return float64(product) * float64(product) / float64(energy)
}

// synthesize goes on with the period. What it makes fades.
func (c *Concealer) synthesize(dst []int16) {
	full, end := whole*c.ms, faded*c.ms
	for i := range dst {
		v := int(c.period[c.at])
		if c.at++; c.at == len(c.period) {
			c.at = 0
		}
		if c.made < len(c.reverse) {
			v = int(mix(c.reverse[c.made], int16(v), c.made, len(c.reverse))) //nolint:gosec // a sample
		}
		if c.made > full {
			v = v * max(end-c.made, 0) / (end - full)
		}
		dst[i] = int16(v) //nolint:gosec // a sample, or less
		c.made++
	}
}

// mix goes from one sound to another: at i of n.
func mix(from, to int16, i, n int) int16 {
	return int16((int(from)*(n-i) + int(to)*i) / n) //nolint:gosec // between the two
}
