package loadtest

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is USER_HZ, the unit of /proc/PID/stat: 100 a second on every Linux that Go runs on.
const clockTick = time.Second / 100

// usage is what a set of processes has used so far.
type usage struct {
	cpu time.Duration // user and system
	pss int64         // bytes; memory, each shared page by its share
}

// usageOf adds up the processes and everything they started.
func usageOf(roots []int) usage {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := stat(pid); f != nil {
			ppid, _ := strconv.Atoi(f[1])
			children[ppid] = append(children[ppid], pid)
		}
	}
	var u usage
	for todo := roots; len(todo) > 0; todo = todo[1:] {
		if f := stat(todo[0]); f != nil {
			user, _ := strconv.ParseInt(f[11], 10, 64)
			system, _ := strconv.ParseInt(f[12], 10, 64)
			u.cpu += time.Duration(user+system) * clockTick
		}
		u.pss += pss(todo[0])
		todo = append(todo, children[todo[0]]...)
	}
	return u
}

// stat gives the fields of /proc/PID/stat after the name, so that f[1] is the parent and f[11], f[12] are utime and stime.
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, ok := strings.Cut(string(b), ") ")
	if !ok {
		return nil
	}
	return strings.Fields(rest)
}

func pss(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if v, ok := strings.CutPrefix(sc.Text(), "Pss:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}
