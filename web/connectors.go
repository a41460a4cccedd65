package web

import (
	"cmp"
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
)

// connectorObject is a connector without its secrets.
type connectorObject struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	AccountID   string          `json:"account_id,omitempty" doc:"Empty: shared by all accounts."`
	Kind        string          `json:"kind" enum:"smpp,smpp_server,http,sip,ims" doc:"smpp: we bind to an SMSC; smpp_server: the other binds to us."`
	Role        string          `json:"role" enum:"carrier,operator,program" doc:"Who is at the other end."`
	Operator    *reference      `json:"operator" doc:"Of the role operator."`
	Trunk       *reference      `json:"trunk" doc:"Of the kind sip."`
	Centre      string          `json:"centre" doc:"Of the kind ims: the operator's service centre, a number with its plus or a SIP or tel URI; empty: nothing leaves by it."`
	Country     string          `json:"country" doc:"How national numbers from there are read; empty: FR."`
	InDoubt     string          `json:"in_doubt" enum:"hold,retry" doc:"What becomes of a message that was perhaps sent when we or the line went down."`
	Window      int             `json:"window" doc:"Messages at a time; 0: 10. With in_doubt hold it is one."`
	Rate        float64         `json:"rate" doc:"Segments a second; 0: no limit."`
	Keep        float64         `json:"keep_seconds" doc:"For which a message that nobody takes is tried; 0: a day."`
	Emergency   bool            `json:"emergency" doc:"Messages to emergency numbers may leave by it."`
	Numbers     []reference     `json:"numbers" doc:"Of a program: those that it writes and reads for."`
	Disabled    bool            `json:"disabled"`
	HasPassword bool            `json:"has_password" doc:"What we show the other."`
	HasToken    bool            `json:"has_token" doc:"What the other shows us."`
	SMPP        *smppObject     `json:"smpp"`
	HTTP        *httpObject     `json:"http"`
	Status      *connectorState `json:"status" doc:"null: it does not run."`
}

type smppObject struct {
	Address     string   `json:"address" doc:"host:port of the SMSC; empty where the other binds to us."`
	TLS         bool     `json:"tls"`
	Authority   string   `json:"authority" doc:"PEM: who signs the SMSC's certificate; empty: the system's authorities."`
	SystemID    string   `json:"system_id"`
	SystemType  string   `json:"system_type"`
	Bind        string   `json:"bind" enum:"transceiver,pair,transmitter,receiver"`
	Binds       int      `json:"binds" doc:"Connections at the same time."`
	ServiceType string   `json:"service_type"`
	Default     string   `json:"default" enum:"gsm7,latin1" doc:"Alphabet of data_coding 0."`
	Long        string   `json:"long" enum:"udh,udh16,sar,payload" doc:"How long messages go out."`
	Enquire     float64  `json:"enquire_seconds" doc:"Between enquire_link; 0: 30."`
	Patience    float64  `json:"patience_seconds" doc:"For a response; 0: 10."`
	Sources     []string `json:"sources" doc:"Networks that it may bind from; empty: any."`
}

// httpObject is how a connector speaks HTTP.
type httpObject struct {
	Send    httpRequest `json:"send"`
	Sent    httpReading `json:"sent" doc:"Of the answer to it."`
	Inbound httpReading `json:"inbound" doc:"Of requests that bring a message."`
	Receipt httpReading `json:"receipt" doc:"Of requests that bring a receipt."`
	Answer  string      `json:"answer" doc:"What such a request is answered with; empty: 204."`
	Sign    httpSign    `json:"sign"`
	Key     bool        `json:"key" doc:"The other takes {key} for the same message ever after."`
}

type httpRequest struct {
	Method  string            `json:"method,omitempty" maxLength:"10"`
	URL     string            `json:"url,omitempty" maxLength:"2048"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty" maxLength:"10000"`
}

type httpReading struct {
	From   string            `json:"from,omitempty" maxLength:"200"`
	To     string            `json:"to,omitempty" maxLength:"200"`
	Body   string            `json:"body,omitempty" maxLength:"200"`
	ID     string            `json:"id,omitempty" maxLength:"200"`
	State  string            `json:"state,omitempty" maxLength:"200"`
	Reason string            `json:"reason,omitempty" maxLength:"200"`
	States map[string]string `json:"states,omitempty" doc:"What their words mean: sent, delivered, failed."`
}

type httpSign struct {
	Header string `json:"header,omitempty" maxLength:"200"`
	Scheme string `json:"scheme,omitempty" maxLength:"50"`
}

func (s *Server) connectorsAPI(a huma.API) {
	f := shelf[*provisioning.Connector, connectorObject, ConnectorCreate, ConnectorPatch]{
		kind: provisioning.KindConnector, path: "connectors", tag: "connectors", one: "connector", article: "a connector",
		read: provisioning.TrunksRead, write: provisioning.TrunksWrite,
		show: s.showConnector, change: changeConnector,
	}
	s.shown[f.kind] = shown{shape: reflect.TypeFor[connectorObject](), show: func(st *provisioning.State, r provisioning.Record) any {
		c, is := r.(*provisioning.Connector)
		if !is {
			return byField(r)
		}
		return showConnector(st, c)
	}}
	mountUpdate(s, a, f)
	const at = "/api/v1/connectors"
	huma.Get(a, at, s.listConnectors, operation("connectors", "list-connectors", "Lists the connectors and how they are", provisioning.TrunksRead))
	huma.Get(a, at+"/{id}", s.getConnector, operation("connectors", "get-connector", "Shows a connector", provisioning.TrunksRead, http.StatusNotFound))
	huma.Post(a, at, s.createConnector, operation("connectors", "create-connector", "Makes a connector", provisioning.TrunksWrite, http.StatusConflict), created)
	huma.Get(a, at+"/{id}/status", s.connectorStatus,
		operation("connectors", "get-connector-status", "Shows how a connector is", provisioning.TrunksRead, http.StatusNotFound))
}

// showConnector is a connector as the API tells it.
func (s *Server) showConnector(st *provisioning.State, c *provisioning.Connector) connectorObject {
	o := showConnector(st, c)
	if s.rooms.Connectors != nil {
		if now, runs := s.rooms.Connectors.Connector(c.ID); runs {
			o.Status = new(connectorStateOf(now))
		}
	}
	return o
}

// showConnector is a connector without how it is.
func showConnector(st *provisioning.State, c *provisioning.Connector) connectorObject {
	is := &c.Settings
	o := connectorObject{
		ID: string(c.ID), Name: c.Name, AccountID: string(c.Account), Kind: string(is.Kind), Role: string(is.Role), Centre: is.Centre, Country: is.Country,
		InDoubt: string(is.InDoubt), Window: is.Window, Rate: is.Rate, Keep: is.Keep.Seconds(), Emergency: is.Emergency,
		Numbers: refs(st, provisioning.KindNumber, is.Numbers), Disabled: is.Disabled, HasPassword: c.Password != "", HasToken: c.Token != "",
	}
	if is.Operator != "" {
		o.Operator = new(refTo(st, provisioning.KindOperator, is.Operator))
	}
	if is.Trunk != "" {
		o.Trunk = new(refTo(st, provisioning.KindTrunk, is.Trunk))
	}
	if p := is.SMPP; p != nil {
		o.SMPP = &smppObject{
			Address: p.Address, TLS: p.TLS, Authority: p.Authority, SystemID: p.SystemID, SystemType: p.SystemType,
			Bind: cmp.Or(string(p.Bind), string(provisioning.BindTransceiver)), Binds: max(p.Binds, 1), ServiceType: p.ServiceType,
			Default: cmp.Or(p.Default, string(messaging.CodingGSM7)), Long: cmp.Or(string(p.Long), string(provisioning.LongUDH)),
			Enquire: p.Enquire.Seconds(), Patience: p.Patience.Seconds(), Sources: append([]string{}, p.Sources...),
		}
	}
	if h := is.HTTP; h != nil {
		o.HTTP = &httpObject{
			Send: httpRequest(h.Send), Sent: httpReading(h.Sent), Inbound: httpReading(h.Inbound), Receipt: httpReading(h.Receipt), Answer: h.Answer,
			Sign: httpSign(h.Sign), Key: h.Key,
		}
	}
	return o
}

// listConnectors shows those of all accounts too: everybody's messages go by them.
func (s *Server) listConnectors(ctx context.Context, q *Paged) (*pageAnswer[connectorObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]item[connectorObject], 0, len(st.Connectors))
	for _, c := range st.Connectors {
		if c.Account == "" || bool(who(ctx).sees(c.Account)) {
			items = append(items, item[connectorObject]{string(c.ID), func() connectorObject { return s.showConnector(st, c) }})
		}
	}
	return cut(q, items)
}

// connectorFor finds a connector that who asks may see: their own, or one of all accounts.
func (s *Server) connectorFor(ctx context.Context, id string) (*provisioning.State, *provisioning.Connector, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, is := st.Find(provisioning.KindConnector, id).(*provisioning.Connector)
	if !is || c.Account != "" && !bool(who(ctx).sees(c.Account)) {
		return nil, nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindConnector, id))
	}
	return st, c, nil
}

func (s *Server) getConnector(ctx context.Context, q *idRequest) (*objectAnswer[connectorObject], error) {
	st, c, err := s.connectorFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[connectorObject]{ETag: etag(c), Body: s.showConnector(st, c)}, nil
}

func (s *Server) createConnector(ctx context.Context, q *createRequest[ConnectorCreate]) (*createdAnswer[connectorObject], error) {
	var made *provisioning.Connector
	st, err := s.edited(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		fresh := provisioning.NewConnector(messaging.ConnectorID(newID(provisioning.KindConnector)), messaging.ConnectorKind(q.Body.Kind))
		shared := q.Body.Shared.Value && who(ctx).account == ""
		if q.Body.Shared.Value && !shared {
			return nil, problem(http.StatusForbidden, codeForbidden, "a connector of all accounts is made by who sees them all")
		}
		if !shared {
			var err error
			if fresh.Account, err = accountFor(ctx, st, q.Account); err != nil {
				return nil, err
			}
		}
		var err error
		if made, err = changeConnector(fresh, q.Body.ConnectorPatch); err != nil {
			return nil, err
		}
		return st.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &createdAnswer[connectorObject]{ETag: etag(made), Location: "/api/v1/connectors/" + string(made.ID), Body: s.showConnector(st, made)}, nil
}
