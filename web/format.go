package web

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// numberFormat is what somebody typed, as it would be dialled, and who it is.
type numberFormat struct {
	Number  string     `json:"number" doc:"As it would be dialled: E.164, an extension, or what was typed where it is neither."`
	Display string     `json:"display" doc:"For people, as those of the account's country write it."`
	Kind    string     `json:"kind" enum:"external,extension,short,unfinished" doc:"external: a whole number outside. extension: a colleague's. short: up to six digits, such as an emergency number. unfinished: none of these yet."`
	User    *reference `json:"user" doc:"Whose extension it is."`
	Contact *reference `json:"contact" doc:"The account's contact with it."`
	Ours    *reference `json:"our_number" doc:"It is a number of the account."`
}

type formatQuery struct {
	Account string `query:"account_id" maxLength:"64" doc:"Not needed where there is one only."`
	Number  string `query:"number" required:"true" maxLength:"64" doc:"In any form that is dialled in the account's country, whole or not."`
}

type formatAnswer struct{ Body numberFormat }

func (s *Server) formatAPI(a huma.API) {
	huma.Get(a, "/api/v1/format", s.formatNumber,
		operation("numbers", "format-number", "Reads a number as it would be dialled, writes it for people, and says who it is", provisioning.Own))
}

func (s *Server) formatNumber(ctx context.Context, q *formatQuery) (*formatAnswer, error) {
	st, account, err := s.inAccount(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	out := numberAsTyped(st, account, plus(q.Number))
	if !bool(who(ctx).may(provisioning.ContactsRead)) {
		out.Contact = nil
	}
	return &formatAnswer{Body: out}, nil
}

// numberAsTyped reads a number that was typed in an account.
func numberAsTyped(st *provisioning.State, account routing.AccountID, typed string) numberFormat {
	in := country(st, account)
	digits := strings.Map(onlyDigits, typed)
	bare := strings.TrimSpace(typed)
	const shortest, extension = 6, 3
	if len(digits) == extension && bare == digits {
		for _, u := range st.Users {
			if u.Account == account && u.Extension == digits {
				return numberFormat{Number: digits, Display: digits, Kind: "extension", User: &reference{ID: string(u.ID), Name: u.Name}}
			}
		}
	}
	if len(digits) > 0 && len(digits) <= shortest && bare == digits {
		return numberFormat{Number: digits, Display: digits, Kind: "short"}
	}
	n := dialled(typed, in)
	if provisioning.CheckE164(n) != nil {
		return numberFormat{Number: bare, Display: bare, Kind: "unfinished"}
	}
	out := numberFormat{Number: string(n), Display: display(string(n), in), Kind: "external"}
	if c := st.Contact(account, n); c != nil {
		out.Contact = &reference{ID: c.ID, Name: c.Name}
	}
	for _, one := range st.Numbers {
		if one.Account == account && one.E164 == n {
			out.Ours = &reference{ID: string(one.ID), Name: one.Name}
		}
	}
	return out
}
