package routing

import "tandem/routing/flow"

// bakery is the account of the stories: Alice 201, Bruno 202, Chloé 203, Farid 206 who only calls out; a trunk and one behind it.
func bakery() *Snapshot {
	s := &Snapshot{
		Accounts: map[AccountID]*Account{"acc": {ID: "acc", Name: "Boulangerie", Language: "fr", Country: "FR", Extensions: map[string]UserID{}}},
		Users:    map[UserID]*User{}, Teams: map[TeamID]*Team{}, Numbers: map[E164]*Number{}, Trunks: map[TrunkID]*Trunk{},
		Devices: map[string]*Device{}, Flows: map[flow.ID]*flow.Flow{},
	}
	for _, u := range []*User{
		{ID: "alice", Name: "Alice", Extension: "201", CallerID: "+33199001234"},
		{ID: "bruno", Name: "Bruno", Extension: "202"},
		{ID: "chloe", Name: "Chloé", Extension: "203", Voicemail: &flow.Voicemail{Greeting: "chloe_greeting"}},
		{ID: "farid", Name: "Farid", Extension: "206", OutgoingOnly: true},
	} {
		u.Account = "acc"
		d := &Device{ID: DeviceID("dev_" + u.ID), User: u.ID, Kind: SIPPhone, AOR: string(u.ID) + "@tandem", Username: string(u.ID)}
		u.Devices = []*Device{d}
		s.Users[u.ID], s.Devices[d.AOR] = u, d
		s.Accounts["acc"].Extensions[u.Extension] = u.ID
	}
	s.Teams["sales"] = &Team{ID: "sales", Account: "acc", Users: []UserID{"alice", "bruno"}}
	s.Numbers["+33199001234"] = &Number{ID: "support", Account: "acc", E164: "+33199001234", Kind: Shared, Flow: "support", Users: []UserID{"alice"}, Teams: []TeamID{"sales"}}
	s.Numbers["+33199005678"] = &Number{ID: "sales", Account: "acc", E164: "+33199005678", Kind: Shared, Flow: "sales", Users: []UserID{"alice"}}
	s.Numbers["+33639980008"] = &Number{ID: "new", Account: "acc", E164: "+33639980008", Kind: Unconfigured}
	s.Flows["support"] = &flow.Flow{ID: "support", Version: 7, Start: "hello", Nodes: map[flow.NodeID]*flow.Node{
		"hello": {ID: "hello", AudioMessage: &flow.AudioMessage{Audio: "welcome"}, Next: map[string]flow.NodeID{"done": "wait"}},
		"wait":  {ID: "wait", Waiting: &flow.Waiting{Music: "jazz"}, Next: map[string]flow.NodeID{"done": "ring"}},
		"ring":  {ID: "ring", RingTo: &flow.RingTo{Users: []UserID{"alice"}, RingForSeconds: 20}, Next: map[string]flow.NodeID{"unanswered": "leave"}},
		"leave": {ID: "leave", Voicemail: &flow.Voicemail{Greeting: "greeting", MaxSeconds: 60}},
	}}
	s.Flows["sales"] = &flow.Flow{ID: "sales", Version: 1, Start: "ring", Nodes: map[flow.NodeID]*flow.Node{
		"ring": {ID: "ring", RingTo: &flow.RingTo{Team: "sales", Rule: flow.Simultaneous, RingForSeconds: 20}, Next: map[string]flow.NodeID{"unanswered": "bye"}},
		"bye":  {ID: "bye", Hangup: &flow.Hangup{Audio: "no_answer"}},
	}}
	s.Trunks["main"] = &Trunk{ID: "main", Account: "acc", Servers: []string{"sip:main.example"}, Country: "FR", Dial: DialPlus, Priority: 1}
	s.Trunks["backup"] = &Trunk{ID: "backup", Servers: []string{"sip:backup.example"}, Country: "FR", Dial: DialNational, Priority: 2, Emergency: true}
	return s
}
