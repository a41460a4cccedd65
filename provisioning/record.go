package provisioning

import (
	"net/netip"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
	"tandem/routing/peering"
)

// Kind says what a record is; it is the word of the audit log and of the site file.
type Kind string

// The kinds of record.
const (
	KindAccount Kind = "account"
	KindUser    Kind = "user"
	KindDevice  Kind = "device"
	KindTeam    Kind = "team"
	KindTrunk   Kind = "trunk"
	KindFlow    Kind = "flow"
	KindNumber  Kind = "number"
	KindAudio   Kind = "audio"

	KindHours       Kind = "working_hours"
	KindSpecialDate Kind = "special_date"
	KindReason      Kind = "availability_reason"
	KindTag         Kind = "tag"
	KindBlocked     Kind = "blocked_number"
	KindContact     Kind = "contact"
	KindWebhook     Kind = "webhook"
	KindKey         Kind = "api_key"
	KindOperator    Kind = "operator"
	KindConnector   Kind = "connector"
)

// Record is one thing the office keeps. Its fields are what a change of it shows.
//
//sumtype:decl
type Record interface {
	// Ref names the record.
	Ref() Ref
	// Fields lists what the record says, in a fixed order, without its ID.
	Fields() []Field
	record()
}

// Ref names a record for people and for the audit log.
type Ref struct {
	Kind    Kind
	ID      string
	Account routing.AccountID // empty: of no account
	Name    string            // as people call it: a name, an e-mail address, an E.164 number, an AOR
}

// The records. They are plain values: whoever has one may copy it.
type (
	// Account is one customer.
	Account struct {
		ID       routing.AccountID
		Name     string // unique
		Language string // "fr" or "en"
		Country  string // ISO 3166 alpha-2

		Settings AccountSettings
	}
	// User is a person in an account.
	User struct {
		ID           routing.UserID
		Account      routing.AccountID
		Name         string
		Email        string // unique, in small letters
		Extension    string // three digits, unique in the account
		OutgoingOnly bool
		NeverRing    bool
		CallWaiting  bool
		Availability routing.Availability
		CallerID     routing.E164
		Voicemail    *flow.Voicemail // nil: none of their own
		Password     Secret          // as HashPassword makes it; empty: they cannot sign in with one

		Settings UserSettings
	}
	// Device is one place where a user works.
	Device struct {
		ID        routing.DeviceID
		Account   routing.AccountID
		User      routing.UserID
		Kind      routing.DeviceKind
		AOR       string // "username@realm", unique
		Username  string
		HA1MD5    Secret
		HA1SHA256 Secret
	}
	// Team is several users who are rung as one.
	Team struct {
		ID      routing.TeamID
		Account routing.AccountID
		Name    string // unique in the account
		Users   []routing.UserID
		MustTag bool // calls that it answered are after-call work until they are tagged (SPEC A9)
	}
	// Number is an E.164 number that an account owns.
	Number struct {
		ID               routing.NumberID
		Account          routing.AccountID
		E164             routing.E164 // unique
		Name             string
		Kind             routing.NumberKind
		Flow             flow.ID // empty while unconfigured
		Users            []routing.UserID
		Teams            []routing.TeamID
		RingBeforeAnswer time.Duration

		Settings NumberSettings
	}
	// Trunk is a peering with a carrier or PBX.
	Trunk struct {
		ID           routing.TrunkID
		Account      routing.AccountID // empty: shared by all accounts
		Name         string            // unique
		Sources      []netip.Prefix
		Servers      []string
		InUsername   string
		InHA1MD5     Secret
		InHA1SHA256  Secret
		OutUsername  string
		OutPassword  Secret
		OutRealm     string
		Domain       string
		Register     bool
		OptionsEvery time.Duration
		Country      string
		Dial         routing.DialFormat
		Emergency    bool
		Priority     int
		MediaAllow   []netip.Prefix
		MaxCalls     int
		TrustPAI     bool

		PresentsDirect bool // SPEC E20

		TLS   routing.TrunkTLS
		Terms peering.Terms // how its peer is spoken with
	}
	// Flow is a call flow with its draft (SPEC F2): saving a draft changes nothing for callers.
	Flow struct {
		ID        flow.ID
		Account   routing.AccountID
		Name      string // unique in the account
		Version   int    // of what is published; 0: nothing is
		Published string // flow/v1 JSON; empty: nothing is published
		Draft     string // flow/v1 JSON; empty: no draft beside what is published
		Base      int    // version that the draft began from; 0: from nothing
	}
	// Audio is a sound of an account's library.
	Audio struct {
		ID      flow.AudioID
		Account routing.AccountID
		Name    string // unique in the account
		SHA256  string // of the content, 64 hexadecimal digits; in a site file that was not loaded, its path
		Size    int    // bytes
		Content []byte // WAV; nil where only the description was asked for
	}
)

// Ref names the account.
func (a *Account) Ref() Ref { return Ref{KindAccount, string(a.ID), a.ID, a.Name} }

// Ref names the user by the e-mail address.
func (u *User) Ref() Ref { return Ref{KindUser, string(u.ID), u.Account, u.Email} }

// Ref names the device by its address of record.
func (d *Device) Ref() Ref { return Ref{KindDevice, string(d.ID), d.Account, d.AOR} }

// Ref names the team.
func (t *Team) Ref() Ref { return Ref{KindTeam, string(t.ID), t.Account, t.Name} }

// Ref names the number.
func (n *Number) Ref() Ref { return Ref{KindNumber, string(n.ID), n.Account, string(n.E164)} }

// Ref names the trunk.
func (t *Trunk) Ref() Ref { return Ref{KindTrunk, string(t.ID), t.Account, t.Name} }

// Ref names the flow.
func (f *Flow) Ref() Ref { return Ref{KindFlow, string(f.ID), f.Account, f.Name} }

// Ref names the sound.
func (a *Audio) Ref() Ref { return Ref{KindAudio, string(a.ID), a.Account, a.Name} }

func (*Account) record() {}
func (*User) record()    {}
func (*Device) record()  {}
func (*Team) record()    {}
func (*Number) record()  {}
func (*Trunk) record()   {}
func (*Flow) record()    {}
func (*Audio) record()   {}
