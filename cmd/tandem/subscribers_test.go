package main

import (
	"testing"

	"tandem/mobilecore/charging"
	"tandem/provisioning"
	"tandem/routing"
)

// sold is a number with an eSIM of an operator.
func sold(id, e164 string, e provisioning.ESIM) *provisioning.Number {
	n := &provisioning.Number{ID: routing.NumberID(id), Account: "acc_1", E164: routing.E164(e164), Kind: routing.Direct}
	n.Settings.ESIM = &e
	return n
}

func TestAPeerAsksForTheSubscribersOfItsOperatorAlone(t *testing.T) {
	operator := func(id routing.OperatorID, peer string) *provisioning.Operator {
		o := provisioning.NewOperator(id)
		o.Settings.Charging = &provisioning.ChargingSettings{Peers: []string{peer}, Free: []string{"portal"}}
		return o
	}
	s := &subscribers{}
	if _, found := s.Find(charging.Caller{Peer: "pgw.one.example", MSISDN: "33639980008"}); found || s.Knows("pgw.one.example") {
		t.Error("somebody is known before the records are read")
	}
	s.reload(&provisioning.State{
		Operators: []*provisioning.Operator{operator("op_1", "PGW.one.example"), operator("op_2", "pgw.two.example")},
		Numbers: []*provisioning.Number{
			sold("num_1", "+33639980008", provisioning.ESIM{Operator: "op_1", Package: 20, State: provisioning.ESIMEnabled, IMSI: "208990000000008"}),
			sold("num_2", "+33639980009", provisioning.ESIM{Operator: "op_2", Package: 50, State: provisioning.ESIMEnabled, IMSI: "208990000000009"}),
			sold("num_3", "+33639980010", provisioning.ESIM{Operator: "op_1", Package: 50, State: provisioning.ESIMEnabled, Want: provisioning.WantSuspended}),
			{ID: "num_4", E164: "+33639980011"},
		},
	})
	for name, c := range map[string]struct {
		who  charging.Caller
		want string
	}{
		"by its number":                     {charging.Caller{Peer: "pgw.one.example", MSISDN: "33639980008"}, "num_1"},
		"by its card":                       {charging.Caller{Peer: "Pgw.One.Example", IMSI: "208990000000008"}, "num_1"},
		"the card counts before the number": {charging.Caller{Peer: "pgw.one.example", IMSI: "208990000000008", MSISDN: "33639980010"}, "num_1"},
		"another operator's":                {charging.Caller{Peer: "pgw.one.example", MSISDN: "33639980009"}, ""},
		"another operator's card with a number of one's own": {charging.Caller{Peer: "pgw.one.example", IMSI: "208990000000009", MSISDN: "33639980008"}, ""},
		"a number without an eSIM":                           {charging.Caller{Peer: "pgw.one.example", MSISDN: "33639980011"}, ""},
		"nobody":                                             {charging.Caller{Peer: "pgw.one.example"}, ""},
		"a stranger who asks":                                {charging.Caller{Peer: "mallory.example", MSISDN: "33639980008"}, ""},
	} {
		got, found := s.Find(c.who)
		if found != (c.want != "") || got.ID != c.want {
			t.Errorf("%s: %+v, %v", name, got, found)
		}
	}
	one, _ := s.Of("num_1")
	if one.Package != 20*charging.Gigabyte || one.Standing != charging.InForce || one.Account != "acc_1" || len(one.Free) != 1 {
		t.Errorf("20 GB: %+v", one)
	}
	if barred, _ := s.Of("num_3"); barred.Standing != charging.Barred {
		t.Errorf("suspended: %+v", barred)
	}
	if _, found := s.Of("num_4"); found {
		t.Error("a number without an eSIM has a balance")
	}
}
