package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Peer is a softswitch under test: what it is called, and its processes.
type Peer struct {
	Name string
	PIDs []int
	User string // who is called in W1 and W2
	IVR  string // who is called in W3
	TLS  string // the certificate that its listener shows, where the load comes by TLS
	Dir  string // of its data, and of what was made for it
}

// Addresses of the generator and of the peer under test; nothing leaves them.
const (
	peerAddr   = "127.77.0.1:5060"
	callerAddr = "127.77.0.2:5062"
	calleeAddr = "127.77.0.3:5090"
	callerRTP  = "127.77.0.2:20000"
	calleeRTP  = "127.77.0.3:20000"
	rtpSockets = 4
)

// Load is one step of a workload.
type Load struct {
	Name  string        // "w1", "w2" or "w3"; "tls" is W1 by TLS, "soak" is W1 and W2 together
	Rate  float64       // calls a second
	Calls int           // W2: concurrent calls
	Flood int           // W2: packets a second of an attack while RTP is measured
	For   time.Duration // W1, W3: how long calls are offered; W2: how long RTP is measured
}

// Result is what a step showed.
type Result struct {
	Peer, Load    string
	Rate          float64
	OK, Failed    int
	Retransmitted int
	SetupP50      time.Duration
	SetupP99      time.Duration
	CPUPerCall    time.Duration
	CPUPerPacket  time.Duration // W2
	Packets, Lost int64         // W2
	Cut           int           // W2: calls that were over before they were hung up
	Attacked      int64         // W2: packets of the attack that were sent
	LatencyP50    time.Duration // W2
	LatencyP99    time.Duration // W2
	MemoryPerCall int64         // W2: bytes of PSS
	MemoryEnd     int64         // bytes of PSS
	GeneratorLate time.Duration
	Statuses      map[int]int // of the calls that failed; 0 is a timeout
	Endurance     *Endurance  // of a soak
}

// world is the generator around one peer.
type world struct {
	peer         Peer
	uac          *uac
	uas          *uas
	caller, back *mouth

	mu      sync.Mutex
	setups  []time.Duration
	failed  int
	retrans int
	status  map[int]int
	wg      sync.WaitGroup
}

func newWorld(ctx context.Context, p Peer, user string) (*world, error) {
	w := &world{peer: p, status: map[int]int{}}
	var err error
	if w.caller, err = newMouth(ctx, "caller", netip.MustParseAddrPort(callerRTP), rtpSockets); err != nil {
		return nil, err
	}
	if w.back, err = newMouth(ctx, "callee", netip.MustParseAddrPort(calleeRTP), rtpSockets); err != nil {
		return nil, err
	}
	at, target := netip.MustParseAddrPort(callerAddr), netip.MustParseAddrPort(peerAddr)
	var sip line
	if p.TLS != "" {
		target = netip.MustParseAddrPort(tlsAddr)
		sip, err = secure(ctx, at, p.TLS)
	} else {
		sip, err = open(ctx, at)
	}
	if err != nil {
		return nil, err
	}
	w.uac = newUAC(sip, target, user)
	return w, nil
}

// listen starts the callee; talks says whether it sends RTP.
func (w *world) listen(ctx context.Context, peer func(media, remote netip.AddrPort)) error {
	var err error
	w.uas, err = newUAS(ctx, netip.MustParseAddrPort(calleeAddr), func() netip.AddrPort {
		return w.back.place()
	}, peer)
	return err
}

func (w *world) close() {
	w.wg.Wait()
	w.uac.close()
	if w.uas != nil {
		w.uas.close()
	}
	w.caller.close()
	w.back.close()
}

// Run offers one load to a peer.
func Run(ctx context.Context, p Peer, l Load) (Result, error) {
	switch l.Name {
	case "tls":
		p.TLS = p.Dir
		return runW1(ctx, p, l)
	case "soak":
		return runSoak(ctx, p, l)
	case "w1":
		return runW1(ctx, p, l)
	case "w2":
		return runW2(ctx, p, l)
	case "w3":
		return runW3(ctx, p, l)
	}
	return Result{}, fmt.Errorf("no workload %q: w1, w2, w3, tls or soak", l.Name)
}

// offer starts calls at the rate, each in a goroutine of its own, and waits for them.
func (w *world) offer(ctx context.Context, l Load, one func(*call)) {
	gap := time.Duration(float64(time.Second) / l.Rate)
	due := time.Now()
	for range int(l.Rate * l.For.Seconds()) {
		if wait := time.Until(due); wait > 0 {
			sleep(ctx, wait)
		}
		if ctx.Err() != nil {
			break
		}
		due = due.Add(gap)
		at := w.caller.place()
		c := w.uac.place(at)
		w.wg.Go(func() { one(c) })
	}
	w.wg.Wait()
}

// settle waits for the answer and repeats the INVITE as Timer A would.
func (w *world) settle(c *call) error {
	limit := time.NewTimer(setupLimit)
	defer limit.Stop()
	wait := timerT1
	again := time.NewTimer(wait)
	defer again.Stop()
	for {
		select {
		case <-c.answered:
			w.note(c, 0, nil)
			return nil
		case <-c.failed:
			w.note(c, c.status, errRefused)
			return errRefused
		case <-again.C:
			w.uac.again(c)
			wait *= 2
			again.Reset(wait)
		case <-limit.C:
			w.note(c, 0, errNoAnswer)
			return errNoAnswer
		}
	}
}

var (
	errRefused  = errors.New("refused")
	errNoAnswer = errors.New("no answer")
)

// note counts a call; status is its refusal, 0 where nothing came.
func (w *world) note(c *call, status int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retrans += c.retrans
	if err != nil {
		w.failed++
		w.status[status]++
		return
	}
	w.setups = append(w.setups, c.setup)
}

// end hangs up and waits for the 200, with repeats.
func (w *world) end(c *call) {
	w.uac.hangup(c)
	for range 4 {
		t := time.NewTimer(timerT1)
		select {
		case <-c.ended:
			t.Stop()
			w.uac.forget(c)
			return
		case <-t.C:
			w.uac.hangup(c)
		}
	}
	w.uac.forget(c)
}

func (w *world) result(l Load, used usage, before usage) Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Result{
		Peer: w.peer.Name, Load: l.Name, Rate: l.Rate, OK: len(w.setups), Failed: w.failed, Retransmitted: w.retrans, Statuses: w.status,
		MemoryEnd: used.pss,
	}
	if slices.Sort(w.setups); len(w.setups) > 0 {
		r.SetupP50 = w.setups[len(w.setups)/2]
		r.SetupP99 = w.setups[len(w.setups)*99/100]
		r.CPUPerCall = (used.cpu - before.cpu) / time.Duration(len(w.setups))
	}
	return r
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
