package web

import (
	"testing"

	"tandem/provisioning"
	"tandem/routing"
)

// An agent hears of calls on their lines, and of those that they are in; of no other (SPEC L16).
func TestAnAgentHearsOfCallsOnTheirLines(t *testing.T) {
	v := sightOf(identity{account: "acc", user: "alice", scopes: []provisioning.Scope{provisioning.CallsRead}}, nil)
	v.lines = &provisioning.Lines{Numbers: []routing.NumberID{"num_hers"}, User: "alice"}
	for _, c := range []struct {
		number routing.NumberID
		user   routing.UserID // of the call
		about  routing.UserID // whom the event is about
		hears  bool
	}{
		{"num_hers", "bruno", "", true},
		{"num_other", "alice", "", true},
		{"num_other", "bruno", "alice", true},
		{"num_other", "bruno", "bruno", false},
		{"num_other", "", "", false},
	} {
		e := provisioning.CallNews(&routing.CallEvent{
			Type: "call.answered", Call: &routing.CallRecord{ID: "call_1", Account: "acc", NumberID: c.number, User: c.user}, User: c.about,
		})
		if v.takes(&e) != c.hears {
			t.Errorf("number %s, user %q, about %q: heard %t", c.number, c.user, c.about, !c.hears)
		}
	}
}
