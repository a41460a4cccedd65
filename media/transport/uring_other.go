//go:build !linux || !(amd64 || arm64)

package transport

import "errors"

// ringParams is nothing here.
type ringParams struct{}

// NewUring fails: there is no io_uring here.
func NewUring(Config) (Transport, error) {
	return nil, errors.New("there is no io_uring on this system")
}
