package provisioning

import (
	"strings"
	"testing"
	"time"
)

func TestKeyIsFoundByWhatAProgramShows(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	shown, key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) != len("pk_live_")+43 || !strings.HasPrefix(shown, key.Hint) || strings.Contains(string(key.Digest), shown) {
		t.Errorf("the key %s is kept as %+v", shown, key)
	}
	key.ID = "key_1"
	over := key
	over.Expires = now
	for _, p := range []struct {
		name, shown string
		keys        []*Key
		want        *Key
	}{
		{"the key", shown, []*Key{{ID: "key_0"}, &key}, &key},
		{"another", shown[:len(shown)-1] + "!", []*Key{&key}, nil},
		{"its digest", string(key.Digest), []*Key{&key}, nil},
		{"nothing", "", []*Key{{ID: "key_0"}, &key}, nil},
		{"one that is over", shown, []*Key{&over}, nil},
		{"one that was deleted", shown, nil, nil},
	} {
		if got := (&State{Keys: p.keys}).FindKey(p.shown, now); got != p.want {
			t.Errorf("%s finds %v", p.name, got)
		}
	}
}
