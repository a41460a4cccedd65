package flow

import "tandem/routing/calendar"

// DateID names a special date of the account.
type DateID string

// TimeRule goes on by the first branch with a slot around now, else by "otherwise" (SPEC T1 to T6). Ports: the ids of its branches, and "otherwise".
type TimeRule struct {
	Timezone string // IANA name; empty: the flow's, else the number's
	Branches []TimeBranch
}

// TimeBranch is one branch of a TimeRule.
type TimeBranch struct {
	ID    string
	Title string
	Slots []calendar.Slot
}

// DateRule goes on by "match" on a special date of the account, else by "otherwise" (SPEC T8).
type DateRule struct {
	Timezone string // IANA name; empty: the flow's, else the number's
	Date     DateID
}

// CallerRule goes on by the first branch that the caller matches, else by "otherwise" (SPEC T10). Ports: the ids of its branches, and "otherwise".
type CallerRule struct{ Branches []CallerBranch }

// CallerBranch is one branch of a CallerRule: it matches where any of its conditions does.
type CallerBranch struct {
	ID    string
	Title string
	Match CallerMatch
}

// CallerMatch is what a caller can be known by. An empty one matches nobody.
type CallerMatch struct {
	Prefixes      []string // of the number: "+3363"
	Countries     []string // ISO 3166 alpha-2
	Anonymous     bool
	Tags          []string // of the contact
	VIP           bool
	Blocked       bool
	ReturnsInDays int      // who spoke to somebody within so many days; 0: not asked
	LastUsers     []UserID // who last spoke to one of them
}

// Split goes on by one of its branches, by chance. Ports: the ids of its branches.
type Split struct{ Branches []SplitBranch }

// SplitBranch is one branch of a Split; the shares of all its branches are 100 together.
type SplitBranch struct {
	ID      string
	Title   string
	Percent float64
}

// DigitInput collects digits (SPEC K6 to K12). Ports: "input" and "no_or_wrong_input".
type DigitInput struct {
	Audio          AudioID
	Retry          AudioID // before a second attempt; needed where Attempts is above 1 (SPEC K8)
	EndKey         byte    // '#' or '*'; 0: none, then Length ends it
	Length         int     // exactly so many digits; 0: any number, up to 32, until EndKey
	TimeoutSeconds float64 // for each digit; 5 (SPEC K7)
	Attempts       int     // 1 to 3
	Display        bool    // shown to who answers; false: sensitive, and kept nowhere (SPEC K10)
}

// RingToAPI asks a program where the call goes (API.md section 7). Ports: "routed", which is only for the timeline, and "fallback".
type RingToAPI struct {
	URL            string
	TimeoutSeconds float64 // 3
	// User, Team, Number and External are JSONPath expressions that find the target in the answer; all empty: "$.target.user" and so on.
	User, Team, Number, External string
	RingForSeconds               float64 // where the answer says nothing; 30
	EvenIfBusy                   bool
}

// SendSMS sends a text. Port "done", at once.
type SendSMS struct {
	From NumberID // empty: the number that was called
	To   string   // E.164; empty: the caller
	Text string
}

// Set keeps something on the call. Port "done", at once. What is empty stays as it was.
type Set struct {
	Tags      []string // ids of tags of the account
	Variables map[string]string
	Priority  *int   // in queues: 0 or 1 (SPEC R21)
	Language  string // of announcements: "fr" or "en"
}
