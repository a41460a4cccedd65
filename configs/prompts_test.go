package configs

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"tandem/media/dtmf"
	"tandem/media/prompt"
)

// library is every sound that comes with the program.
func library(t *testing.T) *prompt.Library {
	t.Helper()
	tree, err := Prompts()
	if err != nil {
		t.Fatal(err)
	}
	l := prompt.NewLibrary()
	if err := l.Load(tree); err != nil {
		t.Fatal(err)
	}
	return l
}

// spoken is the text of each prompt of a language.
func spoken(t *testing.T, lang prompt.Language) map[string]string {
	t.Helper()
	list, err := os.ReadFile(path.Join("prompts", string(lang)+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for line := range strings.Lines(string(list)) {
		name, text, found := strings.Cut(strings.TrimSpace(line), "\t")
		if !found || texts[name] != "" {
			t.Errorf("%s.txt: %q", lang, line)
		}
		texts[name] = text
	}
	return texts
}

// loudness is the mean level in dB below full scale.
func loudness(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(pcm))/32768/32768)
}

// keysIn are the keys that a detector would take the sound for.
func keysIn(pcm []int16) string {
	var keys []byte
	d := dtmf.NewDetector(dtmf.Options{})
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		for _, e := range d.Feed(pcm[:160], dtmf.Received) {
			keys = append(keys, e.Key)
		}
	}
	return string(keys)
}

func TestEveryPromptIsSpokenInBothLanguages(t *testing.T) {
	l := library(t)
	fr, en := spoken(t, "fr"), spoken(t, "en")
	for _, name := range []string{
		"welcome", "menu", "wrong_key", "unavailable", "extension_unknown", "voicemail_greeting", "not_in_service", "no_answer", "closed",
		"callback_confirm", "number_unconfigured", "all_lines_busy", "goodbye", "ewt_general", "press_one",
	} {
		for lang, text := range map[prompt.Language]string{"fr": fr[name], "en": en[name]} {
			p, err := l.Find(lang, name)
			if err != nil {
				t.Error(err)
				continue
			}
			// Speech takes 50 to 110 ms a letter.
			letters := time.Duration(len([]rune(text)))
			if d := p.Duration(); d < letters*50*time.Millisecond || d > letters*110*time.Millisecond {
				t.Errorf("%s/%s lasts %v for %d letters", lang, name, d, letters)
			}
			if dB := loudness(p.PCM()); dB < -23 || dB > -19 {
				t.Errorf("%s/%s has a mean level of %.1f dB", lang, name, dB)
			}
		}
	}
	if len(fr) != len(en) {
		t.Errorf("%d sentences in French, %d in English", len(fr), len(en))
	}
}

func TestMusicAndTones(t *testing.T) {
	l := library(t)
	for _, c := range []struct {
		name     string
		from, to time.Duration
		low, up  float64 // mean level in dB
	}{
		{"music", 30 * time.Second, time.Minute, -21, -19},
		{"beep", 300 * time.Millisecond, time.Second, -19, -16},
		{"ringback_fr", 5 * time.Second, 5 * time.Second, -24, -21},
		{"busy_fr", time.Second, time.Second, -22, -18},
	} {
		p, err := l.Find("fr", c.name)
		if err != nil {
			t.Error(err)
			continue
		}
		if d := p.Duration(); d < c.from || d > c.to {
			t.Errorf("%s lasts %v", c.name, d)
		}
		if dB := loudness(p.PCM()); dB < c.low || dB > c.up {
			t.Errorf("%s has a mean level of %.1f dB", c.name, dB)
		}
	}
}

// What we play may come back to us as echo, or be recorded and played by the far end: none of it may sound like a key.
func TestNoSoundOfOursIsAKey(t *testing.T) {
	tree, err := Prompts()
	if err != nil {
		t.Fatal(err)
	}
	l, n := library(t), 0
	err = fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		dir, name := path.Split(strings.TrimSuffix(file, ".wav"))
		p, err := l.Find(prompt.Language(strings.TrimSuffix(dir, "/")), name)
		if err != nil {
			return err
		}
		if keys := keysIn(p.PCM()); keys != "" {
			t.Errorf("%s sounds like %s", file, keys)
		}
		return nil
	})
	if err != nil || n < 32 {
		t.Errorf("%d sounds: %v", n, err)
	}
}
