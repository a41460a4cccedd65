package provisioning

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// company is a state with so many users, numbers and flows.
func company(tb testing.TB, users, numbers, flows int) *State {
	tb.Helper()
	s := &State{Version: 1, Accounts: []*Account{{ID: "acc_1", Name: "Acme", Language: "fr", Country: "FR"}}}
	for i := range users {
		id := routing.UserID(fmt.Sprintf("usr_%05d", i))
		s.Users = append(s.Users, &User{
			ID: id, Account: "acc_1", Name: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("u%d@acme.example", i), Extension: fmt.Sprintf("%03d", i%1000),
			Availability: routing.SetAvailable,
		})
		s.Devices = append(s.Devices, &Device{ID: routing.DeviceID(fmt.Sprintf("dev_%05d", i)), Account: "acc_1", User: id, AOR: fmt.Sprintf("u%d@tandem", i)})
	}
	for i := range flows {
		f := &flow.Flow{Name: fmt.Sprintf("Flow %d", i), Start: "n0", Nodes: map[flow.NodeID]*flow.Node{}}
		for n := range 12 {
			id, next := flow.NodeID(fmt.Sprintf("n%d", n)), flow.NodeID(fmt.Sprintf("n%d", n+1))
			f.Nodes[id] = &flow.Node{
				ID: id, Next: map[string]flow.NodeID{flow.PortUnanswered: next},
				RingTo: &flow.RingTo{Users: []flow.UserID{s.Users[(i+n)%users].ID}, Rule: flow.Simultaneous, RingForSeconds: 30, RingUserSeconds: 30},
			}
		}
		f.Nodes["n12"] = &flow.Node{ID: "n12", Next: map[string]flow.NodeID{}, Voicemail: &flow.Voicemail{MaxSeconds: 180}}
		body, err := flow.Marshal(f)
		if err != nil {
			tb.Fatal(err)
		}
		s.Flows = append(s.Flows, &Flow{ID: flow.ID(fmt.Sprintf("flow_%05d", i)), Account: "acc_1", Name: f.Name, Version: 1, Published: string(body)})
	}
	for i := range numbers {
		s.Numbers = append(s.Numbers, &Number{
			ID: routing.NumberID(fmt.Sprintf("num_%05d", i)), Account: "acc_1", E164: routing.E164(fmt.Sprintf("+3319900%04d", i)), Kind: routing.Shared,
			Flow: s.Flows[i%flows].ID, Users: []routing.UserID{s.Users[i%users].ID},
		})
	}
	return s
}

func TestASnapshotSharesWhatDidNotChange(t *testing.T) {
	s := company(t, 20, 30, 10)
	first, err := s.Snapshot(time.Unix(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	f := *s.Flows[3]
	f.Draft, f.Base = f.Published, f.Version
	changes, err := s.Put(&f)
	if err != nil {
		t.Fatal(err)
	}
	s2 := s.With(changes)
	published, err := s2.Publish(Publishing{Flow: f.ID, Base: new(1)})
	if err != nil {
		t.Fatal(err)
	}
	s3 := s2.With(published)
	next, err := s3.SnapshotAfter(Prior{s, first}, time.Unix(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := s3.Snapshot(time.Unix(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(next, whole) {
		t.Error("what came out of the last snapshot is not what comes out of nothing")
	}
	if next.Flows["flow_00003"].Version != 2 || first.Flows["flow_00003"].Version != 1 || next.Flows["flow_00004"] != first.Flows["flow_00004"] {
		t.Error("want a new version of one flow, and the others as they were")
	}
	if reflect.ValueOf(next.Users).Pointer() != reflect.ValueOf(first.Users).Pointer() || next.Accounts["acc_1"] != first.Accounts["acc_1"] {
		t.Error("users and accounts did not change, and were made again")
	}
	u := *s3.Users[7]
	u.Extension = "999"
	s4 := s3.With([]Change{{Verb: Update, Record: &u}})
	after, err := s4.SnapshotAfter(Prior{s3, next}, time.Unix(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	if whole, _ = s4.Snapshot(time.Unix(3, 0)); !reflect.DeepEqual(after, whole) {
		t.Error("after a change of a user, want what comes out of nothing")
	}
	if after.Accounts["acc_1"].Extensions["999"] != u.ID || next.Accounts["acc_1"].Extensions["999"] != "" {
		t.Error("the extension is not in the new snapshot alone")
	}
}

func BenchmarkPublishedChangeReachesTheSnapshot(b *testing.B) {
	s := company(b, 1000, 2000, 500)
	last, err := s.Snapshot(time.Now())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f := *s.Flows[250]
		f.Draft, f.Base = f.Published, f.Version
		drafted, err := s.Put(&f)
		if err != nil {
			b.Fatal(err)
		}
		st := s.With(drafted)
		changes, err := st.Publish(Publishing{Flow: f.ID})
		if err != nil {
			b.Fatal(err)
		}
		next := st.With(changes)
		if last, err = next.SnapshotAfter(Prior{s, last}, time.Now()); err != nil {
			b.Fatal(err)
		}
		s = next
	}
}

func BenchmarkSnapshotFromNothing(b *testing.B) {
	s := company(b, 1000, 2000, 500)
	for b.Loop() {
		if _, err := s.Snapshot(time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
