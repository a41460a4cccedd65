package provisioning

import "strings"

// Refusal is a rule of the product that says no: to whoever asked, not to the operator.
type Refusal struct { //nolint:errname // The glossary's word; it is an answer first.
	Why      RefusalKind
	Code     string            // stable and documented: "extension_taken"
	Row      string            // the row of the product's specification, where one rules: "X1"
	Location string            // the field at fault, as the API names it: "body.extension"; empty: none in particular
	Args     map[string]string // for the sentence in the reader's language
	Text     string            // in English
}

// RefusalKind says what sort of answer a refusal is.
type RefusalKind int

// The kinds of refusal.
const (
	Rule    RefusalKind = iota // what was asked for cannot be
	Missing                    // what was asked about is not there
	Clash                      // somebody else was faster, or something stands in the way
	Stale                      // what was asked leans on an old version
)

// Error tells the refusal in English.
func (r *Refusal) Error() string { return r.Text }

// Refusals are all the rules that say no to one thing.
type Refusals []*Refusal //nolint:errname // The glossary's word.

// Error tells all of them, each on a line.
func (r Refusals) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.Text
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each.
func (r Refusals) Unwrap() []error {
	out := make([]error, len(r))
	for i, one := range r {
		out[i] = one
	}
	return out
}

// err is nil where nothing is refused.
func (r Refusals) err() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// NotFound refuses a record that is not there, or that whoever asks may not see.
func NotFound(k Kind, id string) *Refusal {
	return &Refusal{
		Why: Missing, Code: "not_found", Args: map[string]string{"kind": string(k), "id": id},
		Text: "there is no " + strings.ReplaceAll(string(k), "_", " ") + " " + id,
	}
}
