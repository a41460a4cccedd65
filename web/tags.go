package web

import (
	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// tagObject is a tag in the API.
type tagObject struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color" doc:"#rrggbb; empty: none."`
}

type tagCreate struct {
	Name  string `json:"name"`
	Color string `json:"color,omitempty" doc:"#rrggbb"`
}

type tagPatch struct {
	Name  optional[string] `json:"name,omitzero"`
	Color optional[string] `json:"color,omitzero"`
}

func (s *Server) tagsAPI(a huma.API) {
	mount(s, a, shelf[*provisioning.Tag, tagObject, tagCreate, tagPatch]{
		kind: provisioning.KindTag, path: "tags", tag: "contacts", one: "tag", article: "a tag",
		read: provisioning.ContactsRead, write: provisioning.ContactsWrite,
		all: func(st *provisioning.State) []*provisioning.Tag { return st.Tags },
		show: func(_ *provisioning.State, t *provisioning.Tag) tagObject {
			return tagObject{ID: t.ID, Name: t.Name, Color: t.Color}
		},
		make: func(c tagCreate, b born) (*provisioning.Tag, error) {
			return &provisioning.Tag{ID: b.id, Account: b.account, Name: provisioning.Clean(c.Name), Color: c.Color}, nil
		},
		change: func(t *provisioning.Tag, p tagPatch) (*provisioning.Tag, error) {
			next := *t
			p.Name.set(&next.Name)
			p.Color.set(&next.Color)
			next.Name = provisioning.Clean(next.Name)
			return &next, nil
		},
	})
}
