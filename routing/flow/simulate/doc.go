// Package simulate walks a flow on a virtual clock: the real machine, with a script in the place of the caller, the users and the sounds. It
// answers within milliseconds what a call would hear, whom it would ring and why.
//
// It does not know SIP, media or the records: what a user would do is said by the script.
package simulate
