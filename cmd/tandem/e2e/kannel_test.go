package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"tandem/sim"
)

const (
	kannelNumber = "+33180200301"
	kannelPeer   = "+33612345678"
)

// kannelSite is an office with a number that a program writes from, by SMPP, and whose messages leave by a carrier.
func kannelSite() string {
	return demoSite + `
[[connectors]]
name = "Carrier SMS"
kind = "smpp"
password = "secret"
smpp = {address = "{net}.210:2775", system_id = "tandem"}

[[connectors]]
name = "CRM"
account = "Bakery"
kind = "smpp_server"
in_doubt = "retry"
window = 10
token = "pass"
numbers = ["` + kannelNumber + `"]
smpp = {system_id = "crm", sources = ["127.0.0.0/8"]}

[[flows]]
name = "SMS"
start = "bye"
nodes = [{id = "bye", type = "voicemail"}]

[[numbers]]
e164 = "` + kannelNumber + `"
kind = "shared"
flow = "SMS"
messaging = {connector = "Carrier SMS"}
`
}

// kannel is Kannel as a program that is bound to us: its two boxes, and who is told by them.
type kannel struct {
	*office

	dir      string
	password string
	carrier  *sim.SMSC

	mu       sync.Mutex
	came     []string            // texts of messages that came for it
	receipts map[string][]string // types of receipts, by what was sent
}

// openKannel starts a carrier, and bearerbox, which binds with a password. One that is refused may fall over its own feet before smsbox finds it.
func openKannel(o *office, password string) *kannel {
	o.t.Helper()
	k := &kannel{office: o, dir: o.t.TempDir(), password: password, receipts: map[string][]string{}}
	var err error
	k.carrier, err = sim.OpenSMSC(o.ctx, sim.SMSCConfig{
		Bind: o.net + ".210:2775", ESMEs: []sim.ESME{{SystemID: "tandem", Password: "secret"}}, Seed: 1, Log: slog.New(slog.DiscardHandler),
	})
	o.ok(err)
	o.t.Cleanup(k.carrier.Close)
	told := httptest.NewServer(http.HandlerFunc(k.told))
	o.t.Cleanup(told.Close)
	k.configure(told.URL)
	k.box("bearerbox")
	return k
}

// configure writes what both boxes read.
func (k *kannel) configure(told string) {
	k.t.Helper()
	text := fmt.Sprintf(`
group = core
admin-port = 13000
admin-interface = %[3]s.250
admin-password = admin
smsbox-port = 13001
smsbox-interface = %[3]s.250
box-allow-ip = "127.*.*.*"
dlr-storage = internal
log-level = 0
log-file = %[2]q

group = smsc
smsc = smpp
smsc-id = tandem
host = %[3]s.1
port = 2775
transceiver-mode = true
smsc-username = crm
smsc-password = %[4]s
system-type = ""
max-pending-submits = 10
enquire-link-interval = 2
reconnect-delay = 1
wait-ack = 10
wait-ack-expire = 2

group = smsbox
bearerbox-host = %[3]s.250
sendsms-port = 13013
sendsms-interface = %[3]s.250

group = sendsms-user
username = crm
password = crm
max-messages = 20
concatenation = true

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
get-url = "%[1]s/came?coding=%%c&text=%%b"
`, told, filepath.Join(k.dir, "bearerbox.log"), k.net, k.password)
	k.ok(os.WriteFile(filepath.Join(k.dir, "kannel.conf"), []byte(text), 0o600))
}

// box starts one of Kannel's programs, which ends with the test.
func (k *kannel) box(name string) {
	k.t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name
	}
	cmd := exec.CommandContext(context.WithoutCancel(k.ctx), path, "-v", "4", "kannel.conf")
	cmd.Dir = k.dir
	k.ok(cmd.Start())
	k.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// told is where Kannel tells of messages and receipts.
func (k *kannel) told(_ http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.URL.Path == "/receipt" {
		k.receipts[q.Get("of")] = append(k.receipts[q.Get("of")], q.Get("type"))
		return
	}
	text := q.Get("text")
	if q.Get("coding") == "2" {
		units := make([]uint16, len(text)/2)
		for i := range units {
			units[i] = uint16(text[2*i])<<8 | uint16(text[2*i+1])
		}
		text = string(utf16.Decode(units))
	}
	k.came = append(k.came, text)
}

// send has Kannel send a text, and waits until it took it; in UCS-2 where coding is 2.
func (k *kannel) send(of, text string, coding int) {
	k.t.Helper()
	q := url.Values{
		"username": {"crm"}, "password": {"crm"}, "from": {kannelNumber}, "to": {kannelPeer}, "text": {text}, "charset": {"UTF-8"},
		"coding": {fmt.Sprint(coding)}, "dlr-mask": {"31"}, "dlr-url": {k.toldAt() + "/receipt?type=%d&of=" + of},
	}
	resp, err := http.Get("http://" + k.net + ".250:13013/cgi-bin/sendsms?" + q.Encode())
	k.ok(err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		k.t.Fatalf("smsbox answers %s", resp.Status)
	}
}

// toldAt is where Kannel tells of things.
func (k *kannel) toldAt() string {
	text, err := os.ReadFile(filepath.Join(k.dir, "kannel.conf"))
	k.ok(err)
	_, rest, _ := strings.Cut(string(text), `get-url = "`)
	at, _, _ := strings.Cut(rest, "/came")
	return at
}

// until waits for something.
func (k *kannel) until(what string, is func() bool) {
	k.t.Helper()
	for !is() {
		select {
		case <-k.ctx.Done():
			log, _ := os.ReadFile(filepath.Join(k.dir, "bearerbox.log"))
			k.t.Fatalf("%s: %v\nbearerbox said:\n%s", what, context.Cause(k.ctx), tail(string(log), 6000))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// ready starts smsbox, and waits until it takes messages, bearerbox is bound to us, and we are to the carrier.
func (k *kannel) ready() {
	k.t.Helper()
	k.until("bearerbox listens for smsbox", func() bool {
		c, err := net.Dial("tcp", k.net+".250:13001")
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	k.box("smsbox")
	k.ok(k.carrier.Bound(k.ctx, 1))
	k.until("smsbox answers", func() bool {
		resp, err := http.Get("http://" + k.net + ".250:13013/cgi-bin/sendsms")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	})
	k.until("Kannel is bound", func() bool { return k.connector("CRM").Up })
}

// connector is how a connector is.
func (k *kannel) connector(name string) (state struct {
	Up     bool   `json:"up"`
	Detail string `json:"detail"`
	Queue  int    `json:"queue"`
},
) {
	k.t.Helper()
	var all struct {
		Data []struct{ ID, Name string }
	}
	k.read("/api/v1/connectors", &all)
	for _, c := range all.Data {
		if c.Name == name {
			k.read("/api/v1/connectors/"+c.ID+"/status", &state)
		}
	}
	return state
}

// carried are the texts that the carrier brought to somebody.
func (k *kannel) carried() []string {
	var out []string
	for _, m := range k.carrier.Carried() {
		out = append(out, m.Text)
	}
	return out
}

// needKannel skips a test where there is no Kannel.
func needKannel(t *testing.T) {
	t.Helper()
	for _, name := range []string{"bearerbox", "smsbox"} {
		if _, err := exec.LookPath(name); err != nil {
			if _, err = os.Stat("/usr/sbin/" + name); err != nil {
				t.Skipf("Kannel is not here: no %s", name)
			}
		}
	}
}

// TestKannel_M6_M7_AProgramWritesAndReads: long texts, accents and emoji go both ways whole, and it is told that they arrived.
func TestKannel_M6_M7_AProgramWritesAndReads(t *testing.T) {
	needKannel(t)
	onBoth(t, kannelSite(), func(o *office) {
		k := openKannel(o, "pass")
		k.ready()
		texts := []struct {
			of, text string
			coding   int
		}{
			{"short", "Bonjour, votre commande est arrivée", 0},
			{"long", strings.Repeat("Déjà vu: où, é à ù £ €. ", 15), 0},
			{"emoji", "Ça ira 👩🏽‍🚀 œuvre " + strings.Repeat("ñandú ê ", 12), 2},
		}
		for i, m := range texts {
			k.send(m.of, m.text, m.coding)
			k.until(m.of+" is carried", func() bool { return len(k.carried()) > i })
			if got := k.carried()[i]; got != m.text {
				t.Errorf("%s: the carrier got %q, want %q", m.of, got, m.text)
			}
			k.until(m.of+" is told of as delivered", func() bool {
				k.mu.Lock()
				defer k.mu.Unlock()
				return slices.Contains(k.receipts[m.of], "1")
			})
		}
		for i, m := range texts {
			k.ok(k.carrier.Text(kannelPeer, kannelNumber, m.text))
			k.until(m.of+" comes", func() bool {
				k.mu.Lock()
				defer k.mu.Unlock()
				return len(k.came) > i
			})
			k.mu.Lock()
			if got := k.came[i]; got != m.text {
				t.Errorf("%s: Kannel got %q, want %q", m.of, got, m.text)
			}
			k.mu.Unlock()
		}
	})
}

// TestKannel_AWrongPasswordBindsNobody, and takes nothing from who has the right one.
func TestKannel_AWrongPasswordBindsNobody(t *testing.T) {
	needKannel(t)
	onBoth(t, kannelSite(), func(o *office) {
		k := openKannel(o, "guess")
		k.until("Kannel is refused", func() bool {
			log, _ := os.ReadFile(filepath.Join(k.dir, "bearerbox.log"))
			return strings.Contains(string(log), "0x0000000e")
		})
		if s := k.connector("CRM"); s.Up {
			t.Errorf("it is bound: %+v", s)
		}
	})
}

// TestKannel_M8_NothingIsLostOrDoubledWhenWeAreKilled while a program writes as fast as it can: Kannel sends again what was not answered, and the carrier gets
// each text once; of the one that was on its way to it when we were killed we say that it is in doubt.
func TestKannel_M8_NothingIsLostOrDoubledWhenWeAreKilled(t *testing.T) {
	needKannel(t)
	onBoth(t, kannelSite(), func(o *office) {
		k := openKannel(o, "pass")
		k.ready()
		const most = 60
		for i := range most {
			k.send(fmt.Sprint(i), fmt.Sprintf("Message %d", i), 0)
			if i == most/2 {
				k.until("some are carried", func() bool { return len(k.carried()) > 3 })
				k.stop(syscall.SIGKILL)
				k.serve()
			}
		}
		doubt := func() []string {
			var page struct {
				Data []struct{ Body, State string }
			}
			k.read("/api/v1/messages?limit=200", &page)
			var out []string
			for _, m := range page.Data {
				if m.State == "unknown" {
					out = append(out, m.Body)
				}
			}
			return out
		}
		k.until("all are carried, or in doubt", func() bool {
			all := append(k.carried(), doubt()...)
			slices.Sort(all)
			return len(slices.Compact(all)) == most
		})
		seen := map[string]int{}
		for _, text := range k.carried() {
			seen[text]++
		}
		for text, n := range seen {
			if n > 1 {
				t.Errorf("the carrier got %q %d times", text, n)
			}
		}
		if d := doubt(); len(d) > 1 {
			t.Errorf("in doubt: %q", d)
		}
	})
}
