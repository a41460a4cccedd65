package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// contactObject is somebody outside whom an account knows.
type contactObject struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Company string          `json:"company"`
	Numbers []contactNumber `json:"numbers"`
	Emails  []string        `json:"emails"`
	TagIDs  []string        `json:"tag_ids"`
	VIP     bool            `json:"vip"`
	Note    string          `json:"note"`
}

type contactNumber struct {
	Number  string `json:"number"`
	Display string `json:"number_display"`
}

type contactCreate struct {
	Name    string   `json:"name,omitempty"`
	Company string   `json:"company,omitempty"`
	Numbers []string `json:"numbers,omitempty" maxItems:"100" doc:"In any form that is dialled in the account's country; each belongs to one contact."`
	Emails  []string `json:"emails,omitempty" maxItems:"100"`
	TagIDs  []string `json:"tag_ids,omitempty" maxItems:"100"`
	VIP     bool     `json:"vip,omitempty"`
	Note    string   `json:"note,omitempty"`
}

type contactPatch struct {
	Name    optional[string]   `json:"name,omitzero"`
	Company optional[string]   `json:"company,omitzero"`
	Numbers optional[[]string] `json:"numbers,omitzero"`
	Emails  optional[[]string] `json:"emails,omitzero"`
	TagIDs  optional[[]string] `json:"tag_ids,omitzero"`
	VIP     optional[bool]     `json:"vip,omitzero"`
	Note    optional[string]   `json:"note,omitzero"`
}

type contactQuery struct {
	Paged

	TagID string `query:"tag_id" maxLength:"64"`
}

type contactSearch struct {
	Paged

	Q string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"What words of their name, company or address begin with, or digits of a number."`
}

type contactLookup struct {
	Account string `query:"account_id" maxLength:"64"`
	Phone   string `query:"phone" required:"true" maxLength:"64" doc:"In any form that is dialled in the account's country (SPEC O12)."`
}

func (s *Server) contactsAPI(a huma.API) {
	const read = provisioning.ContactsRead
	huma.Get(a, "/api/v1/contacts", s.listContacts, operation("contacts", "list-contacts", "Lists the contacts", read))
	huma.Get(a, "/api/v1/contacts/search", s.searchContacts, operation("contacts", "search-contacts", "Finds contacts by what somebody types", read))
	huma.Get(a, "/api/v1/contacts/lookup", s.lookUpContact, operation("contacts", "look-up-contact", "Finds the contact who has a number", read, http.StatusNotFound))
	mountOne(s, a, contactShelf())
}

func contactShelf() shelf[*provisioning.Contact, contactObject, contactCreate, contactPatch] {
	return shelf[*provisioning.Contact, contactObject, contactCreate, contactPatch]{
		kind: provisioning.KindContact, path: "contacts", tag: "contacts", one: "contact", article: "a contact",
		read: provisioning.ContactsRead, write: provisioning.ContactsWrite,
		show: showContact,
		make: func(c contactCreate, b born) (*provisioning.Contact, error) {
			return &provisioning.Contact{
				ID: b.id, Account: b.account, Name: provisioning.Clean(c.Name), Company: provisioning.Clean(c.Company), Numbers: allDialled(c.Numbers, country(b.state, b.account)),
				Emails: cleanEmails(c.Emails), Tags: ids[string](c.TagIDs), VIP: c.VIP, Note: provisioning.Clean(c.Note),
			}, nil
		},
		changeIn: func(st *provisioning.State, c *provisioning.Contact, p contactPatch) (*provisioning.Contact, error) {
			return changeContact(c, &p, country(st, c.Account)), nil
		},
	}
}

func changeContact(c *provisioning.Contact, p *contactPatch, country string) *provisioning.Contact {
	next := *c
	p.Name.set(&next.Name)
	p.Company.set(&next.Company)
	p.Note.set(&next.Note)
	next.Name, next.Company, next.Note = provisioning.Clean(next.Name), provisioning.Clean(next.Company), provisioning.Clean(next.Note)
	if p.Numbers.Sent {
		next.Numbers = allDialled(p.Numbers.Value, country)
	}
	if p.Emails.Sent {
		next.Emails = cleanEmails(p.Emails.Value)
	}
	if p.TagIDs.Sent {
		next.Tags = ids[string](p.TagIDs.Value)
	}
	p.VIP.set(&next.VIP)
	return &next
}

func showContact(st *provisioning.State, c *provisioning.Contact) contactObject {
	o := contactObject{
		ID: c.ID, Name: c.Name, Company: c.Company, Numbers: []contactNumber{}, Emails: texts(c.Emails), TagIDs: texts(c.Tags), VIP: c.VIP, Note: c.Note,
	}
	in := country(st, c.Account)
	for _, n := range c.Numbers {
		o.Numbers = append(o.Numbers, contactNumber{Number: string(n), Display: display(string(n), in)})
	}
	return o
}

func allDialled(numbers []string, country string) []routing.E164 {
	var out []routing.E164
	for _, n := range numbers {
		out = append(out, dialled(n, country))
	}
	return out
}

func cleanEmails(all []string) []string {
	var out []string
	for _, e := range all {
		out = append(out, cleanEmail(e))
	}
	return out
}

func (s *Server) listContacts(ctx context.Context, q *contactQuery) (*pageAnswer[contactObject], error) {
	return s.contacts(ctx, &q.Paged, func(c *provisioning.Contact) everything {
		return q.TagID == "" || everything(slices.Contains(c.Tags, q.TagID))
	})
}

func (s *Server) searchContacts(ctx context.Context, q *contactSearch) (*pageAnswer[contactObject], error) {
	wanted := soughtFor(q.Q)
	digits := strings.TrimLeft(strings.Map(onlyDigits, q.Q), "0")
	return s.contacts(ctx, &q.Paged, func(c *provisioning.Contact) everything {
		const least = 3 // digits, so that a name with a number in it is not everybody
		if len(digits) >= least && strings.Trim(q.Q, "+0123456789 .-()") == "" {
			for _, n := range c.Numbers {
				if strings.Contains(string(n), digits) {
					return true
				}
			}
		}
		return everything(wanted.in(append([]string{c.Name, c.Company}, c.Emails...)...))
	})
}

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// contacts is a page of those contacts that are picked. Of a long list without a filter, what is not on the page costs next to nothing.
func (s *Server) contacts(ctx context.Context, p *Paged, pick func(*provisioning.Contact) everything) (*pageAnswer[contactObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	var picked []*provisioning.Contact
	for _, c := range st.Contacts {
		if pick(c) {
			picked = append(picked, c)
		}
	}
	return cut(p, itemsOf(ctx, picked, func(c *provisioning.Contact) contactObject { return showContact(st, c) }))
}

func (s *Server) lookUpContact(ctx context.Context, q *contactLookup) (*objectAnswer[contactObject], error) {
	st, account, err := s.inAccount(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	n := dialled(q.Phone, country(st, account))
	if provisioning.CheckE164(n) != nil {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "number_malformed", Row: "O12", Location: "query.phone", Args: map[string]string{"number": string(n)}, Text: "this is no phone number",
		})
	}
	c := st.Contact(account, n)
	if c == nil {
		return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindContact, string(n)))
	}
	return &objectAnswer[contactObject]{ETag: etag(c), Body: showContact(st, c)}, nil
}
