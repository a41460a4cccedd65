package charging_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/diameter"
)

// kamailio is the program as a charging trigger function, on loopback.
type kamailio struct {
	t    *testing.T
	log  *syncBuffer
	host string // its address, where SIPp is too
	sip  string // the same with its port
}

// The ports of what runs at an address of its own.
const (
	kamailioPort = 5060
	acceptorPort = 3868
	calleePort   = 5062
	callerPort   = 5064
)

// addresses counts the addresses that were given.
var addresses atomic.Int64

// ownAddress is a loopback address that nobody else uses: a port that was free a moment ago on everybody's may have been taken since.
func ownAddress() string {
	const most = 8 // tests of one run
	n := int64(os.Getpid())*most + addresses.Add(1)%most
	return fmt.Sprintf("127.72.%d.%d", n>>8&0xff, n&0xff)
}

// startKamailio runs it with a route of its own, as the Diameter peer "ctf.example.org" of the server at a port of "localhost", which is the only name that resolves
// on every machine.
func startKamailio(t *testing.T, server int, modules []string, route string) *kamailio {
	t.Helper()
	program, err := exec.LookPath("kamailio")
	if err != nil {
		t.Skip("kamailio is not installed: scripts/deps test installs it")
	}
	found, err := filepath.Glob("/usr/lib*/*/kamailio/modules/cdp.so")
	if err != nil || len(found) == 0 {
		t.Skip("kamailio has no module cdp: scripts/deps test installs it")
	}
	place := filepath.Dir(found[0]) + "/"
	for _, m := range append([]string{"cdp_avp"}, modules...) {
		if _, err = os.Stat(place + m + ".so"); err != nil {
			t.Skipf("kamailio has no module %s: scripts/deps test installs it", m)
		}
	}
	dir, host := t.TempDir(), ownAddress()
	sip := fmt.Sprintf("%s:%d", host, kamailioPort)
	peers := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<DiameterPeer FQDN="ctf.example.org" Realm="example.org" Vendor_Id="10415" Product_Name="ctf" AcceptUnknownPeers="0" DropUnknownOnDisconnect="1"
 Tc="1" Workers="2" QueueLength="32" ConnectTimeout="2" TransactionTimeout="30" SessionsHashSize="16" DefaultAuthSessionTimeout="60" MaxAuthSessionTimeout="300">
<Peer FQDN="localhost" Realm="example.net" port="%d"/>
<Acceptor port="%d" bind="%s"/>
<Auth id="4" vendor="10415"/><Auth id="4" vendor="0"/>
<DefaultRoute FQDN="localhost" metric="10"/>
</DiameterPeer>
`, server, acceptorPort, host)
	write := func(name, text string) string {
		at := filepath.Join(dir, name)
		if bad := os.WriteFile(at, []byte(text), 0o600); bad != nil {
			t.Fatal(bad)
		}
		return at
	}
	var config strings.Builder
	fmt.Fprintf(&config, `#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
auto_aliases=no
disable_tcp=yes
listen=udp:%s
mpath=%q
loadmodule "debugger"
modparam("debugger", "mod_hash_size", 5)
modparam("debugger", "mod_level_mode", 1)
modparam("debugger", "mod_level", "ims_diameter_server=3")
loadmodule "xlog"
loadmodule "pv"
loadmodule "tm"
loadmodule "sl"
loadmodule "textops"
loadmodule "rr"
loadmodule "siputils"
loadmodule "cdp"
loadmodule "cdp_avp"
modparam("cdp", "config_file", %q)
`, sip, place, write("peers.xml", peers))
	for _, m := range modules {
		fmt.Fprintf(&config, "loadmodule %q\n", m)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-DD", "-E", "-f", write("kamailio.cfg", config.String()+route), "-w", dir, "-Y", dir, "-P", filepath.Join(dir, "pid"), "-m", "32", "-M", "8")
	k := &kamailio{t, &syncBuffer{}, host, sip}
	cmd.Stdout, cmd.Stderr = k.log, k.log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was told to end
		if t.Failed() {
			t.Logf("kamailio said:\n%s", k.log)
		}
	})
	return k
}

// booth is Gy for a peer that comes from outside: it knows "ctf.example.org", and is known as "localhost".
func booth(t *testing.T, credit charging.Credit) (server *diameter.Server, port int) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	gy := charging.NewGy(credit, log)
	s, err := diameter.NewServer(diameter.Config{
		Node: diameter.Node{Identity: "localhost", Realm: "example.net"}, Applications: []diameter.Application{diameter.CreditControl}, Serve: gy.Serve, Log: log,
		Knows: func(host string) bool { return host == "ctf.example.org" },
	})
	if err != nil {
		t.Fatal(err)
	}
	gy.Join(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(s.Close(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	return s, l.Addr().(*net.TCPAddr).Port
}

// eventually waits for something to become so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

// gyRoute has Kamailio send a CCR that is written as JSON whenever it gets a SIP request, and says what came back.
const gyRoute = `
event_route[diameter:request] {
	exit;
}
route {
	$var(kind) = $hdr(X-Kind);
	$var(number) = $hdr(X-Number);
	$var(units) = $hdr(X-Units);
	$var(ccr) = '[{"avpCode":283,"vendorId":0,"Flags":64,"string":"example.net"},' +
	'{"avpCode":258,"vendorId":0,"Flags":64,"int32":4},' +
	'{"avpCode":461,"vendorId":0,"Flags":64,"string":"32251@3gpp.org"},' +
	'{"avpCode":416,"vendorId":0,"Flags":64,"int32":' + $var(kind) + '},' +
	'{"avpCode":415,"vendorId":0,"Flags":64,"int32":' + $var(number) + '},' +
	'{"avpCode":443,"vendorId":0,"Flags":64,"list":[{"avpCode":450,"vendorId":0,"Flags":64,"int32":0},{"avpCode":444,"vendorId":0,"Flags":64,"string":"33612345678"}]},' +
	'{"avpCode":443,"vendorId":0,"Flags":64,"list":[{"avpCode":450,"vendorId":0,"Flags":64,"int32":1},{"avpCode":444,"vendorId":0,"Flags":64,"string":"208990000000001"}]},' +
	'{"avpCode":455,"vendorId":0,"Flags":64,"int32":1},' +
	'{"avpCode":456,"vendorId":0,"Flags":64,"list":[{"avpCode":432,"vendorId":0,"Flags":64,"int32":32},{"avpCode":439,"vendorId":0,"Flags":64,"int32":7}' + $var(units) + ']},' +
	'{"avpCode":873,"vendorId":10415,"Flags":64,"list":[{"avpCode":874,"vendorId":10415,"Flags":64,"list":[' +
	'{"avpCode":30,"vendorId":0,"Flags":64,"string":"internet"},{"avpCode":18,"vendorId":10415,"Flags":64,"string":"20899"},' +
	'{"avpCode":22,"vendorId":10415,"Flags":64,"hexdump":"8202f8990001"},{"avpCode":21,"vendorId":10415,"Flags":64,"hexdump":"06"}]}]}]';
	if (diameter_request("localhost", "4", "272", "$var(ccr)")) {
		xlog("L_NOTICE", "it was answered\n");
	}
	sl_send_reply("200", "OK");
}
`

func TestSpec_E3_KamailioAsksForCreditOverGy(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{
		{Group: 32, Result: charging.Granted, Volume: 512000, Validity: time.Hour, Threshold: 102400, Final: true},
	}}}
	s, port := booth(t, c)
	k := startKamailio(t, port, []string{"ims_diameter_server"}, gyRoute)
	eventually(t, "the peers have met", func() bool { return s.Peer("ctf.example.org") != nil })
	conn, err := net.Dial("udp", k.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	trigger := func(kind, number int, units string) {
		before := c.count()
		_, err = fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\n"+
			"Max-Forwards: 70\r\nX-Kind: %d\r\nX-Number: %d\r\nX-Units: %s\r\nContent-Length: 0\r\n\r\n", k.sip, conn.LocalAddr(), number, number, kind, number, units)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the request was asked", func() bool { return c.count() > before })
	}
	octets := func(code int, hex string) string {
		return fmt.Sprintf(`{"avpCode":%d,"vendorId":0,"Flags":64,"hexdump":"%s"}`, code, hex)
	}
	trigger(1, 0, `,{"avpCode":437,"vendorId":0,"Flags":64,"list":[`+octets(421, "00000000000f4240")+`]}`)
	r := c.last(t)
	if r.Peer != "ctf.example.org" || r.Session == "" || r.Kind != charging.Initial || r.MSISDN != "33612345678" || r.IMSI != "208990000000001" || r.AccessPoint != "internet" ||
		r.Roaming != charging.AtHome || len(r.Uses) != 1 || r.Uses[0].Group != 32 || !r.Uses[0].Asks || r.Uses[0].Wanted != 1_000_000 {
		t.Errorf("the request is %+v", r)
	}
	trigger(2, 1, `,{"avpCode":446,"vendorId":0,"Flags":64,"list":[`+octets(412, "000000000007c1e8")+","+octets(414, "0000000000001200")+
		`,{"avpCode":872,"vendorId":10415,"Flags":64,"int32":3}]}`)
	if r = c.last(t); len(r.Uses) != 1 || r.Uses[0].Used != 0x7c1e8+0x1200 || !r.Uses[0].Asks || r.Number != 1 || r.Kind != charging.Update {
		t.Errorf("the report is %+v", r)
	}
	trigger(3, 2, " ")
	if r = c.last(t); r.Kind != charging.Terminate || !r.Uses[0].Over {
		t.Errorf("the end is %+v", r)
	}
	eventually(t, "Kamailio has read the answers", func() bool { return strings.Count(k.log.String(), "it was answered") == 3 })
	for _, code := range []string{"263", "268", "416", "456", "432", "439", "431", "421", "448", "430", "449", "869"} { // from Session-Id to Volume-Quota-Threshold
		if !strings.Contains(k.log.String(), ";code="+code+",") {
			t.Errorf("Kamailio did not read attribute %s", code)
		}
	}
}

// roRoute has Kamailio ask for credit before it passes a call on.
const roRoute = `
modparam("ims_dialog", "dlg_flag", 4)
modparam("ims_charging", "origin_host", "ctf.example.org")
modparam("ims_charging", "origin_realm", "example.org")
modparam("ims_charging", "destination_host", "localhost")
modparam("ims_charging", "destination_realm", "example.net")
modparam("ims_charging", "ro_forced_peer", "localhost")
modparam("ims_charging", "interim_update_credits", 3)
modparam("ims_charging", "timer_buffer", 1)
route {
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	if (!is_method("INVITE")) {
		t_relay();
		exit;
	}
	record_route();
	setflag(4);
	t_newtran();
	if (Ro_CCR("CHARGED", "orig", 30, "1", "1") < 0) {
		t_reply("500", "no charging");
	}
	exit;
}
route[CHARGED] {
	xlog("L_NOTICE", "credit: $avp(s:cca_return_code)\\n");
	if ($avp(s:cca_return_code) == 1) {
		t_relay();
	} else {
		t_reply("402", "Payment required");
	}
	exit;
}
`

// callerScenario is a call of five seconds along the route that its answer gives, or one that is refused.
const callerScenario = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:+33639980009@[callee] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:+33612345678@ims.example.org>;tag=[call_number]
To: <sip:+33639980009@[callee]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:+33612345678@[local_ip]:[local_port]>
P-Asserted-Identity: <tel:+33612345678>
P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=20899000100000001
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=a 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 6000 RTP/AVP 8
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="402" optional="true" next="refused"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:+33612345678@ims.example.org>;tag=[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
<pause milliseconds="5000"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:+33612345678@ims.example.org>;tag=[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="200" next="over"/>
<label id="refused"/>
<send><![CDATA[
ACK sip:+33639980009@[callee] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch-1]
From: <sip:+33612345678@ims.example.org>;tag=[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
<label id="over"/>
</scenario>
`

// calleeScenario answers at once, and keeps the route.
const calleeScenario = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
<recv request="INVITE"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=a 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 6002 RTP/AVP 8
]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>
</scenario>
`

// scenario is a file with one.
func scenario(t *testing.T, text string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "scenario.xml")
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// sipp runs SIPp at a port of the address that Kamailio has, until it or the test ends.
func (k *kamailio) sipp(port int, args ...string) *exec.Cmd {
	t := k.t
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("sipp is not installed: scripts/deps test installs it")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, append(args, "-i", k.host, "-p", fmt.Sprint(port), "-m", "1", "-nostdin", "-timeout", "60s")...)
	cmd.Dir = t.TempDir()
	out := &syncBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // a second time is an error, and no harm
		if t.Failed() {
			t.Logf("sipp said:\n%s", out)
		}
	})
	return cmd
}

// call has SIPp call who answers at calleePort, whether or not somebody does.
func (k *kamailio) call() *exec.Cmd {
	k.t.Helper()
	return k.sipp(callerPort, "-sf", scenario(k.t, callerScenario), "-key", "callee", fmt.Sprintf("%s:%d", k.host, calleePort), k.sip)
}

func TestACallThroughKamailioIsGrantedOverRo(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{
		{Group: 100, Result: charging.Granted, Free: true, Time: 2 * time.Second, Validity: 2 * time.Second},
	}}}
	s, port := booth(t, c)
	k := startKamailio(t, port, []string{"ims_dialog", "ims_charging"}, roRoute)
	eventually(t, "the peers have met", func() bool { return s.Peer("ctf.example.org") != nil })
	answerer := k.sipp(calleePort, "-sf", scenario(t, calleeScenario))
	if err := k.call().Wait(); err != nil {
		t.Fatalf("the call failed: %v", err)
	}
	if err := answerer.Wait(); err != nil {
		t.Errorf("who was called: %v", err)
	}
	eventually(t, "the call is over", func() bool { return c.count() > 0 && c.last(t).Kind == charging.Terminate })
	c.mu.Lock()
	defer c.mu.Unlock()
	first, last := c.asked[0], c.asked[len(c.asked)-1]
	if first.Kind != charging.Initial || !first.Voice || first.MSISDN != "33612345678" || len(first.Uses) != 1 || first.Uses[0].Group != 100 || !first.Uses[0].Asks {
		t.Errorf("it began with %+v", first)
	}
	if len(c.asked) < 3 || c.asked[1].Kind != charging.Update || c.asked[1].Uses[0].Time == 0 || c.asked[1].Session != first.Session {
		t.Errorf("it went on with %+v", c.asked[1:])
	}
	var talked time.Duration // of whole seconds each, and the last may be of none
	for _, r := range c.asked {
		talked += r.Uses[0].Time
	}
	if last.Session != first.Session || talked < 3*time.Second || !last.Uses[0].Over {
		t.Errorf("it ended with %+v; of its five seconds it said %v", last, talked)
	}
}

func TestACallThroughKamailioIsRefusedOverRo(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.ServiceDenied}}
	s, port := booth(t, c)
	k := startKamailio(t, port, []string{"ims_dialog", "ims_charging"}, roRoute)
	eventually(t, "the peers have met", func() bool { return s.Peer("ctf.example.org") != nil })
	if err := k.call().Wait(); err != nil {
		t.Fatalf("the call was not refused well: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked[0].Kind != charging.Initial || !strings.Contains(k.log.String(), "credit: -1") { // It ends the session all the same, which never was.
		t.Errorf("it asked %+v", c.asked)
	}
}
