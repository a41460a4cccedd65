package flow

import (
	"encoding/json"
	"fmt"
)

// duplicates walks a JSON document and refuses keys that an object has twice: encoding/json would keep the last one without a word.
type duplicates struct {
	tokens *json.Decoder
	doc    *documentProblems
}

// value reads one value. The document was decoded before, so that its syntax is right; an error ends the walk.
func (d *duplicates) value(path string) error {
	t, err := d.tokens.Token()
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	switch t {
	case json.Delim('{'):
		err = d.object(path)
	case json.Delim('['):
		for i := 0; d.tokens.More() && err == nil; i++ {
			err = d.value(fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if _, err = d.tokens.Token(); err != nil { // the closing bracket
		return fmt.Errorf("read token: %w", err)
	}
	return nil
}

func (d *duplicates) object(path string) error {
	seen := make(map[string]struct{})
	for d.tokens.More() {
		t, err := d.tokens.Token()
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		key, is := t.(string)
		at := (&object{path: path}).at(key)
		if _, twice := seen[key]; twice && is {
			d.doc.refuse("", at, "%.80q is written twice: keep one", key)
		}
		seen[key] = struct{}{}
		if err = d.value(at); err != nil {
			return err
		}
	}
	return nil
}
