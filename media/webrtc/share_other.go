//go:build !linux

package webrtc

import "syscall"

// canShare says that several sockets can share a port, each with its own part of the peers.
const canShare = false

func share(_, _ string, _ syscall.RawConn) error { return nil }
