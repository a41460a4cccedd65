package dtmf

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"
)

func TestOurKeysAreHeardOnBothLaws(t *testing.T) {
	for _, l := range laws() {
		g := NewGenerator(-9)
		pcm := make([]int16, 160*10)
		for i := range len(Keys) {
			g.Start(Keys[i], 100*time.Millisecond)
			frames := make([]int16, 160*10)
			n := 0
			for at := 0; at < len(frames); at += 160 {
				n += g.Fill(frames[at:][:160])
			}
			if n != 800 {
				t.Fatalf("100 ms are %d samples", n)
			}
			pcm = append(pcm, frames...)
		}
		for i, v := range pcm {
			pcm[i] = l.trip(v)
		}
		d := NewDetector(Options{})
		var heard []Event
		for at := 0; at < len(pcm); at += 160 {
			heard = append(heard, d.Feed(pcm[at:][:160], Received)...)
		}
		if len(heard) != 2*len(Keys) {
			t.Fatalf("%s-law: %d events, want a beginning and an end of each key", l.name, len(heard))
		}
		for i := range len(Keys) {
			begin, end := heard[2*i], heard[2*i+1]
			want := time.Duration(200+200*i) * time.Millisecond
			if begin.Change != Began || end.Change != Ended || begin.Key != Keys[i] || end.Key != Keys[i] {
				t.Errorf("%s-law: key %c: %+v, %+v", l.name, Keys[i], begin, end)
			}
			if d := end.Start - want; d.Abs() > 4*time.Millisecond {
				t.Errorf("%s-law: key %c began at %v, want %v", l.name, Keys[i], end.Start, want)
			}
			if d := end.Duration - 100*time.Millisecond; d.Abs() > 4*time.Millisecond {
				t.Errorf("%s-law: key %c lasted %v, want 100ms", l.name, Keys[i], end.Duration)
			}
			if math.Abs(end.Level+9) > 0.7 {
				t.Errorf("%s-law: key %c at %.1f dBm0, want -9", l.name, Keys[i], end.Level)
			}
		}
	}
}

func TestAKeyIsToldWhileItLasts(t *testing.T) {
	s := newSignal(1)
	s.x = make([]float64, 1600)
	s.key(burst{key: '7', low: -10, high: -10, on: 500, off: 100})
	pcm := s.line(laws()[0])
	d := NewDetector(Options{})
	for at := 0; at+160 <= len(pcm); at += 160 {
		heard := d.Feed(pcm[at:][:160], Received)
		if len(heard) == 0 {
			continue
		}
		if heard[0].Change != Began {
			t.Fatalf("first comes %+v", heard[0])
		}
		if late := time.Duration(at+160-1600) * time.Second / Rate; late > 70*time.Millisecond {
			t.Errorf("told %v after the tone began", late)
		}
		return
	}
	t.Error("not heard")
}

func TestFramesOfAnySizeHearTheSame(t *testing.T) {
	s := newSignal(2)
	each(Keys, 1, flat(-10, 60, 60))(s)
	pcm := s.line(laws()[1])
	for _, size := range []int{1, 39, 80, 160, 240, 480} {
		d := NewDetector(Options{})
		var got []byte
		for at := 0; at+size <= len(pcm); at += size {
			for _, e := range d.Feed(pcm[at:][:size], Received) {
				if e.Change == Began {
					got = append(got, e.Key)
				}
			}
		}
		if string(got) != Keys {
			t.Errorf("frames of %d: %s", size, got)
		}
	}
}

func TestOptionsHold(t *testing.T) {
	letters := newSignal(3)
	each(Keys, 1, flat(-10, 60, 60))(letters)
	if got := hear(Options{Letters: RefuseLetters}, letters.line(laws()[0]), nil); string(got) != "123456789*0#" {
		t.Errorf("letters refused: %s", got)
	}
	quiet := newSignal(4)
	each("5", 4, flat(-33, 60, 60))(quiet)
	if got := hear(Options{Floor: -30}, quiet.line(laws()[0]), nil); len(got) != 0 {
		t.Errorf("below the floor: %s", got)
	}
	short := newSignal(5)
	each("5", 4, flat(-10, 60, 60))(short)
	if got := hear(Options{MinOn: 80 * time.Millisecond}, short.line(laws()[0]), nil); len(got) != 0 {
		t.Errorf("too short: %s", got)
	}
	if low, high := Tones('x'); low != 0 || high != 0 || IsKey('x') || !IsKey('#') {
		t.Error("a byte that is no key has tones")
	}
}

func TestInfoBodies(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		key        byte
		ms         int
		err        error
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5', 160, nil},
		{"application/dtmf-relay", "Signal= #\nDuration= 250", '#', 250, nil},
		{"Application/DTMF-Relay; x=y", "duration=100\r\nSIGNAL=*", '*', 100, nil},
		{"application/dtmf-relay", "Signal=10\r\nDuration=100", '*', 100, nil},
		{"application/dtmf-relay", "Signal=11", '#', 0, nil},
		{"application/dtmf-relay", "Signal=d", 'D', 0, nil},
		{"application/dtmf-relay", "Signal=1\r\nDuration=4294967295", '1', 60000, nil},
		{"application/dtmf", "0", '0', 0, nil},
		{"application/dtmf", " 9\r\n", '9', 0, nil},
		{"application/dtmf", "Signal=7\r\nDuration=80", '7', 80, nil},
		{"application/dtmf", "", 0, 0, ErrMalformed},
		{"application/dtmf", "99", 0, 0, ErrMalformed},
		{"application/dtmf-relay", "5", 0, 0, ErrMalformed},
		{"application/dtmf-relay", "Signal=", 0, 0, ErrMalformed},
		{"application/dtmf-relay", "Signal=16", 0, 0, ErrMalformed}, // hook flash
		{"application/dtmf-relay", "Signal=5\r\nSignal=6", 0, 0, ErrMalformed},
		{"application/dtmf-relay", "Signal=5\r\nDuration=-1", 0, 0, ErrMalformed},
		{"application/dtmf-relay", "Signal=5\r\nDuration=99999999999", 0, 0, ErrMalformed},
		{"application/dtmf-relay", string(bytes.Repeat([]byte("x=1\n"), 200)), 0, 0, ErrMalformed},
		{"application/media_control+xml", "<x/>", 0, 0, ErrNotKeys},
		{"", "5", 0, 0, ErrNotKeys},
	} {
		got, err := ParseInfo(c.kind, []byte(c.body))
		if !errors.Is(err, c.err) || (err == nil && got != Press{c.key, time.Duration(c.ms) * time.Millisecond}) {
			t.Errorf("%s %q: %+v, %v", c.kind, c.body, got, err)
		}
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n"))
	f.Add("application/dtmf", []byte("#"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		p, err := ParseInfo(kind, body)
		if err == nil && (!IsKey(p.Key) || p.Duration < 0 || p.Duration > time.Minute) {
			t.Errorf("took %+v from %q", p, body)
		}
	})
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte{0, 1, 2, 200, 255}, byte(160), true)
	f.Fuzz(func(t *testing.T, codes []byte, size byte, every bool) {
		d := NewDetector(Options{})
		pcm := make([]int16, len(codes))
		for i, c := range codes {
			pcm[i] = int16(int(c)-128) << 8
		}
		began := 0
		for n := 0; len(pcm) > 0; n++ {
			k := min(int(size)+1, len(pcm))
			loss := Received
			if every && n%3 == 2 {
				loss = Lost
			}
			for _, e := range d.Feed(pcm[:k], loss) {
				if !IsKey(e.Key) || e.Duration < 0 || e.Start < 0 || math.IsNaN(e.Level) {
					t.Fatalf("%+v", e)
				}
				switch e.Change {
				case Began:
					began++
				case Ended:
					began--
				}
				if began < 0 || began > 1 {
					t.Fatal("keys overlap")
				}
			}
			pcm = pcm[k:]
		}
	})
}

func TestSpec_X6_SameKeyHeardTwiceCountsOnce(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	type step struct {
		path Path
		key  byte
		ms   int
		end  int // when the key ends, if it is told
		want Verdict
	}
	for name, steps := range map[string][]step{
		"packets, then the tone": {{PathRFC4733, '5', 0, 100, Fresh}, {PathInband, '5', 45, 100, Again}},
		"the tone first":         {{PathInband, '5', 0, 60, Fresh}, {PathRFC4733, '5', 90, 0, Again}},
		"three ways":             {{PathRFC4733, '5', 0, 100, Fresh}, {PathInband, '5', 45, 0, Again}, {PathInfo, '5', 280, 0, Again}},
		"another key":            {{PathRFC4733, '5', 0, 0, Fresh}, {PathInband, '6', 45, 0, Fresh}},
		"pressed twice":          {{PathRFC4733, '5', 0, 60, Fresh}, {PathRFC4733, '5', 120, 180, Fresh}},
		"pressed twice, two ways, mixed up": {
			{PathRFC4733, '5', 0, 60, Fresh},
			{PathInband, '5', 45, 0, Again},
			{PathRFC4733, '5', 120, 180, Fresh},
			{PathInband, '5', 165, 0, Again},
			{PathInfo, '5', 170, 0, Again},
			{PathInfo, '5', 290, 0, Again},
		},
		"pressed twice, both tones late": {
			{PathRFC4733, '5', 0, 60, Fresh},
			{PathRFC4733, '5', 120, 180, Fresh},
			{PathInband, '5', 200, 0, Again},
			{PathInband, '5', 320, 0, Again},
		},
		"pressed again by another way, later": {{PathRFC4733, '5', 0, 100, Fresh}, {PathInfo, '5', 401, 0, Fresh}},
		"INFO at the end of a long press":     {{PathRFC4733, '5', 0, 2000, Fresh}, {PathInfo, '5', 2100, 0, Again}},
		"an extension by two ways": {
			{PathRFC4733, '2', 0, 80, Fresh},
			{PathInband, '2', 50, 0, Again},
			{PathRFC4733, '0', 160, 240, Fresh},
			{PathInband, '0', 210, 0, Again},
			{PathInband, '4', 330, 0, Fresh},
			{PathRFC4733, '4', 335, 0, Again},
		},
	} {
		var d Dedup
		for i, s := range steps {
			if got := d.Begin(s.path, s.key, at(s.ms)); got != s.want {
				t.Errorf("%s: step %d (%c by %d at %d ms) is %d, want %d", name, i, s.key, s.path, s.ms, got, s.want)
			}
			if s.end > 0 {
				d.End(s.path, s.key, at(s.end))
			}
		}
	}
}
