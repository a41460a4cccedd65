package browser

import "fmt"

// Heard is what the page gets from the other side: the loudest frequency of the last moments, its level, and how many packets have come.
type Heard struct {
	Hz      float64 `json:"hz"`
	Level   float64 `json:"level"` // 0 to 1 of the loudest band
	Packets int     `json:"packets"`
	Codec   string  `json:"codec"`
}

// Hears says what the newest call of the page hears now.
func (p *Page) Hears() Heard {
	p.t.Helper()
	var h Heard
	p.Eval("eyes.hears()", &h)
	return h
}

// HearsTone waits until the page hears a tone of about this frequency, loud enough to be one.
func (p *Page) HearsTone(hz float64) {
	p.t.Helper()
	p.Until(fmt.Sprintf("a tone of %g Hz", hz), fmt.Sprintf("eyes.hears().then(h => Math.abs(h.hz - %g) < 25 && h.level > 0.3)", hz))
}
