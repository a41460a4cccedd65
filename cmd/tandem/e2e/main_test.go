package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"tandem/store/storetest"
)

// program is the program under test, built once.
var program string

// screensTo is where the pictures of the screens go; empty: none are taken.
var screensTo string

// long is what the environment asks for of long runs, by name: the program must not see it.
var long = map[string]int{}

func TestMain(m *testing.M) {
	for _, name := range []string{"TANDEM_MESSAGES", "TANDEM_KILLS", "TANDEM_MISSED", "TANDEM_MALFORMED", "TANDEM_SLOW"} {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			long[name] = n
		}
		_ = os.Unsetenv(name)
	}
	screensTo = os.Getenv("TANDEM_SCREENS")
	_ = os.Unsetenv("TANDEM_SCREENS")
	dir, err := os.MkdirTemp("", "tandem-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "tandem")
	args := []string{"build", "-o", program}
	if raceEnabled {
		args = append(args, "-race")
	}
	build := exec.CommandContext(context.Background(), "go", append(args, "tandem/cmd/tandem")...)
	build.Stderr = os.Stderr
	if err = build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the program does not build:", err)
		os.Exit(1)
	}
	code := storetest.Main(m)
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
