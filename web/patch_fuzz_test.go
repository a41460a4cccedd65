package web

import (
	"encoding/json"
	"errors"
	"testing"

	"tandem/provisioning"
)

// FuzzUserPatch shows that no merge patch of a user does more than it says, nor leaves a user who breaks the rules.
func FuzzUserPatch(f *testing.F) {
	for _, s := range []string{
		`{"name":"Zoé"}`, `{"extension":"300","email":"A@B.test"}`, `{"voicemail":null}`, `{"voicemail":{"greeting":"x","max_seconds":1e308}}`,
		`{"supervised_team_ids":["team_1",null]}`, `{"wrap_up_seconds":-1}`, `{"wrap_up_seconds":1e300}`, `{"role":null,"password":null}`, `{"name":"a\u0000\u202e"}`,
		`{"caller_id":"+33199001234","forward_to":"0"}`, `[]`, `null`, `{"name":{"a":[1]}}`,
	} {
		f.Add([]byte(s))
	}
	before := &provisioning.User{
		ID: "usr_1", Account: "acc_1", Name: "Alice", Email: "alice@acme.test", Extension: "201", Availability: "available", Password: "kept",
		Settings: provisioning.UserSettings{Role: provisioning.RoleOwner},
	}
	st := &provisioning.State{
		Accounts: []*provisioning.Account{{ID: "acc_1", Name: "Acme", Language: "fr", Country: "FR"}},
		Users:    []*provisioning.User{before, {ID: "usr_2", Account: "acc_1", Name: "Bruno", Email: "bruno@acme.test", Extension: "202", Availability: "available"}},
		Teams:    []*provisioning.Team{{ID: "team_1", Account: "acc_1", Name: "Support"}},
	}
	tag := provisioning.ETag(before)
	f.Fuzz(func(t *testing.T, body []byte) {
		var p userPatch
		if json.Unmarshal(body, &p) != nil {
			return
		}
		next, err := changeUser(before, p)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := st.Put(next)
		if provisioning.ETag(before) != tag {
			t.Fatal("the user from before changed")
		}
		if err != nil {
			if all, ours := errors.AsType[provisioning.Refusals](err); !ours || len(all) == 0 || all[0].Code == "" || all[0].Location == "" {
				t.Fatalf("%s: %v", body, err)
			}
			return
		}
		if next.Settings.Role != provisioning.RoleOwner || next.Extension == "202" || len(next.Extension) != 3 {
			t.Fatalf("%s makes %+v", body, next)
		}
		// What was taken is taken again, and shown without harm.
		after := st.With(changes)
		if again, err := after.Put(next); err != nil || len(again) != 0 {
			t.Fatalf("%s: taken once, then %v, %v", body, again, err)
		}
		if _, err := json.Marshal(showUser(after, next)); err != nil {
			t.Fatal(err)
		}
	})
}
