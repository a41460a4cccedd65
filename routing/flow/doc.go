// Package flow is the call flow of a number: its nodes, its checks, and the machine that walks it for one call. It is pure: no clock, no
// socket, no goroutine. The call gives it what happened and the time; it answers with what to do. So a simulation is the same machine on
// another clock.
//
// It does not know who is called by which device, how a sound is played or where a record is kept: it asks an Office about people and
// gives Commands to its owner.
package flow
