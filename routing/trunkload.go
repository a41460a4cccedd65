package routing

import (
	"slices"
	"time"
)

// callWay says which way a call goes by a trunk.
type callWay int

const (
	inward callWay = iota // from the peer
	outward
)

// trunkSeat is a call's place on a trunk.
type trunkSeat struct {
	trunk TrunkID
	way   callWay
}

// trunkLoad is what a trunk carries now, and how many new calls it may still have in this second.
type trunkLoad struct {
	in, out int
	left    float64 // of the calls a second, as of then
	then    time.Time
}

// room says whether a trunk has a place for one more call that way.
func (l *trunkLoad) room(t *Trunk, way callWay) (has bool) {
	if t.MaxCalls > 0 && l.in+l.out >= t.MaxCalls {
		return false
	}
	if way == inward {
		return t.Terms.MaxIn == 0 || l.in < t.Terms.MaxIn
	}
	return t.Terms.MaxOut == 0 || l.out < t.Terms.MaxOut
}

// admit takes one of the new calls that a trunk may have in a second. rate 0: it may have any number.
func (l *trunkLoad) admit(rate int, now time.Time) (may bool) {
	if rate <= 0 {
		return true
	}
	l.left += now.Sub(l.then).Seconds() * float64(rate)
	if most := float64(rate); l.then.IsZero() || l.left > most {
		l.left = most
	}
	l.then = now
	if l.left < 1 {
		return false
	}
	l.left--
	return true
}

func (l *trunkLoad) count(way callWay, by int) {
	if way == inward {
		l.in = max(l.in+by, 0)
	} else {
		l.out = max(l.out+by, 0)
	}
}

// rested says that nothing has to be remembered of the last second.
func (l *trunkLoad) rested(now time.Time) (is bool) {
	return l.then.IsZero() || now.Sub(l.then) > time.Second
}

// shared puts trunks of one priority in an order drawn by their weights (as RFC 2782 does with servers); where none of them has one, they stay in theirs.
// draw gives a number from 0 to below n.
func shared(list []*Trunk, draw func(n int) int) []*Trunk {
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].Priority == list[from].Priority && list[to].Account == list[from].Account {
			to++
		}
		drawOrder(list[from:to], draw)
		from = to
	}
	return list
}

// drawOrder draws one trunk after the other. One without a weight among others that have one comes last.
func drawOrder(group []*Trunk, draw func(n int) int) {
	for at := range group {
		total := 0
		for _, t := range group[at:] {
			total += t.Terms.Weight
		}
		if total == 0 {
			return
		}
		ticket := draw(total)
		for i := at; i < len(group); i++ {
			if ticket -= group[i].Terms.Weight; ticket < 0 {
				chosen := group[i]
				copy(group[at+1:i+1], group[at:i])
				group[at] = chosen
				break
			}
		}
	}
}

// fullStatus is what a call from a trunk is answered that has as many as it may.
func (t *Trunk) fullStatus() int {
	if slices.Contains([]int{statusBusy, statusNoService}, t.Terms.Full) {
		return t.Terms.Full
	}
	return statusNoService
}
