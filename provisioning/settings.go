package provisioning

import (
	"strconv"
	"time"

	"tandem/routing"
	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// AccountSettings is what an account says beside its name; kept as JSON.
type AccountSettings struct {
	Timezone  string        `json:"timezone,omitempty"`      // IANA name; empty: Europe/Paris
	AwayAfter int           `json:"away_after,omitempty"`    // unanswered offers in a row until a user is unavailable; 0: never (SPEC A13)
	Grace     time.Duration `json:"grace,omitempty"`         // until a user whose phones have gone is offline; 0: 10 s (SPEC A11)
	Licences  *int          `json:"esim_licences,omitempty"` // how many eSIMs it may have at once (SPEC E17); nil: nobody counts
	Origins   []Origin      `json:"origins,omitempty"`       // whose pages may show its people's phone
}

// UserSettings is what a user says beside what calls are found by; kept as JSON.
type UserSettings struct {
	Role      Role             `json:"role,omitempty"`  // empty: agent
	Teams     []routing.TeamID `json:"teams,omitempty"` // of a supervisor
	Language  string           `json:"language,omitempty"`
	Timezone  string           `json:"timezone,omitempty"`
	Hours     routing.HoursID  `json:"hours,omitempty"`  // with availability auto (SPEC A1)
	Reason    routing.ReasonID `json:"reason,omitempty"` // with availability unavailable (SPEC A2)
	WrapUp    time.Duration    `json:"wrap_up,omitempty"`
	ForwardTo routing.E164     `json:"forward_to,omitempty"` // SPEC A12
}

// NumberSettings is what a number says beside its distribution; kept as JSON.
type NumberSettings struct {
	Timezone   string           `json:"timezone,omitempty"` // empty: of its prefix
	Outbound   []routing.UserID `json:"outbound,omitempty"` // who may show it, beside its users and teams (SPEC O1)
	MustTag    bool             `json:"must_tag,omitempty"` // SPEC A9
	Priority   int              `json:"priority,omitempty"` // SPEC R21: 0 or 1
	Conversion *Conversion      `json:"conversion,omitempty"`
	ESIM       *ESIM            `json:"esim,omitempty"`
	Messaging  *NumberMessaging `json:"messaging,omitempty"` // nil: as most have it
	Legacy     *Legacy          `json:"legacy,omitempty"`    // of a legacy number, from which its flow is made
}

// Conversion is a number's way to be direct, begun and not published: calls follow the old distribution (SPEC D14).
type Conversion struct {
	User routing.UserID `json:"user"`
	Flow flow.ID        `json:"flow"` // whose draft is published with it
}

// Legacy is the settings of a number from before flows (SPEC F19, F20).
type Legacy struct {
	Settings flow.Legacy    `json:"settings"`
	Open     LegacyOpening  `json:"open"`
	Hours    calendar.Hours `json:"hours"`            // with OpenByHours
	Closed   flow.AudioID   `json:"closed,omitempty"` // played outside of them; empty: the product's
}

// LegacyOpening says when a legacy number is open.
type LegacyOpening string

// When a legacy number is open.
const (
	OpenAlways  LegacyOpening = "always"
	OpenNever   LegacyOpening = "never"
	OpenByHours LegacyOpening = "hours"
)

func (s *AccountSettings) fields() []Field {
	licences := ""
	if s.Licences != nil {
		licences = strconv.Itoa(*s.Licences)
	}
	return []Field{text("timezone", s.Timezone), text("away_after", s.AwayAfter), text("grace", s.Grace), text("esim_licences", licences), set("allowed_origins", s.Origins)}
}

func (s *UserSettings) fields() []Field {
	return []Field{
		text("role", string(s.Role)), set("supervises", s.Teams), text("language", s.Language), text("timezone", s.Timezone),
		text("working_hours", string(s.Hours)), text("reason", string(s.Reason)), text("wrap_up", s.WrapUp), text("forward_to", string(s.ForwardTo)),
	}
}

func (s *NumberSettings) fields() []Field {
	conversion, legacy := "", ""
	if c := s.Conversion; c != nil {
		conversion = string(c.User) + " " + string(c.Flow)
	}
	if l := s.Legacy; l != nil {
		legacy = asJSON(l)
	}
	return append([]Field{
		text("timezone", s.Timezone), set("outbound_users", s.Outbound), text("must_tag", s.MustTag), text("priority", s.Priority),
		text("conversion", conversion), text("legacy", legacy),
	}, append(s.ESIM.fields(), s.Messaging.fields()...)...)
}
