//go:build !race

package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// do tells the API something with the key of the demonstration.
func (r *showroom) do(path string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.at("Workspace")+path, http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		r.t.Fatalf("POST %s: %s", path, resp.Status)
	}
}

// The App asks each time by which way a call with a number on an eSIM goes, and goes it; what is missed shows in the handset's own list of calls, and in the App.
func TestSpec_E5_E11_L12_TheAppOfTheHandset(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	r := show(t)
	voice := filepath.Join(t.TempDir(), "voice.wav")
	writeTone(t, voice, 700)
	p := r.enter(browser.Start(t, browser.Options{Microphone: voice}), "Handset", "")
	p.Click("button", "App")
	p.See("Connected")
	p.See("None that waits for you.")
	barriers(t, p, axe)
	p.Until("the number on the eSIM first", "document.querySelector('.office-app select')?.selectedOptions[0]?.textContent.includes('eSIM')")
	ask := func() {
		p.Fill("Number to call", echo)
		p.Click("button", "Call with the app")
		p.See("How shall this call go?")
	}
	ask()
	barriers(t, p, axe)
	p.Click("button", "This app (VoIP)")
	p.HearsTone(700)
	p.Click("button", "End the call")
	ask() // and again
	p.Click("button", "Native dialer (eSIM)")
	p.Wait("alertdialog", "The handset rings")
	p.Click("button", "Answer")
	var legs struct {
		Legs []struct{ Device, State string }
	}
	r.until("the call by the native dialler", func() bool {
		var list struct{ Data []struct{ ID, Status string } }
		r.fetch("/api/v1/calls", &list)
		if len(list.Data) != 2 || list.Data[0].Status == "ended" {
			return false
		}
		r.fetch("/api/v1/calls/"+list.Data[0].ID, &legs)
		return len(legs.Legs) > 0 && strings.HasPrefix(legs.Legs[0].Device, "native")
	})
	p.Click("button", "Hang up")
	p.Until("the handset to be at rest", "!document.querySelector('.talk')")

	p.Click("button", "A customer calls this number")
	p.Wait("alertdialog", "The handset rings")
	r.do("/api/v1/calls/" + r.first("/api/v1/calls/live") + "/actions/hangup")
	p.See("Missed call from 06 39 98 01 01")
	p.Click("button", "Calls")
	p.See("Missed")
	p.See("06 39 98 01 01")
	quietly(t, p)
}
