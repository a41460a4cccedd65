package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Head is what a peer's request or response says beside what this package reads: for whoever knows headers that it does not. The zero value says nothing.
// It is good for as long as the signal that brought it.
type Head struct{ from gosip.Message }

// HeadOf is the head of a request or response.
func HeadOf(m gosip.Message) Head { return Head{m} }

// Values are the values of a header as the peer wrote them, each line cut at its commas outside quotes and angle brackets, blanks trimmed; top first.
func (h Head) Values(name string) []string {
	if h.from == nil {
		return nil
	}
	return message.Values(h.from, name)
}
