package prompt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"tandem/media/codec/g711"
)

// tone is one second of a sine at 8 kHz.
func tone(hz, amplitude float64) []int16 {
	pcm := make([]int16, Rate)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/Rate)))
	}
	return pcm
}

// amplitude is how strong one frequency is.
func amplitude(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, s := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / Rate)
		re += float64(s) * cos
		im += float64(s) * sin
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

// soxFile is a file made by another program: one second of 1,000 Hz at half of full scale.
func soxFile(t *testing.T, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("sox")
	if err != nil {
		t.Skip("needs the Debian package sox")
	}
	file := filepath.Join(t.TempDir(), "sox.wav")
	args = append(append([]string{"-V1", "-D", "-n"}, args...), file, "synth", "1", "sine", "1000", "vol", "0.5")
	if out, failed := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); failed != nil {
		t.Fatalf("run sox: %v: %s", failed, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFilesOfAnotherProgramAreRead(t *testing.T) {
	for _, args := range [][]string{
		{"-r", "8000", "-b", "16"},
		{"-r", "8000", "-e", "a-law"},
		{"-r", "8000", "-e", "mu-law", "-c", "2"},
		{"-r", "22050", "-b", "16"},
		{"-r", "44100", "-b", "16", "-c", "2"},
		{"-r", "48000", "-b", "16"},
		{"-r", "16000", "-b", "16", "-t", "wavpcm"},
		{"-r", "11025", "-e", "mu-law"},
	} {
		p, err := Read("tone", bytes.NewReader(soxFile(t, args...)))
		if err != nil {
			t.Errorf("%v: %v", args, err)
			continue
		}
		if d := p.Duration(); d != time.Second {
			t.Errorf("%v: lasts %v, want 1s", args, d)
		}
		if a := amplitude(p.PCM(), 1000); a < 16100 || a > 16700 {
			t.Errorf("%v: 1,000 Hz at %.0f, want 16384", args, a)
		}
		for law, codes := range map[string][]byte{"A": p.ALaw(), "mu": p.MuLaw()} {
			back := make([]int16, len(codes))
			if law == "A" {
				g711.DecodeALaw(back, codes)
			} else {
				g711.DecodeMuLaw(back, codes)
			}
			if a := amplitude(back, 1000); len(back) != Rate || a < 16000 || a > 16800 {
				t.Errorf("%v: %s-law has %d codes, 1,000 Hz at %.0f", args, law, len(back), a)
			}
		}
	}
}

func TestG711FileComesBackByteForByte(t *testing.T) {
	for _, law := range []Law{ALaw, MuLaw} {
		codes := make([]byte, 255) // an odd number: the file is padded
		for i := range codes {
			codes[i] = byte(i)
		}
		codes[0x7F] = 0xFF // µ-law's second zero comes back as the first
		var file bytes.Buffer
		if err := Write(&file, law, codes); err != nil {
			t.Fatal(err)
		}
		p, err := Read("codes", &file)
		if err != nil {
			t.Fatal(err)
		}
		got := p.ALaw()
		if law == MuLaw {
			got = p.MuLaw()
		}
		if !bytes.Equal(got, codes) {
			t.Errorf("law %d: the codes changed", law)
		}
	}
}

func TestSoxReadsOurFiles(t *testing.T) {
	path, err := exec.LookPath("sox")
	if err != nil {
		t.Skip("needs the Debian package sox")
	}
	p := FromPCM("tone", tone(1000, 10000))
	var file bytes.Buffer
	if err = Write(&file, MuLaw, p.MuLaw()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-t", "wav", "-", "-t", "raw", "-e", "mu-law", "-b", "8", "-")
	cmd.Stdin = &file
	out, err := cmd.Output()
	if err != nil || !bytes.Equal(out, p.MuLaw()) {
		t.Errorf("sox read %d bytes: %v", len(out), err)
	}
}

// wavFile builds a file with any header.
func wavFile(encoding, channels, bits uint16, rate, size uint32, sound []byte) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVE"), "LIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00"...)
	b = le.AppendUint16(b, encoding)
	b = le.AppendUint16(b, channels)
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, rate*uint32(channels)*uint32(bits)/8)
	b = le.AppendUint16(b, channels*bits/8)
	b = le.AppendUint16(b, bits)
	b = append(b, "data"...)
	b = le.AppendUint32(b, size)
	return append(b, sound...)
}

func TestBadFilesAreRefusedByName(t *testing.T) {
	four := []byte{1, 2, 3, 4}
	good := wavFile(1, 1, 16, 8000, 4, four)
	for _, c := range []struct {
		why  string
		file []byte
		want error
	}{
		{"empty file", nil, ErrNotWAV},
		{"MP3", []byte("ID3\x04 and so on and on"), ErrNotWAV},
		{"float", wavFile(3, 1, 32, 8000, 4, four), ErrFormat},
		{"8-bit PCM", wavFile(1, 1, 8, 8000, 4, four), ErrFormat},
		{"three channels", wavFile(6, 3, 8, 8000, 3, four[:3]), ErrFormat},
		{"no channel", wavFile(6, 0, 8, 8000, 4, four), ErrFormat},
		{"6 kHz", wavFile(6, 1, 8, 6000, 4, four), ErrFormat},
		{"96 kHz", wavFile(1, 1, 16, 96000, 4, four), ErrFormat},
		{"rates without a measure", wavFile(1, 1, 16, 44101, 4, four), ErrFormat},
		{"no sound", wavFile(1, 1, 16, 8000, 0, nil), ErrEmpty},
		{"more promised", wavFile(1, 1, 16, 8000, 6, four), ErrTruncated},
		{"half a sample", wavFile(1, 2, 16, 8000, 2, four), ErrTruncated},
		{"header only", good[:30], ErrTruncated},
		{"sound first", append([]byte("RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00"), four...), ErrFormat},
	} {
		if p, err := Read("upload", bytes.NewReader(c.file)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.why, p, err, c.want)
		}
	}
	if _, err := Read("upload", bytes.NewReader(good)); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if _, err := Read("pipe", bytes.NewReader(wavFile(1, 1, 16, 8000, math.MaxUint32, four))); err != nil {
		t.Errorf("written to a pipe: %v", err)
	}
	if _, err := Read("huge", endless{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("endless: %v", err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestUploadsReplaceWhatCameWithTheProgram(t *testing.T) {
	file := func(n int) *fstest.MapFile {
		return &fstest.MapFile{Data: wavFile(6, 1, 8, 8000, uint32(n), make([]byte, n))}
	}
	l := NewLibrary()
	if err := l.Load(fstest.MapFS{
		"fr/welcome.wav": file(8000), "en/welcome.wav": file(16000), "beep.wav": file(800), "fr.txt": {Data: []byte("welcome\tBonjour")},
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.Load(fstest.MapFS{"fr/welcome.wav": file(4000)}); err != nil {
		t.Fatal(err)
	}
	if err := l.Load(fstest.MapFS{"en/welcome.wav": file(400), "fr/bad.wav": {Data: []byte("no sound")}}); !errors.Is(err, ErrNotWAV) {
		t.Errorf("bad upload: %v", err)
	}
	if err := l.Load(fstest.MapFS{"a/b/deep.wav": file(4)}); err == nil {
		t.Error("a prompt two folders down was taken")
	}
	l.Put("en", "closed", FromPCM("closed", tone(300, 100)))
	for _, c := range []struct {
		lang Language
		name string
		want time.Duration
	}{
		{"fr", "welcome", 500 * time.Millisecond},
		{"en", "welcome", 2 * time.Second},
		{"en", "beep", 100 * time.Millisecond},
		{"", "beep", 100 * time.Millisecond},
		{"en", "closed", time.Second},
	} {
		p, err := l.Find(c.lang, c.name)
		if err != nil {
			t.Errorf("%s/%s: %v", c.lang, c.name, err)
		} else if p.Duration() != c.want {
			t.Errorf("%s/%s lasts %v, want %v", c.lang, c.name, p.Duration(), c.want)
		}
	}
	if _, err := l.Find("fr", "closed"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a prompt of another language: %v", err)
	}
}

func TestMissingFolderIsAnError(t *testing.T) {
	if err := NewLibrary().Load(os.DirFS(filepath.Join(t.TempDir(), "none"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(wavFile(1, 1, 16, 8000, 4, []byte{1, 2, 3, 4}))
	f.Add(wavFile(7, 2, 8, 44100, 4, []byte{1, 2, 3, 4}))
	f.Add(wavFile(1, 2, 16, 48000, math.MaxUint32, make([]byte, 40)))
	f.Add(Header(ALaw, 0))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := Read("fuzz", bytes.NewReader(file))
		if err != nil {
			return
		}
		if len(p.PCM()) == 0 || len(p.ALaw()) != len(p.PCM()) || len(p.MuLaw()) != len(p.PCM()) {
			t.Errorf("%d samples, %d A-law, %d mu-law", len(p.PCM()), len(p.ALaw()), len(p.MuLaw()))
		}
		if len(p.PCM()) > len(file) {
			t.Errorf("%d samples out of a file of %d bytes", len(p.PCM()), len(file))
		}
	})
}
