package routing

import (
	"slices"
	"sync"

	"tandem/media"
	"tandem/sip/dialog"
)

// mailboxSize is how many letters may wait. A call that is so far behind is lost: it ends, rather than hold up the wire.
const mailboxSize = 64

// letter is one thing that happened, as it waits in a mailbox; exactly one of the fields is set.
type letter struct {
	wire  dialog.Event
	media media.Event
	own   own
}

// own is what the switchboard itself tells a call.
//
//sumtype:decl
type own interface{ own() }

// mailbox is a call's bounded queue. It grows as it must, so that ten thousand calls do not each hold 64 empty places.
type mailbox struct {
	wake chan struct{} // room for one: there is something to take

	mu      sync.Mutex
	waiting []letter
	changed []UserID // users whose status changed, each once: a queue for many users must not fill the mailbox
	spare   []letter
	over    bool // full once, or closed: nothing is taken any more
	burst   bool // it was full
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post never blocks. False: the call is over, or so far behind that it ends now.
func (m *mailbox) post(l letter) bool {
	m.mu.Lock()
	taken := !m.over
	if taken && len(m.waiting) >= mailboxSize {
		m.over, m.burst, taken = true, true, false
	}
	if taken {
		m.waiting = append(m.waiting, l)
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return taken
}

// postChange says that a user's status changed. Each user waits once.
func (m *mailbox) postChange(u UserID) {
	m.mu.Lock()
	if !m.over && !slices.Contains(m.changed, u) {
		m.changed = append(m.changed, u)
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take empties the mailbox. What it gives is good until the next take.
func (m *mailbox) take() (letters []letter, burst bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.spare)
	letters, m.waiting = m.waiting, m.spare[:0]
	for _, u := range m.changed {
		letters = append(letters, letter{own: statusChanged{u}})
	}
	m.changed = m.changed[:0]
	m.spare = letters
	return letters, m.burst
}

// reopen lets the wire go on after a burst, so that the legs can still be ended in order.
func (m *mailbox) reopen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over, m.burst = false, false
}

// close refuses everything from now on.
func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.waiting = nil
}

// wireBox and mediaBox are the mailbox as the two leaves see it.
type (
	wireBox  struct{ box *mailbox }
	mediaBox struct{ box *mailbox }
)

// Post takes an event of a leg on the wire.
func (b wireBox) Post(e dialog.Event) bool { return b.box.post(letter{wire: e}) }

// Post takes an event of a leg's media.
func (b mediaBox) Post(e media.Event) bool { return b.box.post(letter{media: e}) }
