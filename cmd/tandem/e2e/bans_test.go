package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
)

// ban runs tandem ban, and gives what it says.
func (o *office) ban(args ...string) (string, error) {
	o.t.Helper()
	verb := append([]string{"ban"}, args...)
	return o.run(append(verb, "-c", filepath.Join(o.dir, "tandem.toml"))...)
}

// listed is what SIP does not listen to, as tandem ban list tells it.
type listed struct {
	ID, Address, Cause, Until string
	Username, By              *string
	Tries                     int
}

func (o *office) banned() []listed {
	o.t.Helper()
	said, err := o.ban("list", "-o", "json")
	var all []listed
	if err == nil {
		err = json.Unmarshal([]byte(said), &all)
	}
	if err != nil {
		o.t.Fatalf("%v: %s", err, said)
	}
	return all
}

// tries registers from an address.
func (o *office) tries(from netip.AddrPort, who wire.Credentials) error {
	o.t.Helper()
	return o.triesFor(o.ctx, from, who)
}

// unheard wants no answer to somebody who registers from an address.
func (o *office) unheard(from netip.AddrPort, who wire.Credentials) {
	o.t.Helper()
	if err := o.triesFor(o.short(2*time.Second), from, who); !errors.Is(err, context.DeadlineExceeded) {
		o.t.Errorf("a banned address is heard: %v", err)
	}
}

func (o *office) triesFor(ctx context.Context, from netip.AddrPort, who wire.Credentials) error {
	o.t.Helper()
	p := o.phoneAt(softphone.Config{Bind: from, Who: who})
	defer p.Close()
	return p.Register(ctx, 60)
}

// An operator bans an address and lifts it, on the wire: the telephone there is not heard, every other is; what must not be banned is refused.
func TestAnOperatorBansAndLifts(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	at := o.host()
	if err := o.tries(at, credentials("alice-desk")); err != nil {
		t.Fatal(err)
	}
	if said, err := o.ban("add", at.Addr().String(), "--for", "30m", "--note", "scans"); err != nil || !strings.Contains(said, "ordered") {
		t.Fatalf("%v: %s", err, said)
	}
	o.unheard(at, credentials("alice-desk"))
	o.phone("alice-desk")
	said, err := o.ban("list")
	if err != nil || !strings.Contains(said, at.Addr().String()) || !strings.Contains(said, "scans") || !strings.Contains(said, "USERNAME") {
		t.Errorf("%v: %s", err, said)
	}
	for refused, why := range map[string]string{o.net + ".2": "ban_trunk", o.net + ".0/24": "ban_trunk", "127.0.0.1": "ban_loopback", "somebody": "ban_address"} {
		if said, err := o.ban("add", refused); err == nil || !strings.Contains(said, why) {
			t.Errorf("%s: %v: %s", refused, err, said)
		}
	}
	if said, err := o.ban("lift", at.Addr().String()); err != nil || !strings.Contains(said, "Lifted ban_") {
		t.Errorf("%v: %s", err, said)
	}
	if err := o.tries(at, credentials("alice-desk")); err != nil {
		t.Errorf("lifted: %v", err)
	}
	if said, err := o.ban("lift", at.Addr().String()); err == nil || !strings.Contains(said, "not on the list") {
		t.Errorf("lifted twice: %v: %s", err, said)
	}
	var log struct{ Data []struct{ Verb, Name string } }
	o.read("/api/v1/audit-log?kind=ban", &log)
	if fmt.Sprint(log.Data) != fmt.Sprintf("[{delete %[1]s} {create %[1]s}]", at.Addr()) {
		t.Errorf("the audit log: %v", log.Data)
	}
}

// SIPVicious has the right password on its list, asks for the right address of record, and speaks an algorithm that it knows. With five wrong ones before it finds it: so it
// would without the lock-out. With more it does not; the user gets in from another address meanwhile, and the operator sees who was locked out.
func TestSvcrackIsLockedOut(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("svcrack"); err != nil {
		t.Skip("needs the Debian package sipvicious")
	}
	o := open(t, "", demoSite)
	o.digest("md5") // all that svcrack knows
	crack := func(wrong int) string {
		list := filepath.Join(o.dir, "passwords.txt")
		o.write("passwords.txt", strings.Repeat("wrong\n", wrong)+"alice-desk-secret\n")
		return o.vicious("svcrack", "--domain", "tandem", "-u", "alice-desk", "-d", list, o.net+".1")
	}
	const from = "127.0.0.1" // which the system picks
	if said := crack(5); !strings.Contains(said, "alice-desk-secret") {
		t.Fatalf("the run shows nothing: the password is not found after five tries either:\n%s", said)
	}
	if said := crack(40); strings.Contains(said, "alice-desk-secret") {
		t.Errorf("svcrack finds the password:\n%s", said)
	}
	o.phone("alice-desk")
	all := o.banned()
	if len(all) != 1 || all[0].Address != from || all[0].Cause != "wrong_passwords" || all[0].Username == nil || *all[0].Username != "alice-desk" || all[0].Tries < 10 {
		t.Errorf("listed: %+v", all)
	}
	o.toldOf(from, "wrong_passwords")
	if !strings.Contains(o.logs.String(), `"msg":"password tried too often","peer":"`+from+`","user":"alice-desk"`) {
		t.Error("there is no line in the log for programs that watch it")
	}
}

// Wrong passwords of many users: nothing more is heard of the address, and it is on the list.
func TestWhoTriesManyUsersIsShutOut(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	at := o.host()
	var all []listed
	for i, heard := 0, 0; len(all) == 0; i, all = i+1, o.banned() {
		err := o.triesFor(o.short(2*time.Second), at, wire.Credentials{Realm: "tandem", Username: fmt.Sprintf("user%d", i), Password: "wrong"})
		if !errors.Is(err, context.DeadlineExceeded) {
			heard++
		}
		if heard > 20 || o.ctx.Err() != nil {
			t.Fatalf("%d wrong passwords of as many users were heard: %v", heard, err)
		}
	}
	if len(all) != 1 || all[0].Cause != "many_users" || all[0].Address != at.Addr().String() || all[0].By != nil {
		t.Fatalf("listed: %+v", all)
	}
	o.unheard(at, credentials("alice-desk"))
	if !strings.Contains(o.logs.String(), `"msg":"address banned","peer":"`+at.Addr().String()+`"`) {
		t.Error("there is no line in the log for programs that watch it")
	}
	o.toldOf(at.Addr().String(), "many_users")
	if said, err := o.ban("lift", all[0].ID); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if err := o.tries(at, credentials("alice-desk")); err != nil {
		t.Errorf("lifted: %v", err)
	}
}

// toldOf waits for the event of something that is not listened to any more.
func (o *office) toldOf(address, cause string) {
	o.t.Helper()
	for {
		var log struct {
			Data []struct {
				Subject string
				Data    struct{ Address, Cause string }
			}
		}
		o.read("/api/v1/events/log?types=security.source_blocked", &log)
		for _, e := range log.Data {
			if e.Subject == address && e.Data.Address == address && e.Data.Cause == cause {
				return
			}
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("no event tells of %s: %v", address, log.Data)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
