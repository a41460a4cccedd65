package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pageWords reads the words of the pages in a language: those of each part.
func pageWords(t *testing.T, language string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("src", "i18n", language, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no words in %s: %v", language, err)
	}
	all := map[string]map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = words
	}
	return all
}

// Every text of the pages is there in both languages, with the same places to fill.
func TestThePagesSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{\w+\}`)
	places := func(s string) []string {
		all := place.FindAllString(s, -1)
		slices.Sort(all)
		return slices.Compact(all)
	}
	en, fr := pageWords(t, "en"), pageWords(t, "fr")
	for part, words := range en {
		for key, text := range words {
			other, there := fr[part][key]
			switch {
			case !strings.HasPrefix(key, part+"."):
				t.Errorf("en/%s.json: %s does not begin with the name of its part", part, key)
			case strings.TrimSpace(text) == "":
				t.Errorf("en/%s.json: %s is empty", part, key)
			case !there || strings.TrimSpace(other) == "":
				t.Errorf("fr/%s.json has no %s", part, key)
			case !slices.Equal(places(text), places(other)):
				t.Errorf("%s: the places to fill differ: %q and %q", key, text, other)
			}
		}
	}
	for part, words := range fr {
		for key := range words {
			if _, there := en[part][key]; !there {
				t.Errorf("en/%s.json has no %s", part, key)
			}
		}
	}
}

// weigh gives the bytes, compressed, of a script with all that it imports before it runs.
func weigh(t *testing.T, entry string) int {
	t.Helper()
	imports := regexp.MustCompile(`(?:^|[;}\n])(?:import|export)[^"'()]*["']\./([\w.-]+)["']`)
	seen, todo, sum := map[string]bool{}, []string{entry}, 0
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		b, err := os.ReadFile(filepath.Join("dist", name))
		if err != nil {
			t.Fatal(err)
		}
		sum += len(zipped(t, b))
		for _, m := range imports.FindAllSubmatch(b, -1) {
			todo = append(todo, string(m[1]))
		}
	}
	return sum
}

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// later finds the script that is loaded as soon as the first ones run, by what it alone has in it.
func later(t *testing.T, mark string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("dist", "chunk-*.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(mark)) {
			return len(zipped(t, b))
		}
	}
	t.Fatalf("no script of the pages has %q in it", mark)
	return 0
}

// What a person waits for at first stays small: the scripts of the Workspace and of the panel with all that they import at once, the library of the phone, and the words.
func TestThePagesAreSmall(t *testing.T) {
	t.Parallel()
	phone, words := later(t, "jssip.net"), later(t, "Check your connection.")
	for entry, bound := range map[string]struct {
		most int
		with int
	}{
		"app.js":   {120 << 10, phone + words + later(t, "Emergency calls (112")},
		"cti.js":   {90 << 10, phone + words + later(t, "A window of Tandem opens for that")},
		"embed.js": {4 << 10, 0},
	} {
		got := weigh(t, entry) + bound.with
		t.Logf("%s: %.1f KB compressed", entry, float64(got)/1024)
		if got > bound.most {
			t.Errorf("%s weighs %d bytes at first load, want at most %d", entry, got, bound.most)
		}
	}
}
