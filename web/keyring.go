package web

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// keyring finds who shows a key, or has a session, as of one version of the records.
type keyring struct {
	version int64
	keys    map[string]*provisioning.Key // by digest
	users   map[routing.UserID]*provisioning.User
	emails  map[string]*provisioning.User // in small letters
}

// keyrings keeps the keyring of the present records.
type keyrings struct{ present atomic.Pointer[keyring] }

// keyring is that of the records as they are now.
func (s *Server) keyring(ctx context.Context) (*keyring, error) {
	if s.rooms.Records == nil {
		return &keyring{}, nil
	}
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the records: %w", err)
	}
	if k := s.keyrings.present.Load(); k != nil && k.version == st.Version {
		return k, nil
	}
	k := newKeyring(st)
	s.keyrings.present.Store(k)
	return k, nil
}

func newKeyring(st *provisioning.State) *keyring {
	k := &keyring{
		version: st.Version, keys: make(map[string]*provisioning.Key, len(st.Keys)),
		users: make(map[routing.UserID]*provisioning.User, len(st.Users)), emails: make(map[string]*provisioning.User, len(st.Users)),
	}
	for _, one := range st.Keys {
		k.keys[string(one.Digest)] = one
	}
	for _, u := range st.Users {
		k.users[u.ID] = u
		k.emails[strings.ToLower(u.Email)] = u
	}
	return k
}

// find gives the key of the records that is shown, unless it has expired. It is looked up by its digest, of which a clock tells nothing.
func (k *keyring) find(shown string, now time.Time) (*provisioning.Key, bool) {
	digest := provisioning.KeyDigest(shown)
	key, known := k.keys[string(digest)]
	if !known || !same(string(digest), string(key.Digest)) {
		return nil, false
	}
	return key, !key.Over(now)
}

// administrator is the first user who may do everything; nil: there is none.
func (k *keyring) administrator() *provisioning.User {
	var first *provisioning.User
	for _, u := range k.users {
		if r := u.Settings.Role; (r == provisioning.RoleOwner || r == provisioning.RoleAdmin) && (first == nil || u.ID < first.ID) {
			first = u
		}
	}
	return first
}
