package store

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// Sizes of reservations of call numbers.
const (
	numberBlock = 1 << 20 // taken from the database at once: lasts while the database is away
	numberStep  = 64      // written to the spool at once: what a crash may skip
	numberApart = 1 << 52 // from here on are numbers for when the database was away too long; all are below 2^53
)

// promise says that call numbers below next may have been given out, of a block that ends at end.
type promise struct{ next, end int64 }

// numbers gives out call numbers: none twice, whatever happens to this process, and none from another node's block.
type numbers struct {
	mu    sync.Mutex
	next  int64
	said  int64 // numbers below it may have been given out: so it stands in the spool
	end   int64 // of the block
	spare int64 // start of the next block; 0: none yet
}

// take gives the next number. say writes a promise to the spool; want is called when a block is half used and there is no next one.
func (n *numbers) take(say func(promise) error, want func()) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next >= n.end {
		start := n.spare
		if start == 0 {
			// Chance keeps the blocks of several nodes apart: there are 2^31 of them.
			start = numberApart + rand.Int64N(1<<31)*numberBlock //nolint:gosec // Nobody gains by guessing it.
		}
		n.next, n.said, n.end, n.spare = start, start, start+numberBlock, 0
	}
	if n.next >= n.said {
		p := promise{next: min(n.next+numberStep, n.end), end: n.end}
		// When even the spool fails no call can begin, and the number is of no use.
		if say(p) == nil {
			n.said = p.next
		}
	}
	if n.spare == 0 && n.end-n.next < numberBlock/2 {
		want()
	}
	v := n.next
	n.next++
	return v
}

// give adds a block.
func (n *numbers) give(start int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.spare = start
}

func (p promise) encode(to []byte) []byte {
	return binary.AppendVarint(binary.AppendVarint(to, p.next), p.end)
}

func decodePromise(payload []byte) promise {
	d := decoder{rest: payload}
	p := promise{next: d.int(), end: d.int()}
	if d.bad {
		return promise{}
	}
	return p
}

// takeBlock takes a block of call numbers from the database, for good.
func takeBlock(ctx context.Context, t tx) (start int64, err error) {
	const text = `UPDATE meta SET value = value + $1 WHERE key = 'call_number' RETURNING value - $1`
	err = t.QueryRowContext(ctx, text, numberBlock).Scan(&start)
	return start, err
}
