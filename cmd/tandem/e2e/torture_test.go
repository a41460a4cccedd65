package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// none says that nothing is answered.
const none = 0

// tortured is a message and the answers that it gets.
type tortured struct {
	name        string
	udp, stream int
}

// torture is the 49 messages of RFC 4475 and the 12 of RFC 5118, with the answer that a trunk gets to each. A user whom nobody knows is 404; a REGISTER of somebody
// for himself is challenged, since a trunk is no phone.
func torture() []tortured {
	all := []tortured{
		{"invalid/clerr", 400, none},  // a stream waits for the rest
		{"invalid/inv2543", 404, 400}, // no Content-Length
		{"valid/wsinv", 481, 481},     // in a dialog that we do not know
		{"invalid/badvers", 505, 505},
		{"invalid/bext01", 420, 420},
		{"invalid/invut", 415, 415},
		{"invalid/sdp01", 406, 406},
	}
	for status, list := range map[int]string{
		none: "valid/unreason valid/noreason invalid/bigcode invalid/scalarlg invalid/bcast",
		200:  "valid/lwsdisp valid/semiuri valid/transports invalid/badbranch invalid/zeromf", // RFC 3261 section 16.3: OPTIONS may be answered where it ends
		400: `invalid/badinv01 invalid/ncl invalid/scalar02 invalid/quotbal invalid/ltgtruri invalid/lwsruri invalid/lwsstart invalid/trws invalid/escruri
			invalid/baddate invalid/regbadct invalid/badaspec invalid/baddn invalid/mismatch01 invalid/mismatch02 invalid/insuf invalid/multi01 invalid/mcl01
			invalid/unksm2 rfc5118/ipv6-bad`,
		401: `valid/escnull valid/dblreq invalid/regaut01 invalid/cparam01 invalid/cparam02 invalid/regescrt rfc5118/ipv6-good rfc5118/port-ambiguous
			rfc5118/port-unambiguous`,
		404: "valid/esc01 valid/longreq rfc5118/ipv6-in-sdp rfc5118/mult-ip-in-sdp rfc5118/ipv4-mapped-ipv6",
		405: "valid/intmeth valid/esc02 valid/mpart01",
		416: "invalid/unkscm invalid/novelsc",
		481: "rfc5118/via-received-param-with-delim rfc5118/mult-ip-in-header",
	} {
		for name := range strings.FieldsSeq(list) {
			all = append(all, tortured{name, status, status})
		}
	}
	for _, name := range []string{"via-received-param-no-delim", "ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"} {
		all = append(all, tortured{"rfc5118/" + name, 200, 200})
	}
	return all
}

// read gives the bytes of a message.
func (m tortured) read(t *testing.T, rfc4475 string) []byte {
	t.Helper()
	path := filepath.Join(rfc4475, m.name+".dat")
	ours, six := strings.CutPrefix(m.name, "rfc5118/")
	if six {
		path = filepath.Join("../../../sip/testdata/rfc5118", ours+".dat")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Many share branch, sent-by and method, some the Call-ID too: as they are, one might be taken for a repeat of another.
	const cookie = "z9hG4bK"
	raw = bytes.Replace(raw, []byte(cookie), []byte(cookie+filepath.Base(m.name)), 1)
	switch {
	case six:
		raw = regexp.MustCompile("(?m)^(Call-ID: )").ReplaceAll(raw, []byte("${1}"+ours+"-"))
	case m.name == "invalid/baddn":
		raw = append(raw, "\r\n"...) // the file lacks its last line
	}
	return raw
}

// The messages that torture parsers, sent to the whole program by a trunk: each gets the answer that is due to it, over each transport, and nothing else.
func TestSixtyOneMessagesThatTortureParsers(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture")
	if n := len(torture()); n != 61 {
		t.Fatalf("%d messages", n)
	}
	for _, network := range []string{"udp", "tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			o := open(t, "", demoSite)
			for i, m := range torture() {
				want := m.stream
				if network == "udp" {
					want = m.udp
				}
				raw := m.read(t, dir)
				end := o.wire(network, viaPort(raw))
				if got := end.final(raw, want, i); got != want {
					t.Errorf("%s: answered %d, want %d", m.name, got, want)
				}
				end.close()
			}
		})
	}
}

// viaPort is the port that the first Via of a message names: answers over UDP go there (RFC 3261 section 18.2.2).
func viaPort(raw []byte) int {
	via := regexp.MustCompile(`(?i)\r\nv(?:ia)?[ \t]*:[^;\r]*`).Find(raw)
	if m := regexp.MustCompile(`:(\d+)\s*$`).FindSubmatch(via); m != nil {
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return sipPort
}

// wireEnd is a bare connection of the carrier with the program.
type wireEnd struct {
	o       *office
	conn    net.Conn
	network string
}

// wire connects from the carrier's address; port is where it stands in UDP.
func (o *office) wire(network string, port int) *wireEnd {
	o.t.Helper()
	at := net.ParseIP(o.net + ".2")
	var conn net.Conn
	var err error
	switch network {
	case "udp":
		d := net.Dialer{LocalAddr: &net.UDPAddr{IP: at, Port: port}}
		conn, err = d.DialContext(o.ctx, "udp4", o.server().String())
	case "tcp":
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: at}}
		conn, err = d.DialContext(o.ctx, "tcp4", o.server().String())
	case "tls":
		d := tls.Dialer{NetDialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: at}}, Config: o.trusted}
		conn, err = d.DialContext(o.ctx, "tcp4", fmt.Sprintf("%s:%d", o.server().Addr(), sipPort+1))
	}
	o.ok(err)
	return &wireEnd{o: o, conn: conn, network: network}
}

func (c *wireEnd) close() { _ = c.conn.Close() }

// final sends a message and gives the status of its final answer. Where none is due an OPTIONS follows: its answer must be the first that comes. On a stream that
// waits for the rest of a message nothing can follow, and a short silence has to do.
func (c *wireEnd) final(raw []byte, want, n int) int {
	c.o.t.Helper()
	_, err := c.conn.Write(raw)
	c.o.ok(err)
	wait, own := patience, callID(raw)
	if want == none && bytes.HasPrefix(raw, []byte("INVITE")) {
		wait = 500 * time.Millisecond
	} else if want == none {
		own = fmt.Sprintf("probe-%d", n)
		_, err = fmt.Fprintf(c.conn, "OPTIONS sip:probe SIP/2.0\r\nVia: SIP/2.0/%s %s.2:%d;branch=z9hG4bK%s\r\nFrom: <sip:a>;tag=a\r\nTo: <sip:b>\r\nCall-ID: %[4]s\r\n"+
			"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", strings.ToUpper(c.network), c.o.net, viaPort(raw), own)
		c.o.ok(err)
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(wait))
	var got []byte
	buf := make([]byte, 65536)
	for {
		n, err := c.conn.Read(buf)
		if c.network == "udp" {
			got = nil
		}
		got = append(got, buf[:n]...)
		for part := range bytes.SplitSeq(got, []byte("SIP/2.0 ")) {
			status, bad := strconv.Atoi(string(part[:min(3, len(part))]))
			switch id := callID(part); {
			case bad != nil || status < 200 || !bytes.Contains(part, []byte("\r\n\r\n")), id != "" && id != own: // repeated for one before
			case want == none && id == own:
				return none
			default:
				return status
			}
		}
		if err != nil {
			return none
		}
	}
}

// callID finds the Call-ID of a message, if it can be read.
func callID(raw []byte) string {
	if m := regexp.MustCompile(`(?i)\r\n(?:call-id|i)[ \t]*:\s*([^\r]*)`).FindSubmatch(raw); m != nil {
		return string(m[1])
	}
	return ""
}
