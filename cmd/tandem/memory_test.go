package main

import (
	"math"
	"testing"
	"testing/fstest"
)

// The limit of a control group is the smallest on the way up, of either version; where there is none, or no control group, there is no limit.
func TestTheControlGroupSaysHowMuchMemoryThereIs(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"not a Linux":          {nil, math.MaxInt64},
		"version 2":            {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "268435456\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 256 << 20},
		"of the group above":   {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1000\n"}, 1000},
		"in a container":       {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4096\n"}, 4096},
		"the host's path":      {map[string]string{"proc/self/cgroup": "0::/../../x\n", "sys/fs/cgroup/memory.max": "4096\n"}, 4096},
		"version 1":            {map[string]string{"proc/self/cgroup": "4:memory:/a\n3:cpu,cpuacct:/b\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "777\n"}, 777},
		"version 1, unlimited": {map[string]string{"proc/self/cgroup": "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n"}, math.MaxInt64},
		"both":                 {map[string]string{"proc/self/cgroup": "4:cpu,memory:/a\n0::/a\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "5\n", "sys/fs/cgroup/a/memory.max": "6\n"}, 5},
		"nonsense":             {map[string]string{"proc/self/cgroup": "x\n::\n0::/a\n", "sys/fs/cgroup/a/memory.max": "many\n", "sys/fs/cgroup/memory.max": "-1\n"}, math.MaxInt64},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := groupLimit(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
