package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// criteriaRequest asks for what an operator loads.
type criteriaRequest struct {
	ID     string `path:"id" maxLength:"64"`
	Number string `query:"number" maxLength:"32" doc:"E.164: of this subscriber; left out: of all, or an example where there are none."`
	Server string `query:"server" maxLength:"255" doc:"Our SIP URI as the core reaches it; left out: as we listen."`
	Notes  bool   `query:"messages" doc:"true: messages (SMS over IP) come to us too."`
}

type criteriaAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type probeAnswer struct{ Body probeObject }

// operatorState is how an operator is now.
type operatorState struct {
	Trunk       *trunkState    `json:"trunk" doc:"null: not on the wire."`
	Handsets    int            `json:"handsets" doc:"eSIMs of this operator."`
	Off         int            `json:"handsets_off" doc:"Those that are known to be off now."`
	Deflections uint64         `json:"deflections" doc:"Answers of machines on handsets' legs since we started."`
	Marked      uint64         `json:"returned_marked" doc:"Calls of ours that the core handed to us again since we started, with our mark."`
	Stripped    uint64         `json:"returned_stripped" doc:"The same without it: something on the way takes X-Tandem-Anchor away."`
	Heard       heardObject    `json:"heard" doc:"What the core sent since we started: what never comes, its filter criteria do not send."`
	Peers       []peerObject   `json:"charging_peers" doc:"Who may ask for credit, and whether they are connected."`
	Platform    *platformState `json:"platform" doc:"The last that its eSIM platform said; null: nothing was asked."`
	Probe       *probeObject   `json:"probe"`
	Stuck       []stuckESIM    `json:"stuck" doc:"eSIMs of which something was asked in vain."`
}

type heardObject struct {
	Originating   uint64 `json:"originating" doc:"Calls of subscribers."`
	Terminating   uint64 `json:"terminating" doc:"Calls for subscribers whose phone is registered."`
	Unregistered  uint64 `json:"terminating_unregistered" doc:"For those whose phone is not."`
	Registrations uint64 `json:"registrations"`
}

type peerObject struct {
	Name      string `json:"name"`
	Protocol  string `json:"protocol" doc:"Empty: it is not connected."`
	Connected bool   `json:"connected"`
}

type platformState struct {
	At     string `json:"at" format:"date-time"`
	Status string `json:"status" doc:"Empty: it did not answer."`
	Detail string `json:"detail"`
}

// stuckESIM is an eSIM of which something was asked in vain.
type stuckESIM struct {
	Number reference `json:"number"`
	State  string    `json:"state"`
	Step   string    `json:"step"`
	Tries  int       `json:"tries"`
	Next   *string   `json:"next_try_at" format:"date-time"`
	Fault  string    `json:"fault"`
}

type operatorStatusAnswer struct{ Body operatorState }

// cardsAnswer lists cards.
type cardsAnswer struct {
	Body struct {
		Data []cardState `json:"data"`
	}
}

// cardState is a card, and whose it is.
type cardState struct {
	ICCID  string     `json:"iccid"`
	IMSI   string     `json:"imsi"`
	Used   bool       `json:"used" doc:"An eSIM is, or was, this card: it is used up for good."`
	Number *reference `json:"number" doc:"null: it is on none now."`
}

func (s *Server) operatorActs(a huma.API) {
	const at = "/api/v1/operators/{id}"
	huma.Get(a, at+"/filter-criteria", s.filterCriteria, operation("operators", "get-filter-criteria",
		"Writes the initial filter criteria that the operator loads into its HSS (TS 29.228 annex E)", provisioning.TrunksRead, http.StatusNotFound, http.StatusConflict),
		answersAs("application/xml"))
	huma.Post(a, at+"/probe", s.probeOperator, operation("operators", "probe-operator",
		"Calls the operator's test number, which nobody answers, and keeps who did", provisioning.TrunksWrite, http.StatusNotFound, http.StatusConflict), ok)
	huma.Get(a, at+"/status", s.operatorStatus, operation("operators", "get-operator-status", "Shows how an operator is", provisioning.TrunksRead, http.StatusNotFound))
	huma.Get(a, at+"/cards", s.listCards,
		operation("operators", "list-operator-cards", "Lists the profiles that the operator set aside", provisioning.TrunksWrite, http.StatusNotFound))
}

// noCore says that no mobile core is joined.
func noCore() error {
	return &provisioning.Refusal{
		Why: provisioning.Clash, Code: "core_not_connected", Location: "path.id", Text: "no mobile core is connected",
	}
}

func (s *Server) filterCriteria(ctx context.Context, q *criteriaRequest) (*criteriaAnswer, error) {
	st, o, err := s.operatorFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	text, err := s.criteriaOf(ctx, st, o, q)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &criteriaAnswer{ContentType: "application/xml", Body: text}, nil
}

func (s *Server) criteriaOf(ctx context.Context, st *provisioning.State, o *provisioning.Operator, q *criteriaRequest) ([]byte, error) {
	if s.rooms.Cores == nil {
		return nil, noCore()
	}
	of := Subscription{Server: q.Server, Notes: q.Notes}
	for _, n := range st.Numbers {
		e := n.Settings.ESIM
		if e == nil || e.Operator != o.ID || !bool(who(ctx).sees(n.Account)) || q.Number != "" && string(n.E164) != q.Number {
			continue
		}
		of.Numbers = append(of.Numbers, n.E164)
		if q.Number != "" {
			of.IMSI = e.IMSI
		}
	}
	if q.Number != "" && len(of.Numbers) == 0 {
		return nil, &provisioning.Refusal{
			Why: provisioning.Missing, Code: "no_esim", Row: "E1", Location: "query.number", Text: "no eSIM is assigned to this number",
		}
	}
	return s.rooms.Cores.FilterCriteria(o, of)
}

// probeOperator calls the test number, keeps what came of it, and shows it.
func (s *Server) probeOperator(ctx context.Context, q *idRequest) (*probeAnswer, error) {
	_, o, err := look[*provisioning.Operator](ctx, s, provisioning.KindOperator, q.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.ProbeOperator(ctx, o, who(ctx).actor())
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &probeAnswer{Body: probeObject{*stamp(p.At), p.Number, p.Clean, p.After, p.Because}}, nil
}

// ProbeOperator calls an operator's test number and keeps what came of it. It fails with a *provisioning.Refusal where no call can be made.
func (s *Server) ProbeOperator(ctx context.Context, o *provisioning.Operator, actor string) (provisioning.Probe, error) {
	if s.rooms.Cores == nil {
		return provisioning.Probe{}, noCore()
	}
	if o.Settings.TestNumber == "" {
		return provisioning.Probe{}, &provisioning.Refusal{
			Why: provisioning.Clash, Code: "probe_no_number", Location: "path.id", Text: "the operator has no test_number: set that of a handset that nobody answers",
		}
	}
	p, err := s.rooms.Cores.ProbeOperator(ctx, o)
	if err != nil {
		return p, err
	}
	if _, err = provisioning.Do(ctx, s.rooms.Records, actor, provisioning.KeepProbe(o.ID, p)); err != nil {
		return p, err
	}
	return p, nil
}

func (s *Server) operatorStatus(ctx context.Context, q *idRequest) (*operatorStatusAnswer, error) {
	st, o, err := s.operatorFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	return &operatorStatusAnswer{Body: s.stateOfOperator(ctx, st, o)}, nil
}

func (s *Server) stateOfOperator(ctx context.Context, st *provisioning.State, o *provisioning.Operator) operatorState {
	var now CoreState
	if s.rooms.Cores != nil {
		now = s.rooms.Cores.Core(o)
	}
	out := operatorState{
		Handsets: st.Subscribers(o.ID), Off: now.Off, Deflections: now.Deflections, Marked: now.Marked, Stripped: now.Stripped, Heard: heardObject(now.Heard),
		Peers: []peerObject{}, Probe: showOperator(st, o).Probe, Stuck: s.stuck(ctx, st, o.ID),
	}
	if t, is := s.states()[o.Trunk]; is {
		out.Trunk = &t
	}
	if p := now.Platform; p != nil {
		out.Platform = &platformState{At: *stamp(p.At), Status: p.Status, Detail: p.Detail}
	}
	connected := map[string]bool{}
	for _, p := range now.Peers {
		connected[p.Name] = true
		out.Peers = append(out.Peers, peerObject{Name: p.Name, Protocol: p.Proto, Connected: true})
	}
	if c := o.Settings.Charging; c != nil {
		for _, name := range c.Peers {
			if !connected[name] {
				out.Peers = append(out.Peers, peerObject{Name: name})
			}
		}
	}
	return out
}

// stuck lists the eSIMs of which something was asked in vain, as far as who asks may see them.
func (s *Server) stuck(ctx context.Context, st *provisioning.State, id routing.OperatorID) []stuckESIM {
	out := []stuckESIM{}
	for _, n := range st.Numbers {
		e := n.Settings.ESIM
		if e == nil || e.Operator != id || e.Fault == "" || !bool(who(ctx).sees(n.Account)) {
			continue
		}
		out = append(out, stuckESIM{
			Number: refTo(st, provisioning.KindNumber, n.ID), State: string(e.State), Step: string(e.Step), Tries: e.Tries, Next: stamp(e.Next), Fault: e.Fault,
		})
	}
	return out
}

func (s *Server) listCards(ctx context.Context, q *idRequest) (*cardsAnswer, error) {
	st, o, err := look[*provisioning.Operator](ctx, s, provisioning.KindOperator, q.ID)
	if err != nil {
		return nil, err
	}
	whose := map[string]*reference{}
	for _, n := range st.Numbers {
		if e := n.Settings.ESIM; e != nil && e.ICCID != "" {
			whose[e.ICCID] = new(refTo(st, provisioning.KindNumber, n.ID))
		}
	}
	out := &cardsAnswer{}
	out.Body.Data = make([]cardState, 0, len(o.Settings.Cards))
	for _, c := range o.Settings.Cards {
		out.Body.Data = append(out.Body.Data, cardState{c.ICCID, c.IMSI, c.For != "" || whose[c.ICCID] != nil, whose[c.ICCID]})
	}
	return out, nil
}
