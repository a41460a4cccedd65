package dtmf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// peer is another detector of keys, which is made on the spot from Debian's packages.
type peer struct {
	name string
	hear func(pcm []int16) (keys string)
}

// raw is samples as files of them are.
func raw(pcm []int16) []byte {
	b := make([]byte, 2*len(pcm))
	_, _ = binary.Encode(b, binary.LittleEndian, pcm)
	return b
}

// spandsp compiles a program around the receiver of Debian's libspandsp.
func spandsp(t *testing.T) peer {
	t.Helper()
	program := filepath.Join(t.TempDir(), "spandsp")
	if out, err := exec.CommandContext(t.Context(), tool(t, "gcc"), "-O2", "-o", program, "testdata/spandsp/main.c", "-lspandsp", "-lm").CombinedOutput(); err != nil {
		t.Skipf("needs the Debian package libspandsp-dev: %v: %s", err, out)
	}
	return peer{"spandsp", func(pcm []int16) string {
		c := exec.CommandContext(t.Context(), program)
		c.Stdin = bytes.NewReader(raw(pcm))
		out, err := c.Output()
		if err != nil {
			t.Fatalf("spandsp: %v", err)
		}
		return string(out)
	}}
}

// multimon is multimon-ng, which takes 22,050 samples a second.
func multimon(t *testing.T) peer {
	t.Helper()
	sox, program := tool(t, "sox"), tool(t, "multimon-ng")
	return peer{"multimon-ng", func(pcm []int16) string {
		format := []string{"-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r"}
		faster := exec.CommandContext(t.Context(), sox, append(append(append([]string{"-q", "-V1", "-D"}, append(format, "8000", "-")...), append(format, "22050")...), "-")...)
		faster.Stdin = bytes.NewReader(raw(pcm))
		more, err := faster.Output()
		if err != nil {
			t.Fatalf("sox: %v", err)
		}
		c := exec.CommandContext(t.Context(), program, "-q", "-a", "DTMF", "-t", "raw", "-")
		c.Stdin = bytes.NewReader(more)
		out, err := c.Output()
		if err != nil {
			t.Fatalf("multimon-ng: %v", err)
		}
		var keys strings.Builder
		for line := range strings.Lines(string(out)) {
			if k, is := strings.CutPrefix(strings.TrimSpace(line), "DTMF: "); is {
				keys.WriteString(k)
			}
		}
		return keys.String()
	}}
}

// tableRow is a line of the table at the point that binds.
type tableRow struct {
	name, at string
	build    func(*signal)
	want     string // for people
	refuses  bool   // nothing may be heard
	lost     int    // per cent of the frames
}

func tableRows() []tableRow {
	n := 5
	if full() {
		n = 100
	}
	some := func(on, off float64) func(*signal) { return each(Keys, n, flat(-10, on, off)) }
	detune := func(low, high float64) func(*signal) {
		return each("159D", 4*n, burst{low: -17, high: -17, on: 50, off: 50, offLow: low, offHigh: high})
	}
	noise := func(build func(*signal), snr float64) func(*signal) {
		return then(build, func(s *signal) { s.noise(snr, -10) })
	}
	corner := each(Keys, n, burst{low: -10, high: -16, on: 50, off: 50, offLow: 0.015, offHigh: -0.015})
	return []tableRow{
		{name: "DT1", at: "all keys, -7 dBm0, 50/50 ms", build: each(Keys, n, flat(-7, 50, 50)), want: "100 %"},
		{name: "DT2", at: "low tone +1.8 %", build: detune(0.018, 0), want: "100 %"},
		{name: "DT2", at: "low tone +3.5 %", build: detune(0.035, 0), want: "0 %", refuses: true},
		{name: "DT3", at: "high tone -1.8 %", build: detune(0, -0.018), want: "100 %"},
		{name: "DT3", at: "high tone -3.5 %", build: detune(0, -0.035), want: "0 %", refuses: true},
		{name: "DT4", at: "both tones +1.5 %", build: detune(0.015, 0.015), want: "100 %"},
		{name: "DT5", at: "high tone 8 dB weaker", build: each("159D", 4*n, burst{low: -7, high: -15, on: 50, off: 50}), want: "100 %"},
		{name: "DT6", at: "low tone 4 dB weaker", build: each("159D", 4*n, burst{low: -11, high: -7, on: 50, off: 50}), want: "100 %"},
		{name: "DT7", at: "-30 dBm0 a tone", build: each(Keys, n, flat(-30, 50, 50)), want: "100 %"},
		{name: "DT8", at: "23 ms long", build: some(23, 60), want: "0 %", refuses: true},
		{name: "DT8", at: "40 ms long", build: some(40, 60), want: "100 %"},
		{name: "DT9", at: "pause of 30 ms", build: pairs('1', 16*n, 30, 2), want: "100 %"},
		{name: "DT10", at: "break of 10 ms", build: pairs('5', 16*n, 10, 1), want: "100 %, 0 extra"},
		{name: "DT11", at: "noise 10 dB below", build: noise(some(50, 50), 10), want: "100 %"},
		{name: "DT11", at: "noise 7 dB below", build: noise(some(50, 50), 7), want: "90 %"},
		{name: "DT12", at: "40 ms keys, noise 10 dB below", build: noise(some(40, 50), 10), want: "100 %"},
		{name: "DT13", at: "100 ms keys, noise 6 dB below", build: noise(some(100, 100), 6), want: "0 extra"},
		{name: "DT14", at: "±1.5 %, 6 dB twist, noise 20 dB below", build: then(corner, func(s *signal) { s.noise(20, -16) }), want: "99.5 %"},
		{name: "DT15", at: "dial tone 350 + 440 Hz of -10 dBm0", build: then(each(Keys, n, flat(-15, 50, 50)), func(s *signal) { s.hum(-10, 350, 440) }), want: "100 %"},
		{name: "DT16", at: "echo 20 ms later, 10 dB down", build: then(some(50, 50), func(s *signal) { s.echo(20, 10) }), want: "100 %, 0 extra"},
		{name: "DT17", at: "5 % of the frames lost, 100/100 ms", build: some(100, 100), want: "99 %, 0 extra", lost: 5},
	}
}

// losing takes frames out of a signal.
func losing(pcm []int16, percent int) []Loss {
	rng := rand.New(rand.NewPCG(uint64(percent), 3))
	lost := make([]Loss, len(pcm)/160)
	for i := range lost {
		if rng.Float64()*100 < float64(percent) {
			lost[i] = Lost
			clear(pcm[i*160:][:160])
		}
	}
	return lost
}

// mark is what a detector made of what was sent, and whether it is better than another one.
func mark(sent []byte, got string) score {
	c := common(sent, []byte(got))
	return score{len(sent), c, len(got) - c}
}

func (s score) cell() string {
	text := fmt.Sprintf("%.1f %%", s.percent())
	if s.extra > 0 {
		text += fmt.Sprintf(", %d extra", s.extra)
	}
	return text
}

// worth is the share of what was right: heard what should be, or nothing where nothing should be.
func (s score) worth(refuses bool) float64 { //nolint:revive // a fact of the row
	if refuses {
		return -s.percent() - float64(s.extra)
	}
	return s.percent() - 100*float64(s.extra)/float64(s.sent)
}

// The table of the bar beside spandsp and multimon-ng, made here and now; -v prints it. Nowhere are we behind spandsp.
func TestTableBesideThePeers(t *testing.T) {
	peers := []peer{spandsp(t), multimon(t)}
	var table strings.Builder
	table.WriteString("| | at | law | Tandem | spandsp | multimon-ng | aim |\n|---|---|---|---|---|---|---|\n")
	for _, row := range tableRows() {
		for i, l := range laws() {
			s := newSignal(uint64(i + 1))
			row.build(s)
			pcm := s.line(l)
			var lost []Loss
			if row.lost > 0 {
				lost = losing(pcm, row.lost)
			}
			mine := mark(s.sent, string(hear(Options{}, pcm, lost)))
			fmt.Fprintf(&table, "| %s | %s | %s | %s |", row.name, row.at, l.name, mine.cell())
			for _, p := range peers {
				its := mark(s.sent, p.hear(pcm))
				fmt.Fprintf(&table, " %s |", its.cell())
				if p.name == "spandsp" && mine.worth(row.refuses) < its.worth(row.refuses)-0.1 {
					t.Errorf("%s, %s, %s-law: %s, and spandsp %s", row.name, row.at, l.name, mine.cell(), its.cell())
				}
				if row.name == "DT1" && its.hit != its.sent {
					t.Errorf("%s hears %s of plain keys: it is not asked rightly", p.name, its.cell())
				}
			}
			fmt.Fprintf(&table, " %s |\n", row.want)
		}
	}
	talkOff(t, &table, peers)
	t.Logf("\n%s", &table)
}

// talkOff adds the lines of speech: keys that nobody pressed.
func talkOff(t *testing.T, table *strings.Builder, peers []peer) {
	t.Helper()
	size := textOf(4000)
	for _, c := range []struct {
		name, voice string
		effects     []string
		free        bool // some may be heard: this speech lies where the tones of keys are
	}{
		{"DT18", "en-us+Annie", nil, false},
		{"DT18", "de", nil, false},
		{"DT18", "en-us+f3", nil, false},
		{"DT22", "en-us+Annie", []string{"sinc", "650-1700", "gain", "6"}, true},
	} {
		pcm := trip(laws()[0], speak(t, c.voice, book(t, size), c.effects...))
		mine := hear(Options{}, pcm, nil)
		fmt.Fprintf(table, "| %s | %.2f h of %s %s | A | %d |", c.name, hours(pcm), c.voice, strings.Join(c.effects, " "), len(mine))
		for _, p := range peers {
			keys := p.hear(pcm)
			fmt.Fprintf(table, " %d |", len(keys))
			if p.name == "spandsp" && c.free && len(mine) > len(keys) {
				t.Errorf("%s of %s: %d keys, spandsp hears %d", c.name, c.voice, len(mine), len(keys))
			}
		}
		if c.free {
			table.WriteString(" fewer than spandsp |\n")
		} else {
			table.WriteString(" 0 |\n")
		}
		if !c.free && len(mine) > 0 {
			t.Errorf("%s of %s: %s", c.name, c.voice, mine)
		}
	}
}
