package provisioning

import "tandem/routing"

// Contact is somebody outside whom an account knows.
type Contact struct {
	ID      string            `json:"id"`
	Account routing.AccountID `json:"account"`
	Name    string            `json:"name"`
	Company string            `json:"company"`
	Numbers []routing.E164    `json:"numbers"` // each belongs to one contact of the account
	Emails  []string          `json:"emails"`
	Tags    []string          `json:"tags"` // ids
	VIP     bool              `json:"vip"`
	Note    string            `json:"note"`
}

// Ref names the contact by id, since two people may have one name.
func (c *Contact) Ref() Ref { return Ref{KindContact, c.ID, c.Account, c.ID} }

// Fields lists what the contact says.
func (c *Contact) Fields() []Field {
	return []Field{
		text("name", c.Name), text("company", c.Company), list("numbers", c.Numbers), list("emails", c.Emails), set("tags", c.Tags),
		text("vip", c.VIP), text("note", c.Note),
	}
}

// Secrets is empty.
func (c *Contact) Secrets() map[string]*Secret { return nil }

func (*Contact) record() {}
