package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/cmd/tandem/config"
	"tandem/provisioning"
)

// Every file that comes with the program loads.
func TestEveryFileInConfigsLoads(t *testing.T) {
	files, err := filepath.Glob("../../configs/*.toml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == "tandem.toml" {
			if _, err = config.Load(config.Sources{File: path}); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		names, err := soundNames()
		if err != nil {
			t.Fatal(err)
		}
		site, problems := provisioning.ParseSite(filepath.Base(path), text, names...)
		for _, p := range problems {
			t.Error(p.String())
		}
		if site == nil {
			continue
		}
		changes, problems := provisioning.Plan(&provisioning.State{}, site)
		for _, p := range problems {
			t.Error(p.String())
		}
		if len(changes) < 10 {
			t.Errorf("%s: declares only %d records", path, len(changes))
		}
	}
}

func TestBuiltInSoundsAreNamedWithoutTheirLanguage(t *testing.T) {
	names, err := soundNames()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range names {
		all = append(all, string(n))
	}
	joined := " " + strings.Join(all, " ") + " "
	for _, want := range []string{"welcome", "music", "beep", "voicemail_greeting"} {
		if strings.Count(joined, " "+want+" ") != 1 {
			t.Errorf("%s is not there once: %s", want, joined)
		}
	}
}
