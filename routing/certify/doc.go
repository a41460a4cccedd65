// Package certify judges how a trunk's peer behaved in a run of interop steps: what was seen becomes a verdict for each step, and a sheet that can be handed
// to the carrier. It talks to nobody: who runs the steps fills in what was seen.
//
// RFC 3261, 3262, 3264, 3311, 3325, 4028, 4733, 5922.
package certify
