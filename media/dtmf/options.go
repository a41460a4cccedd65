package dtmf

import "time"

// Letters says whether the keys A to D count.
type Letters int

// What to do with A to D. No telephone of today has them, but some equipment signals with them.
const (
	TakeLetters Letters = iota
	RefuseLetters
)

// Options are the limits of a Detector. What is zero takes the default named here. The defaults lie inside what ITU-T Q.24 allows.
type Options struct {
	MinOn    time.Duration // a shorter tone is no key; 30 ms
	MinOff   time.Duration // a shorter break does not end a key; 20 ms
	Twist    float64       // by how many dB the high tone may be weaker; 9.5
	Reverse  float64       // by how many dB the low tone may be weaker; 5.5
	Floor    float64       // a weaker tone is not heard, in dBm0; -39
	Letters  Letters
	Detuning float64 // by how much a tone may be off its frequency, as a fraction; 0.0198, which takes 1.8 % and refuses 2.3 %
}

func (o Options) withDefaults() Options {
	if o.MinOn <= 0 {
		o.MinOn = 30 * time.Millisecond
	}
	if o.MinOff <= 0 {
		o.MinOff = 20 * time.Millisecond
	}
	if o.Twist <= 0 {
		o.Twist = 9.5
	}
	if o.Reverse <= 0 {
		o.Reverse = 5.5
	}
	if o.Floor >= 0 {
		o.Floor = -39
	}
	if o.Detuning <= 0 {
		o.Detuning = 0.0198
	}
	return o
}
