package web

import "testing"

func TestSentences(t *testing.T) {
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		lang, want string
		item       timelineItem
	}{
		{"en", "Alice stops ringing (no answer).", timelineItem{Type: "user_done", User: &reference{Name: "Alice"}, Args: map[string]string{"outcome": "not_answered"}}},
		{"fr", "Fin de sonnerie chez Alice (sans réponse).", timelineItem{Type: "user_done", User: &reference{Name: "Alice"}, Args: map[string]string{"outcome": "not_answered"}}},
		{"en", "The call is redirected to +33199000000.", timelineItem{Type: "redirected", Args: map[string]string{"external": "+33199000000"}}},
		{"en", "The caller dials 204.", timelineItem{Type: "extension_dialed", Args: map[string]string{"digits": "204"}}},
		{"en", "new thing, a 1, b 2 Alice", timelineItem{Type: "new_thing", User: &reference{Name: "Alice"}, Args: map[string]string{"b": "2", "a": "1"}}},
	} {
		p.item.TextKey = "timeline." + p.item.Type
		if got := c.tell(p.lang, p.item); got != p.want {
			t.Errorf("got %q, want %q", got, p.want)
		}
	}
}
