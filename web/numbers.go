package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// numberObject is a number in the API, with what a page needs to know about it.
type numberObject struct {
	ID               string            `json:"id"`
	AccountID        string            `json:"account_id"`
	E164             string            `json:"e164"`
	Display          string            `json:"display" doc:"For people."`
	Name             string            `json:"name"`
	Kind             string            `json:"kind" enum:"unconfigured,shared,direct,legacy_classic,legacy_ivr"`
	Flow             *reference        `json:"flow"`
	FlowPublished    bool              `json:"flow_published" doc:"false: callers hear an announcement."`
	Users            []reference       `json:"users"`
	Teams            []reference       `json:"teams"`
	OutboundUsers    []reference       `json:"outbound_users"`
	RingBeforeAnswer float64           `json:"ring_before_answer_seconds"`
	Timezone         string            `json:"timezone" doc:"Empty: of its prefix."`
	MustTag          bool              `json:"must_tag"`
	Priority         int               `json:"priority"`
	SetupQuestion    bool              `json:"setup_question" doc:"true: ask whether it becomes a direct number or stays a shared line."`
	CanConvert       bool              `json:"can_convert" doc:"It can become a direct number."`
	CannotConvert    *reasonObject     `json:"cannot_convert" doc:"Why it cannot."`
	Conversion       *conversionObject `json:"conversion" doc:"A conversion that was begun and is not published."`
	Restricted       bool              `json:"restricted" doc:"true: one user, no team, and the widgets of direct numbers."`
	WaitsForUser     bool              `json:"waits_for_user" doc:"true: the user of this direct number was deleted."`
	ESIM             *esimObject       `json:"esim"`
	Legacy           *legacyObject     `json:"legacy" doc:"The settings of a number from before flows."`
}

// reasonObject says why something is not to be had.
type reasonObject struct {
	Code string            `json:"code"`
	Row  string            `json:"row,omitempty"`
	Text string            `json:"text"`
	Args map[string]string `json:"args,omitempty"`
}

// conversionObject is a conversion to a direct number.
type conversionObject struct {
	User     reference      `json:"user"`
	FlowID   string         `json:"flow_id" doc:"Whose draft is published with it."`
	Warnings []reasonObject `json:"warnings"`
}

type numberCreate struct {
	E164     string   `json:"e164" maxLength:"32"`
	Name     string   `json:"name,omitempty"`
	Kind     string   `json:"kind,omitempty" enum:"unconfigured,shared" doc:"Left out: unconfigured for a French mobile number, else shared."`
	FlowID   string   `json:"flow_id,omitempty" maxLength:"64"`
	Users    []string `json:"users,omitempty" maxItems:"1000"`
	Teams    []string `json:"teams,omitempty" maxItems:"1000"`
	Outbound []string `json:"outbound_users,omitempty" maxItems:"1000"`
}

type numberPatch struct {
	Name             optional[string]  `json:"name,omitzero"`
	RingBeforeAnswer optional[float64] `json:"ring_before_answer_seconds,omitzero"`
	Timezone         optional[string]  `json:"timezone,omitzero"`
	MustTag          optional[bool]    `json:"must_tag,omitzero"`
	Priority         optional[int]     `json:"priority,omitzero"`
}

// NumbersQuery picks numbers. It is exported for the framework, which passes over what is not.
type NumbersQuery struct {
	Paged

	Kind   string `query:"kind" enum:"unconfigured,shared,direct,legacy_classic,legacy_ivr"`
	UserID string `query:"user_id" maxLength:"64" doc:"Numbers of this user."`
	TeamID string `query:"team_id" maxLength:"64"`
	FlowID string `query:"flow_id" maxLength:"64"`
	Q      string `query:"q" maxLength:"100" doc:"Part of the name, or of the digits."`
}

func (s *Server) numbersAPI(a huma.API) {
	f := shelf[*provisioning.Number, numberObject, numberCreate, numberPatch]{
		kind: provisioning.KindNumber, path: "numbers", tag: "numbers", one: "number", article: "a number",
		read: provisioning.NumbersRead, write: provisioning.NumbersWrite,
		show: showNumber, make: makeNumber, change: changeNumber,
	}
	huma.Get(a, "/api/v1/numbers", s.listNumbers, operation("numbers", "list-numbers", "Lists the numbers", provisioning.NumbersRead))
	mountOne(s, a, f)
	s.assignmentsAPI(a)
	s.conversionAPI(a)
	s.esimAPI(a)
	s.usageAPI(a)
	s.legacyAPI(a)
}

func (s *Server) listNumbers(ctx context.Context, q *NumbersQuery) (*pageAnswer[numberObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	picked := slices.DeleteFunc(slices.Clone(st.Numbers), func(n *provisioning.Number) bool { return !q.takes(n) })
	return cut(&q.Paged, itemsOf(ctx, picked, func(n *provisioning.Number) numberObject { return showNumber(st, n) }))
}

// takes says whether a number is among those that were asked for.
func (q *NumbersQuery) takes(n *provisioning.Number) bool {
	if q.Kind != "" && q.Kind != string(n.Kind) || q.FlowID != "" && q.FlowID != string(n.Flow) {
		return false
	}
	if q.UserID != "" && !slices.Contains(n.Users, routing.UserID(q.UserID)) || q.TeamID != "" && !slices.Contains(n.Teams, routing.TeamID(q.TeamID)) {
		return false
	}
	if q.Q == "" {
		return true
	}
	digits := strings.TrimLeft(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(q.Q), "0+")
	return strings.Contains(provisioning.Fold(n.Name), provisioning.Fold(q.Q)) || digits != "" && strings.Contains(string(n.E164), digits)
}

func makeNumber(c numberCreate, b born) (*provisioning.Number, error) {
	n := &provisioning.Number{
		ID: routing.NumberID(b.id), Account: b.account, E164: routing.E164(strings.TrimSpace(c.E164)), Name: provisioning.Clean(c.Name),
		Kind: routing.NumberKind(c.Kind), Users: idsOf[routing.UserID](c.Users), Teams: idsOf[routing.TeamID](c.Teams),
	}
	n.Flow = flowID(c.FlowID)
	n.Settings.Outbound = idsOf[routing.UserID](c.Outbound)
	if n.Kind == "" {
		n.Kind = routing.Shared
		if provisioning.FrenchMobile(n.E164) && n.Flow == "" && len(n.Users)+len(n.Teams) == 0 {
			n.Kind = routing.Unconfigured // As bought (SPEC D3).
		}
	}
	return n, nil
}

func changeNumber(n *provisioning.Number, p numberPatch) (*provisioning.Number, error) {
	next := *n
	p.Name.set(&next.Name)
	next.Name = provisioning.Clean(next.Name)
	seconds := next.RingBeforeAnswer.Seconds()
	p.RingBeforeAnswer.set(&seconds)
	if seconds < 0 || seconds > 60 {
		return nil, &provisioning.Refusal{
			Code: "ring_before_answer", Row: "Q5", Location: "body.ring_before_answer_seconds", Text: "ring for 0 to 60 seconds before the call is answered",
		}
	}
	next.RingBeforeAnswer = time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
	p.Timezone.set(&next.Settings.Timezone)
	p.MustTag.set(&next.Settings.MustTag)
	p.Priority.set(&next.Settings.Priority)
	return &next, nil
}

// showNumber is a number as the API tells it.
func showNumber(st *provisioning.State, n *provisioning.Number) numberObject {
	o := numberObject{
		ID: string(n.ID), AccountID: string(n.Account), E164: string(n.E164), Display: display(string(n.E164), countryOf(st, n.Account)), Name: n.Name,
		Kind: string(n.Kind), Users: refs(st, provisioning.KindUser, n.Users), Teams: refs(st, provisioning.KindTeam, n.Teams),
		OutboundUsers: refs(st, provisioning.KindUser, n.Settings.Outbound), RingBeforeAnswer: n.RingBeforeAnswer.Seconds(),
		Timezone: n.Settings.Timezone, MustTag: n.Settings.MustTag, Priority: n.Settings.Priority, Restricted: n.Kind == routing.Direct,
		WaitsForUser:  n.Kind == routing.Direct && len(n.Users) == 0,
		SetupQuestion: n.Kind == routing.Unconfigured && n.Settings.Conversion == nil,
		ESIM:          showESIM(st, n), Legacy: showLegacy(n),
	}
	if f, is := st.Find(provisioning.KindFlow, string(n.Flow)).(*provisioning.Flow); is {
		o.Flow, o.FlowPublished = &reference{string(f.ID), f.Name}, f.Published != ""
	}
	if why := n.CanConvert(); why != nil {
		o.CannotConvert = &reasonObject{why.Code, why.Row, why.Text, why.Args}
	} else {
		o.CanConvert = true
	}
	if c := n.Settings.Conversion; c != nil {
		o.Conversion = &conversionObject{
			User: refTo(st, provisioning.KindUser, c.User), FlowID: string(c.Flow), Warnings: reasons(st.ConversionWarnings(n)),
		}
	}
	return o
}

func reasons(all []provisioning.Warning) []reasonObject {
	out := make([]reasonObject, 0, len(all))
	for _, w := range all {
		out = append(out, reasonObject{w.Code, w.Row, w.Text, w.Args})
	}
	return out
}

// refs names records as a page shows them.
func refs[T ~string](st *provisioning.State, k provisioning.Kind, ids []T) []reference {
	out := make([]reference, 0, len(ids))
	for _, id := range ids {
		out = append(out, refTo(st, k, id))
	}
	return out
}

// refTo names a record as a page shows it: a user by name, not by address.
func refTo[T ~string](st *provisioning.State, k provisioning.Kind, id T) reference {
	switch r := st.Find(k, string(id)).(type) {
	case nil:
		return reference{ID: string(id)}
	case *provisioning.User:
		return reference{string(id), r.Name}
	case provisioning.Record:
		return reference{string(id), r.Ref().Name}
	}
	return reference{ID: string(id)}
}

// idsOf are ids as the records have them.
func idsOf[T ~string](ids []string) []T {
	var out []T
	for _, id := range ids {
		out = append(out, T(id))
	}
	return out
}

// countryOf is how numbers are written for people of an account.
func countryOf(st *provisioning.State, a routing.AccountID) string {
	if found, is := st.Find(provisioning.KindAccount, string(a)).(*provisioning.Account); is {
		return found.Country
	}
	return ""
}
