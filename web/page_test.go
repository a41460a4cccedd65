package web

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := files.ReadFile("page/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Both languages say the same things, with the same places for names in them.
func TestWordsAreTheSameInBothLanguages(t *testing.T) {
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{\w+\}`)
	for key, en := range c["en"] {
		fr, has := c["fr"][key]
		if !has || fr == "" || en == "" {
			t.Errorf("%s: %q and %q", key, en, fr)
		}
		a, b := hole.FindAllString(en, -1), hole.FindAllString(fr, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: %v and %v", key, a, b)
		}
	}
	for key := range c["fr"] {
		if _, has := c["en"][key]; !has {
			t.Errorf("%s is not said in English", key)
		}
	}
}

// Every key that the page uses is in the catalogue, and so are those of every problem.
func TestWordsThatThePageUsesAreThere(t *testing.T) {
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range []string{"enter.html", "enter.js", "inbox.html", "inbox.js", "docs.html", "docs.js", "docs-try.js", "docs-events.js"} {
		for _, m := range regexp.MustCompile(`(?:data-[tl]="|\bt\("|\["|", \[")((?:docs|enter|inbox)\.[a-z_]+)"`).FindAllStringSubmatch(page(t, name), -1) {
			used[m[1]] = true
		}
	}
	if len(used) < 30 {
		t.Fatalf("only %d keys found: the search is wrong", len(used))
	}
	for _, code := range []string{
		codeInvalid, codeUnauthorized, codeForbidden, codeNotFound, codeTooLarge, codeSite, codeConflict, codeInternal, codeUnavailable, codeTooMany,
		codeCallOver, codeNotInFlow, codeNotTalking, codeUserNotInCall, codeUserNeeded, codeTransferring, codeNotReached, codeRefused, codeNotAvailable,
	} {
		used["problem."+code] = true
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		if _, has := c["en"][key]; !has {
			t.Errorf("%s is used and not said", key)
		}
	}
}

// The page needs nothing from outside, and nothing inline that its policy would refuse.
func TestPageObeysItsOwnPolicy(t *testing.T) {
	err := fs.WalkDir(files, "page", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(b), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, bad := range []string{"http://", "https://", " style=", "<style", " onclick=", "innerHTML", "eval(", "javascript:"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`<script(?:[^>]*)>[^<]`).MatchString(page(t, "inbox.html") + page(t, "docs.html") + page(t, "enter.html")) {
		t.Error("a script in the page itself")
	}
}
