package provisioning

import (
	"tandem/routing"
)

// Reason is why a user is unavailable (SPEC A2).
type Reason struct {
	ID      routing.ReasonID  `json:"id"`
	Account routing.AccountID `json:"account"`
	Name    string            `json:"name"` // unique in the account
}

// Tag is a word that calls and contacts can bear.
type Tag struct {
	ID      string            `json:"id"`
	Account routing.AccountID `json:"account"`
	Name    string            `json:"name"`  // unique in the account
	Color   string            `json:"color"` // "#rrggbb"; empty: none
}

// BlockedNumber is a caller whom the account wants to know as blocked (SPEC T10).
type BlockedNumber struct {
	ID      string            `json:"id"`
	Account routing.AccountID `json:"account"`
	E164    routing.E164      `json:"number"` // unique in the account
	Note    string            `json:"note"`
}

// Ref names the reason.
func (r *Reason) Ref() Ref { return Ref{KindReason, string(r.ID), r.Account, r.Name} }

// Fields lists what the reason says.
func (r *Reason) Fields() []Field { return []Field{text("name", r.Name)} }

// Secrets is empty.
func (r *Reason) Secrets() map[string]*Secret { return nil }

// Ref names the tag.
func (t *Tag) Ref() Ref { return Ref{KindTag, t.ID, t.Account, t.Name} }

// Fields lists what the tag says.
func (t *Tag) Fields() []Field { return []Field{text("name", t.Name), text("color", t.Color)} }

// Secrets is empty.
func (t *Tag) Secrets() map[string]*Secret { return nil }

// Ref names the blocked number.
func (b *BlockedNumber) Ref() Ref { return Ref{KindBlocked, b.ID, b.Account, string(b.E164)} }

// Fields lists what the entry says.
func (b *BlockedNumber) Fields() []Field {
	return []Field{text("number", string(b.E164)), text("note", b.Note)}
}

// Secrets is empty.
func (b *BlockedNumber) Secrets() map[string]*Secret { return nil }

func (*Reason) record()        {}
func (*Tag) record()           {}
func (*BlockedNumber) record() {}
