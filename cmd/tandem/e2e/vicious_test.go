package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// SIPVicious, of Debian, at the program: it learns no version and no extension, and who knows theirs gets in meanwhile from elsewhere.
func TestSIPViciousLearnsNothing(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"svmap", "svwar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs the Debian package sipvicious")
		}
	}
	o := open(t, "", demoSite)
	o.write("names.txt", "alice-desk\nbruno-desk\n201\n202\nnobody\n999\n")
	said := o.vicious("svmap", o.net+".1")
	if !strings.Contains(said, o.net+".1") || strings.Contains(strings.ToLower(said), "tandem") || strings.Contains(said, "0.1.0") {
		t.Errorf("svmap learns who we are:\n%s", said)
	}
	for _, method := range []string{"REGISTER", "INVITE", "OPTIONS"} {
		said = o.vicious("svwar", "--force", "-m", method, "-d", filepath.Join(o.dir, "names.txt"), o.net+".1")
		names := 0
		for _, name := range []string{"alice-desk", "bruno-desk", "201", "202"} {
			if strings.Contains(said, "| "+name+" ") {
				names++
			}
		}
		if strange := strings.Contains(said, "| nobody "); names > 0 && !strange || names < 4 && strange {
			t.Errorf("svwar -m %s tells users from strangers:\n%s", method, said)
		}
	}
	alice, chloe := o.phone("alice-desk"), o.phone("chloe-desk")
	call := o.call(alice, "203")
	o.rings(chloe).Answer()
	o.ok(call.Answered(o.ctx))
}

// digest starts the program anew, with that setting.
func (o *office) digest(algorithm string) {
	o.t.Helper()
	o.stop(syscall.SIGTERM)
	path := filepath.Join(o.dir, "tandem.toml")
	b, err := os.ReadFile(path)
	o.ok(err)
	o.write("tandem.toml", strings.Replace(string(b), "[sip]\n", fmt.Sprintf("[sip]\ndigest = %q\n", algorithm), 1))
	o.serve()
}

// vicious runs a tool from the address that the system picks, for a while; what it says is what it learnt.
func (o *office) vicious(tool string, args ...string) string {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it prints what it has learnt
	cmd.WaitDelay = patience
	cmd.Dir = o.dir
	cmd.Env = append(cmd.Environ(), "HOME="+o.dir)
	out, _ := cmd.CombinedOutput() // it ends with an error when it finds nothing
	o.t.Logf("%s %s:\n%s", tool, strings.Join(args, " "), out)
	return string(out)
}
