package transaction

import (
	"time"

	"tandem/sip/transport"
)

// fading is what is left of finished transactions, in the order in which it ends: all that is in one list stays equally long. One timer
// serves the list, once a second at the most: thousands of calls a second end here.
type fading struct {
	list  []fade
	next  int // first of list that is not ended
	timed bool
}

// fade is one of them: the keys to delete. Zero keys are none.
type fade struct {
	at                     time.Time
	server, merged, client key
}

// sweepEvery is how exact the end is.
const sweepEvery = time.Second

// fadeLocked keeps what is left of a finished transaction as long as repeats of it can come.
func (s *shard) fadeLocked(n transport.Network, f fade) {
	i := 0
	if n.Reliable() {
		i = 1
	}
	stay := linger(n)
	f.at = time.Now().Add(stay)
	list := &s.fading[i]
	list.list = append(list.list, f)
	if !list.timed {
		list.timed = true
		time.AfterFunc(stay, func() { s.sweep(list) })
	}
}

// sweep deletes what has stayed long enough, and comes again while there is more.
func (s *shard) sweep(list *fading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for ; list.next < len(list.list) && !list.list[list.next].at.After(now); list.next++ {
		f := list.list[list.next]
		delete(s.servers, f.server)
		delete(s.clients, f.client)
		if s.merged[f.merged] == f.server {
			delete(s.merged, f.merged)
		}
	}
	if list.next == len(list.list) {
		*list = fading{}
		return
	}
	if list.next > len(list.list)/2 {
		list.list = append([]fade(nil), list.list[list.next:]...)
		list.next = 0
	}
	time.AfterFunc(max(list.list[list.next].at.Sub(now), sweepEvery), func() { s.sweep(list) })
}
