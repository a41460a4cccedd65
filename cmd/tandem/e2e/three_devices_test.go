//go:build !race

package e2e

import (
	"path/filepath"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// devices are one person's: the Workspace, the panel in a CRM, and the handset with the eSIM.
type devices struct {
	room                      *showroom
	workspace, panel, handset *browser.Page
}

// threeDevices opens all of Alice's, and waits until each can ring. Her microphone hears a tone.
func threeDevices(t *testing.T, hz float64) *devices {
	t.Helper()
	r := show(t)
	voice := filepath.Join(t.TempDir(), "voice.wav")
	writeTone(t, voice, hz)
	c := browser.Start(t, browser.Options{Microphone: voice})
	d := &devices{room: r, workspace: r.enter(c, "Workspace", "")}
	d.workspace.See("Connected")
	d.panel = c.Page(r.at("Workspace") + "/cti?lang=en")
	d.panel.Until("the panel to be connected", "!document.body.innerText.includes('Connecting') && eyes.find('textbox', 'Name or number') || eyes.find('combobox', 'Name or number')")
	d.handset = r.enter(c, "Handset", "")
	d.handset.Wait("button", "A customer calls this number")
	return d
}

// logged is the newest call of the log.
func (d *devices) newest() (call struct {
	Direction, Outcome string
	Legs               []struct{ Device, State string }
}, all int,
) {
	d.room.t.Helper()
	var list struct {
		Data []struct{ ID string }
	}
	d.room.fetch("/api/v1/calls", &list)
	if len(list.Data) > 0 {
		d.room.fetch("/api/v1/calls/"+list.Data[0].ID, &call)
	}
	return call, len(list.Data)
}

// One call rings the Workspace, the panel in the CRM and the handset; whichever answers has it, the others stop and show no missed call; and the log has it once.
func TestSpec_E6_E7_E10_ThreePagesRingForOneCall(t *testing.T) {
	t.Parallel()
	d := threeDevices(t, 700)
	ring := func() {
		d.handset.Click("button", "A customer calls this number")
		d.workspace.Wait("button", "Answer")
		d.panel.Wait("button", "Answer")
		d.handset.Wait("button", "Answer")
	}
	for i, answers := range []*browser.Page{d.workspace, d.panel, d.handset} {
		ring()
		answers.Click("button", "Answer")
		for _, p := range []*browser.Page{d.workspace, d.panel, d.handset} {
			p.Until("the ringing to end", "!eyes.find('button', 'Answer')")
		}
		if answers != d.handset {
			answers.Until("the customer's voice", "eyes.hears().then(h => h.packets > 30 && h.level > 0.2)")
		}
		answers.Click("button", "Hang up")
		answers.Until("the call to end", "!eyes.find('button', 'Hang up')")
		d.room.until("the call in the log", func() bool {
			call, all := d.newest()
			return all == i+1 && call.Outcome == "answered"
		})
	}
	for name, p := range map[string]*browser.Page{"Workspace": d.workspace, "panel": d.panel, "handset": d.handset} {
		if p.Has("listitem", "Missed") || p.Has("row", "Missed") {
			t.Errorf("the %s shows a missed call", name)
		}
		for _, e := range p.Errors() {
			t.Errorf("the %s complains: %s", name, e)
		}
	}
}

// The voice of a person in the Workspace comes back from an echo as it was sent: one codec from end to end, and a tone by its frequency.
func TestSpec_C1_C2_C3_ATalkInTheWorkspace(t *testing.T) {
	t.Parallel()
	r := show(t)
	voice := filepath.Join(t.TempDir(), "voice.wav")
	writeTone(t, voice, 700)
	p := r.enter(browser.Start(t, browser.Options{Microphone: voice}), "Workspace", "")
	p.See("Connected")
	p.Fill("Number, extension or name", "0639980600")
	p.Press("\r")
	p.Wait("button", "Mute")
	p.HearsTone(700)
	if h := p.Hears(); h.Codec != "audio/PCMA" {
		t.Errorf("the call is carried as %+v, want PCMA from end to end", h)
	}
	p.Click("button", "Mute")
	p.Until("silence", "eyes.hears().then(h => h.level < 0.3)")
	p.Click("button", "Unmute")
	p.HearsTone(700)
	p.Click("button", "Hold")
	p.Wait("button", "Resume")
	p.Click("button", "Resume")
	p.HearsTone(700)
	p.Click("button", "Hang up")
	p.Until("the call to end", "!eyes.find('button', 'Hang up')")
}
