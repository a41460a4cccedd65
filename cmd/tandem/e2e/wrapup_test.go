package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// A call that is tagged while it lasts leaves no after-call work where wrap-up takes no time.
func TestSpec_A8_ACallThatIsTaggedMeanwhileLeavesNoWork(t *testing.T) {
	site := strings.Replace(demoSite, `name = "Alone"`, "name = \"Alone\"\nmust_tag = true", 1) + "\n[[tags]]\nname = \"Done\"\n"
	onBoth(t, site, func(o *office) {
		id, chloe := o.chloe(), o.phone("chloe-desk")
		o.does(id, "available")
		call := o.call(o.carrier(), numberAlone)
		rung := o.rings(chloe)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		during := o.does(id, "in_call")
		var tags struct{ Data []struct{ ID string } }
		o.read("/api/v1/tags", &tags)
		if status, text := o.tell(http.MethodPut, "/api/v1/calls/"+*during.CallID+"/tags/"+tags.Data[0].ID, ""); status/100 != 2 {
			o.t.Fatalf("tag: %d %s", status, text)
		}
		o.ok(call.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))
		o.does(id, "available")
		o.log(1)
		var events struct{ Data []struct{ Type string } }
		o.read("/api/v1/events/log?types=user.wrap_up_started", &events)
		if len(events.Data) > 0 {
			o.t.Errorf("there was after-call work: %v", events.Data)
		}
	})
}

// Working hours that end leave a call alone; then the user is unavailable.
func TestSpec_A10_HoursThatEndLeaveACallAlone(t *testing.T) {
	site := replace(demoSite, `email = "chloe@bakery.example"`, `email = "chloe@bakery.example"
availability = "auto"
working_hours = "week"`) + `
[[working_hours]]
name = "week"
timezone = "UTC"
slots = [{days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00"}]
`
	onBoth(t, site, func(o *office) {
		id, chloe := o.chloe(), o.phone("chloe-desk")
		o.does(id, "available")
		call := o.call(o.carrier(), numberAlone)
		rung := o.rings(chloe)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.does(id, "in_call")
		var hours struct{ Data []struct{ ID string } }
		o.read("/api/v1/working-hours", &hours)
		if status, text := o.tell(http.MethodPatch, "/api/v1/working-hours/"+hours.Data[0].ID, `{"slots": []}`); status != http.StatusOK {
			o.t.Fatalf("end the hours: %d %s", status, text)
		}
		o.does(id, "in_call")
		o.ok(call.Hangup(o.ctx)) // It lasted until its caller ended it.
		o.ok(rung.Ended(o.ctx))
		o.does(id, "unavailable:Outside working hours")
		again := o.call(o.carrier(), numberAlone)
		o.ok(again.Ended(o.ctx))
		if !chloe.Idle() {
			o.t.Error("she rings outside of her hours")
		}
	})
}
