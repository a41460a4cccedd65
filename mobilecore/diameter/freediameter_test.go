package diameter

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inNamespace tells this test binary that it runs in a network of its own.
const inNamespace = "TANDEM_TEST_NAMESPACE"

const freeDiameterExtensions = "/usr/lib/freeDiameter/"

// freeDiameter listens on every address whatever it is told, so it runs where there is nobody else: the test runs itself again in a network namespace.
func TestFreeDiameterReadsWhatWeSend(t *testing.T) {
	program, err := exec.LookPath("freeDiameterd")
	if err != nil {
		t.Skip("freeDiameterd is not installed: scripts/deps test installs it")
	}
	for _, e := range []string{"dbg_msg_dumps", "dict_dcca_3gpp", "acl_wl"} {
		if _, err = os.Stat(freeDiameterExtensions + e + ".fdx"); err != nil {
			t.Skipf("freeDiameter has no extension %s: scripts/deps test installs it", e)
		}
	}
	if os.Getenv(inNamespace) != "" {
		betweenUs(t, program)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestFreeDiameterReadsWhatWeSend$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("this user may make no network namespace")
	}
	if err != nil {
		t.Fatalf("in a namespace of its own: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Skipf("%s", out)
	}
}

// betweenUs has freeDiameter relay credit control between a client and a server of ours, and say what it read.
func betweenUs(t *testing.T, program string) {
	t.Helper()
	for _, line := range []string{ // it wants an address that is not loopback's, if only to say it in its CEA
		"link set lo up", "link add out type veth peer name in", "addr add 192.0.2.1/24 dev out", "link set out up", "link set in up",
	} {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Skipf("ip %s: %v %s", line, err, out)
		}
	}
	const relayPort = 43868
	log := startFreeDiameter(t, program, relayPort)
	relay := fmt.Sprintf("127.0.0.1:%d", relayPort)
	server := Config{
		Node: Node{Identity: "ocs.example.net"}, Applications: []Application{CreditControl}, Watchdog: 3 * time.Second, // it has twice as long to answer, once it is asked

		Serve: func(_ context.Context, from *Peer, m *Message) *Message {
			if m.Command != CreditRequest {
				return nil
			}
			return grant(from, m)
		},
	}
	var (
		ocs *Peer
		err error
	)
	eventually(t, "freeDiameter listens", func() bool { // a moment after it says that it is initialized
		ocs, err = Dial(t.Context(), server, relay)
		return err == nil
	})
	if !ocs.Relays() || ocs.Host() != "fd.example.org" {
		t.Errorf("the peer is %q", ocs.Host())
	}
	asked := make(chan *Message, 1)
	client := smf()
	client.Serve = func(_ context.Context, from *Peer, m *Message) *Message {
		asked <- m
		return from.Us().Answer(m, 2002)
	}
	ctf, err := Dial(t.Context(), client, relay)
	if err != nil {
		t.Fatal(err)
	}
	m := request()
	m.Add(Text(DestinationHost, "ocs.example.net"))
	answer, err := ctf.Do(t.Context(), m)
	if err != nil || answer.Result() != Success || answer.Group(MultipleServicesCreditControl).Group(GrantedServiceUnit).Number(CCTotalOctets) != 512000 {
		t.Fatalf("through the relay: %v, %v", answer, err)
	}
	rar := NewRequest(ReAuth, CreditControl, Text(SessionID, "smf.example.org;1;2;gy"), Text(OriginHost, "ocs.example.net"), Text(OriginRealm, "example.net"),
		Text(DestinationRealm, "example.org"), Text(DestinationHost, "smf.example.org"), Number(AuthApplicationID, 4), Number(ReAuthRequestType, 0))
	if answer, err = ocs.Do(t.Context(), rar); err != nil || answer.Result() != 2002 {
		t.Errorf("a request of the server, through the relay: %v, %v", answer, err)
	}
	if got := <-asked; !got.Has(RouteRecord) {
		t.Errorf("it came another way: %v", got)
	}
	eventually(t, "watchdogs went to and fro", func() bool { return log.count("Device-Watchdog-Answer") > 1 })
	for _, p := range []*Peer{ctf, ocs} {
		if err = p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "freeDiameter has heard the goodbye", func() bool { return log.count("Disconnect-Peer-Request") > 1 })
	for _, name := range []string{
		"Capabilities-Exchange-Request", "Capabilities-Exchange-Answer", "Credit-Control-Request", "Credit-Control-Answer", "Re-Auth-Request", "Re-Auth-Answer",
		"Disconnect-Peer-Answer", "Service-Context-Id", "Subscription-Id-Data", "Used-Service-Unit", "CC-Input-Octets", "PS-Information", "3GPP-SGSN-MCC-MNC",
		"Final-Unit-Action", "Volume-Quota-Threshold", "Reporting-Reason", "Event-Timestamp", "Validity-Time",
	} {
		if log.count(name) == 0 {
			t.Errorf("freeDiameter read no %s", name)
		}
	}
	for _, bad := range []string{"ERROR", "UNKNOWN", "(no model)", "Invalid", "FATAL"} {
		if log.count(bad) > 0 {
			t.Errorf("freeDiameter says %s", bad)
		}
	}
}

// grant is an answer with all that ours ever have.
func grant(from *Peer, m *Message) *Message {
	return from.Us().Answer(m, Success, Number(AuthApplicationID, uint64(CreditControl)), *m.Find(CCRequestType), *m.Find(CCRequestNumber),
		Group(MultipleServicesCreditControl, Number(RatingGroup, 1), Number(ResultCode, uint64(Success)),
			Group(GrantedServiceUnit, Number(CCTotalOctets, 512000)), Number(ValidityTime, 3600),
			Group(FinalUnitIndication, Number(FinalUnitAction, uint64(FinalUnitTerminate))), Number(VolumeQuotaThreshold, 102400)))
}

// startFreeDiameter runs it until the test ends, and gives what it says.
func startFreeDiameter(t *testing.T, program string, port int) *journal {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	a := newAuthority(t)
	pair := a.pair("fd.example.org") // its certificate must have its name, even where nobody speaks TLS
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	var config strings.Builder
	fmt.Fprintf(&config, `Identity = "fd.example.org";
Realm = "example.org";
Port = %d;
SecPort = 0;
No_SCTP;
No_IPv6;
TwTimer = 6;
TLS_Cred = %q, %q;
TLS_CA = %q;
`, port, write("cert.pem", text("CERTIFICATE", pair.Certificate[0])), write("key.pem", text("PRIVATE KEY", key)), write("ca.pem", text("CERTIFICATE", a.cert.Raw)))
	for _, e := range []string{`dbg_msg_dumps.fdx" : "0x8888"`, `dict_nasreq.fdx"`, `dict_dcca.fdx"`, `dict_dcca_3gpp.fdx"`} {
		config.WriteString(`LoadExtension = "` + freeDiameterExtensions + e + ";\n")
	}
	fmt.Fprintf(&config, "LoadExtension = \"%sacl_wl.fdx\" : %q;\n", freeDiameterExtensions, write("acl.conf", "ALLOW_IPSEC ocs.example.net\nALLOW_IPSEC smf.example.org\n"))
	var j journal
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-c", write("fd.conf", config.String()))
	cmd.Stdout, cmd.Stderr = &j, &j
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was told to end
		if t.Failed() {
			t.Logf("freeDiameter said:\n%s", j.b.String())
		}
	})
	return &j
}
