package flow

import (
	"encoding/json"
	"fmt"
	"slices"
)

type flowDocument struct {
	Schema   string           `json:"schema"`
	Name     string           `json:"name"`
	Language string           `json:"language,omitempty"`
	Timezone string           `json:"timezone,omitempty"`
	Start    NodeID           `json:"start"`
	Nodes    []nodeDocument   `json:"nodes"`
	Layout   map[NodeID]Point `json:"layout,omitempty"`
}

type nodeDocument struct {
	ID     NodeID            `json:"id"`
	Type   Kind              `json:"type"`
	Title  string            `json:"title,omitempty"`
	Config map[string]any    `json:"config"`
	Next   map[string]NodeID `json:"next"`
}

// Marshal writes a flow as its JSON document; Parse reads the same flow from it (SPEC F13). The nodes come in their Order, so
// that two versions can be compared line by line. ID and Version are not in it: they belong to the record.
func Marshal(f *Flow) ([]byte, error) {
	doc := flowDocument{
		Schema: Schema, Name: f.Name, Language: f.Language, Timezone: f.Timezone, Start: f.Start,
		Nodes: make([]nodeDocument, 0, len(f.Nodes)), Layout: f.Layout,
	}
	for _, id := range f.Order() {
		n := f.Nodes[id]
		if n == nil || n.Kind() == "" {
			return nil, fmt.Errorf("write flow: node %s has no content", id)
		}
		next := n.Next
		if next == nil {
			next = map[string]NodeID{}
		}
		doc.Nodes = append(doc.Nodes, nodeDocument{ID: id, Type: n.Kind(), Title: n.Title, Config: n.config(), Next: next})
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write flow: %w", err)
	}
	return b, nil
}

// Order lists the nodes as their document does; those that it does not list as a walk can meet them, from the start, and then by id.
func (f *Flow) Order() []NodeID {
	order := make([]NodeID, 0, len(f.Nodes))
	seen := make(map[NodeID]struct{}, len(f.Nodes))
	add := func(id NodeID) {
		if _, again := seen[id]; again || f.Nodes[id] == nil {
			return
		}
		seen[id] = struct{}{}
		order = append(order, id)
	}
	for _, id := range f.Listed {
		add(id)
	}
	add(f.Start)
	rest := make([]NodeID, 0, len(f.Nodes))
	for id := range f.Nodes {
		rest = append(rest, id)
	}
	slices.Sort(rest)
	walked := 0
	walk := func() {
		for ; walked < len(order); walked++ {
			n := f.Nodes[order[walked]]
			for _, p := range append(n.Ports(), n.idle()...) {
				add(n.Next[p])
			}
		}
	}
	walk()
	for _, id := range rest {
		add(id)
		walk()
	}
	return order
}

// config is what the JSON of a node says about its content; every setting is written, also where it is the default.
func (n *Node) config() map[string]any {
	c := make(map[string]any)
	text := func(key, s string) {
		if s != "" {
			c[key] = s
		}
	}
	switch n.Kind() {
	case KindAudioMessage:
		c["audio"], c["allow_extensions"] = n.AudioMessage.Audio, n.AudioMessage.Extensions.written()
	case KindIVR:
		v := n.IVR
		options := make([]map[string]string, 0, len(v.Options))
		for _, o := range v.Options {
			options = append(options, map[string]string{"id": o.ID, "key": string(rune(o.Key)), "title": o.Title})
		}
		c["audio"], c["options"], c["allow_extensions"] = v.Audio, options, v.Extensions.written()
		c["timeout_seconds"], c["attempts"] = v.TimeoutSeconds, v.Attempts
		text("error", string(v.Error))
	case KindWaiting:
		c["allow_extensions"] = n.Waiting.Extensions.written()
		text("music", string(n.Waiting.Music))
	case KindRingTo:
		r := n.RingTo
		c["target"], c["rule"], c["ring_even_if_busy"] = r.target(), r.Rule, r.EvenIfBusy
		c["ring_for_seconds"], c["ring_user_seconds"] = r.RingForSeconds, r.RingUserSeconds
	case KindRedirect:
		text("number", string(n.Redirect.Number))
		text("external", n.Redirect.External)
		text("sip", n.Redirect.SIP)
		c["ring_for_seconds"] = n.Redirect.RingForSeconds
	case KindVoicemail:
		c["max_seconds"] = n.Voicemail.MaxSeconds
		text("greeting", string(n.Voicemail.Greeting))
	case KindHangup:
		text("audio", string(n.Hangup.Audio))
	case KindTimeRule, KindDateRule, KindCallerRule, KindSplit, KindInput, KindRingToAPI, KindSendSMS, KindSet:
		n.ruleConfig(c)
	}
	return c
}

func (r *RingTo) target() map[string]any {
	switch {
	case r.Team != "":
		return map[string]any{"team": r.Team}
	case len(r.Users) == 1:
		return map[string]any{"user": r.Users[0]}
	}
	return map[string]any{"users": r.Users}
}

// written is how a document says who can be reached.
func (e Extensions) written() any {
	switch e {
	case NoOne:
		return false
	case OwnUsers:
		return string(OwnUsers)
	case AnyUser:
	}
	return true
}
