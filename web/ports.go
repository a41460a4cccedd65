package web

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/certify"
	"tandem/routing/flow"
)

// ErrNotFound is what a Book says of a call that it does not have.
var ErrNotFound = provisioning.ErrNotFound

// Book is the log of calls.
type Book interface {
	// Calls lists calls, newest first, without legs, timeline and ladder.
	Calls(ctx context.Context, f provisioning.CallFilter) (provisioning.CallPage, error)
	// Call finds one call by its id or its call number, with everything. It fails with ErrNotFound.
	Call(ctx context.Context, idOrNumber string) (*routing.CallRecord, error)
}

// Switchboard is what goes on now.
type Switchboard interface {
	// Live lists the calls in progress, oldest first, each as a copy that nobody changes any more.
	Live() []LiveCall
	// Draft is the record of a call in progress so far, with its legs, timeline and ladder. It fails with routing.ErrNoCall when the call is over.
	Draft(ctx context.Context, id routing.CallID) (*routing.CallRecord, error)
	// Do hands a command to a call in progress. It fails with the errors of routing's commands.
	Do(ctx context.Context, id routing.CallID, cmd routing.Command) error
	// Start starts a call. It fails with a *routing.StartError.
	Start(want routing.Start) (routing.CallID, error)
	// Shown is the number that a user's calls show where they choose none; nil: none.
	Shown(u routing.UserID) *routing.Number
	// Tagged takes that a call that is over was tagged.
	Tagged(id routing.CallID)
}

// Marker changes what people say of calls that are over.
type Marker interface {
	// MarkCall changes a call of the log. It fails with ErrNotFound.
	MarkCall(ctx context.Context, m provisioning.CallMark) error
}

// Desks is what users do now.
type Desks interface {
	// UserDesk says what a user is doing.
	UserDesk(u routing.UserID) routing.UserDesk
	// EndWrapUp ends after-call work before its time. It fails with routing.ErrNoWrapUp and routing.ErrUntagged.
	EndWrapUp(u routing.UserID) error
}

// LiveCall is a call in progress.
type LiveCall struct {
	Record *routing.CallRecord
	Status string           // "initiated" "in_flow" "queued" "ringing" "answered" "held"
	Node   string           // where in its flow it is; empty outside of one
	Users  []routing.UserID // who is rung, or talks
}

// Trunks is the state of the trunks on the wire.
type Trunks interface {
	Trunks() []TrunkState
	// Renew registers with a trunk now; how it went is told by its state. It fails where the trunk is not on the wire.
	Renew(id routing.TrunkID) error
	// Probe asks a trunk now whether it is there; how it went is told by its state. It fails where the trunk is not on the wire.
	Probe(id routing.TrunkID) error
	// Certify tries a trunk step by step, for up to 90 s. It fails with a *routing.CertifyError where that cannot be done.
	Certify(ctx context.Context, want routing.Certification) (certify.Sheet, error)
}

// TrunkState is what is known of one trunk on the wire.
type TrunkState struct {
	ID         routing.TrunkID
	Up         bool
	LastStatus int // SIP status of the last OPTIONS or REGISTER; 0: none yet
	RTT        time.Duration
	Until      time.Time // end of our registration
	Detail     string    // in words
}

// Office is the records office.
type Office interface {
	// Plan says what applying the site would change.
	Plan(ctx context.Context, site SiteFile) (SiteChange, error)
	// Apply changes the records to what the site declares: all of it, or nothing.
	Apply(ctx context.Context, site SiteFile) (SiteChange, error)
}

// SiteFile is a site file as it was sent.
type SiteFile struct {
	Name  string // for messages
	Text  []byte
	Files fs.FS // where the sounds that it names are; nil: nowhere
	Actor string
}

// SiteChange is what a site file changes, or why it cannot.
type SiteChange struct {
	Changes  []provisioning.Change
	Problems []provisioning.Problem
}

// Info is what is known of the running program.
type Info struct {
	Version   string    `json:"version"`
	Go        string    `json:"go"`
	StartedAt time.Time `json:"started_at"`
	Draining  bool      `json:"draining"`
	Listeners []string  `json:"listeners" doc:"Where it listens: \"sip udp 127.0.0.1:5060\"."`
	Database  string    `json:"database" enum:"sqlite,postgres"`
	Calls     int       `json:"calls" doc:"Calls in progress."`
	Devices   int       `json:"devices" doc:"Devices that are registered now."`
	Counts    Counts    `json:"counts"`
}

// Counts says how many of each thing there are.
type Counts struct {
	Accounts int   `json:"accounts"`
	Users    int   `json:"users"`
	Devices  int   `json:"devices"`
	Teams    int   `json:"teams"`
	Numbers  int   `json:"numbers"`
	Trunks   int   `json:"trunks"`
	Flows    int   `json:"flows"`
	Calls    int64 `json:"calls" doc:"Calls in the log."`
}

// System is the running program.
type System interface {
	Info(ctx context.Context) (Info, error)
}

// Check is one condition of readiness. It is asked with a deadline and fails with the reason.
type Check struct {
	Name string
	Ask  func(ctx context.Context) error
}

// Keeper keeps what the front desk must not forget when the process ends.
type Keeper interface {
	// Secret is 32 random bytes under a name: made when it is first asked for, and the same ever after, on every node.
	Secret(ctx context.Context, name string) ([]byte, error)
	// Remember keeps an answer under a key until a time; of two under one key the first stays.
	Remember(ctx context.Context, key string, answer []byte, until time.Time) error
	// Recall gives what is kept under a key and has not run out; nil: nothing.
	Recall(ctx context.Context, key string) ([]byte, error)
	// KeysUsed keeps when API keys were last shown, by their id.
	KeysUsed(ctx context.Context, last map[string]time.Time) error
	// KeyUse says when API keys were last shown, by their id; those that never were are left out.
	KeyUse(ctx context.Context) (map[string]time.Time, error)
}

// Rooms is what the front desk asks. All of it is needed, but Events, Keeper, Metrics and Deliver.
type Rooms struct {
	Records     provisioning.Store
	Book        Book
	Switchboard Switchboard
	Trunks      Trunks
	Office      Office
	Directory   routing.Directory
	System      System
	Checks      []Check
	Versions    Versions       // of flows
	Sounds      Sounds         // of accounts
	Prompts     []flow.AudioID // the sounds that come with the product
	Keeper      Keeper         // nil: the process keeps it, and forgets it when it ends
	Metrics     http.Handler   // nil: they are served elsewhere
	Desks       Desks          // nil: everybody is offline
	Audit       provisioning.AuditLog
	Statuses    provisioning.StatusLog // nil: nobody keeps what users did
	Events      provisioning.EventLog  // nil: there are none to be had
	Webhooks    WebhookLog
	Deliver     func(webhook string) // looks at once for what is due to a webhook; nil: nobody does
	Marks       Marker               // nil: calls that are over stay as they are
	Notices     provisioning.Notices // nil: nobody keeps notifications
	Cores       Cores                // nil: no mobile core is joined
	Connectors  Connectors           // nil: no message leaves, and none comes
	Examiner    Examiner             // nil: nobody looks
	Codes       Codes                // nil: nobody draws activation codes
	Mail        Mailer               // nil: no e-mail leaves
	Credit      Credit               // nil: nobody counts what packages have left
	Messages    messaging.Book       // nil: no messages are kept
	Post        messaging.Desk       // nil: none are sent
	Lines       messaging.Directory  // how messages of numbers go; nil: not known
	Phone       Phone                // nil: no browser is a phone
	Bans        Bans                 // nil: SIP does not run
	Handsets    Handsets             // nil: this is no demonstration
	Carriers    http.Handler         // takes what carriers and programs bring by HTTP, and asks itself who they are; nil: they bring nothing
}
