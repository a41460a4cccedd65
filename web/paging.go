package web

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Paged is the part of a query that every list has. It is embedded, so it is exported: the framework passes over the fields of others.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Order  string `query:"order" enum:"asc,desc" default:"asc" doc:"By age: asc gives the oldest first."`
	Count  bool   `query:"count" doc:"Counts all that match, in total_count."`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (p *Paged) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	p.path, p.query = u.Path, u.Query()
	return nil
}

// cut is pageOf for the list of the request that p came with.
func cut[T any](p *Paged, all []item[T]) (*pageAnswer[T], error) {
	return pageOf(*p, p.path, p.query, all)
}

// pageBody is a page of a list.
type pageBody[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"next_cursor" doc:"null: this is the last page."`
	TotalCount *int64  `json:"total_count,omitempty" doc:"With count=true."`
}

// pageAnswer is the answer to a list.
type pageAnswer[T any] struct {
	Link string `header:"Link"`
	Body pageBody[T]
}

// item is something in a list, with the id by which pages are cut: ids rise with age.
type item[T any] struct {
	id    string
	value func() T // made only for what is on the page
}

// pageOf cuts a page out of a list that is in memory. path and query are those of the request, for the link to the next one.
func pageOf[T any](p Paged, path string, query url.Values, all []item[T]) (*pageAnswer[T], error) {
	after, err := openCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	descending := p.Order == "desc"
	compare := func(a, b string) int {
		if descending {
			return cmp.Compare(b, a)
		}
		return cmp.Compare(a, b)
	}
	slices.SortFunc(all, func(a, b item[T]) int { return compare(a.id, b.id) })
	from := 0
	if after != "" {
		from, _ = slices.BinarySearchFunc(all, after, func(a item[T], id string) int {
			if c := compare(a.id, id); c != 0 {
				return c
			}
			return -1 // the one that the page before ended with
		})
	}
	out := &pageAnswer[T]{Body: pageBody[T]{Data: []T{}}}
	end := min(from+max(p.Limit, 1), len(all))
	for _, one := range all[from:end] {
		out.Body.Data = append(out.Body.Data, one.value())
	}
	if p.Count {
		out.Body.TotalCount = new(int64(len(all)))
	}
	if end < len(all) {
		next := sealCursor(all[end-1].id)
		out.Body.NextCursor = &next
		out.Link = nextLink(path, query, next, p.Limit)
	}
	return out, nil
}

// nextLink is the header that leads to the next page.
func nextLink(path string, query url.Values, cursor string, limit int) string {
	v := maps.Clone(query)
	if v == nil {
		v = url.Values{}
	}
	v.Set("cursor", cursor)
	v.Set("limit", strconv.Itoa(limit))
	return "<" + path + "?" + v.Encode() + `>; rel="next"`
}

const cursorMark = "c1:"

// sealCursor makes a cursor of the id that a page ended with.
func sealCursor(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + id))
}

// openCursor gives the id in a cursor. One that we did not make is refused.
func openCursor(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	id, ours := strings.CutPrefix(string(raw), cursorMark)
	if err != nil || !ours || id == "" || sealCursor(id) != cursor || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", badCursor()
	}
	return id, nil
}

func badCursor() *ProblemError {
	p := problem(http.StatusUnprocessableEntity, codeBadCursor, "this cursor is not from here: begin with the first page")
	p.Errors = []Fault{{Location: "query.cursor", Message: "not a cursor of ours", Code: codeBadCursor}}
	return p
}
