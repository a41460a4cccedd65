package charging

import (
	"context"
	"errors"
	"time"
)

// ErrNoSession says that there is no such session.
var ErrNoSession = errors.New("no such session")

// Ledger keeps balances, sessions and what was answered. Whatever it says is written survives the end of the process and of the machine.
type Ledger interface {
	// Turn opens a page, calls do with it, and writes what do left there: all of it, or nothing where do fails. Pages of one balance are turned one at a time.
	// do is called at most once; it asks nothing but memory.
	Turn(ctx context.Context, at Place, do func(*Page) error) error
	// Look gives a balance with its open sessions, oldest first, and what was used on each day from one on. A balance that was never written is the zero value.
	Look(ctx context.Context, balance, from string) (Overview, error)
	// Session finds a session. It fails with ErrNoSession.
	Session(ctx context.Context, peer, name string) (Session, error)
	// Due lists open sessions whose grants are no longer valid at a moment, the oldest first, at most limit.
	Due(ctx context.Context, at time.Time, limit int) ([]Session, error)
	// Ended lists balances whose cycle is over at a moment, at most limit.
	Ended(ctx context.Context, at time.Time, limit int) ([]string, error)
	// Forget deletes sessions that were closed before a moment, with their answers, and days before another, a bounded number of each.
	Forget(ctx context.Context, closed time.Time, day string) error
}

// Place says which page is opened.
type Place struct {
	Peer    string // of the session
	Session string // empty: a page of the balance alone
	Number  uint32 // of the request
	Balance string // of a session that is not known; empty: none
}

// Page is what a ledger says of one request: the balance, the session, and what was answered if it came before.
type Page struct {
	Balance Balance  // of the session where there is one; one that was never written has its ID alone
	Session *Session // nil: not known; it may be set
	Before  *Answer  // to the same number of the session; nil: there was none

	// What is written besides, where Touched is set.
	Touched bool
	Answer  *Answer // kept under the number; nil: nothing
	Days    []Day   // added to what is there
	News    []News  // told in this order
}

// Balance is the quota of one subscription in its present cycle.
type Balance struct {
	ID       string
	Account  string
	Start    time.Time // of the cycle; zero: never written
	End      time.Time // of the cycle; it is the next one's start
	Package  Bytes
	ToppedUp Bytes // in this cycle
	Used     Bytes // in this cycle; more than the quota where peers went over what they were granted
	Reserved Bytes // granted in open sessions and not reported yet
	Told     int   // the highest percentage that was told in this cycle
}

// Session is a data session of a peer. It is kept a while after its end, so that late reports count and repeats do not.
type Session struct {
	Peer    string
	Name    string
	Balance string // empty: it has none
	Point   string // access point
	Memo    string // of the protocol
	Roaming Roaming
	Free    bool // not metered
	Opened  time.Time
	Heard   time.Time // the last report
	Until   time.Time // when the last grant ends to be valid
	Closed  time.Time // zero: open
	Swept   bool      // closed because nothing was heard of it
	Highest uint32    // number of a request
	Missing uint32    // requests below it that did not come, as far as their numbers tell
	Used    Bytes     // all groups and cycles
	Groups  []Held
}

// Held is what one rating group of a session has in hand.
type Held struct {
	Group    Group  `json:"group"`
	Reserved Bytes  `json:"reserved"`
	Doubt    Bytes  `json:"doubt,omitempty"` // of earlier grants: a request that is missing may say that it was used
	Number   uint32 `json:"number"`          // of the request that it was last about
	Final    bool   `json:"final,omitempty"` // the last there was
}

// Day is what was used on one day.
type Day struct {
	Day  string // 2006-01-02
	Used Bytes
}

// Overview is a balance with what belongs to it.
type Overview struct {
	Balance Balance
	Open    []Session
	Days    []Day
}

// News is something that people are told of a balance.
type News struct {
	Kind    NewsKind
	At      time.Time
	Balance Balance // as it is then
	Percent int     // of ThresholdReached
	Added   Bytes   // by ToppedUp
	By      string  // who topped up
}

// NewsKind says what happened.
type NewsKind int

// What is told.
const (
	ThresholdReached NewsKind = iota + 1 // 80 or 100 percent of the quota are used
	CycleReset
	ToppedUp
)
