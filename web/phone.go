package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

const (
	phonePath = "/sip"
	// registrarExpires is how long a browser asks to be registered. Its registration ends with its connection all the same.
	registrarExpires = 10 * time.Minute
)

// Seat is whose a browser's connection is.
type Seat struct {
	AOR      string // "user@realm"
	Instance string // the browser, the same after a reload
	Over     Transport
}

// Transport says how a browser reached us.
type Transport string

// The transports of a browser (RFC 7118).
const (
	WS  Transport = "WS"
	WSS Transport = "WSS"
)

// Phone is SIP for browsers.
type Phone interface {
	// ServePhone makes a WebSocket of a request whose sender is known, and serves SIP on it.
	ServePhone(w http.ResponseWriter, r *http.Request, seat Seat)
	// Resumable lists the legs of a user whose browser is gone, and that wait for it to come back (SPEC C16).
	Resumable(u routing.UserID) []Suspended
}

// Suspended is a leg that waits for its browser.
type Suspended struct {
	Call routing.CallID
	Leg  routing.LegID
}

// phoneNew asks for a way into SIP over WebSocket.
type phoneNew struct {
	at   url.URL // where we are for the page that asks
	Body struct {
		Device   string `json:"device,omitempty" enum:"workspace,cti,app" default:"workspace"`
		Instance string `json:"instance" pattern:"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" doc:"A UUID that the page makes once and keeps: the same after a reload."`
	}
}

// Resolve implements huma.Resolver.
func (q *phoneNew) Resolve(ctx huma.Context) []error {
	q.at = url.URL{Scheme: "http", Host: ctx.Host()}
	if ctx.TLS() != nil {
		q.at.Scheme = "https"
	}
	if page, err := url.Parse(ctx.Header("Origin")); err == nil && page.Host != "" { // what the browser knows us by: a proxy may call us something else
		q.at = *page // a page of another site does not get here
	}
	return nil
}

// phoneSession is what a page needs to be a phone.
type phoneSession struct {
	URL              string          `json:"url" doc:"Where the WebSocket is to be opened, once, with the ticket in it."`
	TicketExpires    string          `json:"ticket_expires_at" format:"date-time"`
	SIPURI           string          `json:"sip_uri" doc:"Whom the page registers and calls as; no password goes with it."`
	DisplayName      string          `json:"display_name"`
	DeviceID         string          `json:"device_id"`
	Instance         string          `json:"instance" doc:"The +sip.instance to register with, without urn:uuid:."`
	RegistrarExpires int             `json:"registrar_expires" doc:"Seconds to ask for in REGISTER."`
	ICEServers       []iceServer     `json:"ice_servers" doc:"Empty: this server needs no STUN and no TURN."`
	Resumable        []suspendedItem `json:"resumable" doc:"Calls of the person that wait for their page to come back (SPEC C16)."`
}

type iceServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// suspendedItem is a leg that waits for its browser, in the API.
type suspendedItem struct {
	CallID string `json:"call_id"`
	LegID  string `json:"leg_id"`
}

func (s *Server) phoneAPI(a huma.API) {
	huma.Post(a, "/api/v1/me/phone-session", s.openPhone, operation("me", "create-phone-session",
		"Makes a ticket for the phone of a page: SIP over WebSocket, without a password", provisioning.Own, http.StatusNotFound, http.StatusConflict), ok)
	s.mux.HandleFunc("GET "+phonePath, s.phone)
}

// openPhone makes a ticket. The first one of a person on a kind of device makes the record of that device too: it has no password, so that nothing but a ticket
// opens it.
func (s *Server) openPhone(ctx context.Context, q *phoneNew) (*objectAnswer[phoneSession], error) {
	if s.rooms.Phone == nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "there is no SIP over WebSocket here")
	}
	u, d, err := s.browserDevice(ctx, routing.DeviceKind(q.Body.Device))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	seat := Seat{AOR: strings.ToLower(d.AOR), Instance: strings.ToLower(q.Body.Instance), Over: WS}
	if s.cfg.Encrypted || q.at.Scheme == "https" {
		seat.Over = WSS
	}
	i := who(ctx)
	shown := s.tickets.issue(ticket{seat: seat, user: u.ID, until: now.Add(ticketLife), session: i.sealed}, now)
	if shown == "" {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "too many pages want a phone at once: try again")
	}
	at := url.URL{Scheme: strings.ToLower(string(seat.Over)), Host: q.at.Host, Path: phonePath, RawQuery: url.Values{"ticket": {shown}}.Encode()}
	out := &objectAnswer[phoneSession]{Body: phoneSession{
		URL: at.String(), TicketExpires: *stamp(now.Add(ticketLife)), SIPURI: "sip:" + seat.AOR, DisplayName: u.Name, DeviceID: string(d.ID),
		Instance: seat.Instance, RegistrarExpires: int(registrarExpires.Seconds()), ICEServers: []iceServer{}, Resumable: s.resumable(u.ID),
	}}
	return out, nil
}

func (s *Server) resumable(u routing.UserID) []suspendedItem {
	out := []suspendedItem{}
	if s.rooms.Phone == nil {
		return out
	}
	for _, one := range s.rooms.Phone.Resumable(u) {
		out = append(out, suspendedItem{string(one.Call), string(one.Leg)})
	}
	return out
}

// browserDevice is the device of who asks that only tickets open, made now where there is none.
func (s *Server) browserDevice(ctx context.Context, kind routing.DeviceKind) (*provisioning.User, *provisioning.Device, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	u, err := myself(ctx, st)
	if err != nil {
		return nil, nil, s.refusal(ctx, err)
	}
	if d := st.BrowserDevice(u.ID, kind); d != nil {
		return u, d, nil
	}
	var made *provisioning.Device
	name, realm := "b-"+strings.ToLower(rand.Text()[:12]), cmp.Or(s.cfg.Realm, provisioning.DefaultRealm)
	_, err = s.edit(ctx, func(latest *provisioning.State) ([]provisioning.Change, error) {
		u, err = myself(ctx, latest)
		if err != nil {
			return nil, err
		}
		if made = latest.BrowserDevice(u.ID, kind); made != nil {
			return nil, nil // another tab was faster
		}
		made = &provisioning.Device{
			ID: routing.DeviceID(routing.NewID(provisioning.KindDevice.Prefix(), time.Now())), Account: u.Account, User: u.ID, Kind: kind,
			Username: name, AOR: name + "@" + realm,
		}
		return latest.Put(made)
	})
	return u, made, err
}

// phone lets a page with a ticket in, to SIP over WebSocket. Everybody else is answered before any upgrade.
func (s *Server) phone(w http.ResponseWriter, r *http.Request) {
	if s.rooms.Phone == nil {
		s.refuse(w, r, problem(http.StatusNotFound, codeNotFound, "there is no SIP over WebSocket here"))
		return
	}
	if !s.fromHere(r) {
		s.refuse(w, r, problem(http.StatusForbidden, codeCrossOrigin, "a page of another site opened this"))
		return
	}
	what, good := s.tickets.take(r.URL.Query().Get("ticket"), time.Now())
	good = good && s.goesOn(r.Context(), what.session)
	if s.tooOften(w, r, good) {
		return
	}
	if good != rightKey {
		s.refused()
		s.refuse(w, r, problem(http.StatusUnauthorized, codeTicket, "this ticket is not known, was used, or is too old: POST /api/v1/me/phone-session gives one"))
		return
	}
	s.rooms.Phone.ServePhone(&stayingWriter{ResponseWriter: w, enter: func(end func()) func() {
		return s.stay(r.Context(), what.session, staySocket, end)
	}}, r, what.seat)
}

// fromHere says whether a page of ours sent a request: browsers name the page's origin on every WebSocket, and a page cannot change it (RFC 6455 section 10.2).
// The CTI panel is a page of ours too, whoever embeds it.
func (s *Server) fromHere(r *http.Request) (ours bool) {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
		return false
	}
	if (s.cfg.Encrypted || r.TLS != nil) && origin.Scheme != "https" {
		return false
	}
	public, err := url.Parse(s.cfg.PublicURL)
	return strings.EqualFold(origin.Host, r.Host) || err == nil && public.Host != "" && strings.EqualFold(origin.Host, public.Host)
}
