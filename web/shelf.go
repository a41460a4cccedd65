package web

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// shelf is a kind of record in the API that is listed, shown, made, changed and deleted like every other: what is its own is how. O is its object, C what is
// sent to make one, and P the patch.
type shelf[R provisioning.Record, O, C, P any] struct {
	kind        provisioning.Kind
	path        string // "tags": below /api/v1/
	tag         string // of the description: "contacts"
	one         string // "tag": of operation ids
	article     string // "a tag": of summaries
	read, write provisioning.Scope

	all    func(*provisioning.State) []R
	show   func(*provisioning.State, R) O
	make   func(C, born) (R, error)
	change func(R, P) (R, error) // of a copy: the record stays as it is
	// changeIn is change for records that are read by what the state says of others; nil: change.
	changeIn func(*provisioning.State, R, P) (R, error)

	// What takes long, or may be refused before anything is read; nil: nothing.
	readyToMake   func(context.Context, *C) error
	readyToChange func(context.Context, *P) error
	// guard says what who asks may not do to such a record, whatever their scopes; before is nil for a new one, and after for one that goes. nil: nothing.
	guard func(ctx context.Context, before, after R) error
	// changed is told of what who asks has changed, before they are answered. nil: nobody is.
	changed func(ctx context.Context, now R)
}

// born is what every new record is given.
type born struct {
	id      string
	account routing.AccountID
	at      time.Time
	state   *provisioning.State
}

type idRequest struct {
	ID string `path:"id" maxLength:"64"`
}

type deleteRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
}

type createRequest[C any] struct {
	Account string `query:"account_id" maxLength:"64" doc:"The account in which it is made; not needed where there is one only."`
	Body    C
}

type patchRequest[P any] struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    P      `contentType:"application/merge-patch+json"`
}

// objectAnswer is one record.
type objectAnswer[O any] struct {
	ETag string `header:"ETag"`
	Body O
}

// createdAnswer is one record that was made.
type createdAnswer[O any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     O
}

// mount adds the five operations of a shelf.
func mount[R provisioning.Record, O, C, P any](s *Server, a huma.API, f shelf[R, O, C, P]) {
	mountList(s, a, f)
	mountOne(s, a, f)
}

// mountOne adds the operations of a shelf but its list.
func mountOne[R provisioning.Record, O, C, P any](s *Server, a huma.API, f shelf[R, O, C, P]) {
	mountShow(s, a, f)
	mountChanges(s, a, f)
}

func mountList[R provisioning.Record, O, C, P any](s *Server, a huma.API, f shelf[R, O, C, P]) {
	at := "/api/v1/" + f.path
	s.shown[f.kind] = shown{shape: reflect.TypeFor[O](), show: func(st *provisioning.State, r provisioning.Record) any {
		one, is := r.(R)
		if !is {
			return byField(r)
		}
		return f.show(st, one)
	}}
	huma.Get(a, at, func(ctx context.Context, q *Paged) (*pageAnswer[O], error) {
		st, err := s.state(ctx)
		if err != nil {
			return nil, err
		}
		return cut(q, itemsOf(ctx, f.all(st), func(r R) O { return f.show(st, r) }))
	}, operation(f.tag, "list-"+f.path, "Lists the "+f.path, f.read))
}

func mountShow[R provisioning.Record, O, C, P any](s *Server, a huma.API, f shelf[R, O, C, P]) {
	at := "/api/v1/" + f.path
	huma.Get(a, at+"/{id}", func(ctx context.Context, q *idRequest) (*objectAnswer[O], error) {
		st, err := s.state(ctx)
		if err != nil {
			return nil, err
		}
		r, err := theirs[R](ctx, st, f.kind, q.ID)
		if err != nil {
			return nil, s.refusal(ctx, err)
		}
		return &objectAnswer[O]{ETag: etag(r), Body: f.show(st, r)}, nil
	}, operation(f.tag, "get-"+f.one, "Shows "+f.article, f.read, http.StatusNotFound))
}

// mountChanges adds the three operations of a shelf that change something.
func mountChanges[R provisioning.Record, O, C, P any](s *Server, a huma.API, f shelf[R, O, C, P]) {
	at := "/api/v1/" + f.path
	huma.Post(a, at, func(ctx context.Context, q *createRequest[C]) (*createdAnswer[O], error) { return f.create(ctx, s, q) },
		operation(f.tag, "create-"+f.one, "Makes "+f.article, f.write, http.StatusConflict), created)
	mountUpdate(s, a, f)
}

// mountUpdate adds the operations of a shelf that change or delete what is there.
func mountUpdate[R provisioning.Record, O, C, P any](s *Server, a huma.API, f shelf[R, O, C, P]) {
	at := "/api/v1/" + f.path
	huma.Patch(a, at+"/{id}", func(ctx context.Context, q *patchRequest[P]) (*objectAnswer[O], error) { return f.patch(ctx, s, q) },
		operation(f.tag, "update-"+f.one, "Changes "+f.article, f.write, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed))
	huma.Delete(a, at+"/{id}", func(ctx context.Context, q *deleteRequest) (*struct{}, error) {
		return nil, f.remove(ctx, s, q)
	}, operation(f.tag, "delete-"+f.one, "Deletes "+f.article, f.write, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed))
}

// created says that an operation answers 201.
func created(o *huma.Operation) { o.DefaultStatus = http.StatusCreated }

// itemsOf are the records that who asks may see, as they are on a page.
func itemsOf[R provisioning.Record, O any](ctx context.Context, all []R, show func(R) O) []item[O] {
	me := who(ctx)
	out := make([]item[O], 0, len(all))
	for _, r := range all {
		ref := r.Ref()
		if bool(me.seesRecord(r)) {
			out = append(out, item[O]{id: ref.ID, value: func() O { return show(r) }})
		}
	}
	return out
}

func (f shelf[R, O, C, P]) create(ctx context.Context, s *Server, q *createRequest[C]) (*createdAnswer[O], error) {
	if f.readyToMake != nil {
		if err := f.readyToMake(ctx, &q.Body); err != nil {
			return nil, s.refusal(ctx, err)
		}
	}
	var made R
	var seen *provisioning.State
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		account, err := accountFor(ctx, st, q.Account)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		if made, err = f.make(q.Body, born{routing.NewID(f.kind.Prefix(), now), account, now, st}); err != nil {
			return nil, err
		}
		var none R
		if err = f.guarded(ctx, none, made); err != nil {
			return nil, err
		}
		changes, err := st.Put(made)
		seen = st.With(changes)
		return changes, err
	})
	if err != nil {
		return nil, err
	}
	return &createdAnswer[O]{ETag: etag(made), Location: "/api/v1/" + f.path + "/" + made.Ref().ID, Body: f.show(seen, made)}, nil
}

func (f shelf[R, O, C, P]) patch(ctx context.Context, s *Server, q *patchRequest[P]) (*objectAnswer[O], error) {
	if f.readyToChange != nil {
		if err := f.readyToChange(ctx, &q.Body); err != nil {
			return nil, s.refusal(ctx, err)
		}
	}
	var now R
	var seen *provisioning.State
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		before, err := theirs[R](ctx, st, f.kind, q.ID)
		if err != nil {
			return nil, err
		}
		if err = matches(q.IfMatch, before); err != nil {
			return nil, err
		}
		if now, err = f.changes(st, before, q.Body); err != nil {
			return nil, err
		}
		if err = f.guarded(ctx, before, now); err != nil {
			return nil, err
		}
		changes, err := st.Put(now)
		seen = st.With(changes)
		return changes, err
	})
	if err != nil {
		return nil, err
	}
	if f.changed != nil {
		f.changed(ctx, now)
	}
	return &objectAnswer[O]{ETag: etag(now), Body: f.show(seen, now)}, nil
}

// remove deletes a record that who asks may see.
func (f shelf[R, O, C, P]) remove(ctx context.Context, s *Server, q *deleteRequest) error {
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		r, err := theirs[R](ctx, st, f.kind, q.ID)
		if err != nil {
			return nil, err
		}
		if err = matches(q.IfMatch, r); err != nil {
			return nil, err
		}
		var none R
		if err = f.guarded(ctx, r, none); err != nil {
			return nil, err
		}
		return st.Delete(f.kind, q.ID)
	})
	return err
}

func (f shelf[R, O, C, P]) changes(st *provisioning.State, before R, p P) (R, error) {
	if f.changeIn != nil {
		return f.changeIn(st, before, p)
	}
	return f.change(before, p)
}

func (f shelf[R, O, C, P]) guarded(ctx context.Context, before, after R) error {
	if f.guard == nil {
		return nil
	}
	return f.guard(ctx, before, after)
}
