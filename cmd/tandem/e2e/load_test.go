package e2e

import (
	"testing"
	"time"

	"tandem/loadtest"
)

// The workloads of `make load` in short: no call fails and no packet is lost. How long anything takes is not judged here.
func TestTheWorkloadsInShort(t *testing.T) {
	for _, l := range []loadtest.Load{
		{Name: "w1", Rate: 30, For: 3 * time.Second},
		{Name: "w2", Calls: 15, For: 3 * time.Second},
		{Name: "w3", Rate: 5, For: 3 * time.Second},
	} {
		t.Run(l.Name, func(t *testing.T) {
			peer, err := loadtest.Tandem(t.Context(), t.TempDir(), program, "../../../loadtest/peers")
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Stop()
			r, err := loadtest.Run(t.Context(), peer.Peer, l)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(loadtest.Line(r))
			if r.OK == 0 || r.Failed > 0 || r.Lost != 0 {
				t.Errorf("%d calls, %d failed, %d packets lost: %s", r.OK, r.Failed, r.Lost, loadtest.Line(r))
			}
			if l.Name == "w2" && r.Packets == 0 {
				t.Error("no RTP was measured")
			}
		})
	}
}

// Calls with audio go on while strangers send 2,000 packets a second of whatever they have: none is cut. How many packets are late or lost depends on the machine, and is
// measured elsewhere.
func TestAnAttackCutsNoCall(t *testing.T) {
	peer, err := loadtest.Tandem(t.Context(), t.TempDir(), program, "../../../loadtest/peers")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Stop()
	r, err := loadtest.Run(t.Context(), peer.Peer, loadtest.Load{Name: "w2", Calls: 15, Flood: 2000, For: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(loadtest.Line(r))
	if r.OK != 15 || r.Cut > 0 || r.Packets == 0 || r.Attacked == 0 {
		t.Errorf("%d calls, %d cut, %d packets heard, %d of the attack: %s", r.OK, r.Cut, r.Packets, r.Attacked, loadtest.Line(r))
	}
}
