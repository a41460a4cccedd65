package e2e

import (
	"testing"
	"time"
)

// A shared line that rings a team becomes the direct number of one user: nothing changes for callers before it is published (D14), everything at once when it
// is (D15), and the call in progress goes on (D11).
func TestSpec_D11_D14_D15_CallsFollowTheDistributionThatIsPublished(t *testing.T) {
	site := replace(demoSite, `name = "Mobile"
`, `name = "Mobile"
kind = "shared"
flow = "team"
teams = ["Sales"]
`)
	onBoth(t, site, func(o *office) {
		alice, bruno := o.phone("alice-desk"), o.phone("bruno-desk")
		var numbers struct {
			Data []struct{ ID, E164 string }
		}
		o.read("/api/v1/numbers?q=33639980008", &numbers)
		var users struct {
			Data []struct{ ID, Email string }
		}
		o.read("/api/v1/users?q=alice", &users)
		if len(numbers.Data) != 1 || len(users.Data) != 1 {
			t.Fatalf("%+v %+v", numbers, users)
		}
		convert := "/api/v1/numbers/" + numbers.Data[0].ID + "/convert-to-direct"
		o.post(convert, `{"user_id":"`+users.Data[0].ID+`"}`)
		carrier := o.carrier()
		first := o.dial(carrier, numberMobile)
		o.rings(alice)
		rung := o.rings(bruno)
		rung.Answer()
		o.talk(first, rung)
		o.post(convert, `{"publish":true}`)
		o.talk(first, rung)
		o.ok(rung.Hangup(o.ctx))
		o.ok(first.Ended(o.ctx))
		second := o.dial(carrier, numberMobile)
		hers := o.rings(alice)
		if _, err := bruno.Incoming(o.short(500 * time.Millisecond)); err == nil {
			t.Error("the direct number of Alice rings Bruno")
		}
		hers.Answer()
		o.talk(second, hers)
		o.ok(hers.Hangup(o.ctx))
	})
}
