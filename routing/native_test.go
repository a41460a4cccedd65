package routing

import (
	"errors"
	"testing"
	"time"
)

// A call that is started for the native dialler rings the handset alone, which shows whom it calls, and then whoever is called.
func TestSpec_E5_ACallByTheNativeDiallerRingsTheHandsetFirst(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) { s.Trunks["main"].PresentsDirect = true })
		h.starts(Start{User: "alice", Kind: Native, To: "06 39 98 01 02", Show: "direct"})
		h.wants("trunk:core")
		d := h.lines["trunk:core"].dial
		if d.From.User != "+33639980102" || d.Private {
			t.Errorf("the handset shows %q, private %v", d.From.User, d.Private)
		}
		h.lines["trunk:core"].does("180", paged())
		time.Sleep(3 * time.Second)
		h.lines["trunk:core"].does("200", takes())
		h.wants("trunk:core", "trunk:main")
		if out := h.lines["trunk:main"].dial; out.From.User != aliceDirect {
			t.Errorf("who is called sees %q", out.From.User)
		}
		h.lines["trunk:main"].does("200", answer("far"))
		h.lines["trunk:core"].does("BYE", bye())
		if r := h.record(); r.Outcome != OutcomeAnswered || r.From != aliceDirect || r.Legs[0].Device != Native {
			t.Errorf("the record is %+v", r)
		}
		for name, change := range map[string]func(s *Snapshot){
			"suspended":   func(s *Snapshot) { s.Numbers[aliceDirect].Mobile.Active = false },
			"no operator": func(s *Snapshot) { s.Operators = nil },
		} {
			h.change(change)
			_, err := h.sw.Originate(Start{User: "alice", Kind: Native, To: "06 39 98 01 02", Show: "direct"})
			if e, is := errors.AsType[*StartError](err); !is || e.Code != "device_unknown" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
