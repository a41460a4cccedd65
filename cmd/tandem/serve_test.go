package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestServe(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	url := "http://" + s.address("http").String()

	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n", "/metrics": `,version="` + version + `"} 1`, "/": "<title>Tandem</title>"} {
		if code, body := s.get(path); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	o := tandem(t, append([]string{"status"}, at(dir)...)...)
	if o.code != 0 || !strings.Contains(o.out, "sip udp 127.0.0.1:") || !strings.Contains(o.out, "calls      0 in progress") {
		t.Errorf("over the socket: %+v", o)
	}
	if o = tandem(t, "status", "--url", url, "--key", apiKey, "--json"); o.code != 0 || !json.Valid([]byte(o.out)) {
		t.Errorf("over TCP: %+v", o)
	}
	if o = tandem(t, "status", "--url", url, "--key", "pk_wrong"); o.code != exitBadInput || o.err != "tandem: this key is not known\n" {
		t.Errorf("with a wrong key: %+v", o)
	}
	if _, body := s.get("/metrics"); !strings.Contains(body, `tandem_auth_failures_total{realm="api"} 1`) {
		t.Error("the wrong key is not in the metrics")
	}
	if o = tandem(t, append([]string{"status", "--quiet"}, at(dir)...)...); o.code != 0 || o.out != "" {
		t.Errorf("quietly: %+v", o)
	}
	if o = tandem(t, append([]string{"serve"}, at(dir)...)...); o.code != exitFailure || !strings.Contains(o.err, dir+" is in use by another tandem") {
		t.Errorf("a second one on the same data: %+v", o)
	}
	if o = tandem(t, "serve", "--set", "data_dir="+t.TempDir(), "--set", "sip.udp="+s.address("UDP").String(), "--set", "sip.tcp="); o.code != exitFailure || !strings.Contains(o.err, "another program has the port? set [sip] udp, tcp and tls") {
		t.Errorf("on a port that is taken: %+v", o)
	}
	s.terminate()
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d after SIGTERM", code)
	}
	if strings.Contains(s.log.String(), apiKey) {
		t.Error("the key is in the log")
	}
}

// caller is SIPp's own caller: it calls from the trunk's address, talks for so long, and hangs up.
func caller(t *testing.T, s *server, number string, talk time.Duration) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("SIPp is missing: apt-get install sip-tester")
	}
	cmd := exec.CommandContext(t.Context(), path, "-sn", "uac", "-i", "127.0.0.2", "-s", number, "-m", "1", "-nostdin",
		"-d", strconv.FormatInt(talk.Milliseconds(), 10), "-timeout", "5m", s.address("UDP").String())
	cmd.Dir = t.TempDir()
	cmd.WaitDelay = time.Second
	return cmd
}

// hold makes a caller stand still, or go on.
func hold(t *testing.T, caller *exec.Cmd, with syscall.Signal) {
	t.Helper()
	if err := caller.Process.Signal(with); err != nil {
		t.Fatal(err)
	}
}

// demoOffice starts a server with the demo's company in it.
func demoOffice(t *testing.T) *server {
	t.Helper()
	s := serve(t, t.TempDir())
	if o := tandem(t, append([]string{"apply", "../../configs/demo.toml"}, at(s.data)...)...); o.code != 0 {
		t.Fatalf("apply: %+v", o)
	}
	return s
}

// A stranger's call over real SIP reaches the flow of the number, and is in the log with its timeline and ladder.
func TestCallFromATrunkReachesTheFlow(t *testing.T) {
	s := demoOffice(t)
	said, err := caller(t, s, "+33199001234", time.Second).CombinedOutput()
	if err != nil {
		t.Fatalf("SIPp: %v\n%s", err, said)
	}
	var calls outcome
	until(t, "the call is in the log", func() bool {
		calls = tandem(t, append([]string{"calls", "list"}, at(s.data)...)...)
		return strings.Contains(calls.out, "abandoned")
	})
	if !strings.Contains(calls.out, "01 99 00 12 34") {
		t.Errorf("list: %+v", calls)
	}
	show := func(what ...string) string {
		o := tandem(t, append(append([]string{"calls", "show", "1"}, at(s.data)...), what...)...)
		if o.code != 0 {
			t.Errorf("show %v: %+v", what, o)
		}
		return o.out
	}
	if out := show(); !strings.Contains(out, "inbound  sipp -> 01 99 00 12 34  abandoned") || !strings.Contains(out, "trunk  sim  ended") {
		t.Errorf("call: %s", out)
	}
	if out := show("--timeline"); !strings.Contains(out, "The flow goes to “Accueil” (audio message).") || !strings.Contains(out, "Hung up by the caller") {
		t.Errorf("timeline: %s", out)
	}
	if out := show("--sip"); !strings.Contains(out, "INVITE (SDP)") || !strings.Contains(out, "200 OK BYE") || !strings.Contains(out, "INVITE sip:+33199001234@127.0.0.1") {
		t.Errorf("ladder: %s", out)
	}
	for _, want := range []string{
		`tandem_calls_total{direction="inbound",outcome="abandoned"} 1`, `tandem_calls_missed_total{reason="short_abandoned"} 1`,
		`tandem_sip_parse_errors_total{reason="malformed"} 0`, `tandem_sip_transactions_active{type="client"} `, `tandem_blocked_sources 0`,
		`tandem_rtp_packets_total{direction="out"} `, `tandem_db_query_seconds_count{op="calls"} `, `tandem_auth_failures_total{realm="sip"} 0`,
		`tandem_calls_active{direction="inbound"} 0`, `go_goroutines `, `tandem_call_setup_seconds_count{direction="inbound"} 1`,
	} {
		until(t, want+" is in the metrics", func() bool { // The call may be in the log before all have let go of it.
			_, metrics := s.get("/metrics")
			return strings.Contains(metrics, want)
		})
	}
	_, metrics := s.get("/metrics")
	for counter, line := range map[string]string{
		`tandem_sip_requests_total{direction="in",method="INVITE",transport="udp"}`: "INVITE -+>", `tandem_sip_responses_total{code="200",direction="out"}`: "200 <-+(?: +E-RTD1)?",
	} {
		if n := exchanged(t, string(said), line); n == 0 || !strings.Contains(metrics, fmt.Sprintf("%s %d\n", counter, n)) {
			t.Errorf("the metrics have no %s %d, and SIPp says\n%s", counter, n, said)
		}
	}
}

// exchanged counts by SIPp's own statistics how often a message went or came: the first time, and each that it was repeated, as happens on a slow machine.
func exchanged(t *testing.T, statistics, message string) (n int) {
	t.Helper()
	for _, line := range regexp.MustCompile(`(?m)^ +`+message+` +(\d+) +(\d+)`).FindAllStringSubmatch(statistics, -1) {
		for _, count := range line[1:] {
			m, err := strconv.Atoi(count)
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
	}
	return n
}

// A call is handed on while its flow runs, and ended, by the command line and by the API on the control socket.
func TestCallsAreHandedOnAndEnded(t *testing.T) {
	s := demoOffice(t)
	first := caller(t, s, "+33199001234", 4*time.Minute)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the call is in its flow", func() bool {
		_, body := s.get("/api/v1/calls/live")
		return strings.Contains(body, `"status":"in_flow"`)
	})
	order := func(args ...string) outcome {
		return tandem(t, append(append([]string{"calls"}, args...), at(s.data)...)...)
	}
	if o := order("transfer", "1", "299"); o.code != exitBadInput || o.err != "tandem: no extension 299 in this account\n" {
		t.Errorf("to nobody: %+v", o)
	}
	if o := order("transfer", "7", "+33199005678"); o.code != exitBadInput || o.err != "tandem: there is no call 7\n" {
		t.Errorf("of no call: %+v", o)
	}
	if o := order("transfer", "1", "+33199005678"); o.code != exitOK {
		t.Errorf("to our other number: %+v", o)
	}
	until(t, "the other number's flow runs", func() bool {
		_, body := s.get("/api/v1/calls/1/timeline")
		return strings.Contains(body, `"type":"transfer_started"`)
	})
	if o := order("show", "1", "--sip"); o.code != exitOK || !strings.Contains(o.out, "INVITE sip:+33199001234@127.0.0.1") {
		t.Errorf("its ladder so far: %+v", o)
	}
	if o := order("show", "1"); !strings.Contains(o.out, "trunk  sim  answered  PCMU  packets ") {
		t.Errorf("its legs so far: %+v", o)
	}
	if o := order("hangup", "1"); o.code != exitOK || o.out != "" {
		t.Errorf("hangup: %+v", o)
	}
	if err := first.Wait(); err == nil {
		t.Error("the caller was not hung up on")
	}
	until(t, "the call is over", func() bool { return strings.Contains(order("show", "1").out, "Ended by the API") })
	if o := order("hangup", "1"); o.code != exitBadInput || o.err != "tandem: this call is over\n" {
		t.Errorf("once more: %+v", o)
	}
	if o := tandem(t, append([]string{"calls", "hangup", "1"}, at(t.TempDir())...)...); o.code != exitFailure || !strings.Contains(o.err, "no tandem is running here") {
		t.Errorf("where nobody runs: %+v", o)
	}
}

// After SIGTERM a new call gets 503, the one in progress goes on to its end, and then the program ends.
func TestDrain(t *testing.T) {
	s := demoOffice(t)
	first := caller(t, s, "+33199001234", 8*time.Second)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the call is there", func() bool {
		_, body := s.get("/api/v1/calls/live")
		return strings.Contains(body, `"status":"in_flow"`)
	})
	hold(t, first, syscall.SIGSTOP) // Its time does not run out before the test has seen what it came for.
	s.terminate()
	s.waitFor("draining")
	if code, body := s.get("/readyz?verbose"); code != 503 || !strings.Contains(body, "draining") {
		t.Errorf("readyz: %d %s", code, body)
	}
	out, err := caller(t, s, "+33199005678", time.Second).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "503") {
		t.Errorf("a new call: %v\n%s", err, out)
	}
	hold(t, first, syscall.SIGCONT)
	if err := first.Wait(); err != nil {
		t.Errorf("the call in progress did not end as its caller wished: %v", err)
	}
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	o := tandem(t, append([]string{"calls", "show", "1"}, at(s.data)...)...)
	if !strings.Contains(o.out, "ended by caller") {
		t.Errorf("%+v", o)
	}
}

// The second SIGTERM does not wait for anybody, and the call is in the log all the same.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	s := demoOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := caller(t, s, "+33199001234", 4*time.Minute)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the call is there", func() bool {
		_, body := s.get("/api/v1/calls/live")
		return ctx.Err() == nil && strings.Contains(body, `"status":"in_flow"`)
	})
	s.terminate()
	s.waitFor("draining")
	began := time.Now()
	s.terminate()
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %s", took)
	}
	_ = first.Process.Kill()
	_ = first.Wait()
	o := tandem(t, append([]string{"calls", "show", "1"}, at(s.data)...)...)
	if !strings.Contains(o.out, "ended by system") {
		t.Errorf("%+v", o)
	}
}
