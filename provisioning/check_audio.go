package provisioning

import (
	"strings"

	"tandem/routing"
)

// checkAudio asks the rules of sounds.
func (s *State) checkAudio(_, after *Audio) Refusals {
	return append(checkName(after.Name), nameTaken(s.Audio, after, "body.name")...)
}

// leaveAudio refuses while flows, voicemails or legacy numbers play the sound.
func (s *State) leaveAudio(a *Audio) ([]Change, Refusals) {
	where := s.playing(a.Account, string(a.ID))
	for _, u := range s.Users {
		if u.Voicemail != nil && u.Voicemail.Greeting == a.ID {
			where = append(where, "the voicemail of "+u.Name)
		}
	}
	for _, n := range s.Numbers {
		l := n.Settings.Legacy
		if l == nil {
			continue
		}
		box := l.Settings.Voicemail
		if l.Closed == a.ID || l.Settings.Welcome == a.ID || l.Settings.Menu == a.ID || l.Settings.Music == a.ID || box != nil && box.Greeting == a.ID {
			where = append(where, "the number "+string(n.E164))
		}
	}
	return nil, inUse(a, where)
}

// playing lists the flows of an account whose published version or draft names a record, for people.
func (s *State) playing(account routing.AccountID, id string) []string {
	var out []string
	for _, f := range s.Flows {
		// Ids are like nothing else, so a document that has one as a text names the record.
		if f.Account == account && strings.Contains(f.Published+f.Draft, `"`+id+`"`) {
			out = append(out, "the flow "+f.Name)
		}
	}
	return out
}
