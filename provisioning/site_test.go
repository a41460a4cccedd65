package provisioning

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tandem/routing"
)

const bakery = `[[accounts]]
name = "Boulangerie Dupont"

[[users]]
name = "Alice"
email = "alice@demo.local"
extension = "201"
devices = [
  { kind = "workspace", username = "alice", password = "demo-201" },
]

[[users]]
name = "Bruno"
email = "bruno@demo.local"
extension = "202"

[[teams]]
name = "Sales"
users = ["alice@demo.local", "bruno@demo.local"]

[[flows]]
name = "Support"
start = "n1"
  [[flows.nodes]]
  id = "n1"
  type = "ring_to"
  config = { target = { team = "Sales" }, ring_for_seconds = 30 }
  next = { unanswered = "n2" }
  [[flows.nodes]]
  id = "n2"
  type = "voicemail"

[[numbers]]
e164 = "+33199001234"
flow = "Support"
users = ["alice@demo.local"]
teams = ["Sales"]

[[trunks]]
name = "carrier"
sources = ["127.0.0.2"]
`

// problems reads a file and gives what is wrong with it, line by line.
func problems(text string) string {
	_, all := ParseSite("site.toml", []byte(text), "welcome")
	lines := make([]string, len(all))
	for i, p := range all {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func TestSiteFileInOrderHasNoProblem(t *testing.T) {
	if p := problems(bakery); p != "" {
		t.Error(p)
	}
}

// Each mistake is found with its file, line and key, and the way out where there is one.
func TestEveryMistakeIsToldWithItsLineAndKey(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown key", `extension = "202"`, `extensoin = "202"`, `site.toml:15: users[1].extensoin: unknown key "extensoin", did you mean "extension"?`},
		{"unknown table", "[[teams]]", "[[team]]", `site.toml:17: team: unknown key "team", did you mean "teams"?`},
		{"unknown key inline", `kind = "workspace"`, `knd = "workspace"`, `site.toml:9: users[0].devices[0].knd: unknown key "knd", did you mean "kind"?`},
		{"wrong type", `extension = "202"`, `extension = 202`, `site.toml:15: users[1].extension: want a text in quotes, not a number`},
		{"missing", "email = \"bruno@demo.local\"\n", "", `site.toml:12: users[1]: email is missing`},
		{"not TOML", `name = "Bruno"`, `name = "Bruno`, `site.toml:13: users.name: strings cannot contain newlines`},
		{"not E.164", `"+33199001234"`, `"0199001234"`, `site.toml:34: numbers[0].e164: "0199001234" is not a number in E.164`},
		{"taken extension", `extension = "202"`, `extension = "201"`, `site.toml:15: users[1].extension: the extension 201 is taken by alice@demo.local (line 7) (X1)`},
		{"malformed extension", `"202"`, `"20"`, `site.toml:15: users[1].extension: "20": an extension is three digits (X1)`},
		{"emergency extension", `"202"`, `"112"`, `site.toml:15: users[1].extension: "112": 112: an emergency number is never an extension (X1)`},
		{"unknown user", `users = ["alice@demo.local", "bruno@demo.local"]`, `users = ["alica@demo.local"]`, `unknown user "alica@demo.local", did you mean "alice@demo.local"?`},
		{"unknown flow", `flow = "Support"`, `flow = "Supprt"`, `site.toml:35: numbers[0].flow: unknown flow "Supprt", did you mean "Support"?`},
		{"unknown team", `teams = ["Sales"]`, `teams = ["Sails"]`, `site.toml:37: numbers[0].teams: unknown team "Sails", did you mean "Sales"?`},
		{"unknown team in a flow", `{ team = "Sales" }`, `{ team = "Sails" }`, `site.toml:27: flows[0].nodes[0].config.target.team: node n1: there is no team Sails`},
		{"port without target", `next = { unanswered = "n2" }`, `next = {}`, `(E02)`},
		{"unknown node type", `type = "voicemail"`, `type = "voicemale"`, `site.toml:31: flows[0].nodes[1].type: node n2: `},
		{"ring too short", `ring_for_seconds = 30`, `ring_for_seconds = 3`, `(E07)`},
		{"twice", `email = "bruno@demo.local"`, `email = "alice@demo.local"`, `site.toml:14: users[1].email: alice@demo.local is declared twice: first at line 4`},
		{"direct landline", `flow = "Support"`, `flow = "Support"` + "\nkind = \"direct\"", `site.toml:36: numbers[0].kind: +33199001234: only French mobile numbers (+336…, +337…) can be direct numbers (D2)`},
		{"direct with a team", `e164 = "+33199001234"`, `e164 = "+33639980007"` + "\nkind = \"direct\"", `site.toml:35: numbers[0].kind: +33639980007: a direct number belongs to exactly one user, and to no team (D1)`},
		{"bad address", `"127.0.0.2"`, `"127.0.0.300"`, `site.toml:41: trunks[0].sources: "127.0.0.300" is no IP address or network`},
		{"bad choice", `sources =`, `dial = "nationnal"` + "\nsources =", `site.toml:41: trunks[0].dial: "nationnal" is none of plus, 00, national, bare, did you mean "national"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(bakery, c.from, c.to, 1)
			if text == bakery {
				t.Fatal("nothing was changed")
			}
			if got := problems(text); !strings.Contains(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	text := strings.NewReplacer(`"202"`, `"999"`, `"+33199001234"`, `"33"`, `flow = "Support"`, `flow = "?"`, `"127.0.0.2"`, `"x"`).Replace(bakery)
	if got := problems(text); strings.Count(got, "\n") < 3 {
		t.Errorf("four mistakes, told:\n%s", got)
	}
}

func TestKeyLinesFindsEveryKey(t *testing.T) {
	text := "a = 1 # [x]\n[t]\nb = '''\n[no]\nc = 1\n'''\n\"d e\".f = [\n 1,\n {g = 2, h = \"}\"},\n]\n[[l]]\ni = 1\n[[l.m]]\nj = 2\n[[l]]\n[l.k]\ni = \"\"\"x\"\"\"\"\n[[l.m]]\nz=1"
	want := map[string]int{
		"a": 1, "t": 2, "t.b": 3, "t.d e.f": 7, "t.d e.f[0]": 8, "t.d e.f[1]": 9, "t.d e.f[1].g": 9, "t.d e.f[1].h": 9, "l[0]": 11, "l[0].i": 12,
		"l[0].m[0]": 13, "l[0].m[0].j": 14, "l[1]": 15, "l[1].k": 16, "l[1].k.i": 17, "l[1].m[0]": 18, "l[1].m[0].z": 19,
	}
	got := keyLines(text)
	for path, line := range want {
		if got[path] != line {
			t.Errorf("%s is at line %d, want %d", path, got[path], line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzParseSite(f *testing.F) {
	f.Add(bakery)
	f.Add("a = [[[{x = '''")
	f.Add("[[users]]\nname = 1\nemail = []\n[users.voicemail]\nmax_seconds = nan")
	f.Add("[[numbers]]\nkind = \"legacy_ivr\"\n[numbers.legacy]\noptions = [{key = \"\"}]")
	f.Fuzz(func(t *testing.T, text string) {
		site, problems := ParseSite("site.toml", []byte(text))
		if (site == nil) == (len(problems) == 0) {
			t.Fatalf("a site and %d problems", len(problems))
		}
		if site == nil || len(site.audio) > 0 {
			return
		}
		// What is in order can be planned, and once it is there nothing is left to do.
		changes, problems := Plan(&State{}, site)
		if len(problems) > 0 {
			t.Fatalf("plan: %v", problems)
		}
		if again, problems := Plan(after(&State{}, changes), site); len(again) > 0 || len(problems) > 0 {
			t.Fatalf("the second plan: %v %v", again, problems)
		}
	})
}

// after is the state that changes lead to.
func after(st *State, changes []Change) *State {
	out := st.With(changes)
	out.Version++
	return out
}

// plan reads a file and plans it; it fails the test at a problem.
func plan(t *testing.T, st *State, text string) []Change {
	t.Helper()
	site, problems := ParseSite("site.toml", []byte(text))
	if len(problems) == 0 {
		var changes []Change
		changes, problems = Plan(st, site)
		if len(problems) == 0 {
			return changes
		}
	}
	t.Fatal(problems)
	return nil
}

func TestPlanSaysWhatChangesWithoutSecrets(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, bakery))
	text := strings.NewReplacer(`demo-201`, `other`, `name = "Bruno"`, `name = "Bruno B."`, `ring_for_seconds = 30`, `ring_for_seconds = 40`).Replace(bakery)
	var got []string
	for _, c := range plan(t, st, text) {
		got = append(got, c.String())
	}
	want := []string{
		"update user bruno@demo.local: name Bruno -> Bruno B.",
		"update device alice@tandem: password •••• -> ••••",
	}
	if len(got) != 3 || !slices.Equal(got[:2], want) || !strings.HasPrefix(got[2], `update flow Support: published {"schema":"flow/v1"`) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestPlanRefusesAnExtensionThatSomebodyElseHas(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, bakery))
	site, problems := ParseSite("site.toml", []byte("[[accounts]]\nname = \"Boulangerie Dupont\"\n[[users]]\nname = \"Eve\"\nemail = \"eve@demo.local\"\nextension = \"202\"\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, problems = Plan(st, site)
	if len(problems) != 1 || problems[0].String() != "site.toml:6: users[0].extension: the extension 202 is taken by bruno@demo.local (X1)" {
		t.Errorf("%v", problems)
	}
}

func TestUsersMaySwapExtensions(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, bakery))
	swapped := strings.NewReplacer(`"201"`, `"202"`, `"202"`, `"201"`).Replace(bakery)
	if changes := plan(t, st, swapped); len(changes) != 2 {
		t.Errorf("%v", changes)
	}
}

func TestSpec_X1_NewUserGetsAFreeExtensionAndNoneIsTakenOrAnEmergencyNumber(t *testing.T) {
	e := NewExtensions("acc", nil, time.Now())
	given := map[string]bool{}
	for i := range 900 {
		x, err := e.Next()
		if err != nil {
			break
		}
		if given[x] || len(x) != 3 || slices.Contains([]string{"112", "114", "115", "116", "119", "191", "196", "197", "911"}, x) {
			t.Fatalf("the extension %d is %s", i, x)
		}
		given[x] = true
		if err := e.Take(x, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(given) < 870 || !given["201"] {
		t.Errorf("%d extensions were given", len(given))
	}
	if err := e.Take("201", "eve@demo.local"); err == nil || !strings.Contains(err.Error(), "taken by 0") {
		t.Errorf("a taken extension: %v", err)
	}
	for _, bad := range []string{"", "20", "2010", "2o1", "１２３", "112", "15", "999"} {
		if e.Take(bad, "eve@demo.local") == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestSpec_X26_DeletedUsersExtensionRestsForThirtyDaysUnlessAskedFor(t *testing.T) {
	now := time.Now()
	freed := []FreedExtension{
		{Account: "acc", Extension: "201", At: now.Add(-29 * 24 * time.Hour)},
		{Account: "acc", Extension: "202", At: now.Add(-31 * 24 * time.Hour)},
		{Account: "other", Extension: "203", At: now},
	}
	e := NewExtensions("acc", freed, now)
	if x, err := e.Next(); x != "202" || err != nil {
		t.Errorf("next is %s, want 202: %v", x, err)
	}
	if err := e.Take("201", "alice@demo.local"); err != nil {
		t.Errorf("asked for, it rests no more: %v", err)
	}
}

func TestSpec_D2_OnlyFrenchMobileNumbersCanBeDirect(t *testing.T) {
	for n, want := range map[routing.E164]bool{
		"+33612345678": true, "+33753012345": true, "+33639980007": true,
		"+33199001234": false, "+33912345678": false, "+447911123456": false, "+3361234567": false, "+336123456789": false, "33612345678": false,
		"+33700000000000": false, "+262639123456": false,
	} {
		if FrenchMobile(n) != want {
			t.Errorf("%s: %t", string(n), !want)
		}
	}
}

func TestSpec_D1_DirectNumberStaysItsUsersForGood(t *testing.T) {
	direct := bakery + "[[numbers]]\ne164 = \"+33639980007\"\nkind = \"direct\"\nusers = [\"alice@demo.local\"]\n"
	st := after(&State{}, plan(t, &State{}, direct))
	for _, c := range []struct{ from, to, want string }{
		{"kind = \"direct\"\nusers = [\"alice@demo.local\"]", "kind = \"direct\"\nusers = [\"bruno@demo.local\"]", "for good (D1)"},
		{"kind = \"direct\"", "kind = \"shared\"\nflow = \"Support\"", "reconfiguring it from scratch (D8)"},
	} {
		site, problems := ParseSite("site.toml", []byte(strings.Replace(direct, c.from, c.to, 1)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if _, problems = Plan(st, site); len(problems) != 1 || !strings.HasSuffix(problems[0].String(), c.want) {
			t.Errorf("%v, want %s", problems, c.want)
		}
	}
}

func TestSpec_D3_BoughtFrenchMobileNumberIsUnconfigured(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, bakery+"[[numbers]]\ne164 = \"+33639980008\"\n"))
	snap, err := st.Snapshot(time.Now())
	if err != nil || snap.Numbers["+33639980008"].Kind != routing.Unconfigured || snap.Numbers["+33639980008"].Flow != "" {
		t.Errorf("%+v: %v", snap.Numbers["+33639980008"], err)
	}
}

func TestSpec_F2_DraftChangesNothingForCallersUntilItIsPublished(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, bakery))
	changed := strings.Replace(bakery, `ring_for_seconds = 30`, `ring_for_seconds = 40`, 1)
	draft := strings.Replace(changed, `start = "n1"`, "start = \"n1\"\npublish = false", 1)
	ringFor := func(st *State) (float64, int) {
		snap, err := st.Snapshot(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		f := snap.Flows[snap.Numbers["+33199001234"].Flow]
		return f.Nodes["n1"].RingTo.RingForSeconds, f.Version
	}
	st = after(st, plan(t, st, draft))
	if seconds, version := ringFor(st); seconds != 30 || version != 1 || st.Flows[0].Draft == "" {
		t.Errorf("with a draft callers hear version %d, which rings %v s", version, seconds)
	}
	if again := plan(t, st, draft); len(again) != 0 {
		t.Errorf("the draft applied twice: %v", again)
	}
	st = after(st, plan(t, st, changed))
	if seconds, version := ringFor(st); seconds != 40 || version != 2 || st.Flows[0].Draft != "" {
		t.Errorf("published, callers hear version %d, which rings %v s", version, seconds)
	}
}

func TestSpec_F7_FlowWithErrorsIsKeptAsADraftAndNotPublished(t *testing.T) {
	broken := strings.Replace(bakery, `next = { unanswered = "n2" }`, `next = {}`, 1)
	if got := problems(broken); !strings.Contains(got, "(E02)") {
		t.Errorf("published with an error: %s", got)
	}
	draft := strings.Replace(broken, `start = "n1"`, "start = \"n1\"\npublish = false", 1)
	if got := problems(draft); got != "" {
		t.Errorf("as a draft: %s", got)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	s := struct{ Password Secret }{"hunter2"}
	for _, f := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(f, s); strings.Contains(got, "hunter2") {
			t.Errorf("%s prints %s", f, got)
		}
	}
	if md5, sha := HA1("Mufasa", "http-auth@example.org", "Circle of Life"); md5 != "3d78807defe7de2157e2b0b6573a855f" ||
		sha != "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232" {
		t.Errorf("HA1 of RFC 7616 section 3.9.1: %s %s", string(md5), string(sha))
	}
}

func TestSoundsAreReadBesideTheSiteFile(t *testing.T) {
	text := "[[accounts]]\nname = \"A\"\n[[audio]]\nname = \"hello\"\nfile = \"a/hello.wav\"\n"
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"absent":  {fstest.MapFS{}, "site.toml:5: audio[0].file: open a/hello.wav"},
		"no wave": {fstest.MapFS{"a/hello.wav": {Data: []byte("ID3")}}, "site.toml:5: audio[0].file: want a WAV file"},
	} {
		site, problems := ParseSite("site.toml", []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if problems := site.LoadAudio(c.files); len(problems) != 1 || !strings.HasPrefix(problems[0].String(), c.want) {
			t.Errorf("%s: %v, want %s", name, problems, c.want)
		}
		if _, problems := Plan(&State{}, site); len(problems) != 1 {
			t.Errorf("%s: a sound that was not loaded can be planned", name)
		}
	}
	if got := problems(strings.Replace(text, "a/hello.wav", "../etc/passwd", 1)); !strings.Contains(got, "leads out of the directory") {
		t.Errorf("a path out of the directory: %s", got)
	}
}
