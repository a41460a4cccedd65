package sim

// Line says whether the carrier carries calls.
type Line int

// The states of the line.
const (
	LineUp   Line = iota // as it starts
	LineDown             // INVITE and OPTIONS get 503, and no customer gets through; calls in progress go on
)

// SetLine takes the carrier's line down, or brings it back.
func (w *World) SetLine(l Line) {
	switch l {
	case LineUp:
		w.carrier.stack.Resume()
		w.down.Store(false)
	case LineDown:
		w.down.Store(true)
		w.carrier.stack.Drain()
	}
}

// Line says how the line is.
func (w *World) Line() Line {
	if w.down.Load() {
		return LineDown
	}
	return LineUp
}
