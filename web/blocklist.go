package web

import (
	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// blockedObject is a caller whom the account wants to know as blocked.
type blockedObject struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Display string `json:"number_display"`
	Note    string `json:"note"`
}

type blockedCreate struct {
	Number string `json:"number" doc:"In any form that is dialled in the account's country."`
	Note   string `json:"note,omitempty"`
}

type blockedPatch struct {
	Note optional[string] `json:"note,omitzero"`
}

func (s *Server) blockListAPI(a huma.API) {
	mount(s, a, shelf[*provisioning.BlockedNumber, blockedObject, blockedCreate, blockedPatch]{
		kind: provisioning.KindBlocked, path: "block-list", tag: "contacts", one: "blocked-number", article: "a blocked number",
		read: provisioning.ContactsRead, write: provisioning.ContactsWrite,
		all: func(st *provisioning.State) []*provisioning.BlockedNumber { return st.Blocked },
		show: func(st *provisioning.State, b *provisioning.BlockedNumber) blockedObject {
			return blockedObject{ID: b.ID, Number: string(b.E164), Display: display(string(b.E164), country(st, b.Account)), Note: b.Note}
		},
		make: func(c blockedCreate, b born) (*provisioning.BlockedNumber, error) {
			return &provisioning.BlockedNumber{ID: b.id, Account: b.account, E164: dialled(c.Number, country(b.state, b.account)), Note: provisioning.Clean(c.Note)}, nil
		},
		change: func(b *provisioning.BlockedNumber, p blockedPatch) (*provisioning.BlockedNumber, error) {
			next := *b
			p.Note.set(&next.Note)
			next.Note = provisioning.Clean(next.Note)
			return &next, nil
		},
	})
}

// dialled is a number in E.164, however somebody in a country writes it (SPEC O12); what is no number stays as it is, for the rules to refuse.
func dialled(number, country string) routing.E164 {
	const longest = 64
	if len(number) <= longest {
		if n, is := routing.ParseNumber(number, country); is {
			return n
		}
	}
	return routing.E164(number[:min(len(number), longest)])
}
