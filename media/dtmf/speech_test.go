package dtmf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// voices are twenty of espeak-ng's, among them those that detectors most often take for keys.
func voices() []string {
	return []string{
		"en-us", "en-us+f3", "en-gb+m7", "en-gb-scotland+klatt2", "en-us+Annie", "en-us+f5", "en-029+m3", "de", "fr+f2", "es+f4",
		"it+m1", "ru", "en-us+whisper", "en-us+klatt4", "fr", "fr+f5", "fr+m3", "fr-be+f1", "en-gb+f2", "pt+f4",
	}
}

// tool finds a program, or skips the test and names its package.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip("needs the Debian package " + name)
	}
	return path
}

// speak says a text with a voice, as samples at 8 kHz; effects are sox's.
func speak(t *testing.T, voice, text string, effects ...string) []int16 {
	t.Helper()
	say := exec.CommandContext(t.Context(), tool(t, "espeak-ng"), "-v", voice, "--stdin", "--stdout")
	say.Stdin = strings.NewReader(text)
	args := append([]string{"-q", "-V1", "-D", "-t", "wav", "--ignore-length", "-", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-", "gain", "-3"}, effects...)
	convert := exec.CommandContext(t.Context(), tool(t, "sox"), args...)
	var raw, trouble, mumble bytes.Buffer
	convert.Stdout, convert.Stderr, say.Stderr = &raw, &trouble, &mumble
	pipe, err := say.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	convert.Stdin = pipe
	for _, start := range []func() error{say.Start, convert.Start, convert.Wait, say.Wait} {
		if err := start(); err != nil {
			t.Fatalf("speak as %s: %v: %s %s", voice, err, &trouble, &mumble)
		}
	}
	pcm := make([]int16, raw.Len()/2)
	if _, err := binary.Decode(raw.Bytes(), binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	return pcm
}

// book is a long text of the public domain that comes with Go.
func book(t *testing.T, size int) string {
	t.Helper()
	root := runtime.GOROOT() //nolint:staticcheck // the tests run where the toolchain is
	text, err := os.ReadFile(filepath.Join(root, "src", "testdata", "Isaac.Newton-Opticks.txt"))
	if err != nil {
		t.Skip("needs the Debian package golang-src: " + err.Error())
	}
	return string(text[:min(size, len(text))])
}

// trip sends samples through a law.
func trip(l law, pcm []int16) []int16 {
	out := make([]int16, len(pcm))
	for i, v := range pcm {
		out[i] = l.trip(v)
	}
	return out
}

func hours(pcm []int16) float64 { return float64(len(pcm)) / Rate / 3600 }

// textOf is how many bytes of the book a voice reads: TANDEM_DTMF_TEXT, else a few. 200,000 are three to four hours.
func textOf(few int) int {
	if n, err := strconv.Atoi(os.Getenv("TANDEM_DTMF_TEXT")); err == nil && n > 0 {
		return n
	}
	return few
}

// Talk-off: no key is imagined in speech. The short form takes twelve minutes of each of the three voices that bite most, and the same
// band-limited to where the keys' tones are, where some are always found: less than 106 an hour is the bar.
func TestTalkOff_SynthesizedSpeech(t *testing.T) {
	biting, size := []string{"en-us+Annie", "de", "en-us+f3"}, textOf(12_000)
	if full() {
		biting, size = voices(), 1<<20
	}
	for _, voice := range biting {
		pcm := trip(laws()[0], speak(t, voice, book(t, size)))
		got := hear(Options{}, pcm, nil)
		t.Logf("%s: %d keys in %.2f h", voice, len(got), hours(pcm))
		if len(got) > 0 {
			t.Errorf("%s: heard %s in %.2f h of speech", voice, got, hours(pcm))
		}
	}
	pcm := trip(laws()[0], speak(t, "en-us+Annie", book(t, size), "sinc", "650-1700", "gain", "6"))
	got := hear(Options{}, pcm, nil)
	t.Logf("band-limited: %d keys in %.2f h", len(got), hours(pcm))
	if float64(len(got)) >= 106*hours(pcm) {
		t.Errorf("band-limited: %d keys in %.2f h", len(got), hours(pcm))
	}
}

// Human speech and music, when TANDEM_DTMF_SOUNDS names a folder of 8 kHz 16-bit WAV files (Debian's asterisk-core-sounds-*-wav and
// asterisk-moh-opsound-wav, unpacked): none may be heard, at any speed.
func TestTalkOff_HumanSpeech(t *testing.T) {
	dir := os.Getenv("TANDEM_DTMF_SOUNDS")
	if dir == "" {
		dir = filepath.Join("testdata", "sounds")
	}
	var files []string
	_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		name := strings.ToLower(filepath.Base(path))
		odd := strings.Contains(name, "beep") || strings.Contains(name, "tone") || strings.Contains(name, "silence")
		if err == nil && strings.HasSuffix(name, ".wav") && !odd {
			files = append(files, path)
		}
		return nil
	})
	if len(files) == 0 {
		return // the corpus is not part of the repository
	}
	forms := [][]string{nil, {"sinc", "650-1700", "gain", "6"}, {"equalizer", "1100", "1.2o", "12", "gain", "-6"}, {"highpass", "600", "lowpass", "1700", "gain", "6"}}
	for _, s := range append(append(span(0.5, 0.95, 0.05), span(1.05, 1.5, 0.05)...), 1.6, 1.7, 1.8, 2) {
		forms = append(forms, []string{"speed", fmt.Sprint(s), "rate", "8000"})
	}
	for i, effects := range forms {
		args := append(append([]string{"-q", "-V1", "-D"}, files...), "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-")
		raw, err := exec.CommandContext(t.Context(), tool(t, "sox"), append(args, effects...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, len(raw)/2)
		if _, err := binary.Decode(raw, binary.LittleEndian, pcm); err != nil {
			t.Fatal(err)
		}
		got := hear(Options{}, trip(laws()[0], pcm), nil)
		t.Logf("%v: %d keys in %.2f h: %s", effects, len(got), hours(pcm), got)
		if most := map[int]int{1: 26}[i]; len(got) > most {
			t.Errorf("%v: %d keys in %.2f h, want at most %d", effects, len(got), hours(pcm), most)
		}
	}
}

// dialled mixes three keys into what somebody says, from a moment on: while they are pressed the microphone is turned down, as a
// telephone does it, and the menu that plays to the caller comes back as an echo 30 dB down.
func dialled(s *signal, speech, menu []int16, extension string, from int) []float64 {
	x := make([]float64, len(speech))
	for i, v := range speech {
		x[i] = float64(v) / 2
		if i >= 400 {
			x[i] += float64(menu[(i-400)%len(menu)]) * 0.03
		}
	}
	for i := range len(extension) {
		tone := signal{rng: s.rng}
		tone.tone(burst{key: extension[i], low: -9, high: -7, on: 80})
		for j, v := range tone.x {
			x[from+j] = v + 0.05*x[from+j] + float64(menu[(from+j)%len(menu)])*0.03
		}
		from += len(tone.x) + samples(70)
		for j := range samples(70) {
			x[from-samples(70)+j] *= 0.3 // the microphone opens slowly
		}
	}
	return x
}

func TestSpec_X6_TwentyVoicesOverTheMenuHideNoKeyAndMakeNone(t *testing.T) {
	menu := speak(t, "fr+f2", "Pour commander du pain ou un gâteau, tapez 1. Pour connaître nos horaires, tapez 2.")
	for n, voice := range voices() {
		speech := speak(t, voice, book(t, 3000+100*n)[100*n:])
		if len(speech) < 60*Rate {
			t.Fatalf("%s spoke for %d s", voice, len(speech)/Rate)
		}
		s := newSignal(uint64(n))
		var sent []byte
		for at := Rate; at+2*Rate < len(speech); at += 5*Rate + s.rng.IntN(Rate) {
			extension := fmt.Sprintf("%03d", 100+s.rng.IntN(900))
			part := dialled(s, speech[at-Rate:at+2*Rate], menu, extension, Rate)
			for i, v := range part {
				speech[at-Rate+i] = int16(max(-32768, min(32767, v)))
			}
			sent = append(sent, extension...)
		}
		for _, l := range laws() {
			if got := hear(Options{}, trip(l, speech), nil); string(got) != string(sent) {
				t.Errorf("%s in %s-law: dialled %s, heard %s", voice, l.name, sent, got)
			}
		}
	}
}
