package provisioning

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/routing"
)

// rulesState is an account with some users, each with a contact of theirs; ids rise as they do in the store.
func rulesState(users, contacts int) *State {
	st := &State{Accounts: []*Account{{ID: "acc_1", Name: "Acme", Language: "fr", Country: "FR"}}}
	for i := range users {
		st.Users = append(st.Users, &User{
			ID: routing.UserID(fmt.Sprintf("usr_%06d", i)), Account: "acc_1", Name: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("user%d@acme.test", i),
			Extension: fmt.Sprint(201 + i), Availability: routing.SetAvailable,
		})
	}
	for i := range contacts {
		st.Contacts = append(st.Contacts, &Contact{
			ID: fmt.Sprintf("cnt_%06d", i), Account: "acc_1", Name: fmt.Sprintf("Contact %d", i), Numbers: []routing.E164{routing.E164(fmt.Sprintf("+336%08d", i))},
		})
	}
	return st
}

func TestSiteFileAsksTheSameRules(t *testing.T) {
	for name, want := range map[string]string{
		"name = \"A\\u202eB\"\nemail = \"a@acme.test\"":                                           "site.toml:4: users[0].name: it holds characters that nobody sees, or that turn the writing around",
		"name = \"A\"\nemail = \"a@acme.test\"\nextension = \"201\"":                              "site.toml:6: users[0].extension: the extension 201 is taken by user0@acme.test (X1)",
		"name = \"A\"\nemail = \"a@acme.test\"\nforward_to = \"12\"":                              "forward_to",
		"name = \"A\"\nemail = \"a@acme.test\"\ndevices = [{username = \"é\", password = \"p\"}]": "é",
	} {
		site, problems := ParseSite("site.toml", []byte("[[accounts]]\nname = \"Acme\"\n[[users]]\n"+name+"\n"))
		if len(problems) == 0 {
			var changes []Change
			changes, problems = Plan(rulesState(1, 0), site)
			if len(changes) > 0 {
				t.Errorf("%s: it would change %v", name, changes)
			}
		}
		if len(problems) != 1 || !strings.Contains(problems[0].String(), want) {
			t.Errorf("%s: %v, want %s", name, problems, want)
		}
	}
}

func TestFindAndWithKeepListsInOrder(t *testing.T) {
	st := rulesState(5, 0)
	put := func(id string) {
		st = st.With([]Change{{Verb: Create, Record: &User{ID: routing.UserID(id), Name: id}}})
	}
	put("usr_000002x")
	put("usr_000009")
	before := st
	st = st.With([]Change{{Verb: Delete, Record: st.Users[1]}, {Verb: Update, Record: &User{ID: "usr_000003", Name: "new"}}})
	var order []string
	for _, u := range st.Users {
		order = append(order, string(u.ID))
	}
	if got := strings.Join(order, " "); got != "usr_000000 usr_000002 usr_000002x usr_000003 usr_000004 usr_000009" {
		t.Errorf("the order is %s", got)
	}
	if len(before.Users) != 7 || before.Find(KindUser, "usr_000003").(*User).Name != "User 3" || st.Find(KindUser, "usr_000003").(*User).Name != "new" {
		t.Error("the state from before changed")
	}
	unsorted := &State{Users: []*User{{ID: "usr_2"}, {ID: "usr_1"}, {ID: "usr_3"}, {ID: "usr_0"}}}
	for _, u := range unsorted.Users {
		if unsorted.Find(KindUser, string(u.ID)) != Record(u) {
			t.Errorf("%s is not found in a list out of order", u.ID)
		}
	}
}

func TestAccountThatHoldsSomethingStays(t *testing.T) {
	if _, err := rulesState(1, 0).Delete(KindAccount, "acc_1"); err == nil {
		t.Error("an account with a user goes")
	}
	if changes, err := rulesState(0, 0).Delete(KindAccount, "acc_1"); err != nil || len(changes) != 1 {
		t.Errorf("an empty account: %v, %v", changes, err)
	}
}

// BenchmarkEdit changes records in an account with 700 users and 100,000 contacts.
func BenchmarkEdit(b *testing.B) {
	st := rulesState(700, 100_000)
	for _, p := range []struct {
		name string
		put  func(i int) Record
	}{
		{"user", func(i int) Record {
			u := *st.Users[i%700]
			u.Name = fmt.Sprint("Changed ", i)
			return &u
		}},
		{"contact", func(i int) Record {
			c := *st.Contacts[i%100_000]
			c.Name = fmt.Sprint("Changed ", i)
			return &c
		}},
		{"newContact", func(i int) Record {
			return &Contact{ID: routing.NewID("cnt", time.Unix(int64(i), 0)), Account: "acc_1", Name: "New", Numbers: []routing.E164{"+33799999999"}}
		}},
	} {
		b.Run(p.name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				changes, err := st.Put(p.put(i))
				if err != nil || len(changes) != 1 || len(st.With(changes).Contacts) < 100_000 {
					b.Fatal(err)
				}
			}
		})
	}
}
