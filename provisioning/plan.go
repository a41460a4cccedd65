package provisioning

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"tandem/routing"
)

// Plan says what must change for the records to be what the site declares: what it names is created or updated; what it does not name is left
// alone, unless it says prune = true: then everything else in the accounts that it names goes, and the shared trunks it does not name. With
// problems (an extension that somebody outside of the file has, a direct number that would change hands) nothing is to change.
func Plan(current *State, site *Site) ([]Change, []Problem) {
	p := &planner{
		current: current, site: site, doc: &document{file: site.doc.file, lines: site.doc.lines}, now: time.Now(), ids: map[Kind]map[key]string{},
		kept: map[string]struct{}{}, held: map[key]Record{}, at: map[string]string{},
	}
	p.match()
	wanted := p.wanted()
	changes := append(p.deletes(), p.changes(wanted)...)
	if len(p.doc.problems) == 0 {
		p.ask(changes)
	}
	if len(p.doc.problems) > 0 {
		sortProblems(p.doc.problems)
		return nil, p.doc.problems
	}
	return changes, nil
}

// ask asks the rules of records of what the site changes, in the state that it makes: they are the same for whoever changes something.
func (p *planner) ask(changes []Change) {
	next := p.current.With(changes)
	for _, c := range changes {
		ref := c.Record.Ref()
		if c.Verb == Delete {
			continue
		}
		all := next.check(p.before(ref.Kind, ref.ID), c.Record)
		for _, r := range all {
			if ref.Kind == KindConnector {
				r.Location = strings.Replace(r.Location, "operator_id", "operator", 1)
			}
			r.Location = siteKey(r.Location)
		}
		p.doc.refused(p.at[ref.ID], all)
	}
}

// siteKey is where a site file has what the API has at a location.
func siteKey(location string) string {
	return strings.NewReplacer("supervised_team_ids", "supervises", "user_ids", "users", "team_ids", "teams", "tag_ids", "tags", "working_hours_id", "working_hours",
		"reason_id", "reason", "wrap_up_seconds", "wrap_up", "away_after_missed", "away_after", "offline_after_seconds", "grace", "handset_ring_seconds", "handset_ring", "no_reply_seconds", "no_reply", "operator_id", "esim.operator",
		"trunk_id", "trunk", "connector_id", "connector", "number_ids", "numbers", "keep_seconds", "keep", "enquire_seconds", "enquire", "patience_seconds",
		"patience").Replace(location)
}

// Apply plans on the store's state and applies all changes in one transaction, or nothing; it gives what was applied. A second Apply of the same site
// changes nothing.
func Apply(ctx context.Context, store Store, site *Site, actor string) ([]Change, []Problem, error) {
	const tries = 5
	for try := 1; ; try++ {
		state, err := store.State(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("read the records: %w", err)
		}
		changes, problems := Plan(state, site)
		if len(problems) > 0 || len(changes) == 0 {
			return nil, problems, nil
		}
		err = store.Apply(ctx, Batch{Version: state.Version, Actor: actor, Changes: changes})
		if errors.Is(err, ErrMoved) && try < tries {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("apply: %w", err)
		}
		return changes, nil, nil
	}
}

// LoadAudio reads the sounds that the site names from files, whose paths are relative to the site file. It comes before Plan.
func (s *Site) LoadAudio(files fs.FS) []Problem {
	doc := &document{file: s.doc.file, lines: s.doc.lines}
	for i := range s.audio {
		a := &s.audio[i]
		if a.record.Content != nil || a.record.Size == sizeKept {
			continue
		}
		content, err := fs.ReadFile(files, a.record.SHA256)
		if err == nil {
			err = a.record.fill(content)
		}
		if err != nil {
			doc.refuse(a.path+".file", "", "%s", err)
		}
	}
	return doc.problems
}

// key is how a kind of record is told apart in a site file: the account, where names are its own, and the name.
type key struct {
	account routing.AccountID // its id in the records
	name    string
}

// planner compares the records with a site.
type planner struct {
	current *State
	site    *Site
	doc     *document
	now     time.Time
	ids     map[Kind]map[key]string // of what the site declares, present or new
	kept    map[string]struct{}     // ids of present records that the site declares
	at      map[string]string       // paths of what the site declares, by id
	held    map[key]Record          // present records, by kind (as the account) and id
}

// Prefix begins the ids of a kind.
func (k Kind) Prefix() string {
	switch k {
	case KindAccount:
		return "acc"
	case KindUser:
		return "usr"
	case KindDevice:
		return "dev"
	case KindTeam:
		return "team"
	case KindTrunk:
		return "trk"
	case KindFlow:
		return "flow"
	case KindNumber:
		return "num"
	case KindAudio:
		return "aud"
	case KindHours:
		return "hrs"
	case KindSpecialDate:
		return "sd"
	case KindReason:
		return "rsn"
	case KindTag:
		return "tag"
	case KindBlocked:
		return "blk"
	case KindContact:
		return "cnt"
	case KindWebhook:
		return "wh"
	case KindKey:
		return "key"
	case KindOperator:
		return "op"
	case KindConnector:
		return "mcn"
	}
	return "id"
}

// scope is the account in which a record's name is unique; names of accounts, users, devices, numbers, trunks, operators and connectors are unique everywhere.
func scope(r Record) key {
	ref := r.Ref()
	switch r.(type) {
	case *Team, *Flow, *Audio, *WorkingHours, *SpecialDate, *Reason, *Tag, *BlockedNumber, *Contact, *Webhook, *Key:
		return key{ref.Account, ref.Name}
	case *Account, *User, *Device, *Number, *Trunk, *Operator, *Connector:
	}
	return key{"", ref.Name}
}

// match gives everything that the site declares its id: the present one, or a new one.
func (p *planner) match() {
	for _, r := range p.current.Records() {
		ref := r.Ref()
		if p.ids[ref.Kind] == nil {
			p.ids[ref.Kind] = map[key]string{}
		}
		p.ids[ref.Kind][scope(r)] = ref.ID
		p.held[key{routing.AccountID(ref.Kind), ref.ID}] = r
	}
	for _, a := range p.site.accounts {
		p.declare(a.path, KindAccount, key{"", a.record.Name})
	}
	for _, u := range p.site.users {
		p.declare(u.path, KindUser, key{"", u.record.Email})
	}
	for _, d := range p.site.devices {
		p.declare(d.path, KindDevice, key{"", d.record.AOR})
	}
	for _, t := range p.site.teams {
		p.declare(t.path, KindTeam, key{p.account(t.record.Account), t.record.Name})
	}
	for _, d := range p.site.documents {
		ref := d.record.Ref()
		p.declare(d.path, ref.Kind, key{p.account(ref.Account), ref.Name})
	}
	for _, t := range p.site.trunks {
		p.declare(t.path, KindTrunk, key{"", t.record.Name})
	}
	for _, o := range p.site.operators {
		p.declare(o.path, KindOperator, key{"", o.record.Name})
	}
	for _, c := range p.site.connectors {
		p.declare(c.path, KindConnector, key{"", c.record.Name})
	}
	for _, a := range p.site.audio {
		p.declare(a.path, KindAudio, key{p.account(a.record.Account), a.record.Name})
	}
	for _, f := range p.site.flows {
		p.declare(f.path, KindFlow, key{p.account(f.record.account), f.record.flow.Name})
	}
	for _, n := range p.site.numbers {
		p.declare(n.path, KindNumber, key{"", string(n.record.E164)})
	}
}

func (p *planner) declare(path string, kind Kind, k key) {
	if p.ids[kind] == nil {
		p.ids[kind] = map[key]string{}
	}
	id := p.ids[kind][k]
	if id == "" {
		id = routing.NewID(kind.Prefix(), p.now)
		p.ids[kind][k] = id
	}
	p.kept[id], p.at[id] = struct{}{}, path
}

// account is the id of an account that the site names.
func (p *planner) account(name routing.AccountID) routing.AccountID {
	return routing.AccountID(p.ids[KindAccount][key{"", string(name)}])
}

// before is the present record of an id; nil where it is new.
func (p *planner) before(kind Kind, id string) Record {
	return p.held[key{routing.AccountID(kind), id}]
}

// changes compares what is wanted with what is there.
func (p *planner) changes(wanted []Record) []Change {
	var out []Change
	for _, after := range wanted {
		ref := after.Ref()
		before := p.before(ref.Kind, ref.ID)
		verb := Update
		if before == nil {
			verb = Create
		}
		fields := difference(before, after)
		if before == nil || len(fields) > 0 {
			out = append(out, Change{Verb: verb, Record: after, Fields: fields})
		}
		if before == nil {
			out = append(out, p.begins(after)...)
		}
	}
	return out
}

// pruned says that what a site file does not name goes.
type pruned bool

// prunes says whether a file that prunes is the whole truth of a kind. Of the kinds that it may leave out altogether it is only where it names one;
// contacts and keys come and go by themselves.
func (p *planner) prunes(k Kind) pruned {
	switch k {
	case KindUser, KindDevice, KindTeam, KindTrunk, KindFlow, KindNumber, KindAudio:
		return true
	case KindHours, KindSpecialDate, KindReason, KindTag, KindBlocked, KindWebhook:
		return pruned(slices.ContainsFunc(p.site.documents, func(d declared[Document]) bool { return d.record.Ref().Kind == k }))
	case KindOperator:
		return pruned(len(p.site.operators) > 0)
	case KindConnector:
		return pruned(len(p.site.connectors) > 0)
	case KindAccount, KindContact, KindKey:
	}
	return false
}

// begins lists what a new record comes with; who declares reasons of an account declares all of them.
func (p *planner) begins(r Record) []Change {
	ours := func(d declared[Document]) bool {
		ref := d.record.Ref()
		return ref.Kind == KindReason && p.account(ref.Account) == r.Ref().Account
	}
	if r.Ref().Kind != KindAccount || slices.ContainsFunc(p.site.documents, ours) {
		return nil
	}
	return begins(r)
}

// deletes lists what goes, what leans on others first.
func (p *planner) deletes() []Change {
	if !p.site.prune {
		return nil
	}
	ours := map[routing.AccountID]struct{}{"": {}} // Shared trunks have no account.
	for _, a := range p.site.accounts {
		ours[p.account(a.record.ID)] = struct{}{}
	}
	var out []Change
	for _, r := range p.current.Records() {
		ref := r.Ref()
		_, here := ours[ref.Account]
		_, kept := p.kept[ref.ID]
		if d, is := r.(*Device); is && d.HA1MD5 == "" && !kept { // a browser's: it goes with its user, and no file names it
			_, kept = p.kept[string(d.User)]
		}
		if here && !kept && bool(p.prunes(ref.Kind)) {
			out = append(out, Change{Verb: Delete, Record: r})
		}
	}
	order := []Kind{
		KindNumber, KindFlow, KindTeam, KindDevice, KindUser, KindConnector, KindOperator, KindTrunk, KindAudio, KindHours, KindSpecialDate, KindReason, KindTag, KindBlocked,
		KindWebhook,
	}
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Compare(slices.Index(order, a.Record.Ref().Kind), slices.Index(order, b.Record.Ref().Kind))
	})
	return out
}
