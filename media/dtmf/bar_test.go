package dtmf

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// The bar: what a good detector of in-band keys must do, line by line, on both laws. In the short form each line is tested at the points
// that bind it; with TANDEM_DTMF=full there are ten times as many keys, and the curves are printed too.

func full() bool { return os.Getenv("TANDEM_DTMF") == "full" }

// repeat is how many keys of a kind make a point.
func repeat() int {
	if full() {
		return 200
	}
	return 25
}

// score is what became of the keys sent.
type score struct{ sent, hit, extra int }

func (s score) percent() float64 { return 100 * float64(s.hit) / float64(s.sent) }

func (s score) String() string {
	return fmt.Sprintf("%.2f %% (%d of %d, %d extra)", s.percent(), s.hit, s.sent, s.extra)
}

// try sends keys with one disturbance and scores what is heard.
func try(l law, seed uint64, build func(*signal)) score {
	s := newSignal(seed)
	build(s)
	got := hear(Options{}, s.line(l), nil)
	c := common(s.sent, got)
	return score{len(s.sent), c, len(got) - c}
}

// each sends every key of a set n times.
func each(keys string, n int, b burst) func(*signal) {
	return func(s *signal) {
		for range n {
			for i := range len(keys) {
				b.key = keys[i]
				s.key(b)
			}
		}
	}
}

func then(build func(*signal), more func(*signal)) func(*signal) {
	return func(s *signal) {
		build(s)
		more(s)
	}
}

func flat(level, on, off float64) burst { return burst{low: level, high: level, on: on, off: off} }

// point is one measurement of a line and what it must be.
type point struct {
	at       float64
	unit     string
	build    func(*signal)
	least    float64 // per cent
	most     float64
	noExtras bool
}

// run measures points and complains of those that fail.
func run(t *testing.T, points []point) {
	t.Helper()
	for _, l := range laws() {
		var curve strings.Builder
		for i, p := range points {
			s := try(l, uint64(i+1), p.build)
			fmt.Fprintf(&curve, " %g%s:%.1f", p.at, p.unit, s.percent())
			if s.extra > 0 {
				fmt.Fprintf(&curve, "+%d", s.extra)
			}
			if s.percent() < p.least || s.percent() > p.most || (p.noExtras && s.extra > 0) {
				t.Errorf("%s-law at %g%s: %v, want %g to %g %%", l.name, p.at, p.unit, s, p.least, p.most)
			}
		}
		t.Logf("%s-law:%s", l.name, curve.String())
	}
}

func span(from, to, step float64) []float64 {
	var out []float64
	for i := 0; from+float64(i)*step <= to+step/1000; i++ {
		out = append(out, math.Round((from+float64(i)*step)*1000)/1000)
	}
	return out
}

// points gives the curve in full form, the binding points else.
func points(curve, binding []float64) []float64 {
	if full() {
		return curve
	}
	return binding
}

// bounds is what must come out at a value: all up to one limit, nothing from another, anything between.
func bounds(v, all, none float64) (least, most float64) {
	switch {
	case v <= all+1e-9:
		return 99.9, 100
	case v >= none-1e-9:
		return 0, 0.01
	}
	return 0, 100
}

func TestBar_DT1_AllKeys(t *testing.T) {
	run(t, []point{{-7, "dBm0", each(Keys, 4*repeat()/4, flat(-7, 50, 50)), 100, 100, true}})
}

func detuned(t *testing.T, all float64, build func(off float64) burst) {
	t.Helper()
	var ps []point
	for _, off := range points(span(-6, 6, 0.1), []float64{-6, -5, -4, -3.5, -all, -1, 1, all, 3.5, 4, 5, 6}) {
		least, most := bounds(math.Abs(off), all, 3.5)
		for _, key := range []string{"1", "5", "9", "D"} {
			ps = append(ps, point{off, "%" + key, each(key, repeat(), build(off/100)), least, most, true})
		}
	}
	run(t, ps)
}

func TestBar_DT2_LowToneDetuned(t *testing.T) {
	detuned(t, 1.8, func(off float64) burst { return burst{low: -17, high: -17, on: 50, off: 50, offLow: off} })
}

func TestBar_DT3_HighToneDetuned(t *testing.T) {
	detuned(t, 1.8, func(off float64) burst { return burst{low: -17, high: -17, on: 50, off: 50, offHigh: off} })
}

func TestBar_DT4_BothTonesDetuned(t *testing.T) {
	detuned(t, 1.5, func(off float64) burst { return burst{low: -17, high: -17, on: 50, off: 50, offLow: off, offHigh: off} })
}

func twisted(t *testing.T, all, none float64, build func(dB float64) burst) {
	t.Helper()
	var ps []point
	for _, dB := range points(span(0, 20, 0.5), []float64{0, all - 2, all, none, none + 2, none + 6}) {
		least, most := bounds(dB, all, none)
		ps = append(ps, point{dB, "dB", each("159D", repeat(), build(dB)), least, most, true})
	}
	run(t, ps)
}

func TestBar_DT5_HighToneWeaker(t *testing.T) {
	twisted(t, 8, 12, func(dB float64) burst { return burst{low: -7, high: -7 - dB, on: 50, off: 50} })
}

func TestBar_DT6_LowToneWeaker(t *testing.T) {
	twisted(t, 4, 8, func(dB float64) burst { return burst{low: -7 - dB, high: -7, on: 50, off: 50} })
}

func TestBar_DT7_Level(t *testing.T) {
	var ps []point
	for _, level := range points(span(-60, 3, 1), []float64{-50, -42, -30, -25, -15, -5, 0}) {
		least, most := bounds(-level, 30, 42)
		if level > 0 {
			least = 0
		}
		ps = append(ps, point{level, "dBm0", each(Keys, repeat()/4, flat(level, 50, 50)), least, most, true})
	}
	run(t, ps)
}

func TestBar_DT8_Duration(t *testing.T) {
	var ps []point
	for _, ms := range points(append(span(16, 45, 1), span(46, 60, 2)...), []float64{16, 20, 22, 23, 35, 38, 40, 50}) {
		least, most := bounds(-ms, -40, -23)
		ps = append(ps, point{ms, "ms", each(Keys, repeat()/4, flat(-10, ms, 60)), least, most, true})
	}
	run(t, ps)
}

// pairs sends a key twice with a short silence between; the phases jump there.
func pairs(key byte, n int, silence float64, counted int) func(*signal) {
	const on = 50.0
	return func(s *signal) {
		for range n {
			s.tone(burst{key: key, low: -10, high: -10, on: on})
			s.x = append(s.x, make([]float64, samples(silence))...)
			s.key(burst{key: key, low: -10, high: -10, on: on, off: 100})
			if counted == 2 {
				s.sent = append(s.sent, key)
			}
		}
	}
}

func TestBar_DT9_Pause(t *testing.T) {
	var ps []point
	for _, ms := range points(span(4, 50, 2), []float64{30, 34, 40}) {
		least := 0.0
		if ms >= 30 {
			least = 100
		}
		ps = append(ps, point{ms, "ms", pairs('1', 4*repeat(), ms, 2), least, 100, true})
	}
	run(t, ps)
}

func TestBar_DT10_BreakDoesNotSplit(t *testing.T) {
	var ps []point
	for _, ms := range points(span(2, 30, 2), []float64{2, 4, 6, 8, 10}) {
		ps = append(ps, point{ms, "ms", pairs('5', 4*repeat(), ms, 1), 100, 100, ms <= 10})
	}
	run(t, ps)
}

func noisy(t *testing.T, on, off float64, curve, binding []float64, want func(snr float64) (least float64, noExtras bool)) {
	t.Helper()
	var ps []point
	for _, snr := range points(curve, binding) {
		least, none := want(snr)
		build := then(each(Keys, repeat(), flat(-10, on, off)), func(s *signal) { s.noise(snr, -10) })
		ps = append(ps, point{snr, "dB", build, least, 100, none})
	}
	run(t, ps)
}

func TestBar_DT11_Noise(t *testing.T) {
	noisy(t, 50, 50, span(-2, 26, 1), []float64{7, 8, 10, 12, 15}, func(snr float64) (float64, bool) {
		switch {
		case snr >= 10:
			return 99.9, true
		case snr >= 7:
			return 90, true
		}
		return 0, false
	})
}

func TestBar_DT12_NoiseShortKeys(t *testing.T) {
	noisy(t, 40, 50, span(-2, 26, 1), []float64{10, 12, 15}, func(snr float64) (float64, bool) {
		if snr >= 10 {
			return 99.9, true
		}
		return 0, false
	})
}

func TestBar_DT13_NoiseMakesNoKeys(t *testing.T) {
	noisy(t, 100, 100, span(-2, 20, 1), []float64{6, 7, 9, 12}, func(snr float64) (float64, bool) {
		if snr >= 9 {
			return 99.9, true
		}
		return 0, snr >= 6
	})
}

func TestBar_DT14_EverythingAtOnce(t *testing.T) {
	var ps []point
	b := burst{low: -10, high: -16, on: 50, off: 50, offLow: 0.015, offHigh: -0.015}
	for _, snr := range points(span(6, 30, 2), []float64{20, 24, 30}) {
		least := 0.0
		if snr >= 20 {
			least = 99.5
		}
		ps = append(ps, point{snr, "dB", then(each(Keys, repeat(), b), func(s *signal) { s.noise(snr, -16) }), least, 100, snr >= 20})
	}
	run(t, ps)
}

func TestBar_DT15_DialTone(t *testing.T) {
	for _, hum := range [][]float64{{350, 440}, {425}, {400, 450}} {
		var ps []point
		for _, level := range points(append(span(-40, -28, 2), span(-27, 3, 1)...), []float64{-30, -20, -12, -10}) {
			least := 0.0
			if level <= -10 {
				least = 100
			}
			build := then(each(Keys, repeat()/2, flat(-15, 50, 50)), func(s *signal) { s.hum(level, hum...) })
			ps = append(ps, point{level, "dBm0", build, least, 100, level <= -10})
		}
		t.Log(hum)
		run(t, ps)
	}
}

func TestBar_DT16_Echo(t *testing.T) {
	var ps []point
	for _, down := range points(span(4, 20, 2), []float64{10, 14}) {
		least := 0.0
		if down >= 10 {
			least = 100
		}
		build := then(each(Keys, repeat()/2, flat(-10, 50, 50)), func(s *signal) { s.echo(20, down) })
		ps = append(ps, point{down, "dB", build, least, 100, down >= 10})
	}
	run(t, ps)
}

func TestBar_DT17_LostFrames(t *testing.T) {
	for _, l := range laws() {
		for percent := range 11 {
			s := newSignal(uint64(percent + 1))
			each(Keys, 2*repeat(), flat(-10, 100, 100))(s)
			pcm := s.line(l)
			rng := rand.New(rand.NewPCG(uint64(percent), 3))
			lost := make([]Loss, len(pcm)/160)
			for i := range lost {
				if rng.Float64()*100 < float64(percent) {
					lost[i] = Lost
					clear(pcm[i*160:][:160])
				}
			}
			got := hear(Options{}, pcm, lost)
			c := common(s.sent, got)
			sc := score{len(s.sent), c, len(got) - c}
			t.Logf("%s-law, %d %% lost: %v", l.name, percent, sc)
			if sc.percent() < 99 || sc.extra > 0 {
				t.Errorf("%s-law, %d %% lost: %v, want 99 %% and none extra", l.name, percent, sc)
			}
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	d := NewDetector(Options{})
	s := newSignal(1)
	each(Keys, 1, flat(-10, 50, 50))(s)
	pcm := s.line(laws()[0])
	if n := testing.AllocsPerRun(5, func() {
		for n := 0; n+160 <= len(pcm); n += 160 {
			d.Feed(pcm[n:n+160], Received)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	keys := newSignal(1)
	each(Keys, 4, flat(-10, 50, 50))(keys)
	noise := newSignal(2)
	noise.x = make([]float64, 16000)
	noise.noise(10, -10)
	long := newSignal(3)
	long.key(burst{key: '5', low: -10, high: -10, on: 2000})
	for _, c := range []struct {
		name string
		s    *signal
	}{{"keys", keys}, {"noise", noise}, {"tone", long}} {
		pcm := c.s.line(laws()[0])
		b.Run(c.name, func(b *testing.B) {
			d, n := NewDetector(Options{}), 0
			for b.Loop() {
				d.Feed(pcm[n:n+160], Received)
				if n += 160; n+160 > len(pcm) {
					n = 0
				}
			}
		})
	}
}
