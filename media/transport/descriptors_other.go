//go:build !linux

package transport

// descriptors is how many files the program may have open: no more than every system allows.
func descriptors() int { return 256 }
