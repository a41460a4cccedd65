package transaction

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// torture is the messages of RFC 4475 with the answer that belongs to each when the far end accepts everything: 0 is none. A stream's
// answer is given where it differs.
func torture() map[string][2]int {
	same := func(status int) [2]int { return [2]int{status, status} }
	return map[string][2]int{
		// 3.1.1 valid
		"valid/wsinv": same(200), "valid/intmeth": same(200), "valid/esc01": same(200), "valid/escnull": same(200),
		"valid/esc02": same(200), "valid/lwsdisp": same(200), "valid/longreq": same(200),
		"valid/dblreq": same(200), "valid/semiuri": same(200), "valid/transports": same(200), "valid/mpart01": same(200),
		"valid/unreason": same(0), "valid/noreason": same(0),
		// 3.1.2 invalid
		"invalid/badinv01": same(400), "invalid/clerr": {400, 0} /* a stream waits for the rest */, "invalid/ncl": same(400),
		"invalid/scalar02": same(400), "invalid/scalarlg": same(0), "invalid/quotbal": same(400), "invalid/ltgtruri": same(400),
		"invalid/lwsruri": same(400), "invalid/lwsstart": same(400), "invalid/trws": same(400), "invalid/escruri": same(400),
		"invalid/baddate": same(400), "invalid/regbadct": same(400), "invalid/badaspec": same(400), "invalid/baddn": same(400),
		"invalid/badvers": same(505), "invalid/mismatch01": same(400), "invalid/mismatch02": same(400), "invalid/bigcode": same(0),
		// 3.2 transaction layer
		"invalid/badbranch": same(200),
		// 3.3 application layer: what the guard can say, it says
		"invalid/insuf": same(400), "invalid/unkscm": same(416), "invalid/novelsc": same(416), "invalid/unksm2": same(200),
		"invalid/bext01": same(200), "invalid/invut": same(200), "invalid/regaut01": same(200), "invalid/multi01": same(400),
		"invalid/mcl01": same(400), "invalid/bcast": same(0), "invalid/zeromf": same(200), "invalid/cparam01": same(200),
		"invalid/cparam02": same(200), "invalid/regescrt": same(200), "invalid/sdp01": same(200),
		// 3.4 backward compatibility
		"invalid/inv2543": {200, 400}, /* no Content-Length */
	}
}

// tortureDir is where sipgo keeps the messages.
func tortureDir(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture")
}

// newAccepting is a side that answers 200 to everything.
func newAccepting(t *testing.T, change ...func(*transport.Config)) *far {
	t.Helper()
	return newAnswering(t, accept, append(change, func(c *transport.Config) {
		c.Limits.PerIP = 1000
	})...)
}

func accept(tx *Server) { _ = tx.Respond(message.NewResponse(tx.Request(), gosip.StatusOK, "", nil)) }

func TestRFC4475(t *testing.T) {
	dir := tortureDir(t)
	for name, want := range torture() {
		for i, n := range []transport.Network{transport.UDP, transport.TCP} {
			t.Run(name+"/"+string(n), func(t *testing.T) {
				t.Parallel()
				raw, err := os.ReadFile(filepath.Join(dir, name+".dat"))
				if err != nil {
					t.Fatal(err)
				}
				if name == "invalid/baddn" {
					raw = append(raw, "\r\n"...) // the file lacks its last line
				}
				f := newAccepting(t, func(c *transport.Config) {
					if want[i] == 0 {
						c.Limits.Complete = 300 * time.Millisecond
					}
				})
				if got := finalAnswer(t, f.at(n), raw, want[i]); got != want[i] {
					t.Errorf("answered %d, want %d", got, want[i])
				}
			})
		}
	}
}

// finalAnswer sends raw bytes and gives the status of the first final response; 0 when none comes. It waits longer when one is wanted.
func finalAnswer(t *testing.T, to transport.Target, raw []byte, want int) int {
	t.Helper()
	patience := patience
	if want == 0 {
		patience = 500 * time.Millisecond
	}
	conn := dialRaw(t, to)
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 65536)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		for part := range bytes.SplitSeq(got, []byte("SIP/2.0 ")) {
			if len(part) >= 3 {
				if status, bad := strconv.Atoi(string(part[:3])); bad == nil && status >= 200 && bytes.Contains(part, []byte("\r\n\r\n")) {
					return status
				}
			}
		}
		if err != nil {
			return 0
		}
	}
}

func dialRaw(t *testing.T, to transport.Target) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), strings.ToLower(string(to.Network)), to.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return conn
}
