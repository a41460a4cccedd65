package web

import (
	"testing"
	"time"

	"tandem/provisioning"
)

func TestAKeyIsFoundByWhatAProgramShows(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	shown, key, err := provisioning.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key.ID = "key_1"
	over := key
	over.Expires = now
	for _, p := range []struct {
		name, shown string
		keys        []*provisioning.Key
		want        *provisioning.Key
	}{
		{"the key", shown, []*provisioning.Key{{ID: "key_0"}, &key}, &key},
		{"another", shown[:len(shown)-1] + "!", []*provisioning.Key{&key}, nil},
		{"its digest", string(key.Digest), []*provisioning.Key{&key}, nil},
		{"nothing", "", []*provisioning.Key{{ID: "key_0"}, &key}, nil},
		{"one that is over", shown, []*provisioning.Key{&over}, nil},
		{"one that was deleted", shown, nil, nil},
	} {
		got, live := newKeyring(&provisioning.State{Keys: p.keys}).find(p.shown, now)
		if !live {
			got = nil
		}
		if got != p.want {
			t.Errorf("%s finds %v", p.name, got)
		}
	}
}
