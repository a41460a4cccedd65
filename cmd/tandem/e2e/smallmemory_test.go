package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/loadtest"
)

const (
	smallMemory   = 256 << 20 // bytes that the program may have
	fewHandshakes = 1000      // slow ones in every run of the tests; TANDEM_SLOW says another number
)

// With a limit on memory of 256 MiB, calls with audio going on, packets of strangers by the thousand, and more connections than anybody needs that shake hands by TLS
// a byte a second, the program stays up, cuts no call, takes new ones, and stays within the limit (T10, T14). A control group would kill it at the limit, but making
// one takes rights over the machine's that a test does not have: the limit is told to the program as it is told one by its control group, and the most that it ever
// had (VmHWM) is compared.
func TestWithinASmallMemory(t *testing.T) {
	slow := fewHandshakes
	if more := long["TANDEM_SLOW"]; more > 0 {
		slow = more
	}
	t.Setenv("GOMEMLIMIT", strconv.Itoa(smallMemory/100*85)) // as the program sets it itself in a control group of that size
	peer, err := loadtest.Tandem(t.Context(), t.TempDir(), program, "../../../loadtest/peers")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Stop()
	pid, began := peer.PIDs[0], descriptors(t, peer.PIDs[0])
	ctx, cancel := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	for i := range slow {
		crowd.Go(func() { shakeSlowly(ctx, i) })
	}
	r, err := loadtest.Run(t.Context(), peer.Peer, loadtest.Load{Name: "w2", Calls: 15, Flood: 3000, For: 4 * time.Second})
	during := descriptors(t, pid)
	cancel()
	crowd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if r.OK != 15 || r.Cut > 0 || r.Attacked == 0 {
		t.Errorf("during the attack: %s", loadtest.Line(r))
	}
	after, err := loadtest.Run(t.Context(), peer.Peer, loadtest.Load{Name: "w1", Rate: 20, For: time.Second})
	if err != nil || after.OK < 15 || after.Failed > 0 {
		t.Errorf("after the attack: %v %s", err, loadtest.Line(after))
	}
	most := highest(t, pid)
	t.Logf("%d slow handshakes, %d packets: at most %d MiB, %d descriptors and %d before", slow, r.Attacked, most>>20, during, began)
	if most > smallMemory && !raceEnabled { // the race detector needs several times as much
		t.Errorf("%d MiB: more than %d", most>>20, smallMemory>>20)
	}
	if during > began+10_500 {
		t.Errorf("%d descriptors, and %d before", during, began)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the program is gone: %v", err)
	}
}

// shakeSlowly begins a handshake from an address that it shares with nineteen others, and again when it is sent away.
func shakeSlowly(ctx context.Context, i int) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 77, byte(202+i/20/250), byte(1+i/20%250))}, Timeout: 2 * time.Second}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		conn, err := d.DialContext(ctx, "tcp4", "127.77.0.1:5061")
		for _, b := range []byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 0, 0, 0, 0} {
			if err == nil {
				_, err = conn.Write([]byte{b})
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
			if err != nil || ctx.Err() != nil {
				break
			}
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
}

// descriptors is how many files and sockets a process has open.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	all, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// highest is the most memory that a process ever had, in bytes.
func highest(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kilo int64
	if _, err := fmt.Sscan(rest, &kilo); err != nil {
		t.Fatal(err)
	}
	return kilo << 10
}
