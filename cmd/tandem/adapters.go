package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/certify"
	"tandem/sip"
	"tandem/sip/message"
	"tandem/store"
	"tandem/web"
	"tandem/web/mail"
)

// adapters give the front desk what it asks for, from the rooms that it does not know.
type adapters struct{ m *Main }

func (a adapters) rooms() web.Rooms {
	return web.Rooms{
		Records: a.m.store, Book: timedBook{book{a.m.store}, a.m.meters}, Switchboard: a, Trunks: a, Office: office{a.m.store}, Directory: a.m.store, System: a,
		Versions: a.m.store, Sounds: a.m.store,
		Desks: a.m.sw, Statuses: a.m.store,
		Audit:    a.m.store,
		Events:   a.m.store,
		Keeper:   a.m.store,
		Webhooks: a.m.store, Deliver: a.m.hooks.deliver,
		Marks: a.m.store, Notices: a.m.store,
		Carriers: a.m.carriers, Phone: browsers(a), Bans: banList{a.m},
		Cores: cores(a), Examiner: doctor(a), Codes: cores(a), Credit: packages{a.m}, Mail: a.m.mailer(),
		Connectors: a.m.post, Messages: a.m.store.Messages(), Post: a.m.post.office, Lines: a.m.store,
		Checks: []web.Check{
			{Name: "database", Ask: a.m.store.Ping},
			{Name: "sip", Ask: func(context.Context) error {
				if len(a.m.stack.Listeners()) == 0 {
					return errors.New("no socket is open")
				}
				return nil
			}},
			{Name: "messages", Ask: func(context.Context) error {
				if !a.m.post.ready.Load() {
					return errors.New("the links of connectors are not open yet")
				}
				return nil
			}},
			{Name: "accepting", Ask: func(context.Context) error {
				if a.m.draining.Load() {
					return errors.New("draining")
				}
				return nil
			}},
		},
	}
}

// Live lists the calls in progress, oldest first.
func (a adapters) Live() []web.LiveCall {
	infos := a.m.sw.Calls()
	slices.SortFunc(infos, func(x, y *routing.CallInfo) int {
		return cmp.Or(x.StartedAt.Compare(y.StartedAt), cmp.Compare(x.ID, y.ID))
	})
	out := make([]web.LiveCall, 0, len(infos))
	for _, i := range infos {
		out = append(out, web.LiveCall{
			Status: string(i.Status), Node: i.Node, Users: once(i.Users),
			Record: &routing.CallRecord{
				ID: i.ID, Number: i.Number, Account: i.Account, Direction: i.Direction, Status: string(i.Status), Outcome: i.Outcome,
				From: i.From, To: i.To, Anonymous: i.Anonymous, NumberID: i.NumberID, Trunk: i.Trunk, Flow: i.Flow,
				StartedAt: i.StartedAt, AnsweredAt: i.AnsweredAt, EndedAt: i.EndedAt, User: i.User, Teams: i.Teams, Tags: i.Tags,
				AssignedTo: i.AssignedTo, Archived: i.Archived,
			},
		})
	}
	return out
}

// Draft is the record of a call in progress so far.
func (a adapters) Draft(ctx context.Context, id routing.CallID) (*routing.CallRecord, error) {
	return a.m.sw.Draft(ctx, id) // the front desk knows the switchboard's errors
}

// Do hands a command to a call.
func (a adapters) Do(ctx context.Context, id routing.CallID, cmd routing.Command) error {
	return a.m.sw.Do(ctx, id, cmd) // the front desk knows the switchboard's errors
}

// Start starts a call.
func (a adapters) Start(want routing.Start) (routing.CallID, error) { return a.m.sw.Originate(want) }

// Shown is the number that a user's calls show where they choose none.
func (a adapters) Shown(u routing.UserID) *routing.Number { return a.m.sw.Shown(u) }

// Tagged takes that a call that is over was tagged.
func (a adapters) Tagged(id routing.CallID) { a.m.sw.Tagged(id) }

// once names each user once, however many of their devices ring.
func once(users []routing.UserID) []routing.UserID {
	var out []routing.UserID
	for _, u := range users {
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// Trunks is the state of the trunks on the wire.
func (a adapters) Trunks() []web.TrunkState {
	var out []web.TrunkState
	for _, t := range a.m.stack.Trunks() {
		out = append(out, web.TrunkState{
			ID: routing.TrunkID(t.ID), Up: t.Up, LastStatus: t.LastStatus, RTT: t.RTT, Until: t.Until, Detail: t.Detail,
		})
	}
	return out
}

// Renew registers with a trunk now.
func (a adapters) Renew(id routing.TrunkID) error { return a.m.stack.Renew(sip.TrunkID(id)) }

// Probe asks a trunk now whether it is there.
func (a adapters) Probe(id routing.TrunkID) error { return a.m.stack.Probe(sip.TrunkID(id)) }

// Certify tries a trunk step by step.
func (a adapters) Certify(ctx context.Context, want routing.Certification) (certify.Sheet, error) {
	return a.m.sw.Certify(ctx, want) // the front desk knows the switchboard's errors
}

// Info is what is known of this process.
func (a adapters) Info(ctx context.Context) (web.Info, error) {
	counts, err := a.m.store.Counts(ctx)
	if err != nil {
		return web.Info{}, fmt.Errorf("count records: %w", err)
	}
	info := web.Info{
		Version: version, Go: runtime.Version(), StartedAt: a.m.began, Draining: a.m.draining.Load(), Database: "sqlite",
		Calls: len(a.m.sw.Calls()), Listeners: []string{}, Counts: countsOf(counts),
	}
	if a.m.Config.Database.URL.Reveal() != "" {
		info.Database = "postgres"
	}
	for _, l := range a.m.stack.Listeners() {
		info.Listeners = append(info.Listeners, fmt.Sprintf("sip %s %s", strings.ToLower(string(l.Network)), l.Bind))
	}
	if a.m.web.IsValid() {
		info.Listeners = append(info.Listeners, "http "+a.m.web.String())
	}
	for _, n := range registrations(a.m) {
		info.Devices += n.devices
	}
	return info, nil
}

func countsOf(c provisioning.Counts) web.Counts {
	return web.Counts{
		Accounts: c.Accounts, Users: c.Users, Devices: c.Devices, Teams: c.Teams, Numbers: c.Numbers, Trunks: c.Trunks, Flows: c.Flows,
		Calls: c.Calls,
	}
}

// registered counts the bindings of one transport, and the devices whose newest binding it is.
type registered struct{ bindings, devices int }

// registrations counts by transport, in small letters.
func registrations(m *Main) map[string]registered {
	out := map[string]registered{}
	for aor := range m.store.Snapshot().Devices {
		for i, c := range m.stack.Contacts(message.AOR(strings.ToLower(aor))) {
			name := strings.ToLower(string(c.Target.Network))
			n := out[name]
			n.bindings++
			if i == 0 {
				n.devices++
			}
			out[name] = n
		}
	}
	return out
}

// book is the log of calls.
type book struct{ store *store.Store }

// Calls lists calls.
func (b book) Calls(ctx context.Context, f provisioning.CallFilter) (provisioning.CallPage, error) {
	return b.store.Calls(ctx, f)
}

// Call finds one call.
func (b book) Call(ctx context.Context, idOrNumber string) (*routing.CallRecord, error) {
	c, err := b.store.Call(ctx, idOrNumber)
	if errors.Is(err, store.ErrNotFound) {
		return nil, web.ErrNotFound
	}
	return c, err
}

// timedBook is the log of calls with a clock.
type timedBook struct {
	book

	m *meters
}

// Calls lists calls.
func (b timedBook) Calls(ctx context.Context, f provisioning.CallFilter) (provisioning.CallPage, error) {
	defer b.m.timed("calls", time.Now())
	return b.book.Calls(ctx, f)
}

// Call finds one call.
func (b timedBook) Call(ctx context.Context, idOrNumber string) (*routing.CallRecord, error) {
	defer b.m.timed("call", time.Now())
	return b.book.Call(ctx, idOrNumber)
}

// office is the records office with its archive.
type office struct{ store provisioning.Store }

// Plan says what a site file would change.
func (o office) Plan(ctx context.Context, f web.SiteFile) (web.SiteChange, error) {
	site, problems := readSite(f)
	if len(problems) > 0 {
		return web.SiteChange{Problems: problems}, nil
	}
	state, err := o.store.State(ctx)
	if err != nil {
		return web.SiteChange{}, fmt.Errorf("read the records: %w", err)
	}
	changes, problems := provisioning.Plan(state, site)
	return web.SiteChange{Changes: changes, Problems: problems}, nil
}

// Apply changes the records.
func (o office) Apply(ctx context.Context, f web.SiteFile) (web.SiteChange, error) {
	site, problems := readSite(f)
	if len(problems) > 0 {
		return web.SiteChange{Problems: problems}, nil
	}
	changes, problems, err := provisioning.Apply(ctx, o.store, site, f.Actor)
	if err != nil {
		return web.SiteChange{}, fmt.Errorf("apply: %w", err)
	}
	return web.SiteChange{Changes: changes, Problems: problems}, nil
}

func readSite(f web.SiteFile) (*provisioning.Site, []provisioning.Problem) {
	names, err := soundNames()
	if err != nil {
		return nil, []provisioning.Problem{{File: f.Name, Text: err.Error()}}
	}
	site, problems := provisioning.ParseSite(f.Name, f.Text, names...)
	if len(problems) > 0 {
		return nil, problems
	}
	files := f.Files
	if files == nil {
		files = noFiles{}
	}
	return site, site.LoadAudio(files)
}

// noFiles is where there are no files.
type noFiles struct{}

// Open finds nothing.
func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// mailer sends e-mail; nil where [mail] is not set up.
func (m *Main) mailer() web.Mailer {
	c := m.Config.Mail
	if c.Server == "" {
		return nil
	}
	return mail.New(mail.Config{Server: c.Server, From: c.From, Username: c.Username, Password: c.Password.Reveal()})
}
