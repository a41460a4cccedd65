package main

import (
	"context"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// leaveFree is how much of a limit on memory stays for what the collector does not count, in hundredths: the program itself, and what the database maps.
const leaveFree = 15

// keepWithin lets the collector know how much memory the control group of this process may have, so that it works harder before there is none left. An operator who sets
// GOMEMLIMIT has decided, and it does nothing.
func keepWithin(ctx context.Context, log *slog.Logger) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if limit := groupLimit(os.DirFS("/")); limit < math.MaxInt64 {
		debug.SetMemoryLimit(limit / 100 * (100 - leaveFree))
		log.LogAttrs(ctx, slog.LevelInfo, "memory is limited by the control group", slog.String("status", volume(float64(limit))))
	}
}

// groupLimit is how many bytes of memory the control groups of this process let it have, of version 2 or 1; math.MaxInt64: as many as there are.
func groupLimit(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return math.MaxInt64 // not a Linux
	}
	least := int64(math.MaxInt64)
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path (cgroups(7))
		switch {
		case len(fields) < 3:
		case fields[0] == "0" && fields[1] == "":
			least = min(least, leastUp(root, "sys/fs/cgroup", fields[2], "memory.max"))
		case strings.Contains(","+fields[1]+",", ",memory,"):
			least = min(least, leastUp(root, "sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes"))
		}
	}
	return least
}

// leastUp is the smallest limit of a group and those that it is in. Inside a container the path may be the host's, and only the outermost group is seen.
func leastUp(root fs.FS, mount, group, name string) int64 {
	const unlimited = 1 << 60 // version 1 has no word for it, but a number that no machine has
	least := int64(math.MaxInt64)
	for at := path.Clean("/" + group); ; at = path.Dir(at) {
		if text, err := fs.ReadFile(root, path.Join(mount, at, name)); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 && n < unlimited {
				least = min(least, n)
			}
		}
		if at == "/" {
			return least
		}
	}
}
