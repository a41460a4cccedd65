package dtmf

import (
	"math"
	"time"
)

// ramp is over how many samples a tone swells and fades, so that it does not click: 2 ms.
const ramp = 16

// Generator makes the tones of keys for one outgoing stream. It belongs to one goroutine and does not allocate.
type Generator struct {
	peak    float64
	a, b    wave
	at, end int // samples of the current key: made, and to make
}

// wave is a sine made by turning a vector.
type wave struct{ cos, sin, x, y float64 }

func newWave(hz float64) wave {
	sin, cos := math.Sincos(2 * math.Pi * hz / Rate)
	return wave{cos: cos, sin: sin, x: 1}
}

func (w *wave) next() float64 {
	w.x, w.y = w.x*w.cos-w.y*w.sin, w.x*w.sin+w.y*w.cos
	return w.y
}

// NewGenerator makes one whose tones each have that level in dBm0, at most -3 so that two of them do not clip; -9 is usual.
func NewGenerator(level float64) *Generator {
	return &Generator{peak: amplitude(min(level, -3))}
}

// Start begins a key, in the place of the one before. A byte that is no key makes silence for that long.
func (g *Generator) Start(key byte, length time.Duration) {
	low, high := Tones(key)
	g.a, g.b = newWave(low), newWave(high)
	g.at, g.end = 0, max(0, int(length*Rate/time.Second))
}

// Fill overwrites the frame with the tone, and with silence after its end, and returns how many samples were the tone's: less than the
// frame holds once the key is over.
func (g *Generator) Fill(pcm []int16) int {
	n := min(len(pcm), g.end-g.at)
	for i := range n {
		edge := min(g.at+1, g.end-g.at, ramp)
		pcm[i] = int16(math.Round(g.peak * (g.a.next() + g.b.next()) * float64(edge) / ramp))
		g.at++
	}
	clear(pcm[n:])
	return n
}
