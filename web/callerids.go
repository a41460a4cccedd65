package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// callerID is a number that somebody may show when they call, or send messages from.
type callerID struct {
	ID       string  `json:"id"`
	Number   string  `json:"number"`
	Display  string  `json:"number_display"`
	Name     string  `json:"name"`
	Kind     string  `json:"kind" enum:"unconfigured,shared,direct,legacy_classic,legacy_ivr"`
	Default  bool    `json:"default" doc:"What they show where they choose nothing (SPEC O2)."`
	ESIM     bool    `json:"esim" doc:"It is on an active eSIM: from the App it is asked each time by which way the call goes (SPEC E5)."`
	LastUsed *string `json:"last_used_at" format:"date-time" doc:"When they last called this contact with it; null: not of late."`
}

type callerIDsQuery struct {
	To string `query:"to" maxLength:"64" doc:"Who is to be called: the number last used for this contact comes first (SPEC O3). Empty: the default comes first."`
}

func (s *Server) callerIDsAPI(a huma.API) {
	huma.Get(a, "/api/v1/me/caller-ids", s.myCallerIDs,
		operation("me", "list-my-caller-ids", "Lists the numbers that one may show, the one that is best for a call first", provisioning.Own, http.StatusNotFound))
}

func (s *Server) myCallerIDs(ctx context.Context, q *callerIDsQuery) (*listOf[callerID], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	u, err := myself(ctx, st)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	used, err := s.lastUsed(ctx, st, u, plus(q.To))
	if err != nil {
		return nil, err
	}
	t := s.teller()
	usual := t.defaultNumber(s.rooms.Switchboard, u)
	out := []callerID{}
	for _, n := range st.NumbersOf(u.ID) {
		one := callerID{
			ID: string(n.ID), Number: string(n.E164), Display: display(string(n.E164), country(st, n.Account)), Name: n.Name, Kind: string(n.Kind),
			Default: n.ID == usual, LastUsed: stamp(used[n.ID]),
		}
		if live := t.numbers[n.ID]; live != nil && live.Mobile != nil {
			one.ESIM = live.Mobile.Active
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b callerID) int {
		return cmp.Or(used[routing.NumberID(b.ID)].Compare(used[routing.NumberID(a.ID)]), cmp.Compare(rank(b), rank(a)), cmp.Compare(a.Number, b.Number))
	})
	return asList(out), nil
}

// rank puts the default before others.
func rank(c callerID) int {
	if c.Default {
		return 1
	}
	return 0
}

// defaultNumber is what a user's calls show where they choose nothing; empty: none.
func (t teller) defaultNumber(board Switchboard, u *provisioning.User) routing.NumberID {
	if n := t.names.Numbers[u.CallerID]; board == nil && n != nil {
		return n.ID
	}
	if board == nil {
		return ""
	}
	if n := board.Shown(u.ID); n != nil {
		return n.ID
	}
	return ""
}

// lastUsed is when somebody last called a person with each number: by any of that person's numbers, where they are a contact.
func (s *Server) lastUsed(ctx context.Context, st *provisioning.State, u *provisioning.User, to string) (map[routing.NumberID]time.Time, error) {
	const most, look = 5, 20 // numbers of the contact, and calls to each
	if to == "" || s.rooms.Book == nil {
		return map[routing.NumberID]time.Time{}, nil
	}
	n := dialled(to, country(st, u.Account))
	peers := []routing.E164{n}
	if c := st.Contact(u.Account, n); c != nil {
		peers = c.Numbers[:min(len(c.Numbers), most)]
	}
	out := map[routing.NumberID]time.Time{}
	for _, p := range peers {
		page, err := s.rooms.Book.Calls(ctx, provisioning.CallFilter{Account: u.Account, User: u.ID, Direction: routing.Outbound, To: string(p), Limit: look})
		if err != nil {
			return nil, s.failed(ctx, "find the last calls", err)
		}
		for _, c := range page.Calls {
			if c.NumberID != "" && c.StartedAt.After(out[c.NumberID]) {
				out[c.NumberID] = c.StartedAt
			}
		}
	}
	return out, nil
}
