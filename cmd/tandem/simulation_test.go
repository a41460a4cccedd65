package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/cmd/tandem/config"
	"tandem/provisioning"
	"tandem/sim"
	"tandem/sip"
)

// The key t drops the trunk of the demo, which the product sees, and brings it back.
func TestKeysOfTheDemo(t *testing.T) {
	vouch, err := newTrust()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	certified, err := vouch.settings(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Sources{Set: append(certified,
		"data_dir="+dir, "http.listen=", "sip.udp=127.0.0.1:0", "sip.tcp=127.0.0.1:0",
		"media.public_ip=127.0.0.1", "media.bind=127.0.0.1", "media.rtp_ports=14000-15999", "observe.metrics=", "mobile.diameter="+creditAddress,
	)})
	if err != nil {
		t.Fatal(err)
	}
	house := &Main{Config: cfg, Log: slog.New(slog.DiscardHandler)}
	if err = house.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, err := settle(t.Context(), house, places{trust: vouch}, 0)
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
			return slices.ContainsFunc(house.stack.Trunks(), func(s sip.TrunkState) bool { return s.LastStatus == map[bool]int{true: 200, false: 503}[step.up] })
		})
	}
	handset := w.mobile.core.Handset(aliceNumber)
	presses := func(key, says string, then func() bool) {
		t.Helper()
		if _, err := keyboard.WriteString(key + "\n"); err != nil {
			t.Fatal(err)
		}
		until(t, says, func() bool { return strings.Contains(said.String(), says) })
		until(t, key, then)
	}
	in := func(state sim.TalkState) func() bool {
		return func() bool {
			talk := handset.Talk() // Asked again, it may be over.
			return talk != nil && talk.State() == state
		}
	}
	idle := func() bool { return handset.Talk() == nil }
	presses("hc", "calls Alice: desk and handset ring", in(sim.TalkRinging))
	presses("ha", "Answered on the handset", in(sim.TalkUp))
	presses("ha", "Hung up on the handset", idle)
	presses("hr", "Not now: the handset is in no call", idle)
	presses("hd", "The handset dials", in(sim.TalkUp))
	presses("ha", "Hung up on the handset", idle)
	for _, centre := range []*sim.SMSC{w.texts.carrier, w.texts.core} {
		if err := centre.Bound(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	reads := func(n int, text string) func() bool {
		return func() bool {
			list, err := w.texts.carrier.Outside(t.Context(), reader, 0)
			return err == nil && len(list) == n && list[n-1].Text == text
		}
	}
	presses("m", "writes to Alice's direct number", func() bool { list, err := handset.Inbox(t.Context(), 0); return err == nil && len(list) == 1 })
	presses("r Avec plaisir !", "Alice writes to 06 39 98 01 01 in the Workspace", reads(1, "Avec plaisir !"))
	presses("r\nÇa marche 🥖", "What shall Alice write", reads(2, "Ça marche 🥖"))
	presses("hs Du mobile", "Alice writes to 06 39 98 01 01 on the handset", reads(3, "Du mobile"))
	presses("hi", "its short message centre asks Tandem first", func() bool { list, err := handset.Inbox(t.Context(), 0); return err == nil && len(list) == 2 })
	presses("hl", "Votre commande est prête.", idle)
	presses("hv", "it wins no call", idle)
	presses("ho", "The handset is off", func() bool { return handset.Power() == sim.PowerOff })
	presses("ho", "The handset is on", func() bool { return handset.Power() == sim.PowerOn })
	presses("hq", "There is nothing to scan", idle)
	brunoGets(t, house)
	presses("hq", "Bruno's handset has scanned the code", idle)
	handset = w.mobile.core.Handset(brunoNumber)
	presses("hc", "calls Bruno: desk and handset ring", in(sim.TalkRinging))
	presses("ha", "Answered on the handset", in(sim.TalkUp))
	presses("ha", "Hung up on the handset", idle)
	presses("hw", "The keys are of Alice's handset now", idle)
	if faults := w.mobile.core.Faults(); len(faults) > 0 {
		t.Error(faults)
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

// brunoGets gives Bruno's direct number an eSIM, as the API does.
func brunoGets(t *testing.T, house *Main) {
	t.Helper()
	_, err := provisioning.Do(t.Context(), house.store, "test", func(s *provisioning.State) ([]provisioning.Change, error) {
		n := house.store.Snapshot().Numbers[brunoNumber]
		return s.AssignESIM(n.ID, provisioning.ESIMOrder{User: n.Users[0], Package: 20}, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	house.changed(t.Context())
}
