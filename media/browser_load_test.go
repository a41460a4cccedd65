package media_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"tandem/media"
	"tandem/media/mediatest/browser"
)

// The world of pages and trunks runs in a process of its own, so that what is measured here is the house alone.
const (
	worldEnv = "FIGURES_WORLD"
	callsEnv = "FIGURES_CALLS"
)

// word is a line between the two processes.
type word struct {
	Call   int
	Offer  string         // of the page
	Trunk  netip.AddrPort // where the trunk's voice comes from
	Answer string
	To     netip.AddrPort // where the trunk sends
	Begin  bool           // everybody talks
	Heard  *heard
}

// heard is what the world found.
type heard struct {
	Sent, Came     int
	P50, P99, Most time.Duration
}

// TestFiguresOfBrowserCalls prints what a call between a page and a trunk costs, G.711 on both sides. It fails where voice is lost; the
// figures are for docs/performance.md.
func TestFiguresOfBrowserCalls(t *testing.T) {
	n := 4
	talk := time.Second
	if s := os.Getenv(callsEnv); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
		talk = 10 * time.Second
	}
	e := web(t, func(c *media.Config) { c.Workers = 0 })
	world, lines := startWorld(t, n, talk)
	runtime.GC()
	routines, memory, cpu := runtime.NumGoroutine(), resident(t), used(t)
	var took []time.Duration
	boxes := make([]mailbox, n)
	for i := range n {
		w := await2(t, lines)
		began := time.Now()
		boxes[i] = make(mailbox, 100)
		page, err := e.Open(media.Opening{Kind: media.Browser, Sink: boxes[i], Key: uint64(i)})
		must(t, err)
		trunk, err := e.Open(media.Opening{Key: uint64(i)})
		must(t, err)
		answer, err := page.Answer([]byte(w.Offer))
		must(t, err)
		_, err = trunk.Answer(fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n", w.Trunk.Addr(), w.Trunk.Addr(), w.Trunk.Port()))
		must(t, err)
		must(t, media.Bridge(page, trunk))
		d, err := trunk.Offer(media.SendRecv)
		must(t, err)
		trunk.Abandon()
		say(t, world, word{Call: w.Call, Answer: string(answer), To: netip.AddrPortFrom(e.at(1), portIn(t, d))})
		await[media.PathChanged](t, boxes[i])
		took = append(took, time.Since(began))
	}
	setUp := used(t) - cpu
	say(t, world, word{Begin: true})
	before := e.Stats()
	cpu = used(t)
	timer := time.NewTimer(talk / 2)
	<-timer.C
	r, rss := runtime.NumGoroutine(), resident(t)
	w := await2(t, lines)
	voice := used(t) - cpu
	after := e.Stats()
	slices.Sort(took)
	packets := after.Received - before.Received
	t.Logf("%d calls: set-up p50 %v, p99 %v, %v CPU a call", n, took[n/2].Round(100*time.Microsecond), took[n*99/100].Round(100*time.Microsecond), setUp/time.Duration(n))
	t.Logf("%.1f goroutines and %d KB a call, its trunk's leg among them", float64(r-routines)/float64(n), (rss-memory)/n/1024)
	t.Logf("%v CPU a packet; %.0f calls a core", voice/time.Duration(max(packets, 1)), float64(time.Second)/float64(voice)*float64(packets)/100)
	t.Logf("%d of %d packets, one way p50 %v, p99 %v, longest %v", w.Heard.Came, w.Heard.Sent, w.Heard.P50, w.Heard.P99, w.Heard.Most)
	if lost := w.Heard.Sent - w.Heard.Came; lost > w.Heard.Sent/100 {
		t.Errorf("%d packets are lost", lost)
	}
	if (r-routines)/n > 15 {
		t.Errorf("%d goroutines a call", (r-routines)/n)
	}
}

func portIn(t *testing.T, d []byte) uint16 {
	t.Helper()
	return uint16(valid(t, d).MediaDescriptions[0].MediaName.Port.Value)
}

// startWorld starts the other process, which ends with the test.
func startWorld(t *testing.T, n int, talk time.Duration) (io.Writer, <-chan word) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorldOfPages$", "-test.v")
	cmd.Env = append(os.Environ(), worldEnv+"="+talk.String(), callsEnv+"="+strconv.Itoa(n))
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = io.Discard
	must(t, cmd.Start())
	words := make(chan word, n+1)
	go func() {
		defer close(words)
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			var w word
			if text, is := strings.CutPrefix(line, "word "); is && json.Unmarshal([]byte(text), &w) == nil {
				words <- w
			}
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return in, words
}

func say(t *testing.T, to io.Writer, w word) {
	t.Helper()
	b, err := json.Marshal(w)
	must(t, err)
	_, err = to.Write(append(b, '\n'))
	must(t, err)
}

func await2(t *testing.T, words <-chan word) word {
	t.Helper()
	select {
	case w, open := <-words:
		if !open {
			t.Fatal("the world has ended")
		}
		return w
	case <-time.NewTimer(time.Minute).C:
		t.Fatal("the world says nothing")
	}
	return word{}
}

// resident is the memory of this process in bytes.
func resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here")
	}
	n, err := strconv.Atoi(strings.Fields(string(b))[1])
	must(t, err)
	return n * os.Getpagesize()
}

// used is the CPU time of this process.
func used(t *testing.T) time.Duration {
	t.Helper()
	all, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Skip("no /proc here")
	}
	sum := 0
	for _, d := range all {
		b, err := os.ReadFile("/proc/self/task/" + d.Name() + "/schedstat")
		if err != nil {
			continue
		}
		n, err := strconv.Atoi(strings.Fields(string(b))[0])
		must(t, err)
		sum += n
	}
	return time.Duration(sum)
}

// caller is a page and a trunk in the other process.
type caller struct {
	page  *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	trunk *net.UDPConn
	to    netip.AddrPort
}

// TestWorldOfPages is that process.
func TestWorldOfPages(t *testing.T) {
	talk, err := time.ParseDuration(os.Getenv(worldEnv))
	if err != nil {
		return // it is that process alone that has something to do
	}
	n, err := strconv.Atoi(os.Getenv(callsEnv))
	must(t, err)
	in := bufio.NewReader(os.Stdin)
	world := &world{late: make(chan time.Duration, 1<<20), all: make([]*caller, n)}
	for i := range n {
		world.call(t, i)
		w := world.hear(t, in)
		c := world.all[w.Call]
		c.to = w.To
		must(t, c.page.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: w.Answer}))
	}
	if w := world.hear(t, in); !w.Begin {
		t.Fatal("not now")
	}
	world.talk(talk)
	world.tell(word{Heard: world.found()})
}

type world struct {
	all  []*caller
	late chan time.Duration
	sent atomic.Int64
	out  sync.Mutex
}

func (x *world) tell(w word) {
	b, _ := json.Marshal(w)
	x.out.Lock()
	defer x.out.Unlock()
	_, _ = fmt.Fprintf(os.Stdout, "\nword %s\n", b)
}

func (x *world) hear(t *testing.T, in *bufio.Reader) word {
	t.Helper()
	line, err := in.ReadString('\n')
	must(t, err)
	var w word
	must(t, json.Unmarshal([]byte(line), &w))
	return w
}

// call makes a page and a trunk.
func (x *world) call(t *testing.T, i int) {
	t.Helper()
	c := &caller{}
	var err error
	p, err := browser.New(browser.Options{Codecs: []webrtc.RTPCodecParameters{browser.Codecs()[2], browser.Codecs()[4]}, Bare: true})
	must(t, err)
	c.page = p.PC()
	c.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: "audio/PCMA", ClockRate: 8000}, "a", "b")
	must(t, err)
	_, err = c.page.AddTrack(c.track)
	must(t, err)
	c.page.OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		b := make([]byte, 1500)
		for {
			n, _, errRead := r.Read(b)
			if errRead != nil {
				return
			}
			x.came(b[:n])
		}
	})
	c.trunk, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	go func() {
		b := make([]byte, 1500)
		for {
			n, errRead := c.trunk.Read(b)
			if errRead != nil {
				return
			}
			x.came(b[:n])
		}
	}()
	x.all[i] = c
	offer, err := p.Offer(soon(t), nil)
	must(t, err)
	x.tell(word{Call: i, Offer: string(offer), Trunk: c.trunk.LocalAddr().(*net.UDPAddr).AddrPort()})
}

// came notes how long a packet was on its way.
func (x *world) came(b []byte) {
	if len(b) != 172 {
		return
	}
	x.late <- time.Duration(time.Now().UnixNano() - int64(binary.BigEndian.Uint64(b[12:])))
}

// talk has everybody send for a while, spread over the 20 ms.
func (x *world) talk(d time.Duration) {
	var wg sync.WaitGroup
	for i, c := range x.all {
		wg.Go(func() {
			next := time.Now().Add(time.Duration(i%20) * time.Millisecond)
			p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: uint32(i)}, Payload: make([]byte, 160)}
			timer := time.NewTimer(0)
			for range d / (20 * time.Millisecond) {
				timer.Reset(time.Until(next))
				<-timer.C
				next = next.Add(20 * time.Millisecond)
				p.SequenceNumber++
				p.Timestamp += 160
				binary.BigEndian.PutUint64(p.Payload, uint64(time.Now().UnixNano()))
				if c.track.WriteRTP(&p) == nil {
					x.sent.Add(1)
				}
				binary.BigEndian.PutUint64(p.Payload, uint64(time.Now().UnixNano()))
				b, _ := p.Marshal()
				if _, err := c.trunk.WriteToUDPAddrPort(b, c.to); err == nil {
					x.sent.Add(1)
				}
			}
		})
	}
	wg.Wait()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 { // what is lost never comes; what is late comes at some time
		if <-tick.C; int64(len(x.late)) >= x.sent.Load() {
			return
		}
	}
}

func (x *world) found() *heard {
	all := make([]time.Duration, 0, len(x.late))
	for len(x.late) > 0 {
		all = append(all, <-x.late)
	}
	slices.Sort(all)
	h := &heard{Sent: int(x.sent.Load()), Came: len(all)}
	if len(all) > 0 {
		h.P50, h.P99, h.Most = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	}
	return h
}
