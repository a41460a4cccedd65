package provisioning

import (
	"time"

	"tandem/routing"
)

// Key lets a program in (API.md section 2). What the program shows is known to it alone: we keep its digest.
type Key struct {
	ID      string             `json:"id"`
	Account routing.AccountID  `json:"account"`
	Name    string             `json:"name"` // unique in the account
	Scopes  []Scope            `json:"scopes"`
	Numbers []routing.NumberID `json:"numbers"` // it sees nothing else; empty, with Teams: everything
	Teams   []routing.TeamID   `json:"teams"`
	Hint    string             `json:"hint"`    // how the key begins, for people to tell keys apart
	Digest  Secret             `json:"digest"`  // SHA-256 of the key, in hexadecimal
	Expires time.Time          `json:"expires"` // zero: never
	Created time.Time          `json:"created"`
}

// Ref names the key.
func (k *Key) Ref() Ref { return Ref{KindKey, k.ID, k.Account, k.Name} }

// Fields lists what the key says.
func (k *Key) Fields() []Field {
	expires := ""
	if !k.Expires.IsZero() {
		expires = k.Expires.UTC().Format(time.RFC3339)
	}
	return []Field{
		text("name", k.Name), set("scopes", k.Scopes), set("numbers", k.Numbers), set("teams", k.Teams), text("hint", k.Hint), text("expires", expires),
		{Name: "key", Secret: k.Digest},
	}
}

// Secrets is the digest.
func (k *Key) Secrets() map[string]*Secret { return map[string]*Secret{"digest": &k.Digest} }

func (*Key) record() {}
