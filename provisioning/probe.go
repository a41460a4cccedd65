package provisioning

import "time"

// Probe is what came of a call to an operator's handset that nobody answers: whoever does answer is a machine (layer one of the guard).
type Probe struct {
	At      time.Time `json:"at"`
	Number  string    `json:"number"`            // E.164 number of the handset that was tried
	Clean   bool      `json:"clean"`             // nobody answered
	After   string    `json:"after,omitempty"`   // how long it took until somebody did
	Because string    `json:"because,omitempty"` // what gave the machine away, or why nothing was found out
}
