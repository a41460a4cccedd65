package provisioning

import (
	"strings"
	"testing"
)

func TestAKeyIsKeptByItsDigest(t *testing.T) {
	shown, key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) != len("pk_live_")+43 || !strings.HasPrefix(shown, key.Hint) || strings.Contains(string(key.Digest), shown) {
		t.Errorf("the key %s is kept as %+v", shown, key)
	}
}
