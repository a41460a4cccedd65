package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tandem/store/storetest"
)

// A one-machine installation goes to PostgreSQL and back, with its calls, and is the same.
func TestTheDatabaseMovesAndComesBack(t *testing.T) {
	t.Parallel()
	postgres, dir := storetest.Postgres(t), t.TempDir()
	do := func(data string, args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, append(args, "--set", "data_dir="+data)...)
		cmd.Env = append(os.Environ(), "TANDEM_DATABASE_URL=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	site := filepath.Join("..", "..", "..", "configs", "demo.toml")
	do(dir, "apply", site)
	before := do(dir, "export", "--passwords")
	there := do(dir, "db", "move", "--to", postgres)
	if !strings.Contains(there, "tables arrived, row for row") {
		t.Errorf("to PostgreSQL: %s", there)
	}
	moved := []string{"--set", "database.url=" + postgres}
	if after := do(dir, append([]string{"export", "--passwords"}, moved...)...); after != before {
		t.Errorf("on PostgreSQL the office is another one:\n%s", after)
	}
	other := t.TempDir()
	back := do(other, append([]string{"db", "move", "--to", "sqlite"}, moved...)...)
	if !strings.Contains(back, "tables arrived, row for row") {
		t.Errorf("back: %s", back)
	}
	if after := do(other, "export", "--passwords"); after != before {
		t.Errorf("back on SQLite the office is another one:\n%s", after)
	}
}
