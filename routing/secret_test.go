package routing

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpec_K10_TheLadderKeepsNoKeyOfASensitiveInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const info = "INFO sip:x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=7\r\nDuration=160\r\n"
		r := &CallRecord{}
		see := func(raw string) { r.Ladder = append(r.Ladder, LadderItem{At: time.Now(), Raw: raw}) }
		wait := func(d time.Duration) {
			timer := time.NewTimer(d)
			<-timer.C
		}
		see(info) // long before: a menu's key
		wait(5 * time.Second)
		r.guardDigits(true)
		draft := *r // somebody looks at the call meanwhile
		see(info)
		see("INVITE sip:x SIP/2.0\r\n\r\nv=0")
		wait(3 * time.Second)
		see(info)
		r.guardDigits(true)
		r.guardDigits(false)
		wait(time.Second)
		see(info) // after it: another menu's key
		r.guardDigits(false)
		draft.Ladder = append([]LadderItem(nil), r.Ladder[:2]...)
		draft.hideDigits()
		r.hideDigits()
		var kept []string
		for _, step := range r.Ladder {
			kept = append(kept, map[bool]string{true: "shown", false: "hidden"}[strings.Contains(step.Raw, "Signal=7") || strings.Contains(step.Raw, "v=0")])
			if strings.HasPrefix(step.Raw, "INFO") && len(step.Raw) != len(info) {
				t.Error("the length is another")
			}
		}
		if got := strings.Join(kept, " "); got != "shown hidden shown hidden shown" {
			t.Error(got)
		}
		if strings.Contains(draft.Ladder[1].Raw, "Signal=7") {
			t.Error("a draft shows the key")
		}
	})
}
