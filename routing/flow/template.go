package flow

import (
	"cmp"
	"errors"
	"slices"

	"tandem/routing/calendar"
)

// Template is a flow to begin with (API.md section 3, flow-templates).
type Template struct {
	ID    string
	Kind  LineKind // what it is for
	Title Phrase
	Text  Phrase // what it does, in a sentence
	Holes []Hole // what must be given before it is a flow
}

// Phrase is a text in both languages.
type Phrase struct{ English, French string }

// In is the text in a language: "fr", or any other for English.
func (p Phrase) In(language string) string {
	if language == "fr" {
		return p.French
	}
	return p.English
}

// Hole is what a template leaves open.
type Hole string

// The holes of templates.
const (
	HoleUser Hole = "user"
	HoleTeam Hole = "team"
)

// Filling fills the holes of a template. Sounds that are not given are the product's.
type Filling struct {
	Name     string
	Language string // "fr" or "en": of the titles and of the product's prompts
	Timezone string
	User     UserID
	Team     TeamID
	Welcome  AudioID
	Menu     AudioID
	Closed   AudioID
	Hours    []calendar.Slot // Monday to Friday, 09:00 to 18:00, where none are given
}

// The ids of the templates.
const (
	TemplateDirect    = "direct"
	TemplateVoicemail = "voicemail"
	TemplateTeam      = "team"
	TemplateHours     = "hours"
	TemplateMenu      = "menu"
)

// Why a template cannot be filled.
var (
	ErrNoTemplate = errors.New("there is no such template")
	ErrHole       = errors.New("the template needs a user or a team")
)

// Templates lists the flows to begin with.
func Templates() []Template {
	return []Template{
		{
			TemplateDirect, DirectLine,
			Phrase{"Direct number", "Numéro direct"},
			Phrase{"Rings its user, then takes a message.", "Fait sonner son utilisateur, puis prend un message."},
			[]Hole{HoleUser},
		},
		{
			TemplateTeam, SharedLine,
			Phrase{"Welcome and team", "Accueil et équipe"},
			Phrase{"Welcomes the caller, rings a team with music, then takes a message.", "Accueille l'appelant, fait sonner une équipe en musique, puis prend un message."},
			[]Hole{HoleTeam},
		},
		{
			TemplateHours, SharedLine,
			Phrase{"Opening hours", "Horaires d'ouverture"},
			Phrase{
				"Rings a team while it is open; at any other time it says so and takes a message.",
				"Fait sonner une équipe aux heures d'ouverture ; le reste du temps, l'annonce et prend un message.",
			},
			[]Hole{HoleTeam},
		},
		{
			TemplateMenu, SharedLine,
			Phrase{"Welcome, menu and team", "Accueil, menu et équipe"},
			Phrase{"Welcomes the caller and offers a menu: a team, or a message.", "Accueille l'appelant et propose un menu : une équipe, ou un message."},
			[]Hole{HoleTeam},
		},
		{
			TemplateVoicemail, SharedLine,
			Phrase{"Voicemail only", "Messagerie seule"},
			Phrase{"Takes a message at once.", "Prend un message tout de suite."},
			nil,
		},
	}
}

// FromTemplate makes a flow of a template.
func FromTemplate(id string, with Filling) (*Flow, error) {
	all := Templates()
	i := slices.IndexFunc(all, func(t Template) bool { return t.ID == id })
	if i < 0 {
		return nil, ErrNoTemplate
	}
	for _, h := range all[i].Holes {
		if h == HoleUser && with.User == "" || h == HoleTeam && with.Team == "" {
			return nil, ErrHole
		}
	}
	if !slices.Contains(all[i].Holes, HoleUser) {
		with.User = ""
	}
	if !slices.Contains(all[i].Holes, HoleTeam) {
		with.Team = ""
	}
	b := &templateBuilder{
		with: with,
		flow: &Flow{
			Name: cmp.Or(with.Name, all[i].Title.In(with.Language)), Language: with.Language, Timezone: with.Timezone, Nodes: make(map[NodeID]*Node),
		},
	}
	b.build(id)
	b.flow.findPlaces()
	return b.flow, nil
}

type templateBuilder struct {
	with Filling
	flow *Flow
}

// add puts a node at the end of the document; the first one is the start.
func (b *templateBuilder) add(id NodeID, title Phrase, next map[string]NodeID, n Node) {
	n.ID, n.Title, n.Next = id, title.In(b.with.Language), next
	if next == nil {
		n.Next = map[string]NodeID{}
	}
	if b.flow.Start == "" {
		b.flow.Start = id
	}
	b.flow.Nodes[id] = &n
	b.flow.Listed = append(b.flow.Listed, id)
}

func done(id NodeID) map[string]NodeID { return map[string]NodeID{PortDone: id} }

func (b *templateBuilder) build(id string) {
	switch id {
	case TemplateDirect:
		b.ring()
	case TemplateTeam:
		b.welcome("music")
		b.ring()
	case TemplateHours:
		b.hours("welcome", "closed")
		b.welcome("music")
		b.ring()
		b.add("closed", Phrase{"Closed", "Fermé"}, done("voicemail"), Node{AudioMessage: &AudioMessage{Audio: cmp.Or(b.with.Closed, SoundClosed), Extensions: AnyUser}})
	case TemplateMenu:
		b.welcome("menu")
		b.menu("music", "voicemail")
		b.ring()
	case TemplateVoicemail:
	}
	b.add("voicemail", Phrase{"Voicemail", "Messagerie"}, nil, Node{Voicemail: &Voicemail{MaxSeconds: 180}})
}

func (b *templateBuilder) welcome(next NodeID) {
	b.add("welcome", Phrase{"Welcome", "Accueil"}, done(next), Node{AudioMessage: &AudioMessage{Audio: cmp.Or(b.with.Welcome, SoundWelcome), Extensions: AnyUser}})
}

// ring adds music and what rings under it: the team, or the user of a direct number.
func (b *templateBuilder) ring() {
	r := &RingTo{Team: b.with.Team, Rule: Simultaneous, RingForSeconds: 60, RingUserSeconds: 30, EvenIfBusy: true}
	title := Phrase{"Ring the team", "Sonner l'équipe"}
	if b.with.User != "" {
		*r = RingTo{Users: []UserID{b.with.User}, Rule: Simultaneous, RingForSeconds: 30, RingUserSeconds: 30}
		title = Phrase{"Ring the user", "Sonner l'utilisateur"}
	}
	b.add("music", Phrase{"Waiting music", "Musique d'attente"}, done("ring"), Node{Waiting: &Waiting{Extensions: AnyUser}})
	b.add("ring", title, map[string]NodeID{PortUnanswered: "voicemail"}, Node{RingTo: r})
}

func (b *templateBuilder) hours(open, closed NodeID) {
	slots := b.with.Hours
	if len(slots) == 0 {
		slots = []calendar.Slot{{Days: calendar.Days()[:5], From: "09:00", To: "18:00"}}
	}
	branch := TimeBranch{ID: "open", Title: Phrase{"Open", "Ouvert"}.In(b.with.Language), Slots: slots}
	b.add("hours", Phrase{"Opening hours", "Horaires d'ouverture"}, map[string]NodeID{"open": open, PortOtherwise: closed},
		Node{TimeRule: &TimeRule{Branches: []TimeBranch{branch}}})
}

func (b *templateBuilder) menu(team, message NodeID) {
	v := &IVR{
		Audio: cmp.Or(b.with.Menu, SoundMenu), TimeoutSeconds: 5, Attempts: 3, Extensions: AnyUser,
		Options: []Option{
			{ID: "team", Key: '1', Title: Phrase{"Speak to us", "Nous parler"}.In(b.with.Language)},
			{ID: "message", Key: '9', Title: Phrase{"Leave a message", "Laisser un message"}.In(b.with.Language)},
		},
	}
	b.add("menu", Phrase{"Menu", "Menu"}, map[string]NodeID{"team": team, "message": message, PortNoOrWrongInput: message}, Node{IVR: v})
}
