package transaction

import (
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// A transaction counts from its request to its final response.
func TestLiveTransactionsAreCounted(t *testing.T) {
	a, p := newFar(t), newPeer(t)
	replies := make(chan Reply, 10)
	if _, err := a.tx.Send(a.request(gosip.INVITE, "counted", 1), p.target(), func(r Reply) { replies <- r }); err != nil {
		t.Fatal(err)
	}
	r, from := p.request(gosip.INVITE)
	if clients, servers := a.tx.Live(); clients != 1 || servers != 0 {
		t.Errorf("waiting: %d clients, %d servers", clients, servers)
	}
	p.respond(r, from, 486, "b")
	<-replies // The transaction settles before it tells.
	if clients, servers := a.tx.Live(); clients != 0 || servers != 0 {
		t.Errorf("answered: %d clients, %d servers", clients, servers)
	}
}
