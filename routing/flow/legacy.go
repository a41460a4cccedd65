package flow

import "tandem/routing/calendar"

// Legacy is a number from before flows: its settings as they were, of which FromLegacy makes a flow that behaves the same (SPEC F19, F20, X8, X9).
type Legacy struct {
	Name      string
	Language  string
	Welcome   AudioID // played first; empty: none
	Menu      AudioID // of a legacy IVR number; empty: a classic number
	Options   []LegacyOption
	Ring      RingTo     // whom a classic number rings
	Music     AudioID    // while it rings; the product's own when empty
	Voicemail *Voicemail // nil: the call ends when nobody answers
	Open      Opening
	Hours     calendar.Hours // with OpenByHours
	Closed    AudioID        // played outside of them; the product's own when empty
}

// Opening says when a legacy number was open.
type Opening string

// When a legacy number was open. The empty one is OpenAlways.
const (
	OpenAlways  Opening = "always"
	OpenNever   Opening = "never"
	OpenByHours Opening = "hours"
)

// LegacyOption is a key of a legacy IVR number and whom it rings.
type LegacyOption struct {
	Key   byte
	Title string
	Ring  RingTo
}

// FromLegacy makes the flow of a legacy number. A classic number's users are reached by extension during the welcome only, and only those of
// its distribution (SPEC X8); an IVR number's caller reaches any user of the account during the welcome and the menu (SPEC X9). While users
// ring no digit is taken by either. Its business hours become a Time rule whose last branch, "At any other time", leads to the closed message and the
// voicemail; a number that was never open has that branch alone, so that its missed calls are told as before (SPEC L4).
func FromLegacy(l Legacy) *Flow {
	f := &Flow{Name: l.Name, Language: l.Language, Nodes: make(map[NodeID]*Node)}
	b := &legacyBuilder{flow: f, legacy: l}
	b.end()
	start := NodeID("music")
	welcome := OwnUsers
	if l.Menu != "" {
		start, welcome = "menu", AnyUser
		b.menu()
	} else {
		b.ring("music", "ring", l.Ring)
	}
	if l.Welcome != "" {
		b.add(&Node{
			ID: "welcome", Next: map[string]NodeID{PortDone: start},
			AudioMessage: &AudioMessage{Audio: l.Welcome, Extensions: welcome},
		})
		start = "welcome"
	}
	f.Start = b.open(start)
	f.findPlaces()
	return f
}

// open puts the business hours before the flow.
func (b *legacyBuilder) open(start NodeID) NodeID {
	rule := &TimeRule{Timezone: b.legacy.Hours.Timezone}
	next := map[string]NodeID{PortOtherwise: "closed"}
	switch b.legacy.Open {
	case OpenByHours:
		rule.Branches, next["open"] = []TimeBranch{{ID: "open", Slots: b.legacy.Hours.Slots}}, start
	case OpenNever:
		for id := range b.flow.Nodes { // nothing but the end can be reached
			if id != b.last {
				delete(b.flow.Nodes, id)
			}
		}
	case OpenAlways, "":
		return start
	}
	closed := b.legacy.Closed
	if closed == "" {
		closed = SoundClosed
	}
	b.add(&Node{ID: "closed", Next: map[string]NodeID{PortDone: b.last}, AudioMessage: &AudioMessage{Audio: closed, Extensions: NoOne}})
	b.add(&Node{ID: "hours", Next: next, TimeRule: rule})
	return "hours"
}

type legacyBuilder struct {
	flow   *Flow
	legacy Legacy
	last   NodeID // where unanswered calls go
}

func (b *legacyBuilder) add(n *Node) {
	if n.Next == nil {
		n.Next = map[string]NodeID{}
	}
	b.flow.Nodes[n.ID] = n
}

func (b *legacyBuilder) end() {
	if v := b.legacy.Voicemail; v != nil {
		b.last = "voicemail"
		box := *v
		if box.MaxSeconds <= 0 {
			box.MaxSeconds = 180
		}
		b.add(&Node{ID: b.last, Voicemail: &box})
		return
	}
	b.last = "hangup"
	b.add(&Node{ID: b.last, Hangup: &Hangup{}})
}

// ring adds the music and the ringing under it.
func (b *legacyBuilder) ring(music, ring NodeID, r RingTo) {
	if r.Rule == "" {
		r.Rule = Simultaneous
	}
	if r.RingUserSeconds <= 0 {
		r.RingUserSeconds = 30
	}
	b.add(&Node{
		ID: music, Next: map[string]NodeID{PortDone: ring},
		Waiting: &Waiting{Music: b.legacy.Music, Extensions: NoOne},
	})
	b.add(&Node{ID: ring, Next: map[string]NodeID{PortUnanswered: b.last}, RingTo: &r})
}

func (b *legacyBuilder) menu() {
	v := &IVR{Audio: b.legacy.Menu, TimeoutSeconds: 5, Attempts: 3, Extensions: AnyUser}
	next := map[string]NodeID{PortNoOrWrongInput: b.last}
	for _, o := range b.legacy.Options {
		id := keyName(o.Key)
		v.Options = append(v.Options, Option{ID: id, Key: o.Key, Title: o.Title})
		next[id] = NodeID("music_" + id)
		b.ring(NodeID("music_"+id), NodeID("ring_"+id), o.Ring)
	}
	b.add(&Node{ID: "menu", Next: next, IVR: v})
}

// keyName names a key in an id.
func keyName(key byte) string {
	switch key {
	case '*':
		return "star"
	case '#':
		return "hash"
	}
	return "key" + string(rune(key))
}
