package webrtc

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// canShare says that several sockets can share a port, each with its own part of the peers.
const canShare = true

func share(_, _ string, c syscall.RawConn) error {
	var inner error
	err := c.Control(func(fd uintptr) {
		inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	if err != nil {
		return err
	}
	return inner
}
