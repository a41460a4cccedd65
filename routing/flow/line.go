package flow

// Lines answers for the numbers whose calls walk the flow, and for those that it redirects to.
type Lines interface {
	// Line says for what kind of number the flow is.
	Line() Line
	// FlowOf is the flow that calls to a number of the account walk, with its ID; nil where it has none. By the ID of the flow that is checked Lint knows
	// that a redirection comes back to it.
	FlowOf(n NumberID) *Flow
	// DraftAudio lists the sounds that were brought along for this draft and that nothing else uses.
	DraftAudio() []AudioID
	// Rejected says whether the trunk that would carry a call to this number outside may reject the caller ID that the redirection shows.
	Rejected(external string) Has
}

// LineKind says what sort of number a flow is for.
type LineKind string

// The kinds of line.
const (
	SharedLine LineKind = "shared" // any user, any team
	DirectLine LineKind = "direct" // one user alone (SPEC D1)
)

// Line is what a flow is for. The zero value is a flow that any number may have.
type Line struct {
	Kind LineKind
	User UserID // of a direct number; empty: it waits for a user (SPEC D21)
}

// AnyLine answers Lines for a flow that is for no number in particular.
type AnyLine struct{}

var _ Lines = AnyLine{}

// Line is any.
func (AnyLine) Line() Line { return Line{} }

// FlowOf knows no number.
func (AnyLine) FlowOf(NumberID) *Flow { return nil }

// DraftAudio is empty.
func (AnyLine) DraftAudio() []AudioID { return nil }

// Rejected knows no trunk.
func (AnyLine) Rejected(string) Has { return false }
