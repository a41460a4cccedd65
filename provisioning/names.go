package provisioning

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"tandem/routing"
	"tandem/routing/flow"
)

// user is the id of a user that the site names by e-mail address. A draft may name nobody: it keeps the name.
func (p *planner) user(email routing.UserID) routing.UserID {
	if id := p.ids[KindUser][key{"", strings.ToLower(string(email))}]; id != "" {
		return routing.UserID(id)
	}
	return email
}

func (p *planner) users(emails []routing.UserID) []routing.UserID {
	var out []routing.UserID
	for _, e := range emails {
		out = append(out, p.user(e))
	}
	return out
}

func (p *planner) team(account routing.AccountID, name routing.TeamID) routing.TeamID {
	if id := p.ids[KindTeam][key{account, string(name)}]; id != "" {
		return routing.TeamID(id)
	}
	return name
}

// audio is the id of a sound of the account; a name that is none of its sounds is the product's.
func (p *planner) audio(account routing.AccountID, name flow.AudioID) flow.AudioID {
	if id := p.ids[KindAudio][key{account, string(name)}]; id != "" {
		return flow.AudioID(id)
	}
	return name
}

// ids puts ids in the place of the names that a flow of a site file has.
type ids struct {
	planner *planner
	account routing.AccountID
}

// User finds a user by e-mail address.
func (i ids) User(email flow.UserID) flow.UserID { return i.planner.user(email) }

// Team finds a team of the account by name.
func (i ids) Team(name flow.TeamID) flow.TeamID { return i.planner.team(i.account, name) }

// Audio finds a sound of the account by name.
func (i ids) Audio(name flow.AudioID) flow.AudioID { return i.planner.audio(i.account, name) }

// Number finds a number by E.164.
func (i ids) Number(e164 flow.NumberID) flow.NumberID {
	return flow.NumberID(i.planner.id(KindNumber, key{"", string(e164)}))
}

// Date finds a special date of the account by name.
func (i ids) Date(name flow.DateID) flow.DateID {
	return flow.DateID(i.planner.id(KindSpecialDate, key{i.account, string(name)}))
}

// Tag finds a tag of the account by name.
func (i ids) Tag(name string) string { return i.planner.id(KindTag, key{i.account, name}) }

// id is the id of what has a name; a draft may name what is not there, and keeps the name.
func (p *planner) id(kind Kind, k key) string {
	if id := p.ids[kind][k]; id != "" {
		return id
	}
	return k.name
}

// longestAudio is how big a sound may be: half an hour of G.711.
const longestAudio = 16 << 20

// Errors of sounds.
var (
	errNotWAV  = errors.New("want a WAV file")
	errBigFile = errors.New("want a file of at most 16 MiB")
)

// fill puts content into the description of a sound.
func (a *Audio) fill(content []byte) error {
	if len(content) > longestAudio {
		return errBigFile
	}
	if err := checkWave(content); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	a.SHA256, a.Size, a.Content = hex.EncodeToString(sum[:]), len(content), content
	return nil
}

// sizeKept is the size of a sound whose content stays what it is: the site file names its digest alone.
const sizeKept = -1

// NewAudio is a sound of an account that nobody has kept yet. It is refused where no call could play it.
func NewAudio(id flow.AudioID, account routing.AccountID, name string, content []byte) (*Audio, error) {
	a := &Audio{ID: id, Account: account, Name: name}
	err := a.fill(content)
	switch {
	case errors.Is(err, errBigFile):
		return nil, &Refusal{Code: "audio_too_large", Location: "body.file", Text: err.Error()}
	case err != nil:
		return nil, &Refusal{Code: "audio_not_wav", Location: "body.file", Text: err.Error()}
	}
	return a, nil
}
