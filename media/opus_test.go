package media_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"tandem/media"
	"tandem/media/codec/opus"
	"tandem/media/mediatest"
	"tandem/media/mediatest/browser"
)

// opusTab is a page that speaks Opus alone. What it hears is decoded, and what it says encoded, by a libopus of its own.
type opusTab struct {
	tab

	lib  *opus.Library
	tone atomic.Int64 // frames that were mostly 1000 Hz
	came atomic.Int64
	keys atomic.Value
}

func newOpusTab(t *testing.T, e town) *opusTab {
	t.Helper()
	lib, err := opus.Load()
	if errors.Is(err, opus.ErrAbsent) {
		t.Skip("libopus0 is not installed")
	}
	must(t, err)
	c := browser.Codecs()
	x := &opusTab{lib: lib, tab: newTab(t, e, browser.Options{Codecs: []webrtc.RTPCodecParameters{c[0], c[3], c[4]}})}
	x.keys.Store("")
	dec, err := lib.Decoder()
	must(t, err)
	x.page.PC().OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { x.listen(r, dec) })
	x.calls(t, func(s string) string { return s })
	x.up(t)
	return x
}

func (x *opusTab) listen(r *webrtc.TrackRemote, dec *opus.Decoder) {
	var pcm [opus.MostFrames * opus.FrameSize]int16
	last := uint32(0)
	for {
		p, _, err := r.ReadRTP()
		if err != nil {
			return
		}
		if p.PayloadType == 110 {
			if p.Timestamp != last && len(p.Payload) == 4 {
				last = p.Timestamp
				x.keys.Store(x.keys.Load().(string) + string("0123456789*#"[p.Payload[0]]))
			}
			continue
		}
		x.came.Add(1)
		if n, err := dec.Decode(pcm[:], p.Payload, opus.Itself); err == nil && mediatest.Dominates(pcm[:n], 1000) {
			x.tone.Add(1)
		}
	}
}

// say sends a tone, and loses what lose says.
func (x *opusTab) say(t *testing.T, hz float64, d time.Duration, lose func(i int) bool) {
	t.Helper()
	enc, err := x.lib.Encoder()
	must(t, err)
	pcm := mediatest.Tone(d, hz)
	next := time.Now() // as a page does, it catches up with what it was too slow for
	timer := time.NewTimer(0)
	defer timer.Stop()
	var b [opus.PacketSize]byte
	for i := 0; (i+1)*opus.FrameSize <= len(pcm); i++ {
		n, err := enc.Encode(b[:], pcm[i*opus.FrameSize:(i+1)*opus.FrameSize])
		must(t, err)
		<-timer.C
		next = next.Add(20 * time.Millisecond)
		timer.Reset(time.Until(next))
		if lose(i) {
			continue
		}
		must(t, x.page.Send(&rtp.Packet{
			Header:  rtp.Header{Version: 2, PayloadType: 111, SequenceNumber: uint16(i + 65530), Timestamp: uint32(i * 960)},
			Payload: b[:n],
		}))
	}
}

func TestAPageThatSpeaksOpusAndATrunkHearEachOther(t *testing.T) {
	t.Parallel()
	e := web(t)
	x, trunk := newOpusTab(t, e), join(t, e, 2, mediatest.Sketch{})
	if f := x.Formats(); len(f) != 2 || f[0].Name != "opus" || f[1].ClockRate != 48000 {
		t.Fatalf("agreed: %+v", f)
	}
	bridge(t, x.party, trunk)
	trunk.peer.SendTone(1000, 2*time.Second)
	x.say(t, 440, 2*time.Second, func(i int) bool { return i%10 == 5 })
	heard := trunk.hear(t, "the page", func(p mediatest.Packets) bool { return p.Tone(440) > 75 })
	if n := len(heard); n < 95 {
		t.Errorf("%d packets reach the trunk: what is lost is not made up", n)
	}
	if err := heard.Unbroken(); err != nil {
		t.Error(err)
	}
	if came, tone := x.came.Load(), x.tone.Load(); came < 90 || tone < 85 {
		t.Errorf("the page hears %d packets, %d of them the trunk's tone: %+v", came, tone, x.Stats())
	}
	if st := x.Stats(); st.Codec != "opus" || st.Lost < 8 || st.Lost > 11 || st.Jitter > 100*time.Millisecond {
		t.Errorf("statistics: %+v", st)
	}
}

func TestSpec_C3_KeysPassBetweenTheClocksOfOpusAndTheTrunk(t *testing.T) {
	t.Parallel()
	e := web(t)
	x, trunk := newOpusTab(t, e), join(t, e, 2, mediatest.Sketch{})
	bridge(t, x.party, trunk)
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for i, key := range []byte{5, 11} {
		for n := range 8 {
			p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: n == 0, PayloadType: 110, SequenceNumber: uint16(20*i + n), Timestamp: uint32(9600 * (i + 1))}, Payload: []byte{key, 10, 0, 0}}
			binary.BigEndian.PutUint16(p.Payload[2:], uint16(960*(n+1)))
			if n > 4 {
				p.Payload[1] |= 0x80
			}
			<-pace.C
			must(t, x.page.Send(&p))
		}
		if d := await[media.Digit](t, x.box); d.Path != media.DigitRFC4733 || d.Key != "05#"[i+1] {
			t.Errorf("digit %+v", d)
		}
	}
	trunk.hear(t, "the keys", func(p mediatest.Packets) bool { return p.Digits(101) == "5#" })
	trunk.peer.SendDigits("42")
	for tick := time.NewTicker(20 * time.Millisecond); x.keys.Load() != "42"; {
		select {
		case <-tick.C:
		case <-soon(t).Done():
			t.Fatalf("the page hears the keys %q", x.keys.Load())
		}
	}
}

func TestASessionThatRecordsAndPlaysInOpus(t *testing.T) {
	t.Parallel()
	e := web(t)
	x := newOpusTab(t, e)
	path := t.TempDir() + "/opus.wav"
	x.Record(media.Record{ID: 1, Path: path, Max: 600 * time.Millisecond})
	x.Play(media.Play{ID: 2, Prompts: tones(1000, 600*time.Millisecond)})
	x.say(t, 700, 1200*time.Millisecond, func(int) bool { return false })
	if end := await[media.RecordEnded](t, x.box); end.Why != media.RecordTooLong || end.Err != nil {
		t.Errorf("the recording ended with %+v", end)
	}
	if n := spoken(recorded(t, path)); n < 20 {
		t.Errorf("%d frames of the page are on the recording", n)
	}
	if n := x.tone.Load(); n < 25 {
		t.Errorf("the page heard %d frames of the prompt", n)
	}
}

func TestWithoutOpusNothingElseChanges(t *testing.T) {
	t.Parallel()
	e := web(t, func(c *media.Config) { c.Opus = media.OpusOff })
	x := newTab(t, e, browser.Options{})
	offer, err := x.Offer(media.SendRecv)
	must(t, err)
	if strings.Contains(string(offer), "opus") || strings.Contains(string(offer), "48000") {
		t.Errorf("offered:\n%s", offer)
	}
	x.Abandon()
	x.calls(t, func(s string) string { return s })
	x.up(t)
	toneBothWays(t, x.party, join(t, e, 2, mediatest.Sketch{}))
}
