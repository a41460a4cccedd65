package main

import (
	"slices"
	"strings"
	"sync/atomic"

	"tandem/mobilecore/charging"
	"tandem/provisioning"
	"tandem/routing"
)

// subscribers are the eSIMs of the records as online charging knows them: a table that is swapped whole.
type subscribers struct {
	now atomic.Pointer[subscriberTable]
}

// subscriberTable is one moment of them.
type subscriberTable struct {
	peers   map[string][]routing.OperatorID // whose credit a peer asks for; its name in lower case
	numbers map[string]*subscription        // by MSISDN, without "+"
	cards   map[string]*subscription        // by IMSI
	ids     map[string]*subscription        // by balance: the number's id
	hosts   map[string][]string             // that a peer may have us tell; its name in lower case
}

type subscription struct {
	charging.Subscriber

	operator routing.OperatorID
}

// reload makes the table of the records.
func (s *subscribers) reload(state *provisioning.State) {
	t := &subscriberTable{
		peers: map[string][]routing.OperatorID{}, numbers: map[string]*subscription{}, cards: map[string]*subscription{}, ids: map[string]*subscription{},
		hosts: map[string][]string{},
	}
	terms := map[routing.OperatorID]*provisioning.ChargingSettings{}
	for _, o := range state.Operators {
		if c := o.Settings.Charging; c != nil {
			terms[o.ID] = c
			for _, peer := range c.Peers {
				peer = strings.ToLower(peer)
				t.peers[peer] = append(t.peers[peer], o.ID)
				t.hosts[peer] = append(t.hosts[peer], c.Notify...)
			}
		}
	}
	for _, n := range state.Numbers {
		if n.Settings.ESIM != nil {
			t.add(n, terms[n.Settings.ESIM.Operator])
		}
	}
	s.now.Store(t)
}

// others are the balances whose subscription is another than in a former table.
func (t *subscriberTable) others(before *subscriberTable) []string {
	var out []string
	for id, sub := range t.ids {
		if was := before.ids[id]; was != nil && (was.Package != sub.Package || was.Standing != sub.Standing) {
			out = append(out, id)
		}
	}
	for id := range before.ids {
		if t.ids[id] == nil {
			out = append(out, id)
		}
	}
	return out
}

// Hosts are those that a peer may have us tell, beside its own.
func (s *subscribers) Hosts(peer string) []string {
	if t := s.now.Load(); t != nil {
		return t.hosts[strings.ToLower(peer)]
	}
	return nil
}

// add adds the eSIM of a number, on the terms of its operator; nil: nobody asks for its credit.
func (t *subscriberTable) add(n *provisioning.Number, terms *provisioning.ChargingSettings) {
	e := n.Settings.ESIM
	sub := &subscription{operator: e.Operator, Subscriber: charging.Subscriber{
		ID: string(n.ID), Account: string(n.Account), Package: charging.Bytes(e.Package) * charging.Gigabyte, Standing: standing(e),
	}}
	if terms != nil {
		sub.Free, sub.CycleDay = terms.Free, terms.CycleDay
	}
	t.ids[sub.ID] = sub
	t.numbers[strings.TrimPrefix(string(n.E164), "+")] = sub
	if e.IMSI != "" {
		t.cards[e.IMSI] = sub
	}
}

// standing is whether an eSIM may be used. One that can be downloaded may: its handset can be on before its platform says so.
func standing(e *provisioning.ESIM) charging.Standing {
	if e.Want != provisioning.WantEnabled {
		return charging.Barred
	}
	switch e.State {
	case provisioning.ESIMReleased, provisioning.ESIMDownloaded, provisioning.ESIMEnabled, provisioning.ESIMDisabled:
		return charging.InForce
	case provisioning.ESIMRequested, provisioning.ESIMOrdered, provisioning.ESIMSuspended, provisioning.ESIMTerminated, provisioning.ESIMFailed:
	}
	return charging.Barred
}

// Knows says whether a peer of this name, in lower case, may ask for anybody's credit.
func (s *subscribers) Knows(peer string) bool {
	t := s.now.Load()
	return t != nil && len(t.peers[strings.ToLower(peer)]) > 0
}

// Find implements charging.Subscribers: the card counts before the number, which a network may tell as it likes.
func (s *subscribers) Find(who charging.Caller) (charging.Subscriber, bool) {
	t := s.now.Load()
	if t == nil {
		return charging.Subscriber{}, false
	}
	found := t.cards[who.IMSI]
	if found == nil {
		found = t.numbers[who.MSISDN]
	}
	if found == nil || !slices.Contains(t.peers[strings.ToLower(who.Peer)], found.operator) {
		return charging.Subscriber{}, false
	}
	return found.Subscriber, true
}

// Of implements charging.Subscribers.
func (s *subscribers) Of(balance string) (charging.Subscriber, bool) {
	if t := s.now.Load(); t != nil && t.ids[balance] != nil {
		return t.ids[balance].Subscriber, true
	}
	return charging.Subscriber{}, false
}
