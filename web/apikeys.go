package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// keyObject is an API key.
type keyObject struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Hint      string   `json:"hint" doc:"How it begins, to tell keys apart."`
	Scopes    []string `json:"scopes"`
	NumberIDs []string `json:"number_ids" doc:"It sees these alone; with no teams either: everything."`
	TeamIDs   []string `json:"team_ids"`
	ExpiresAt *string  `json:"expires_at" format:"date-time" doc:"null: never."`
	CreatedAt *string  `json:"created_at" format:"date-time"`
	LastUsed  *string  `json:"last_used_at" format:"date-time" doc:"To the minute; null: never."`
	Key       string   `json:"key,omitempty" doc:"Told once, when it is made: only a digest of it is kept."`
}

type keyCreate struct {
	Name      string     `json:"name"`
	Scopes    []string   `json:"scopes" maxItems:"100" doc:"Such as calls:read, or users:* for all scopes of users."`
	NumberIDs []string   `json:"number_ids,omitempty" maxItems:"2000"`
	TeamIDs   []string   `json:"team_ids,omitempty" maxItems:"500"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

type keyPatch struct {
	Name      optional[string]    `json:"name,omitzero"`
	Scopes    optional[[]string]  `json:"scopes,omitzero"`
	NumberIDs optional[[]string]  `json:"number_ids,omitzero"`
	TeamIDs   optional[[]string]  `json:"team_ids,omitzero"`
	ExpiresAt optional[time.Time] `json:"expires_at,omitzero"`
}

type keyNew struct {
	Account string `query:"account_id" maxLength:"64" doc:"Not needed where there is one only."`
	Body    keyCreate
}

func (s *Server) keysAPI(a huma.API) {
	const at, write = "/api/v1/api-keys", provisioning.SystemWrite
	f := shelf[*provisioning.Key, keyObject, keyCreate, keyPatch]{
		kind: provisioning.KindKey, path: "api-keys", tag: "api-keys", one: "api-key", article: "an API key",
		read: provisioning.SystemRead, write: write,
		show: func(_ *provisioning.State, k *provisioning.Key) keyObject { return showKey(k) },
		change: func(k *provisioning.Key, p keyPatch) (*provisioning.Key, error) {
			next := *k
			p.Name.set(&next.Name)
			next.Name = provisioning.Clean(next.Name)
			if p.Scopes.Sent {
				next.Scopes = ids[provisioning.Scope](p.Scopes.Value)
			}
			if p.NumberIDs.Sent {
				next.Numbers = ids[routing.NumberID](p.NumberIDs.Value)
			}
			if p.TeamIDs.Sent {
				next.Teams = ids[routing.TeamID](p.TeamIDs.Value)
			}
			if p.ExpiresAt.Sent {
				next.Expires = p.ExpiresAt.Value.UTC()
			}
			return &next, nil
		},
		guard: guardKeys,
	}
	huma.Get(a, at, s.listKeys, operation(f.tag, "list-api-keys", "Lists the API keys", f.read))
	huma.Get(a, at+"/{id}", s.getKey, operation(f.tag, "get-api-key", "Shows an API key", f.read, http.StatusNotFound))
	huma.Post(a, at, s.makeKey, operation(f.tag, "create-api-key", "Makes an API key, and tells it once", write, http.StatusConflict), created)
	mountUpdate(s, a, f)
}

func showKey(k *provisioning.Key) keyObject {
	return keyObject{
		ID: k.ID, Name: k.Name, Hint: k.Hint, Scopes: texts(k.Scopes), NumberIDs: texts(k.Numbers), TeamIDs: texts(k.Teams), ExpiresAt: stamp(k.Expires),
		CreatedAt: stamp(k.Created),
	}
}

// lastUse says when each key was last shown, as far as it is kept or this process saw it.
func (s *Server) lastUse(ctx context.Context) (func(*provisioning.Key) keyObject, error) {
	kept, err := s.keep.KeyUse(ctx)
	if err != nil {
		return nil, s.failed(ctx, "read the use of keys", err)
	}
	return func(k *provisioning.Key) keyObject {
		o, at := showKey(k), kept[k.ID]
		if here := s.uses.since(k.ID); here.After(at) {
			at = here
		}
		o.LastUsed = stamp(at)
		return o
	}, nil
}

func (s *Server) listKeys(ctx context.Context, q *Paged) (*pageAnswer[keyObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	show, err := s.lastUse(ctx)
	if err != nil {
		return nil, err
	}
	return cut(q, itemsOf(ctx, st.Keys, show))
}

func (s *Server) getKey(ctx context.Context, q *idRequest) (*objectAnswer[keyObject], error) {
	_, k, err := look[*provisioning.Key](ctx, s, provisioning.KindKey, q.ID)
	if err != nil {
		return nil, err
	}
	show, err := s.lastUse(ctx)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[keyObject]{ETag: etag(k), Body: show(k)}, nil
}

// guardKeys keeps keys from giving more than who makes them has: a key with fewer scopes makes none with more, and one for some numbers alone makes none.
func guardKeys(ctx context.Context, _, after *provisioning.Key) error {
	i := who(ctx)
	if i.all || after == nil {
		return nil
	}
	if i.key != "" && len(i.numbers)+len(i.teams) > 0 {
		return problem(http.StatusForbidden, codeForbidden, "a key for some numbers or teams alone makes no keys")
	}
	for _, scope := range after.Scopes {
		if !i.may(scope) {
			return problem(http.StatusForbidden, "scope_not_held", "you cannot give the scope "+string(scope)+", which you do not have")
		}
	}
	return nil
}

func (s *Server) makeKey(ctx context.Context, q *keyNew) (*createdAnswer[keyObject], error) {
	shown, kept, err := provisioning.NewKey()
	if err != nil {
		return nil, s.failed(ctx, "make a key", err)
	}
	var k provisioning.Key
	_, err = s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		account, unknown := accountFor(ctx, st, q.Account)
		if unknown != nil {
			return nil, unknown
		}
		now := time.Now()
		k = kept
		k.ID, k.Account, k.Created = routing.NewID(provisioning.KindKey.Prefix(), now), account, now.UTC()
		k.Name, k.Scopes = provisioning.Clean(q.Body.Name), ids[provisioning.Scope](q.Body.Scopes)
		k.Numbers, k.Teams = ids[routing.NumberID](q.Body.NumberIDs), ids[routing.TeamID](q.Body.TeamIDs)
		if q.Body.ExpiresAt != nil {
			k.Expires = q.Body.ExpiresAt.UTC()
		}
		if refused := guardKeys(ctx, nil, &k); refused != nil {
			return nil, refused
		}
		return st.Put(&k)
	})
	if err != nil {
		return nil, err
	}
	out := &createdAnswer[keyObject]{ETag: etag(&k), Location: "/api/v1/api-keys/" + k.ID, Body: showKey(&k)}
	out.Body.Key = shown
	return out, nil
}
