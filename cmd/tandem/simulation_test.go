package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/cmd/tandem/config"
)

// The key t drops the trunk of the demo, which the product sees, and brings it back.
func TestKeysOfTheDemo(t *testing.T) {
	cfg, err := config.Load(config.Sources{Set: []string{
		"data_dir=" + filepath.Join(t.TempDir(), "data"), "http.listen=", "sip.udp=127.0.0.1:0", "sip.tcp=127.0.0.1:0",
		"media.public_ip=127.0.0.1", "media.bind=127.0.0.1", "media.rtp_ports=14000-15999", "observe.metrics=",
	}})
	if err != nil {
		t.Fatal(err)
	}
	house := &Main{Config: cfg, Log: slog.New(slog.DiscardHandler)}
	if err = house.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	carrier, err := freeAddress(t.Context(), "carrier", carrierAddress)
	if err != nil {
		t.Fatal(err)
	}
	if err = furnish(t.Context(), house, carrier); err != nil {
		t.Fatal(err)
	}
	w, err := startWorld(t.Context(), house, carrier, 0)
	if err != nil {
		t.Fatal(err)
	}
	house.guests = w.close
	typed, keyboard, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	said, quit := &lockedBuffer{}, make(chan struct{})
	go w.obey(t.Context(), console{in: typed, out: said, err: said}, func() { close(quit) })
	for _, step := range []struct {
		key, says string
		up        bool
	}{{"t\n", "The carrier answers 503", false}, {"t\n", "The carrier answers again", true}} {
		if _, err := keyboard.WriteString(step.key); err != nil {
			t.Fatal(err)
		}
		until(t, step.says, func() bool { return strings.Contains(said.String(), step.says) })
		until(t, "the trunk changes", func() bool {
			trunks := house.stack.Trunks()
			return len(trunks) == 1 && trunks[0].Up == step.up && (step.up || trunks[0].LastStatus == 503)
		})
	}
	if _, err := keyboard.WriteString("x\nq\n"); err != nil {
		t.Fatal(err)
	}
	<-quit
	if !strings.Contains(said.String(), "t: drop the trunk, or bring it back") {
		t.Errorf("an unknown key: %s", said)
	}
	if err := house.close(t.Context()); err != nil {
		t.Error(err)
	}
}
