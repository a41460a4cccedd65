package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lock keeps a second process out of the data directory: its spool and its SQLite file have one owner. The kernel frees it when the process
// ends, however it ends.
func lock(dir string) (*os.File, error) {
	path := filepath.Join(dir, "tandem.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // The directory is the operator's choice.
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		held := make([]byte, 20)
		n, _ := f.Read(held)
		_ = f.Close()
		return nil, fmt.Errorf("%w: %s is used by the process %s", ErrInUse, dir, strings.TrimSpace(string(held[:n])))
	}
	if err := f.Truncate(0); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return f, nil
}
