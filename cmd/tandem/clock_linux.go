package main

import "syscall"

// clockKept says whether somebody keeps the clock of this machine right, as the kernel knows it; false, false: it does not say.
func clockKept() (kept, known bool) {
	const unsynchronised = 0x40 // STA_UNSYNC of adjtimex(2)
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return false, false
	}
	return t.Status&unsynchronised == 0, true
}
