package web

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// Ban is an address or a network that SIP does not listen to for a while, or only what comes from an address in the name of one user.
type Ban struct {
	Net   netip.Prefix
	User  string // the digest username that passwords were tried of; empty: nothing at all is heard
	Since time.Time
	Until time.Time
	Cause BanCause
	Tries int    // passwords, or users, that were tried
	Whose string // who ordered it, as the audit log names them
	Note  string
}

// BanCause is why something is not listened to.
type BanCause string

// The causes.
const (
	BanPasswords BanCause = "wrong_passwords"
	BanUsers     BanCause = "many_users"
	BanOrdered   BanCause = "ordered"
)

// Bans is what the wire does not listen to.
type Bans interface {
	// Bans lists it, the oldest first.
	Bans() []Ban
	// Ban stops listening to its Net until its Until. It fails with ErrTrusted where a trunk has an address there, and with ErrBansFull.
	Ban(b Ban) error
	// Lift listens again: to a network, or to a user from an address. It fails with ErrNoBan.
	Lift(net netip.Prefix, user string) error
}

// What Bans say.
var (
	ErrTrusted  = errors.New("a trunk has an address there")
	ErrBansFull = errors.New("no more bans are kept")
	ErrNoBan    = errors.New("that is not banned")
)

// banObject is a ban as the API tells it.
type banObject struct {
	ID      string   `json:"id"`
	Address string   `json:"address" doc:"An IP address, or a network: 203.0.113.0/24."`
	User    *string  `json:"username" doc:"The SIP username whose passwords were tried from there: others are heard. null: nothing is heard from there."`
	Cause   BanCause `json:"cause" enum:"wrong_passwords,many_users,ordered" doc:"wrong_passwords: too many for one user; many_users: wrong passwords for many users; ordered: somebody wanted it."`
	Tries   int      `json:"tries" doc:"Wrong passwords, or users that were tried; 0 with ordered."`
	Since   string   `json:"since" format:"date-time"`
	Until   string   `json:"until" format:"date-time"`
	By      *string  `json:"by" doc:"Who ordered it, as the audit log names them; null: the program."`
	Note    string   `json:"note"`
}

type banNew struct {
	Body struct {
		Address string  `json:"address" maxLength:"64" doc:"An IP address, or a network: 203.0.113.0/24. Not a trunk's, not this machine's loopback, not that of the request."`
		For     float64 `json:"duration_seconds,omitempty" minimum:"60" maximum:"2592000" default:"3600"`
		Note    string  `json:"note,omitempty" maxLength:"200"`
	}
}

type banRequest struct {
	ID string `path:"id" maxLength:"64"`
}

type bansQuery struct {
	Paged

	Address string `query:"address" maxLength:"64" doc:"Only what concerns this address."`
}

func (s *Server) bansAPI(a huma.API) {
	const at = "/api/v1/system/bans"
	huma.Get(a, at, s.listBans, operation("system", "list-bans",
		"Lists the addresses that SIP does not listen to, and the users whose passwords were tried too often from one", provisioning.SystemRead, http.StatusConflict))
	huma.Post(a, at, s.makeBan, operation("system", "create-ban",
		"Stops listening to an address or a network for a while, at most until the program ends", provisioning.SystemWrite, http.StatusConflict), created)
	huma.Delete(a, at+"/{id}", s.liftBan, operation("system", "delete-ban", "Listens again: lifts a ban, or a lock-out", provisioning.SystemWrite,
		http.StatusNotFound, http.StatusConflict))
}

// banNames are the digits of ids, in the order of their values.
const banNames = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// id names a ban for as long as it lasts: by when it began, and what it is about.
func (b *Ban) id() string {
	const rest = 10 // bytes after the six of the time
	raw := binary.BigEndian.AppendUint64(nil, uint64(max(b.Since.UnixMilli(), 0)))[2:]
	sum := sha256.Sum256([]byte(b.Net.String() + " " + b.User))
	return "ban_" + base32.NewEncoding(banNames).WithPadding(base32.NoPadding).EncodeToString(append(raw, sum[:rest]...))
}

func showBan(b *Ban) banObject {
	o := banObject{ID: b.id(), Address: b.Net.String(), Cause: b.Cause, Tries: b.Tries, Since: *stamp(b.Since), Until: *stamp(b.Until), Note: b.Note}
	if b.Net.IsSingleIP() {
		o.Address = b.Net.Addr().String()
	}
	if b.User != "" {
		o.User = new(Printable(b.User))
	}
	if b.Whose != "" {
		o.By = &b.Whose
	}
	return o
}

// Printable is a name that a stranger chose, without what could make it look like another.
func Printable(name string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == utf8.RuneError {
			return '?'
		}
		return c
	}, name)
}

// bans are what who asks may see: bans are the program's, and a lock-out is of the account whose device it is about.
func (s *Server) bans(ctx context.Context) ([]Ban, *provisioning.State, error) {
	if s.rooms.Bans == nil {
		return nil, nil, problem(http.StatusConflict, codeUnavailable, "nobody is heard here: the program does not run")
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	theirs := map[string]struct{}{}
	for _, d := range st.Devices {
		if !who(ctx).sees(d.Account) {
			theirs[d.Username] = struct{}{}
		}
	}
	var all []Ban
	for _, b := range s.rooms.Bans.Bans() {
		if _, others := theirs[b.User]; !others || b.User == "" {
			all = append(all, b)
		}
	}
	return all, st, nil
}

func (s *Server) listBans(ctx context.Context, q *bansQuery) (*pageAnswer[banObject], error) {
	bans, _, err := s.bans(ctx)
	if err != nil {
		return nil, err
	}
	about, given := netip.Prefix{}, q.Address != ""
	if given {
		if about, err = provisioning.Network(q.Address); err != nil {
			if r, is := errors.AsType[*provisioning.Refusal](err); is {
				r.Location = "query.address"
			}
			return nil, s.refusal(ctx, err)
		}
	}
	all := make([]item[banObject], 0, len(bans))
	for i := range bans {
		if b := &bans[i]; !given || b.Net.Overlaps(about) {
			all = append(all, item[banObject]{id: b.id(), value: func() banObject { return showBan(b) }})
		}
	}
	return cut(&q.Paged, all)
}

// shared refuses what concerns every account to somebody of one, where there are several.
func (s *Server) shared(ctx context.Context, st *provisioning.State) error {
	if who(ctx).account == "" || len(st.Accounts) < 2 {
		return nil
	}
	return problem(http.StatusForbidden, codeBanShared, "a ban concerns every company here: it takes the key of the configuration, or tandem ban on the machine itself")
}

func (s *Server) makeBan(ctx context.Context, q *banNew) (*createdAnswer[banObject], error) {
	_, st, err := s.bans(ctx)
	if err == nil {
		err = s.shared(ctx, st)
	}
	if err != nil {
		return nil, err
	}
	asks, _ := netip.ParsePrefix(who(ctx).source) // none: over the control socket
	order := provisioning.BanOrder{Address: q.Body.Address, For: time.Duration(q.Body.For * float64(time.Second)), Note: provisioning.Clean(q.Body.Note), Asks: asks}
	net, err := order.Net()
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	b := Ban{Net: net, Until: time.Now().Add(order.For), Cause: BanOrdered, Whose: who(ctx).actor(), Note: order.Note}
	switch err = s.rooms.Bans.Ban(b); {
	case errors.Is(err, ErrTrusted):
		return nil, s.refusal(ctx, provisioning.BanTrusted(net))
	case errors.Is(err, ErrBansFull):
		return nil, s.refusal(ctx, provisioning.BansFull())
	case err != nil:
		return nil, s.failed(ctx, "ban an address", err)
	}
	for _, made := range s.rooms.Bans.Bans() {
		if made.Net == net && made.User == "" {
			b = made
		}
	}
	if err = s.noteBan(ctx, provisioning.Create, &b); err != nil {
		return nil, err
	}
	o := showBan(&b)
	return &createdAnswer[banObject]{Location: "/api/v1/system/bans/" + o.ID, Body: o}, nil
}

func (s *Server) liftBan(ctx context.Context, q *banRequest) (*struct{}, error) {
	all, st, err := s.bans(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		b := &all[i]
		if b.id() != q.ID {
			continue
		}
		if b.User == "" {
			if err = s.shared(ctx, st); err != nil {
				return nil, err
			}
		}
		if err = s.rooms.Bans.Lift(b.Net, b.User); err != nil {
			break // it ended meanwhile
		}
		return nil, s.noteBan(ctx, provisioning.Delete, b)
	}
	return nil, s.refusal(ctx, provisioning.NotFound(provisioning.AuditBan, q.ID))
}

// noteBan writes who banned or lifted what.
func (s *Server) noteBan(ctx context.Context, verb provisioning.Verb, b *Ban) error {
	o := showBan(b)
	e := provisioning.AuditEntry{Actor: who(ctx).actor(), Account: who(ctx).account, Verb: verb, Kind: provisioning.AuditBan, Record: o.ID, Name: o.Address}
	note := func(name, value string) {
		if value == "" {
			return
		}
		f := provisioning.FieldChange{Name: name, After: value}
		if verb == provisioning.Delete {
			f.Before, f.After = f.After, ""
		}
		e.Fields = append(e.Fields, f)
	}
	note("cause", string(o.Cause))
	note("until", o.Until)
	if o.User != nil {
		note("username", *o.User)
	}
	note("note", o.Note)
	if err := s.rooms.Audit.NoteAudit(context.WithoutCancel(ctx), &e); err != nil {
		return s.failed(ctx, "note the ban", err)
	}
	return nil
}
