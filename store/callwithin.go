package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"tandem/provisioning"
	"tandem/routing"
)

// mostBranches is of how many lines the calls are looked for line by line; of more all calls of the account are looked at.
const mostBranches = 24

// lineBranches are the conditions one of which holds for each call that somebody sees, each with an index of its own.
func lineBranches(l *provisioning.Lines) []condition {
	var out []condition
	add := func(column, value string) {
		out = append(out, condition{set: true, hold: func(c *clause) { c.add("c."+column+" = ? AND c."+column+" <> ''", value) }})
	}
	for _, n := range l.Numbers {
		add("number_id", string(n))
	}
	if l.User != "" {
		add("user_id", string(l.User))
		add("assigned_to", string(l.User))
	}
	return out
}

// within adds that a call is one of those lines.
func (c *clause) within(l *provisioning.Lines) {
	either := clause{args: c.args}
	for _, b := range lineBranches(l) {
		b.hold(&either)
	}
	c.args = either.args
	c.where = append(c.where, "("+strings.Join(either.where, " OR ")+")")
}

// manyIndexes reads the ids that several indexes give, newest or oldest first, and the calls among them for which the rest holds.
func (s *Store) manyIndexes(ctx context.Context, f *provisioning.CallFilter, p span) ([]*routing.CallRecord, string, error) {
	branches := lineBranches(f.Within)
	most := f.Limit + 1
	if len(heldBesides(f, p)) > 0 {
		most = max(longestPage+1, mostRows/len(branches))
	}
	var ids []string
	edge := "" // up to here every index was read
	for _, b := range branches {
		c := clause{}
		b.hold(&c)
		p.bounds(&c, "c.id")
		before := len(ids)
		text := `SELECT c.id FROM calls c` + where(c) + ` ORDER BY c.id ` + callOrder(f.Oldest).direction() + ` LIMIT ` + c.mark(most)
		err := each(ctx, s.db.read, text, c.args, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return nil, "", err
		}
		if last := len(ids) - 1; len(ids)-before == most && (edge == "" || f.Oldest == (ids[last] < edge)) {
			edge = ids[last]
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if !f.Oldest {
		slices.Reverse(ids)
	}
	if edge != "" {
		at := slices.Index(ids, edge)
		ids = ids[:at+1]
	}
	calls, err := s.chosen(ctx, f, p, ids)
	return calls, edge, err
}

// heldBesides are the parts of a filter but its account and its lines.
func heldBesides(f *provisioning.CallFilter, p span) []condition {
	all := *f
	all.Within = nil
	return slices.DeleteFunc(callConditions(&all, p), func(c condition) bool { return !c.set })
}

// chosen reads the calls of a list of ids for which a filter holds, up to one more than its limit.
func (s *Store) chosen(ctx context.Context, f *provisioning.CallFilter, p span, ids []string) ([]*routing.CallRecord, error) {
	var out []*routing.CallRecord
	for len(ids) > 0 && len(out) <= f.Limit {
		n := min(len(ids), longestPage+1)
		c := clause{}
		marks := make([]string, n)
		for i, id := range ids[:n] {
			marks[i] = c.mark(id)
		}
		ids = ids[n:]
		c.where = append(c.where, "c.id IN ("+strings.Join(marks, ", ")+")")
		if f.Account != "" {
			c.add("c.account = ?", string(f.Account))
		}
		for _, k := range callConditions(f, p) {
			if k.set {
				k.hold(&c)
			}
		}
		calls, err := scanCalls(s.db.read.QueryContext(ctx, `SELECT `+prefixed(callColumns)+` FROM calls c`+where(c), c.args...))
		if err != nil {
			return nil, err
		}
		out = append(out, calls...)
	}
	slices.SortFunc(out, func(a, b *routing.CallRecord) int {
		if f.Oldest {
			return strings.Compare(string(a.ID), string(b.ID))
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	if len(out) > f.Limit+1 {
		out = out[:f.Limit+1]
	}
	return out, nil
}
