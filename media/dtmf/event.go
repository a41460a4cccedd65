package dtmf

import "time"

// Loss says whether a frame is what the peer sent.
type Loss int

// What is fed to a Detector.
const (
	Received Loss = iota // the samples are the peer's
	Lost                 // the frame did not come: only its length counts, whatever fills it
)

// Change is what happened to a key.
type Change int

// A key begins as soon as it is certain, and ends once it has been still for Options.MinOff.
const (
	Began Change = iota + 1
	Ended
)

// Event is one change of one key.
type Event struct {
	Change   Change
	Key      byte
	Start    time.Duration // since the first sample fed
	Duration time.Duration // how long the tone lasted; while it lasts, how long so far
	Level    float64       // of one tone, the mean of the two in dB, in dBm0
}
