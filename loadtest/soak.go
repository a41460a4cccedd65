package loadtest

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	soakSamples = 60               // of memory, in the course of a soak
	warmUp      = 3                // the first third of a soak is warm-up: caches and pools fill
	afterwards  = 40 * time.Second // until a call has left nothing behind: Timer B and Timer J are 32 s (RFC 3261 section 17)
	metricsAddr = "127.77.0.1:9464"
)

// Endurance is what a soak showed of the program's own health.
type Endurance struct {
	Slope      float64 // bytes of PSS an hour, by least squares after the warm-up
	Start, End state
	Most       int64 // bytes of PSS, at its highest
}

// state is what a program holds at a moment. Ports are sockets of UDP.
type state struct {
	PSS         int64 // bytes
	Descriptors int
	Ports       int
	Goroutines  int // as the program says of itself
}

// sample is the memory at a moment of the soak.
type sample struct {
	at  time.Duration
	pss int64
}

// runSoak holds calls with media, and beside them places calls that end at once, for a long time; then everything ends, and what is left over is counted.
func runSoak(ctx context.Context, p Peer, l Load) (Result, error) {
	w, err := newWorld(ctx, p, p.User)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	var voices atomic.Bool
	if err = w.listen(ctx, func(media, remote netip.AddrPort) {
		if i := w.back.indexOf(media); voices.Load() && i >= 0 {
			w.back.talk(i, remote, nil)
		}
	}); err != nil {
		return Result{}, err
	}
	// The first calls fill what stays for good: the pools, the page cache of the database. They are not what is compared.
	w.offer(ctx, Load{Rate: 20, For: 2 * time.Second}, w.short)
	sleep(ctx, afterwards)
	e := Endurance{Start: stateOf(ctx, p.PIDs)}
	voices.Store(true)
	talking := w.hold(ctx, l.Calls)
	voices.Store(false)

	before, samples := usageOf(p.PIDs), make(chan []sample, 1)
	over := make(chan struct{})
	go func() { samples <- watch(p.PIDs, l.For, over) }()
	for _, m := range []*mouth{w.caller, w.back} {
		m.measuring.Store(true)
	}
	w.offer(ctx, l, w.short)
	for _, m := range []*mouth{w.caller, w.back} {
		m.measuring.Store(false)
	}
	sleep(ctx, drain)
	close(over)
	r := w.result(l, usageOf(p.PIDs), before)
	r.voice(w)
	for _, c := range talking {
		w.wg.Go(func() { w.end(c) })
	}
	w.wg.Wait()
	sleep(ctx, afterwards)
	e.End = stateOf(ctx, p.PIDs)
	e.Slope, e.Most = slope(<-samples, l.For/warmUp)
	r.Endurance = &e
	return r, ctx.Err()
}

// short is a call that is hung up as soon as it is answered.
func (w *world) short(c *call) {
	if w.settle(c) == nil {
		w.end(c)
	}
}

// hold sets calls up that talk in both directions until they are ended.
func (w *world) hold(ctx context.Context, n int) []*call {
	up := make(chan *call, n)
	w.offer(ctx, Load{Rate: 10, For: time.Duration(n) * time.Second / 10}, func(c *call) {
		if w.settle(c) != nil {
			return
		}
		if i := w.caller.indexOf(c.media); i >= 0 && c.remote.IsValid() {
			w.caller.talk(i, c.remote, nil)
		}
		up <- c
	})
	close(up)
	var out []*call
	for c := range up {
		out = append(out, c)
	}
	return out
}

// voice notes what became of the packets.
func (r *Result) voice(w *world) {
	sent, got := w.caller.sent()+w.back.sent(), w.caller.received.Load()+w.back.received.Load()
	r.Packets, r.Lost = int64(got), int64(sent)-int64(got)
	r.LatencyP50, r.LatencyP99 = quantile(0.5, w.caller, w.back), quantile(0.99, w.caller, w.back)
	r.GeneratorLate = time.Duration(max(w.caller.lateNS.Load(), w.back.lateNS.Load()))
}

// watch takes the memory at even distances until it is over.
func watch(pids []int, length time.Duration, over <-chan struct{}) []sample {
	var out []sample
	start := time.Now()
	tick := time.NewTicker(max(length/soakSamples, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-over:
			return out
		case <-tick.C:
			out = append(out, sample{time.Since(start), usageOf(pids).pss})
		}
	}
}

// slope is the growth of memory in bytes an hour by least squares, of what was seen after the warm-up, and the most that was seen at all.
func slope(samples []sample, warm time.Duration) (float64, int64) {
	var n, x, y, xx, xy float64
	var most int64
	for _, s := range samples {
		most = max(most, s.pss)
		if s.at < warm {
			continue
		}
		h, v := s.at.Hours(), float64(s.pss)
		n, x, y, xx, xy = n+1, x+h, y+v, xx+h*h, xy+h*v
	}
	if d := n*xx - x*x; d > 0 {
		return (n*xy - x*y) / d, most
	}
	return 0, most
}

// stateOf counts what the processes hold now.
func stateOf(ctx context.Context, pids []int) state {
	s := state{PSS: usageOf(pids).pss, Goroutines: goroutines(ctx)}
	for _, pid := range pids {
		fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		s.Descriptors += len(fds)
	}
	udp, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		return s
	}
	for line := range strings.Lines(string(udp)) {
		if strings.Contains(line, ": 01004D7F:") { // 127.77.0.1 as the kernel writes it
			s.Ports++
		}
	}
	return s
}

// goroutines reads the program's own word from its metrics; -1: it says nothing.
func goroutines(ctx context.Context) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+metricsAddr+"/metrics", nil)
	if err != nil {
		return -1
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return -1
	}
	defer resp.Body.Close()
	for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
		if v, ok := strings.CutPrefix(sc.Text(), "go_goroutines "); ok {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return -1
			}
			return int(n)
		}
	}
	return -1
}
