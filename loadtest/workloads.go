package loadtest

import (
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"
)

const drain = 500 * time.Millisecond // after the last call: what the peer still has to do belongs to the calls

// runW1 places calls that are hung up as soon as they are answered.
func runW1(ctx context.Context, p Peer, l Load) (Result, error) {
	w, err := newWorld(ctx, p, p.User)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	if err := w.listen(ctx, nil); err != nil {
		return Result{}, err
	}
	before := usageOf(p.PIDs)
	w.offer(ctx, l, w.short)
	sleep(ctx, drain)
	return w.result(l, usageOf(p.PIDs), before), nil
}

// runW2 sets calls up, then measures their RTP.
func runW2(ctx context.Context, p Peer, l Load) (Result, error) {
	w, err := newWorld(ctx, p, p.User)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	err = w.listen(ctx, func(media, remote netip.AddrPort) {
		if i := w.back.indexOf(media); i >= 0 {
			w.back.talk(i, remote, nil)
		}
	})
	if err != nil {
		return Result{}, err
	}
	idle := usageOf(p.PIDs)
	up := make(chan *call, l.Calls)
	setUp := Load{Name: l.Name, Rate: float64(l.Calls) / 12, For: 12 * time.Second}
	if l.Calls < 60 {
		setUp = Load{Name: l.Name, Rate: 5, For: time.Duration(l.Calls) * time.Second / 5}
	}
	w.offer(ctx, setUp, func(c *call) {
		if w.settle(c) == nil {
			if i := w.caller.indexOf(c.media); i >= 0 && c.remote.IsValid() {
				w.caller.talk(i, c.remote, nil)
			}
			up <- c
		}
	})
	sleep(ctx, 2*time.Second)
	before := usageOf(p.PIDs)
	attacked, err := w.underAttack(ctx, l)
	if err != nil {
		return Result{}, err
	}
	after := usageOf(p.PIDs)
	r := w.result(l, after, before)
	r.Attacked = attacked
	if r.voice(w); r.Packets > 0 {
		r.CPUPerPacket = (after.cpu - before.cpu) / time.Duration(r.Packets)
	}
	if r.OK > 0 {
		r.MemoryPerCall = (before.pss - idle.pss) / int64(r.OK)
	}
	r.CPUPerCall = 0
	close(up)
	r.Cut = w.hangUp(up)
	if foreign := w.caller.foreign.Load() + w.back.foreign.Load(); foreign > 0 {
		return r, fmt.Errorf("%d packets that are not ours came back", foreign)
	}
	return r, nil
}

// hangUp ends the calls that are up and counts those that were over already, or whose BYE nobody answered.
func (w *world) hangUp(up <-chan *call) int {
	var cut atomic.Int64
	for c := range up {
		w.wg.Go(func() {
			select {
			case <-c.ended:
				cut.Add(1)
				w.uac.forget(c)
				return
			default:
			}
			w.end(c)
			select {
			case <-c.ended:
			default:
				cut.Add(1)
			}
		})
	}
	w.wg.Wait()
	return int(cut.Load())
}

// underAttack measures, with the attack going on that the load asks for; it says how many packets of it were sent.
func (w *world) underAttack(ctx context.Context, l Load) (int64, error) {
	if l.Flood == 0 {
		w.measure(ctx, l.For)
		return 0, nil
	}
	a, err := newAttack(ctx, l.Flood)
	if err != nil {
		return 0, err
	}
	w.measure(ctx, l.For)
	return a.close(), nil
}

// measure marks what is sent from now on, and lets the last of it arrive.
func (w *world) measure(ctx context.Context, d time.Duration) {
	for _, m := range []*mouth{w.caller, w.back} {
		m.measuring.Store(true)
	}
	sleep(ctx, d)
	for _, m := range []*mouth{w.caller, w.back} {
		m.measuring.Store(false)
	}
	sleep(ctx, drain)
}

// runW3 listens to a prompt, dials 123 and expects to be hung up on.
func runW3(ctx context.Context, p Peer, l Load) (Result, error) {
	w, err := newWorld(ctx, p, p.IVR)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	before := usageOf(p.PIDs)
	w.offer(ctx, l, func(c *call) {
		if w.settle(c) != nil {
			return
		}
		s := w.caller.talk(max(w.caller.indexOf(c.media), 0), c.remote, []byte("123"))
		defer w.caller.hush(s)
		t := time.NewTimer(setupLimit)
		defer t.Stop()
		select {
		case <-c.ended:
			w.uac.forget(c)
		case <-t.C:
			w.mu.Lock()
			w.failed++
			w.setups = w.setups[:max(len(w.setups)-1, 0)]
			w.mu.Unlock()
			w.end(c)
		}
	})
	sleep(ctx, drain)
	return w.result(l, usageOf(p.PIDs), before), nil
}
