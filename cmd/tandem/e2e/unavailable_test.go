//go:build !race

package e2e

import (
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// Somebody on a break is left alone by the Workspace, while the handset rings; the call that they take there is in their day between two breaks.
func TestSpec_E9_E12_A2_OnABreakTheHandsetStillRings(t *testing.T) {
	t.Parallel()
	r := show(t)
	c := browser.Start(t, browser.Options{})
	w := r.enter(c, "Workspace", "")
	w.See("Connected")
	var reasons struct{ Data []struct{ Name string } }
	r.fetch("/api/v1/availability-reasons", &reasons)
	w.Click("button", "Alice Martin")
	w.Click("menuitemradio", reasons.Data[0].Name)
	alice := r.person("Alice Martin")
	r.until("her break", func() bool {
		var now struct{ Status string }
		r.fetch("/api/v1/users/"+alice+"/availability", &now)
		return now.Status == "unavailable"
	})
	h := r.enter(c, "Handset", "")
	h.Click("button", "A customer calls this number")
	h.Wait("button", "Answer")
	if w.Has("button", "Answer") {
		t.Error("the Workspace rings although its person is on a break")
	}
	h.Click("button", "Answer")
	h.Wait("button", "Hang up")
	h.Click("button", "Hang up")
	h.Until("the call to end", "!eyes.find('button', 'Hang up')")

	var day struct {
		Data []struct {
			Intervals []struct{ Status string }
		}
	}
	r.until("her day", func() bool {
		r.fetch("/api/v1/users/"+alice+"/status-history", &day)
		var order []string
		for _, d := range day.Data {
			for _, i := range d.Intervals {
				order = append(order, i.Status)
			}
		}
		n := len(order)
		return n > 2 && order[n-1] == "unavailable" && order[n-2] == "in_call" && order[n-3] != "in_call"
	})
	p := r.enter(c, "Dashboard", "/dashboard/users/"+alice+"/history?lang=en")
	p.See("In a call")
}

// person is the id of a user of the demonstration.
func (r *showroom) person(name string) string {
	r.t.Helper()
	var users struct{ Data []struct{ ID, Name string } }
	r.fetch("/api/v1/users?limit=100", &users)
	for _, u := range users.Data {
		if u.Name == name {
			return u.ID
		}
	}
	r.t.Fatalf("there is no %s in %v", name, users.Data)
	return ""
}
