package config

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the reference file anew")

const reference = "../../../configs/tandem.toml"

func TestReferenceFileIsMadeOfTheStruct(t *testing.T) {
	var b strings.Builder
	if err := Default().Print(&b, Explained); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(reference, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != b.String() {
		t.Errorf("%s is not what the struct says: go test ./cmd/tandem/config -update\n%s", reference, firstDifference(string(file), b.String()))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\n file   %s\n struct %s", i+1, x[i], y[i])
		}
	}
	return "one is longer"
}

func TestReferenceFileLoadsAsTheDefaults(t *testing.T) {
	got, err := Load(Sources{File: reference})
	if err != nil {
		t.Fatal(err)
	}
	if want := Default(); fmt.Sprint(*got) != fmt.Sprint(*want) {
		t.Errorf("got  %v\nwant %v", *got, *want)
	}
}

// Every wrong line says where it is and what is right.
func TestWrongFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"key misspelt", "[http]\nlisten = \":1\"\n\n[sip]\nupd = \":5060\"\n", `F:5: [sip] unknown key "upd", did you mean "udp"?`},
		{"key misspelt at the top", "data-dir = \"x\"\n", `F:1: unknown key "data-dir", did you mean "data_dir"?`},
		{"table misspelt", "\n[medai]\nbind = \"\"\n", `F:2: unknown table [medai], did you mean "media"?`},
		{"key of another table", "[http]\nrtp_ports = \"20000-20010\"\n", `F:2: [http] unknown key "rtp_ports": it belongs in [media]`},
		{"key of the top in a table", "[log]\ndata_dir = \"/x\"\n", `F:2: [log] unknown key "data_dir": it belongs at the top of the file, before the first table`},
		{"key of nowhere", "[limits]\nelephants = 4\n", `F:2: [limits] unknown key "elephants"; known here: max_call_duration, max_calls`},
		{"dotted key", "sip.upd = \":5060\"\n", `F:1: [sip] unknown key "upd", did you mean "udp"?`},
		{"number for text", "[sip]\n# the port\nudp = 5060\n", `F:3: [sip] udp: want text in quotes, such as ":5060", not the number 5060`},
		{"text for number", "[limits]\nmax_calls = \"many\"\n", `F:2: [limits] max_calls: want a number, without quotes, not "many"`},
		{"not a number of calls", "[limits]\nmax_calls = -4\n", `F:2: [limits] max_calls: "-4" is not a whole number from 0 up`},
		{"text for true or false", "[webhooks]\ninbox = \"yes\"\n", `F:2: [webhooks] inbox: want true or false, without quotes, not "yes"`},
		{"true for text", "[log]\nlevel = true\n", `F:2: [log] level: want text in quotes, such as "info", not true`},
		{"no port", "[sip]\nudp = \"0.0.0.0\"\n", `F:2: [sip] udp: "0.0.0.0" is not an address and port, such as "127.0.0.1:5060", or ":5060" for every address`},
		{"port too big", "[sip]\ntcp = \":70000\"\n", `F:2: [sip] tcp: "70000" is not a port: 0 to 65535`},
		{"name for address", "[http]\nlisten = \"example.fr:80\"\n", `F:2: [http] listen: "example.fr" is not an IP address: give a number such as 127.0.0.1, or nothing for every address`},
		{"duration", "drain_timeout = \"5 minutes\"\n", `F:1: drain_timeout: "5 minutes" is not a length of time, such as "90s", "5m" or "4h"`},
		{"one of several", "[log]\nlevel = \"inf\"\n", `F:2: [log] level: "inf" is not one of debug, info, warn, error, did you mean "info"?`},
		{"only one", "[http]\ntls = \"acme\"\n", `F:2: [http] tls: "acme" is not possible: only "off" is`},
		{"ports", "[media]\nrtp_ports = \"20000\"\n", `F:2: [media] rtp_ports: "20000" is not a range of ports, such as "20000-20999"`},
		{"few ports", "[media]\nrtp_ports = \"20000-20001\"\n", `F:2: [media] rtp_ports: "20000-20001" holds fewer than four ports: a call needs four`},
		{"public address", "[media]\npublic_ip = \"mine\"\n", `F:2: [media] public_ip: "mine" is not an IP address that a peer can reach, such as 203.0.113.7`},
		{"gather", "[media]\ngather = \"1s\"\n", `F:2: [media] gather: "1s" is not a length of time from "0s" to "2ms"`},
		{"transport", "[media]\ntransport = \"iouring\"\n", `F:2: [media] transport: "iouring" is not one of auto, netpoll, uring, did you mean "uring"?`},
		{"network", "[media]\ndeny = [\"10.0.0.0/8\",\n \"ten\"]\n", `F:2: [media] deny: "ten" is not a network such as "10.0.0.0/8"`},
		{"certificate", "[sip]\ntls = \":5061\"\n", `F:2: [sip] tls: TLS needs a certificate: set tls_cert and tls_key in [sip], or leave tls empty`},
		{"charging without certificates", "[mobile]\ndiameter_tls = \":5658\"\n", `F:2: [mobile] diameter_tls: TLS needs both sides' certificates: set certificate, key and authority in [mobile], or leave diameter_tls empty`},
		{"identity", "[mobile]\nidentity = \"tandem@example.fr\"\n", `F:2: [mobile] identity: "tandem@example.fr" is no DiameterIdentity: a host name such as "tandem.example.fr"`},
		{"short key", "[http]\napi_key = \"hunter2\"\n", `F:2: [http] api_key: it is too short to be safe: 16 characters or more`},
		{"realm", "[sip]\nrealm = \"my phones\"\n", `F:2: [sip] realm: "my phones" is not a host name: letters, digits, dots and dashes`},
		{"public URL", "public_url = \"phone.example.fr\"\n", `F:1: public_url: "phone.example.fr" is not an address that a browser opens, such as "https://phone.example.fr"`},
		{"nothing to listen on", "[sip]\nudp = \"\"\ntcp = \"\"\n", `F:2: [sip] udp: nothing to listen on: set udp, tcp or tls in [sip]`},
		{"database", "[database]\nurl = \"mysql://u:geheim@h/d\"\n", `F:2: [database] url: scheme "mysql" is not known: leave it empty for SQLite, or give "postgres://user:password@host/name"`},
		{"database with a bad port", "[database]\nurl = \"postgres://u:geheim@h:x/d\"\n", `F:2: [database] url: it is not an address such as "postgres://user:password@host/name"`},
		{"table where a value belongs", "[data_dir]\nx = 1\n", `F:1: data_dir: want text in quotes, such as "/var/lib/tandem", not map[x:1]`},
		{"not TOML", "[sip\nudp = \"\"\n", "F:1: expected '.' or ']' to end table name"},
		{"same key twice", "[sip]\nudp = \":1\"\nudp = \":2\"\n", "F:3: "},
		{"two at once", "[sip]\nupd = \":1\"\n[log]\nlevl = \"info\"\n", "F:2: [sip] unknown key \"upd\", did you mean \"udp\"?\nF:4: [log] unknown key \"levl\", did you mean \"level\"?"},
		{"after a string of lines", "public_url = \"\"\"\nhttp://x\n\"\"\"\n[sip]\nudb = \"\"\n", `[sip] unknown key "udb", did you mean "udp"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tandem.toml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(Sources{File: path})
			if err == nil {
				t.Fatal("accepted")
			}
			got := strings.ReplaceAll(err.Error(), path, "F")
			if !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if strings.Contains(got, "geheim") {
				t.Errorf("a password in an error: %s", got)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(Sources{File: filepath.Join(t.TempDir(), "no.toml")})
	if p, ok := errors.AsType[*KeyError](err); !ok || !strings.Contains(p.Error(), "no.toml: there is no such file") {
		t.Errorf("got %v", err)
	}
}

// Defaults, then the file, then the environment, then the command line.
func TestLaterSourcesWin(t *testing.T) {
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "tandem.toml"), filepath.Join(dir, "key")
	text := "[sip]\nudp = \"127.0.0.1:1\"\ntcp = \"127.0.0.1:1\"\ntls_cert = \"file\"\n[media]\ndeny = [\"10.0.0.0/8\"]\n[limits]\nmax_calls = 7\n"
	for path, content := range map[string]string{file: text, secret: "pk_live_0123456789\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(Sources{
		File: file,
		Env:  []string{"HOME=/root", "TANDEM_SIP_UDP=127.0.0.1:2", "TANDEM_SIP_TCP=127.0.0.1:2", "TANDEM_HTTP_API_KEY_FILE=" + secret, "TANDEM_MEDIA_PUBLIC_IP=203.0.113.7"},
		Set:  []string{"sip.udp=127.0.0.1:3", "drain_timeout=30s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		name      string
		got, want any
	}{
		{"sip.udp, by flag", c.SIP.UDP.Port, uint16(3)},
		{"sip.tcp, by environment", c.SIP.TCP.Port, uint16(2)},
		{"sip.tls_cert, by file", c.SIP.TLSCert, "file"},
		{"sip.realm, by default", c.SIP.Realm, "tandem"},
		{"api key from a file", c.HTTP.APIKey.Reveal(), "pk_live_0123456789"},
		{"media.public_ip", c.Media.PublicIP.Addr, netip.MustParseAddr("203.0.113.7")},
		{"media.deny", c.Media.Deny[0], netip.MustParsePrefix("10.0.0.0/8")},
		{"limits.max_calls", c.Limits.MaxCalls, 7},
		{"drain_timeout", c.DrainTimeout, 30 * time.Second},
	} {
		if p.got != p.want {
			t.Errorf("%s: got %v, want %v", p.name, p.got, p.want)
		}
	}
}

func TestWrongEnvironmentAndFlags(t *testing.T) {
	for _, c := range []struct {
		s    Sources
		want string
	}{
		{Sources{Env: []string{"TANDEM_SIP_UPD=:1"}}, `TANDEM_SIP_UPD: unknown variable, did you mean "TANDEM_SIP_UDP"?`},
		{Sources{Env: []string{"TANDEM_SIP_UDP=here"}}, `TANDEM_SIP_UDP: "here" is not an address and port`},
		{Sources{Env: []string{"TANDEM_DATABASE_URL_FILE=/nowhere"}}, "TANDEM_DATABASE_URL_FILE: the file /nowhere cannot be read"},
		{Sources{Env: []string{"TANDEM_SIP_TLS=:5061"}}, "TANDEM_SIP_TLS: TLS needs a certificate"},
		{Sources{Set: []string{"sip.upd=:1"}}, `--set sip.upd: unknown key "sip.upd", did you mean "sip.udp"?`},
		{Sources{Set: []string{"sip.udp"}}, "--set sip.udp: want key=value"},
		{Sources{Set: []string{"log.level=loud"}}, `--set log.level: "loud" is not one of debug, info, warn, error`},
	} {
		_, err := Load(c.s)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s", c.s, err, c.want)
		}
	}
}

// No way of printing a configuration shows a secret.
func TestSecretsAreNeverPrinted(t *testing.T) {
	c, err := Load(Sources{Set: []string{
		"http.api_key=pk_live_geheim_geheim",
		"database.url=postgres://tandem:geheim@db/tandem?password=geheim",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, comments := range []Comments{Bare, Explained} {
		if err := c.Print(&b, comments); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&b, "%v %+v %#v %s", *c, *c, *c, c.Database.URL.LogValue())
	if strings.Contains(b.String(), "geheim") {
		t.Errorf("a secret was printed:\n%s", b.String())
	}
	if !strings.Contains(b.String(), "postgres://tandem:xxxxx@db/tandem") || !strings.Contains(b.String(), `api_key = "••••"`) {
		t.Errorf("what may be shown is missing:\n%s", b.String())
	}
}

func TestPrintedConfigurationLoadsAsItself(t *testing.T) {
	c, err := Load(Sources{Set: []string{"data_dir=/tmp/a \"b\" \\c", "sip.udp=[::1]:5060", "media.deny=10.0.0.0/8, 192.168.0.0/16", "media.rtp_ports=4000-4003", "limits.max_call_duration=90m"}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err = c.Print(&b, Bare); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tandem.toml")
	if err = os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Load(Sources{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(*again) != fmt.Sprint(*c) {
		t.Errorf("got  %v\nwant %v", *again, *c)
	}
}

func TestEnvironmentNamesEveryKey(t *testing.T) {
	var b strings.Builder
	if err := PrintEnvironment(&b); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys(Default()) {
		if !strings.Contains(b.String(), k.variable()+" ") {
			t.Errorf("%s is missing", k.variable())
		}
		if k.doc == "" {
			t.Errorf("%s is not documented", k.path())
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("[sip]\nudp = \":5060\"\n")
	f.Add("a.b.c = [{x=1}]\n[[sip]]\n[log.level]\n")
	f.Add("public_url = '''\n[x\n'''")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "tandem.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := Load(Sources{File: path}); (c == nil) == (err == nil) {
			t.Errorf("neither a configuration nor an error, or both: %v, %v", c, err)
		}
	})
}
