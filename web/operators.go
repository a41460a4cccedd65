package web

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// operatorObject is an operator in the API.
type operatorObject struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	AccountID    string          `json:"account_id,omitempty" doc:"Empty: shared by all accounts."`
	Trunk        reference       `json:"trunk" doc:"The way to its core and from it."`
	Attachment   string          `json:"attachment" enum:"isc,trunk" doc:"isc: we are an application server of its IMS; trunk: a plain trunk, our calls carry a mark."`
	Domain       string          `json:"domain" doc:"Of its public identities; empty: the trunk's."`
	Country      string          `json:"country" doc:"How national numbers that its subscribers dial are read."`
	Breakout     string          `json:"breakout" enum:"trunk,return" doc:"How subscribers' calls leave: by our own trunks, or back to the core."`
	Originating  string          `json:"originating_prefix" doc:"With a plain trunk: digits before the called number that mark a call of a subscriber."`
	Return       string          `json:"return_prefix" doc:"With a plain trunk: digits before a subscriber's number that make the core ring the handset and nothing else."`
	ShortCodes   []string        `json:"short_codes" doc:"Of the operator's voicemail, as subscribers dial them: they reach their voicemail with us."`
	Emergency    string          `json:"emergency" enum:"return,380" doc:"How an emergency call of a handset that came to us goes back."`
	ProvenClean  bool            `json:"proven_clean" doc:"No voicemail of the operator has answered its probe: who answers on the handset is bridged at once."`
	Confirm      string          `json:"confirm" enum:"suspect,always,never" doc:"When who answers on the handset is asked to press 1."`
	HandsetRing  float64         `json:"handset_ring_seconds" doc:"0: 18."`
	NoReply      float64         `json:"no_reply_seconds" doc:"After which the operator diverts on no reply; 0: not known."`
	Decline      string          `json:"decline" enum:"everywhere,device" doc:"Whom a decline on the handset speaks for."`
	MediaServers []string        `json:"media_servers" doc:"Networks where its voicemail's voice comes from."`
	Quirks       []quirkObject   `json:"quirks"`
	History      string          `json:"history" enum:"both,diversion,history_info,none" doc:"How redirections are written towards the core."`
	Platform     *platformObject `json:"platform" doc:"Its eSIM platform (SM-DP+); null: none."`
	HLR          *hlrObject      `json:"hlr"`
	Charging     *chargingObject `json:"charging"`
	TestNumber   string          `json:"test_number" doc:"Of a subscription whose handset nobody answers: probes call it, each night too."`
	Probe        *probeObject    `json:"probe" doc:"The last look for the operator's voicemail."`
	Cards        int             `json:"cards" doc:"Profiles that the operator set aside for us."`
	CardsFree    int             `json:"cards_free"`
	Subscribers  int             `json:"subscribers" doc:"eSIMs of this operator."`
}

// quirkObject is what the operator means by a failure.
type quirkObject struct {
	Status int `json:"status,omitempty" doc:"Of the response; 0: any."`
	Q850   int `json:"q850,omitempty" doc:"Of its Reason; 0: any, -1: none was given."`
	Means  int `json:"means" doc:"Q.850 value."`
}

// platformObject is an eSIM platform.
type platformObject struct {
	URL         string `json:"url" maxLength:"2048"`
	Requester   string `json:"requester" maxLength:"200" doc:"Our object identifier, as the platform knows us."`
	ProfileType string `json:"profile_type,omitempty" maxLength:"200" doc:"Ordered where no card is set aside."`
	Address     string `json:"address,omitempty" maxLength:"253" doc:"Of the SM-DP+ as phones reach it."`
	Authority   string `json:"authority,omitempty" doc:"PEM: who signs the platform's certificates; empty: the system's authorities."`
	Notifier    string `json:"notifier,omitempty" maxLength:"200" doc:"Common name of the certificate that its notifications come with; empty: the URL's host."`
}

type hlrObject struct {
	Kind    string `json:"kind" doc:"osmo: the control interface of OsmoHLR."`
	Address string `json:"address" maxLength:"300" doc:"host:port"`
}

type chargingObject struct {
	Peers    []string `json:"peers,omitempty" doc:"Who may ask for credit: Origin-Hosts of Diameter, and common names of Nchf clients."`
	Free     []string `json:"free,omitempty" doc:"Access points that are never metered, beside ims and sos."`
	Notify   []string `json:"notify,omitempty" maxItems:"1000" doc:"Hosts that Nchf clients may have us tell, beside the one that they ask from."`
	CycleDay int      `json:"cycle_day,omitempty" doc:"Day of the month on which packages begin anew, 1 to 28, at midnight in Paris. Left out: the first."`
}

// probeObject is what came of a probe.
type probeObject struct {
	At      string `json:"at" format:"date-time"`
	Number  string `json:"number"`
	Clean   bool   `json:"clean" doc:"Nobody answered."`
	After   string `json:"after,omitempty" doc:"How long it took until a machine did."`
	Because string `json:"because,omitempty" doc:"What gave the machine away, or why nothing was found out."`
}

// cardObject is a profile that the operator set aside.
type cardObject struct {
	ICCID string `json:"iccid" maxLength:"20"`
	IMSI  string `json:"imsi" maxLength:"15"`
}

// OperatorPatch is what an operator can be told (exported: the framework passes over embedded fields that are not).
type OperatorPatch struct {
	Name         optional[string]         `json:"name,omitzero"`
	Trunk        optional[string]         `json:"trunk_id,omitzero"`
	Attachment   optional[string]         `json:"attachment,omitzero"`
	Domain       optional[string]         `json:"domain,omitzero"`
	Country      optional[string]         `json:"country,omitzero"`
	Breakout     optional[string]         `json:"breakout,omitzero"`
	Originating  optional[string]         `json:"originating_prefix,omitzero"`
	Return       optional[string]         `json:"return_prefix,omitzero"`
	ShortCodes   optional[[]string]       `json:"short_codes,omitzero"`
	Emergency    optional[string]         `json:"emergency,omitzero"`
	ProvenClean  optional[bool]           `json:"proven_clean,omitzero"`
	Confirm      optional[string]         `json:"confirm,omitzero"`
	HandsetRing  optional[float64]        `json:"handset_ring_seconds,omitzero"`
	NoReply      optional[float64]        `json:"no_reply_seconds,omitzero"`
	Decline      optional[string]         `json:"decline,omitzero"`
	MediaServers optional[[]string]       `json:"media_servers,omitzero"`
	Quirks       optional[[]quirkObject]  `json:"quirks,omitzero"`
	History      optional[string]         `json:"history,omitzero"`
	Platform     optional[platformObject] `json:"platform,omitzero"`
	HLR          optional[hlrObject]      `json:"hlr,omitzero"`
	Charging     optional[chargingObject] `json:"charging,omitzero"`
	TestNumber   optional[string]         `json:"test_number,omitzero"`
	Cards        optional[[]cardObject]   `json:"cards,omitzero" doc:"All that there are: up to 10,000; those that are used up stay."`
}

// OperatorCreate is what an operator is made of.
type OperatorCreate struct {
	OperatorPatch

	Shared optional[bool] `json:"shared,omitzero" doc:"true: of all accounts; only for who may see them all."`
}

func (s *Server) operatorsAPI(a huma.API) {
	f := shelf[*provisioning.Operator, operatorObject, OperatorCreate, OperatorPatch]{
		kind: provisioning.KindOperator, path: "operators", tag: "operators", one: "operator", article: "an operator",
		read: provisioning.TrunksRead, write: provisioning.TrunksWrite,
		all: func(st *provisioning.State) []*provisioning.Operator { return st.Operators }, show: showOperator, change: changeOperator,
	}
	s.shown[f.kind] = shown{shape: reflect.TypeFor[operatorObject](), show: showOperatorNews}
	mountUpdate(s, a, f)
	const at = "/api/v1/operators"
	huma.Get(a, at, s.listOperators, operation("operators", "list-operators", "Lists the operators", provisioning.TrunksRead))
	huma.Get(a, at+"/{id}", s.getOperator, operation("operators", "get-operator", "Shows an operator", provisioning.TrunksRead, http.StatusNotFound))
	huma.Post(a, at, s.createOperator, operation("operators", "create-operator", "Makes an operator", provisioning.TrunksWrite, http.StatusConflict), created)
	s.operatorActs(a)
}

// showOperatorNews is an operator as an event tells it, which leaves out its cards.
func showOperatorNews(st *provisioning.State, r provisioning.Record) any {
	o, is := r.(*provisioning.Operator)
	if !is {
		return byField(r)
	}
	if now, there := st.Find(provisioning.KindOperator, string(o.ID)).(*provisioning.Operator); there {
		told := *o
		told.Settings.Cards = now.Settings.Cards
		o = &told
	}
	return showOperator(st, o)
}

// showOperator is an operator as the API tells it.
func showOperator(st *provisioning.State, o *provisioning.Operator) operatorObject {
	c, is := &o.Settings.Core, &o.Settings
	out := operatorObject{
		ID: string(o.ID), Name: o.Name, AccountID: string(o.Account), Trunk: refTo(st, provisioning.KindTrunk, o.Trunk), Attachment: string(c.Attachment),
		Domain: c.Domain, Country: c.Country, Breakout: string(c.Breakout), Originating: c.OriginatingPrefix, Return: c.ReturnPrefix,
		ShortCodes: append([]string{}, c.ShortCodes...), Emergency: string(c.Emergency), ProvenClean: c.ProvenClean, Confirm: string(c.Confirm),
		HandsetRing: c.HandsetRing.Seconds(), NoReply: c.NoReplyTimer.Seconds(), Decline: string(c.Decline), MediaServers: prefixTexts(c.MediaServers),
		Quirks: []quirkObject{}, History: string(c.WriteHistory), TestNumber: string(is.TestNumber), Cards: len(is.Cards),
	}
	for _, q := range c.Quirks {
		out.Quirks = append(out.Quirks, quirkObject(q))
	}
	if p := is.Platform; p != nil {
		out.Platform = new(platformObject{p.URL, p.Requester, p.ProfileType, p.Address, p.Authority, p.Notifier})
	}
	if h := is.HLR; h != nil {
		out.HLR = new(hlrObject{h.Kind, h.Address})
	}
	if g := is.Charging; g != nil {
		out.Charging = new(chargingObject{append([]string{}, g.Peers...), append([]string{}, g.Free...), g.Notify, max(g.CycleDay, 1)})
	}
	if p := is.Probe; p != nil {
		out.Probe = new(probeObject{*stamp(p.At), p.Number, p.Clean, p.After, p.Because})
	}
	out.CardsFree, out.Subscribers = st.CardsFree(o), st.Subscribers(o.ID)
	return out
}

// changeOperator puts into an operator what was sent.
func changeOperator(o *provisioning.Operator, p OperatorPatch) (*provisioning.Operator, error) {
	next := *o
	is := &next.Settings
	p.Name.set(&next.Name)
	next.Name = provisioning.Clean(next.Name)
	setWord(p.Trunk, &next.Trunk)
	p.ProvenClean.set(&is.Core.ProvenClean)
	setWord(p.TestNumber, &is.TestNumber)
	if p.Platform.Sent {
		is.Platform = nil
		if v := p.Platform.Value; !p.Platform.Null {
			is.Platform = &provisioning.ESIMPlatform{
				URL: v.URL, Requester: v.Requester, ProfileType: v.ProfileType, Address: v.Address, Authority: v.Authority, Notifier: v.Notifier,
			}
		}
	}
	if p.HLR.Sent {
		is.HLR = nil
		if v := p.HLR.Value; !p.HLR.Null {
			is.HLR = &provisioning.SubscriberBook{Kind: v.Kind, Address: v.Address}
		}
	}
	if p.Charging.Sent {
		is.Charging = nil
		if v := p.Charging.Value; !p.Charging.Null {
			is.Charging = &provisioning.ChargingSettings{Peers: v.Peers, Free: v.Free, Notify: v.Notify, CycleDay: v.CycleDay}
		}
	}
	if p.Cards.Sent {
		is.Cards = nil
		for _, c := range p.Cards.Value {
			is.Cards = append(is.Cards, provisioning.Card{ICCID: c.ICCID, IMSI: c.IMSI})
		}
		next.KeepCards(o)
	}
	return &next, changeCore(&is.Core, &p)
}

// changeCore puts into how a core is joined what was sent; null is as most have it.
func changeCore(c *routing.Operator, p *OperatorPatch) error {
	usual := provisioning.NewOperator("").Settings.Core
	for _, f := range []struct {
		sent  optional[string]
		usual string
		to    *string
	}{
		{p.Domain, "", &c.Domain},
		{p.Country, usual.Country, &c.Country},
		{p.Originating, "", &c.OriginatingPrefix},
		{p.Return, "", &c.ReturnPrefix},
		{p.Attachment, string(usual.Attachment), (*string)(&c.Attachment)},
		{p.Breakout, string(usual.Breakout), (*string)(&c.Breakout)},
		{p.Emergency, string(usual.Emergency), (*string)(&c.Emergency)},
		{p.Confirm, string(usual.Confirm), (*string)(&c.Confirm)},
		{p.Decline, string(usual.Decline), (*string)(&c.Decline)},
		{p.History, string(usual.WriteHistory), (*string)(&c.WriteHistory)},
	} {
		switch {
		case f.sent.Null:
			*f.to = f.usual
		case f.sent.Sent:
			*f.to = f.sent.Value
		}
	}
	p.ShortCodes.set(&c.ShortCodes)
	setTime(p.HandsetRing, &c.HandsetRing)
	setTime(p.NoReply, &c.NoReplyTimer)
	if p.Quirks.Sent {
		c.Quirks = nil
		for _, q := range p.Quirks.Value {
			c.Quirks = append(c.Quirks, routing.Quirk(q))
		}
	}
	return setPrefixes(&c.MediaServers, p.MediaServers, "body.media_servers")
}

// setWord puts a text into a field of a type of its own.
func setWord[S ~string](sent optional[string], to *S) {
	text := string(*to)
	sent.set(&text)
	*to = S(text)
}

// setTime puts seconds into a field; what is out of all proportion stays so, and is refused.
func setTime(sent optional[float64], to *time.Duration) {
	if sent.Sent {
		*to = time.Duration(min(max(sent.Value, -1), 1e6) * float64(time.Second))
	}
}

// listOperators shows those of all accounts too: everybody's eSIMs are of them.
func (s *Server) listOperators(ctx context.Context, q *Paged) (*pageAnswer[operatorObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]item[operatorObject], 0, len(st.Operators))
	for _, o := range st.Operators {
		if o.Account == "" || bool(who(ctx).sees(o.Account)) {
			items = append(items, item[operatorObject]{string(o.ID), func() operatorObject { return showOperator(st, o) }})
		}
	}
	return cut(q, items)
}

// operatorFor finds an operator that who asks may see: their own, or one of all accounts.
func (s *Server) operatorFor(ctx context.Context, id string) (*provisioning.State, *provisioning.Operator, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	o, is := st.Find(provisioning.KindOperator, id).(*provisioning.Operator)
	if !is || o.Account != "" && !bool(who(ctx).sees(o.Account)) {
		return nil, nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindOperator, id))
	}
	return st, o, nil
}

func (s *Server) getOperator(ctx context.Context, q *idRequest) (*objectAnswer[operatorObject], error) {
	st, o, err := s.operatorFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[operatorObject]{ETag: etag(o), Body: showOperator(st, o)}, nil
}

func (s *Server) createOperator(ctx context.Context, q *createRequest[OperatorCreate]) (*createdAnswer[operatorObject], error) {
	var made *provisioning.Operator
	st, err := s.edited(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		fresh := provisioning.NewOperator(routing.OperatorID(newID(provisioning.KindOperator)))
		shared := q.Body.Shared.Value && who(ctx).account == ""
		if q.Body.Shared.Value && !shared {
			return nil, problem(http.StatusForbidden, codeForbidden, "an operator of all accounts is made by who sees them all")
		}
		if !shared {
			var err error
			if fresh.Account, err = accountFor(ctx, st, q.Account); err != nil {
				return nil, err
			}
		}
		var err error
		if made, err = changeOperator(fresh, q.Body.OperatorPatch); err != nil {
			return nil, err
		}
		made.Settings.Core.Country = cmp.Or(made.Settings.Core.Country, "FR")
		return st.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &createdAnswer[operatorObject]{ETag: etag(made), Location: "/api/v1/operators/" + string(made.ID), Body: showOperator(st, made)}, nil
}
