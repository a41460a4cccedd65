package transport

import (
	"fmt"
	"runtime"
)

// Backend is a way to reach the kernel.
type Backend int

// The back ends.
const (
	Auto       Backend = iota // io_uring where it works, else as Goroutines
	Goroutines                // Netpoll: a goroutine a leg, on every system
	IOUring                   // Uring: fails where it does not work
)

// String is the name that settings and logs have.
func (b Backend) String() string {
	switch b {
	case Auto:
		return "auto"
	case Goroutines:
		return "netpoll"
	case IOUring:
		return "uring"
	}
	return fmt.Sprintf("Backend(%d)", int(b))
}

// Choice is which back end was taken, and why.
type Choice struct {
	Backend Backend
	Why     string
}

// New makes the back end that Config.Backend names. With Auto it tries io_uring first; that it does not work is no error but the reason
// in Choice.
func New(cfg Config) (Transport, Choice, error) {
	if cfg.Rings <= 0 {
		cfg.Rings = runtime.GOMAXPROCS(0)
	}
	why := "as set"
	if cfg.Backend != Goroutines {
		t, err := NewUring(cfg)
		switch {
		case err == nil && cfg.Backend == Auto:
			return t, Choice{IOUring, "the kernel has it"}, nil
		case err == nil:
			return t, Choice{IOUring, why}, nil
		case cfg.Backend == IOUring:
			return nil, Choice{}, fmt.Errorf("media transport uring: %w", err)
		}
		why = err.Error()
	}
	t, err := NewNetpoll(cfg)
	if err != nil {
		return nil, Choice{}, err
	}
	return t, Choice{Goroutines, why}, nil
}
