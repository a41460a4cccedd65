package routing

import (
	"log/slog"
	"net/netip"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/flow"
	"tandem/routing/peering"
)

// E164 is a public number after normalising: "+" and 7 to 15 digits.
type E164 string

// LogValue masks it: the country and the last two digits stay.
func (n E164) LogValue() slog.Value {
	if len(n) < 6 {
		return slog.StringValue("••")
	}
	return slog.StringValue(string(n[:3]) + "••••" + string(n[len(n)-2:]))
}

// The ids that flows name too.
type (
	// UserID names a user.
	UserID = flow.UserID
	// TeamID names a team.
	TeamID = flow.TeamID
	// NumberID names a number of ours.
	NumberID = flow.NumberID
)

// AccountID names an account.
type AccountID string

// TrunkID names a trunk.
type TrunkID string

// DeviceID names a device.
type DeviceID string

// CallID is "call_" and 26 characters in time order.
type CallID string

// LegID is "leg_", the 26 characters of its call, and its place in the call.
type LegID string

// Directory answers who is who. Its snapshot is immutable and swapped whole on change.
type Directory interface {
	Snapshot() *Snapshot
}

// Snapshot is everything the switchboard must know to route a call, indexed. Nobody changes one.
type Snapshot struct {
	At       time.Time
	Accounts map[AccountID]*Account
	Users    map[UserID]*User
	Teams    map[TeamID]*Team
	Numbers  map[E164]*Number
	Trunks   map[TrunkID]*Trunk
	Devices  map[string]*Device // by AOR "user@realm"
	Flows    map[flow.ID]*flow.Flow
	Dates    map[flow.DateID]calendar.Dates
	Hours    map[HoursID]calendar.Hours

	Operators map[OperatorID]*Operator
}

// HoursID names working hours of an account.
type HoursID string

// Account is one customer; the boundary nothing crosses.
type Account struct {
	ID         AccountID
	Name       string
	Language   string // "fr" or "en": of the fixed announcements
	Country    string // ISO 3166: how national numbers dialled inside are read
	Extensions map[string]UserID
	Timezone   string              // IANA name; of users and numbers that have none of their own
	Contacts   map[E164]*Contact   // by each of their numbers
	Blocked    map[E164]struct{}   // numbers whose callers are known as blocked
	Reasons    map[ReasonID]string // why users are unavailable, by id
	AwayAfter  int                 // unanswered offers in a row, after which a user is unavailable; 0: never (SPEC A13)
	Grace      time.Duration       // for which a user whose last registration has gone is not yet offline; 0: 10 s (SPEC A11)
}

// Contact is somebody outside whom the account knows.
type Contact struct {
	ID   string // "cnt_…"
	Name string
	Tags []string
	VIP  bool
}

// ReasonID names a reason of being unavailable.
type ReasonID string

// User is a person in an account.
type User struct {
	ID           UserID
	Account      AccountID
	Name         string
	Email        string
	Extension    string // three digits
	OutgoingOnly bool
	NeverRing    bool
	CallWaiting  bool // takes a second call (SPEC X23)
	Availability Availability
	Reason       ReasonID      // with SetUnavailable, where one was given (SPEC A2)
	Hours        HoursID       // with SetAuto: available inside of them (SPEC A1); empty: always
	Timezone     string        // of Hours that have none; empty: the account's
	WrapUp       time.Duration // after a call; 0: none (SPEC A6)
	ForwardTo    E164          // rung beside the devices, and keeps the user reachable without any; empty: nowhere (SPEC A12)
	Devices      []*Device
	CallerID     E164            // of calls out; empty: the account's first number that a trunk may show
	Voicemail    *flow.Voicemail // nil: none of their own
	Mobiles      []*Number       // direct numbers that are theirs and whose eSIM is active, oldest first: what their handset rings for
}

// Availability is what the user set (SPEC A1).
type Availability string

// What a user can set. Auto follows working hours.
const (
	SetAvailable   Availability = "available"
	SetAuto        Availability = "auto"
	SetUnavailable Availability = "unavailable"
)

// Device is one place where a user works, as it registers and rings.
type Device struct {
	ID                DeviceID
	User              UserID
	Kind              DeviceKind
	AOR               string // "user@realm"
	Username          string
	HA1MD5, HA1SHA256 string
}

// DeviceKind says what a device is (API.md section 4, legs[].device).
type DeviceKind string

// The kinds of device.
const (
	Native    DeviceKind = "native"
	Workspace DeviceKind = "workspace"
	CTI       DeviceKind = "cti"
	App       DeviceKind = "app"
	SIPPhone  DeviceKind = "sip_phone"
)

// Team is several users who are rung as one.
type Team struct {
	ID      TeamID
	Account AccountID
	Name    string
	Users   []UserID
	MustTag bool // calls that it answered are after-call work until they are tagged (SPEC A9)
}

// Number is an E.164 number that an account owns.
type Number struct {
	ID               NumberID
	Account          AccountID
	E164             E164
	Name             string
	Kind             NumberKind
	Flow             flow.ID  // what a call to it walks; legacy numbers have theirs made from their settings
	Users            []UserID // its distribution: who gets missed calls and voicemail
	Teams            []TeamID
	Outbound         []UserID      // who may show it, beside Users and the members of Teams (SPEC O1)
	RingBeforeAnswer time.Duration // SPEC Q5: ringing before the first audio; 0: answer at once
	MustTag          bool          // calls are after-call work until they are tagged (SPEC A9)
	Priority         int           // of its callers in queues: 0 or 1 (SPEC R21)
	Mobile           *Mobile       // the subscription behind the eSIM; nil: none is assigned
	Timezone         string        // IANA name; empty: of its prefix (SPEC T8)
}

// NumberKind is what sort of line a number is.
type NumberKind string

// The kinds of number.
const (
	Unconfigured  NumberKind = "unconfigured"
	Shared        NumberKind = "shared"
	Direct        NumberKind = "direct"
	LegacyClassic NumberKind = "legacy_classic"
	LegacyIVR     NumberKind = "legacy_ivr"
)

// Trunk is a peering with a carrier or PBX.
type Trunk struct {
	ID                    TrunkID
	Account               AccountID // empty: shared by all accounts
	Name                  string
	Sources               []netip.Prefix
	Servers               []string // "sip:host:port;transport=udp", best first
	InUsername            string
	InHA1MD5, InHA1SHA256 string
	OutUsername           string
	OutPassword           string
	OutRealm              string
	Domain                string
	Register              bool
	OptionsEvery          time.Duration
	Country               string // how national numbers on it are read: "FR"
	Dial                  DialFormat
	Emergency             bool           // carries emergency calls with the location (SPEC O5)
	Priority              int            // lower first
	MediaAllow            []netip.Prefix // private media addresses it may name
	MaxCalls              int            // 0: no limit
	TrustPAI              bool
	TLS                   TrunkTLS
	Terms                 peering.Terms
	PresentsDirect        bool // its operator lets direct numbers be shown on it (SPEC E20); the trunk of a mobile core always may
}

// DialFormat is how a trunk wants numbers.
type DialFormat string

// How numbers are sent to a trunk.
const (
	DialPlus     DialFormat = "plus"     // +33…
	DialDouble0  DialFormat = "00"       // 0033…
	DialNational DialFormat = "national" // 0… inside Country, 00… outside
	DialBare     DialFormat = "bare"     // 33…
)
