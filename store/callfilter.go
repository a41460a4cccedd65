package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// Limits of a page.
const (
	usualPage   = 50
	longestPage = 200
	mostRows    = 2500 // rows that one page looks at: a filter that picks little comes back for more
)

// clause collects conditions and their arguments.
type clause struct {
	where []string
	args  []any
}

// add adds a condition in which each ? is the next argument.
func (c *clause) add(condition string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.where = append(c.where, condition)
}

func (c *clause) text() string { return strings.Join(c.where, " AND ") }

// mark is the placeholder of one more argument.
func (c *clause) mark(arg any) string {
	c.args = append(c.args, arg)
	return "$" + strconv.Itoa(len(c.args))
}

// callQuery is one way to find calls: the rows that an index gives in the order of their ids, and what must hold of them besides.
type callQuery struct {
	from  string // calls c, or labels with it
	drive func(*clause)
	id    string // of the rows, by which the index orders them
	rest  []func(*clause)
}

// Calls implements provisioning.CallLog. A page may be shorter than its limit though more follow: it looks at so many rows and no more.
func (s *Store) Calls(ctx context.Context, f provisioning.CallFilter) (provisioning.CallPage, error) {
	if f.Limit <= 0 {
		f.Limit = usualPage
	}
	f.Limit = min(f.Limit, longestPage)
	page, err := s.callPage(ctx, &f)
	if err == nil {
		err = label(ctx, s.db.read, page.Calls)
	}
	if err == nil && f.Count {
		page.Total, err = s.countCalls(ctx, &f)
	}
	if err != nil {
		return provisioning.CallPage{}, fmt.Errorf("list calls: %w", err)
	}
	return page, nil
}

func (s *Store) callPage(ctx context.Context, f *provisioning.CallFilter) (provisioning.CallPage, error) {
	var page provisioning.CallPage
	for _, span := range callSpans(f) {
		calls, next, err := s.callRun(ctx, f, span.from(f))
		if err != nil {
			return page, err
		}
		page.Calls = append(page.Calls, calls...)
		if len(page.Calls) > f.Limit {
			page.Calls = page.Calls[:f.Limit]
			next = string(page.Calls[f.Limit-1].ID)
		}
		if next != "" {
			page.Next = next
			break
		}
	}
	return page, nil
}

// span is a run of ids in which calls are looked for.
type span struct {
	low, high string // ids from low on, below high; empty: no bound
	after     string // ids above it
	touched   bool   // those alone that changed long after they began
}

// from is what is left of a span after the cursor.
func (p span) from(f *provisioning.CallFilter) span {
	if f.Cursor == "" {
		return p
	}
	if f.Oldest {
		p.after = f.Cursor
	} else if p.high == "" || f.Cursor < p.high {
		p.high = f.Cursor
	}
	return p
}

// slack is how far the time in an id may lie from the start of its call.
const slack = time.Minute

// callSpans are the ids among which a filter's calls are, in the order of the page. A call that changed after a time began after it too, or at most an hour
// before; else it is one of the few that changed long after they began.
func callSpans(f *provisioning.CallFilter) []span {
	all := span{}
	if !f.Since.IsZero() {
		all.low = callAt(f.Since.Add(-slack))
	}
	if !f.Until.IsZero() {
		all.high = callAt(f.Until.Add(slack))
	}
	if f.UpdatedSince.IsZero() || f.Account == "" {
		return []span{all}
	}
	edge := callAt(f.UpdatedSince.Add(-time.Hour - slack))
	late, early := all, all
	late.low = max(all.low, edge)
	early.touched = true
	if early.high == "" || edge < early.high {
		early.high = edge
	}
	if f.Oldest {
		return []span{early, late}
	}
	return []span{late, early}
}

// callAt is the lowest id that a call of that time can have.
func callAt(t time.Time) string {
	const prefix, timeDigits = len("call_"), 10
	return routing.NewID("call", t)[:prefix+timeDigits]
}

// callRun reads what a span gives; next is the id to go on from, empty at the end of the span.
func (s *Store) callRun(ctx context.Context, f *provisioning.CallFilter, p span) (calls []*routing.CallRecord, next string, err error) {
	if f.Within != nil && len(lineBranches(f.Within)) == 0 {
		return nil, "", nil
	}
	if q := newCallQuery(f, p); q != nil {
		return s.oneIndex(ctx, f, q, p)
	}
	return s.manyIndexes(ctx, f, p)
}

// bounds adds the ids of a span.
func (p span) bounds(c *clause, id string) {
	if p.low != "" {
		c.add(id+" >= ?", p.low)
	}
	if p.after != "" {
		c.add(id+" > ?", p.after)
	}
	if p.high != "" {
		c.add(id+" < ?", p.high)
	}
}

func (f callOrder) direction() string {
	if f {
		return "ASC"
	}
	return "DESC"
}

// callOrder is true for the oldest first.
type callOrder bool

// statement is the text that reads a page, and the one that says where it stopped to look, with their arguments.
func (q *callQuery) statement(f *provisioning.CallFilter, p span) (read, stopped statement) {
	inner := clause{}
	q.drive(&inner)
	p.bounds(&inner, q.id)
	order := " ORDER BY " + q.id + " " + callOrder(f.Oldest).direction()
	looked := `SELECT ` + prefixed(callColumns) + ` FROM ` + q.from + where(inner) + order
	outer := clause{args: slices.Clone(inner.args)}
	if len(q.rest) == 0 {
		looked += ` LIMIT ` + outer.mark(f.Limit+1)
		return statement{looked, outer.args}, stopped
	}
	budget := outer.mark(mostRows)
	for _, r := range q.rest {
		r(&outer)
	}
	read.text = `SELECT ` + callColumns + ` FROM (` + looked + ` LIMIT ` + budget + `) AS c` + where(outer) + ` LIMIT ` + outer.mark(f.Limit+1)
	read.args = outer.args
	const skip = mostRows - 1
	stopped.text = `SELECT ` + q.id + ` FROM ` + q.from + where(inner) + order + ` LIMIT 1 OFFSET ` + inner.mark(skip)
	stopped.args = inner.args
	return read, stopped
}

// statement is a text of SQL with its arguments.
type statement struct {
	text string
	args []any
}

// oneIndex reads the rows that one index gives.
func (s *Store) oneIndex(ctx context.Context, f *provisioning.CallFilter, q *callQuery, p span) ([]*routing.CallRecord, string, error) {
	read, stopped := q.statement(f, p)
	calls, err := scanCalls(s.db.read.QueryContext(ctx, read.text, read.args...))
	if err != nil || len(calls) > f.Limit || stopped.text == "" {
		return calls, "", err
	}
	// The page is not full: it goes on where it stopped to look.
	var next string
	err = s.db.read.QueryRowContext(ctx, stopped.text, stopped.args...).Scan(&next)
	if errors.Is(err, sql.ErrNoRows) {
		return calls, "", nil
	}
	return calls, next, err
}

func where(c clause) string {
	if len(c.where) == 0 {
		return ""
	}
	return " WHERE " + c.text()
}

// prefixed are columns of calls where another table is there too.
func prefixed(columns string) string {
	names := strings.Split(columns, ",")
	for i, n := range names {
		names[i] = "c." + strings.TrimSpace(n)
	}
	return strings.Join(names, ", ")
}

// condition is one part of a filter: the index that finds its calls, where there is one.
type condition struct {
	set   bool
	hold  func(*clause)
	drive *callQuery // with from and id; nil: no index
}

// newCallQuery chooses the index that finds fewest calls; nil where several must be asked.
func newCallQuery(f *provisioning.CallFilter, p span) *callQuery {
	conditions := callConditions(f, p)
	at := slices.IndexFunc(conditions, func(c condition) bool { return c.set && c.drive != nil })
	if at < 0 && f.Within != nil && len(lineBranches(f.Within)) <= mostBranches {
		return nil
	}
	q := &callQuery{from: "calls c", id: "c.id", drive: func(c *clause) {
		if f.Account != "" {
			c.add("c.account = ?", string(f.Account))
		}
	}}
	if at >= 0 {
		d := conditions[at]
		q.from, q.id, q.drive = d.drive.from, d.drive.id, d.hold
		if d.drive.drive != nil {
			q.drive = d.drive.drive
		}
		if f.Account != "" {
			q.rest = append(q.rest, func(c *clause) { c.add("c.account = ?", string(f.Account)) })
		}
	}
	for i, c := range conditions {
		if c.set && i != at {
			q.rest = append(q.rest, c.hold)
		}
	}
	return q
}

// callConditions are the parts of a filter but its account, those first whose index finds fewest calls.
func callConditions(f *provisioning.CallFilter, p span) []condition {
	own := &callQuery{from: "calls c", id: "c.id"}
	is := func(column, value string, index *callQuery) condition {
		return condition{value != "", func(c *clause) { c.add("c."+column+" = ?", value) }, index}
	}
	partial := func(column, value string) condition {
		with := *own
		// The index is of the calls alone that have one, which the planners must see.
		with.drive = func(c *clause) { c.add("c."+column+" = ? AND c."+column+" <> ''", value) }
		return is(column, value, &with)
	}
	label := func(id string) condition {
		return condition{id != "", func(c *clause) {
			c.add("EXISTS (SELECT 1 FROM call_labels l WHERE l.call_id = c.id AND l.label = ?)", id)
		}, &callQuery{from: "call_labels l JOIN calls c ON c.id = l.call_id", id: "l.call_id", drive: func(c *clause) { c.add("l.label = ?", id) }}}
	}
	archived := condition{set: f.Archived != nil && *f.Archived && f.Account != "", hold: func(c *clause) { c.add("c.archived") }}
	archived.drive = &callQuery{from: "calls c", id: "c.id", drive: func(c *clause) { c.add("c.archived AND c.account = ?", string(f.Account)) }}
	missed := is("missed", string(f.Missed), nil)
	if f.Account != "" {
		missed.drive = &callQuery{from: "calls c", id: "c.id", drive: func(c *clause) {
			c.add("c.account = ? AND c.missed = ? AND c.missed <> ''", string(f.Account), string(f.Missed))
		}}
	}
	touched := condition{set: p.touched, hold: func(c *clause) { c.add("c.updated_at > c.started_at + 3600000") }}
	touched.drive = &callQuery{from: "calls c", id: "c.id", drive: func(c *clause) {
		c.add("c.account = ? AND c.updated_at > c.started_at + 3600000", string(f.Account))
	}}
	all := []condition{
		partial("assigned_to", string(f.AssignedTo)), label(f.Tag), archived, touched, is("from_number", f.From, own), is("to_number", f.To, own),
		partial("user_id", string(f.User)), missed, partial("number_id", string(f.Number)), label(string(f.Team)),
		is("direction", string(f.Direction), nil), is("outcome", string(f.Outcome), nil),
	}
	plain := func(set bool, text string, args ...any) {
		all = append(all, condition{set: set, hold: func(c *clause) { c.add(text, args...) }})
	}
	plain(f.Archived != nil && !*f.Archived, "NOT c.archived")
	plain(f.Archived != nil && *f.Archived && f.Account == "", "c.archived")
	digits := "%" + strings.TrimPrefix(strings.NewReplacer("%", "", "_", "").Replace(f.Search), "+") + "%"
	plain(f.Search != "", "(c.from_number LIKE ? OR c.to_number LIKE ?)", digits, digits)
	plain(!f.Since.IsZero(), "c.started_at >= ?", f.Since.UnixMilli())
	plain(!f.Until.IsZero(), "c.started_at < ?", f.Until.UnixMilli())
	plain(!f.UpdatedSince.IsZero(), "c.updated_at >= ?", f.UpdatedSince.UnixMilli())
	plain(!f.UpdatedUntil.IsZero(), "c.updated_at < ?", f.UpdatedUntil.UnixMilli())
	if f.Within != nil {
		within := condition{set: true, hold: func(c *clause) { c.within(f.Within) }}
		all = append(all, within)
	}
	return all
}

func (s *Store) countCalls(ctx context.Context, f *provisioning.CallFilter) (int64, error) {
	c := clause{}
	if f.Account != "" {
		c.add("c.account = ?", string(f.Account))
	}
	if f.Within != nil && len(lineBranches(f.Within)) == 0 {
		return 0, nil
	}
	for _, k := range callConditions(f, span{}) {
		if k.set {
			k.hold(&c)
		}
	}
	var n int64
	err := s.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM calls c`+where(c), c.args...).Scan(&n)
	return n, err
}
