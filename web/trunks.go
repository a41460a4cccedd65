package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/peering"
)

// trunkObject is a trunk without its secrets.
type trunkObject struct {
	ID             string      `json:"id"`
	Name           string      `json:"name"`
	AccountID      string      `json:"account_id,omitempty" doc:"Empty: shared by all accounts."`
	Sources        []string    `json:"sources" doc:"Networks whose requests are taken without a password."`
	Servers        []string    `json:"servers" doc:"Where calls go, best first."`
	InUsername     string      `json:"in_username" doc:"What it logs in to us with."`
	HasInPassword  bool        `json:"has_in_password"`
	OutUsername    string      `json:"out_username" doc:"What we log in to it with."`
	HasOutPassword bool        `json:"has_out_password"`
	OutRealm       string      `json:"out_realm"`
	Domain         string      `json:"domain"`
	Register       bool        `json:"register"`
	OptionsEvery   float64     `json:"options_every_seconds" doc:"How often it is asked whether it is there; 0: never."`
	Country        string      `json:"country"`
	Dial           string      `json:"dial" enum:"plus,00,national,bare" doc:"How it wants numbers: +33…, 0033…, 0…, 33…"`
	Emergency      bool        `json:"emergency"`
	Priority       int         `json:"priority" doc:"The lower first."`
	MediaAllow     []string    `json:"media_allow" doc:"Private networks in which its media may be."`
	MaxCalls       int         `json:"max_calls" doc:"0: no limit."`
	TrustPAI       bool        `json:"trust_pai"`
	PresentsDirect bool        `json:"direct_numbers" doc:"Its operator authorised direct numbers as caller ID on it; the trunk of a mobile core always may."`
	TLS            trunkTLS    `json:"tls" doc:"How it is spoken to over TLS."`
	Status         *trunkState `json:"status" doc:"null: not on the wire."`

	Terms peering.Terms `json:"terms" doc:"How its peer is spoken with; empty: as most want it."`
}

// trunkState is what is known of a trunk on the wire.
type trunkState struct {
	ID         string  `json:"id"`
	Up         bool    `json:"up"`
	LastStatus int     `json:"last_status" doc:"SIP status of the last OPTIONS or REGISTER; 0: none yet, 408: no answer."`
	RTTMS      float64 `json:"rtt_ms"`
	Until      *string `json:"registered_until" format:"date-time"`
	Detail     string  `json:"detail,omitempty"`
}

func stateOf(t TrunkState) trunkState {
	return trunkState{
		ID: string(t.ID), Up: t.Up, LastStatus: t.LastStatus, RTTMS: float64(t.RTT.Microseconds()) / 1000, Until: stamp(t.Until), Detail: t.Detail,
	}
}

// TrunkPatch is what a trunk can be told (exported: the framework passes over embedded fields that are not); passwords are told and never shown.
type TrunkPatch struct {
	Name         optional[string]   `json:"name,omitzero"`
	Sources      optional[[]string] `json:"sources,omitzero"`
	Servers      optional[[]string] `json:"servers,omitzero"`
	InUsername   optional[string]   `json:"in_username,omitzero"`
	InPassword   optional[string]   `json:"in_password,omitzero"`
	OutUsername  optional[string]   `json:"out_username,omitzero"`
	OutPassword  optional[string]   `json:"out_password,omitzero"`
	OutRealm     optional[string]   `json:"out_realm,omitzero"`
	Domain       optional[string]   `json:"domain,omitzero"`
	Register     optional[bool]     `json:"register,omitzero"`
	OptionsEvery optional[float64]  `json:"options_every_seconds,omitzero"`
	Country      optional[string]   `json:"country,omitzero"`
	Dial         optional[string]   `json:"dial,omitzero"`
	Emergency    optional[bool]     `json:"emergency,omitzero"`
	Priority     optional[int]      `json:"priority,omitzero"`
	MediaAllow   optional[[]string] `json:"media_allow,omitzero"`
	MaxCalls     optional[int]      `json:"max_calls,omitzero"`
	TrustPAI     optional[bool]     `json:"trust_pai,omitzero"`

	PresentsDirect optional[bool] `json:"direct_numbers,omitzero"`

	TLS optional[trunkTLS] `json:"tls,omitzero" doc:"Replaces all of it."`

	Terms optional[termsPatch] `json:"terms,omitzero"`
}

// TrunkCreate is what a trunk is made of.
type TrunkCreate struct {
	TrunkPatch

	Shared optional[bool] `json:"shared,omitzero" doc:"true: of all accounts; only for who may see them all."`
}

type trunkPath struct {
	ID string `path:"id" maxLength:"64"`
}

type trunkStatusAnswer struct{ Body trunkState }

func (s *Server) trunksAPI(a huma.API) {
	f := shelf[*provisioning.Trunk, trunkObject, TrunkCreate, TrunkPatch]{
		kind: provisioning.KindTrunk, path: "trunks", tag: "trunks", one: "trunk", article: "a trunk",
		read: provisioning.TrunksRead, write: provisioning.TrunksWrite,
		show: s.showTrunk, change: s.changeTrunk,
	}
	mountUpdate(s, a, f)
	s.termsAPI(a)
	s.certifyAPI(a)
	const at = "/api/v1/trunks"
	huma.Get(a, at, s.listTrunks, operation("trunks", "list-trunks", "Lists the trunks and how they are", provisioning.TrunksRead))
	huma.Get(a, at+"/{id}", s.getTrunk, operation("trunks", "get-trunk", "Shows a trunk", provisioning.TrunksRead, http.StatusNotFound))
	huma.Post(a, at, s.createTrunk, operation("trunks", "create-trunk", "Makes a trunk", provisioning.TrunksWrite, http.StatusConflict), created)
	huma.Get(a, at+"/{id}/status", s.trunkStatus, operation("trunks", "get-trunk-status", "Shows how a trunk is", provisioning.TrunksRead, http.StatusNotFound))
	huma.Post(a, at+"/{id}/register", s.registerTrunk,
		operation("trunks", "register-trunk", "Registers with a trunk now", provisioning.TrunksWrite, http.StatusNotFound, http.StatusConflict), accepted)
	huma.Post(a, at+"/{id}/options", s.askTrunk,
		operation("trunks", "ask-trunk", "Asks a trunk now whether it is there", provisioning.TrunksWrite, http.StatusNotFound, http.StatusConflict), accepted)
}

func (s *Server) states() map[routing.TrunkID]trunkState {
	out := map[routing.TrunkID]trunkState{}
	for _, t := range s.rooms.Trunks.Trunks() {
		out[t.ID] = stateOf(t)
	}
	return out
}

// showTrunk is a trunk as the API tells it.
func (s *Server) showTrunk(_ *provisioning.State, t *provisioning.Trunk) trunkObject {
	o := trunkObject{
		ID: string(t.ID), Name: t.Name, AccountID: string(t.Account), Sources: prefixTexts(t.Sources), Servers: append([]string{}, t.Servers...),
		InUsername: t.InUsername, HasInPassword: t.InHA1MD5 != "", OutUsername: t.OutUsername, HasOutPassword: t.OutPassword != "", OutRealm: t.OutRealm,
		Domain: t.Domain, Register: t.Register, OptionsEvery: t.OptionsEvery.Seconds(), Country: t.Country, Dial: string(t.Dial), Emergency: t.Emergency,
		Priority: t.Priority, MediaAllow: prefixTexts(t.MediaAllow), MaxCalls: t.MaxCalls, TrustPAI: t.TrustPAI,
		PresentsDirect: t.PresentsDirect, TLS: showTrunkTLS(&t.TLS), Terms: t.Terms,
	}
	if st, known := s.states()[t.ID]; known {
		o.Status = &st
	}
	return o
}

func prefixTexts(all []netip.Prefix) []string {
	out := make([]string, 0, len(all))
	for _, p := range all {
		out = append(out, p.String())
	}
	return out
}

// listTrunks shows those of all accounts too: everybody's calls go by them.
func (s *Server) listTrunks(ctx context.Context, q *Paged) (*pageAnswer[trunkObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	states := s.states()
	items := make([]item[trunkObject], 0, len(st.Trunks))
	for _, t := range st.Trunks {
		if t.Account == "" || bool(who(ctx).sees(t.Account)) {
			items = append(items, item[trunkObject]{string(t.ID), func() trunkObject {
				o := s.showTrunk(st, t)
				if known, is := states[t.ID]; is {
					o.Status = &known
				}
				return o
			}})
		}
	}
	return cut(q, items)
}

func (s *Server) createTrunk(ctx context.Context, q *createRequest[TrunkCreate]) (*createdAnswer[trunkObject], error) {
	var made *provisioning.Trunk
	st, err := s.edited(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		fresh := &provisioning.Trunk{ID: routing.TrunkID(newID(provisioning.KindTrunk)), Dial: routing.DialPlus}
		shared := q.Body.Shared.Value && who(ctx).account == ""
		if q.Body.Shared.Value && !shared {
			return nil, problem(http.StatusForbidden, codeForbidden, "a trunk of all accounts is made by who sees them all")
		}
		if !shared {
			var err error
			if fresh.Account, err = accountFor(ctx, st, q.Account); err != nil {
				return nil, err
			}
		}
		var err error
		if made, err = s.changeTrunk(fresh, q.Body.TrunkPatch); err != nil {
			return nil, err
		}
		return st.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &createdAnswer[trunkObject]{ETag: etag(made), Location: "/api/v1/trunks/" + string(made.ID), Body: s.showTrunk(st, made)}, nil
}

// edited is edit, and the state after it.
func (s *Server) edited(ctx context.Context, plan provisioning.Edit) (*provisioning.State, error) {
	var seen *provisioning.State
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		changes, err := plan(st)
		seen = st.With(changes)
		return changes, err
	})
	return seen, err
}

// changeTrunk puts into a trunk what was sent. A password is kept as what stands for it: it never comes back.
func (s *Server) changeTrunk(t *provisioning.Trunk, p TrunkPatch) (*provisioning.Trunk, error) {
	next := *t
	p.Name.set(&next.Name)
	next.Name = provisioning.Clean(next.Name)
	p.Servers.set(&next.Servers)
	p.OutUsername.set(&next.OutUsername)
	if p.OutPassword.Sent {
		next.OutPassword = provisioning.Secret(p.OutPassword.Value)
	}
	p.OutRealm.set(&next.OutRealm)
	p.Domain.set(&next.Domain)
	p.Register.set(&next.Register)
	seconds := next.OptionsEvery.Seconds()
	p.OptionsEvery.set(&seconds)
	next.OptionsEvery = time.Duration(min(max(seconds, -1), 1e6) * float64(time.Second))
	p.Country.set(&next.Country)
	dial := string(next.Dial)
	p.Dial.set(&dial)
	next.Dial = routing.DialFormat(dial)
	p.Emergency.set(&next.Emergency)
	p.Priority.set(&next.Priority)
	p.MaxCalls.set(&next.MaxCalls)
	p.TrustPAI.set(&next.TrustPAI)
	p.PresentsDirect.set(&next.PresentsDirect)
	setTrunkTLS(&next, &p.TLS)
	var err error
	if next.Terms, err = mergeTerms(p.Terms, &t.Terms); err != nil {
		return nil, err
	}
	if err := s.setLogin(&next, p); err != nil {
		return nil, err
	}
	if err := setPrefixes(&next.Sources, p.Sources, "body.sources"); err != nil {
		return nil, err
	}
	return &next, setPrefixes(&next.MediaAllow, p.MediaAllow, "body.media_allow")
}

// setLogin keeps what the trunk logs in with: a new name needs the password again, since what is kept of it is made of both.
func (s *Server) setLogin(t *provisioning.Trunk, p TrunkPatch) error {
	before := t.InUsername
	p.InUsername.set(&t.InUsername)
	switch {
	case t.InUsername == "" && !p.InPassword.Sent, p.InPassword.Sent && p.InPassword.Value == "":
		t.InHA1MD5, t.InHA1SHA256 = "", ""
	case p.InPassword.Sent:
		t.InHA1MD5, t.InHA1SHA256 = provisioning.HA1(t.InUsername, s.realm(), provisioning.Secret(p.InPassword.Value))
	case t.InUsername != before:
		return &provisioning.Refusal{Code: "trunk_in_login", Location: "body.in_password", Text: "in_username and in_password go together: send both"}
	}
	return nil
}

// setPrefixes reads networks: "203.0.113.7" or "203.0.113.0/24".
func setPrefixes(to *[]netip.Prefix, sent optional[[]string], at string) error {
	if !sent.Sent {
		return nil
	}
	out := make([]netip.Prefix, 0, len(sent.Value))
	for i, text := range sent.Value {
		p, err := provisioning.ParsePrefix(text)
		if err != nil {
			return &provisioning.Refusal{
				Code: "not_a_network", Location: fmt.Sprintf("%s[%d]", at, i), Args: map[string]string{"value": text}, Text: err.Error(),
			}
		}
		out = append(out, p)
	}
	*to = out
	if len(out) == 0 {
		*to = nil
	}
	return nil
}

// getTrunk shows a trunk to whom lists show it: one of all accounts too.
func (s *Server) getTrunk(ctx context.Context, q *idRequest) (*objectAnswer[trunkObject], error) {
	t, err := s.trunkFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[trunkObject]{ETag: etag(t), Body: s.showTrunk(nil, t)}, nil
}

// trunkFor finds a trunk that who asks may see: their own, or one of all accounts.
func (s *Server) trunkFor(ctx context.Context, id string) (*provisioning.Trunk, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	t, is := st.Find(provisioning.KindTrunk, id).(*provisioning.Trunk)
	if !is || t.Account != "" && !bool(who(ctx).sees(t.Account)) {
		return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindTrunk, id))
	}
	return t, nil
}

func (s *Server) trunkStatus(ctx context.Context, p *trunkPath) (*trunkStatusAnswer, error) {
	if _, err := s.trunkFor(ctx, p.ID); err != nil {
		return nil, err
	}
	return s.wireState(p.ID)
}

func (s *Server) wireState(id string) (*trunkStatusAnswer, error) {
	st, known := s.states()[routing.TrunkID(id)]
	if !known {
		return nil, problem(http.StatusNotFound, codeNotFound, "there is no trunk "+id+" on the wire")
	}
	return &trunkStatusAnswer{Body: st}, nil
}

func (s *Server) registerTrunk(ctx context.Context, p *trunkPath) (*trunkStatusAnswer, error) {
	t, err := s.trunkFor(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if !t.Register {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "trunk_does_not_register", Location: "path.id", Text: "this trunk does not register: set register first",
		})
	}
	if err := s.rooms.Trunks.Renew(t.ID); err != nil {
		return nil, problem(http.StatusConflict, codeUnavailable, "the trunk is not on the wire")
	}
	return s.wireState(p.ID)
}

func (s *Server) askTrunk(ctx context.Context, p *trunkPath) (*trunkStatusAnswer, error) {
	t, err := s.trunkFor(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(t.Servers) == 0 {
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: "trunk_no_servers", Location: "path.id", Text: "this trunk has no servers that could be asked"})
	}
	if err := s.rooms.Trunks.Probe(t.ID); err != nil {
		return nil, problem(http.StatusConflict, codeUnavailable, "the trunk is not on the wire")
	}
	return s.wireState(p.ID)
}

// realm is that of passwords that others show us.
func (s *Server) realm() string { return cmp.Or(s.cfg.Realm, provisioning.DefaultRealm) }
