package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tandem/mobilecore/diameter"
	"tandem/mobilecore/ims"
)

// HSSConfig is the operator's register of IMS subscribers, and where it listens.
type HSSConfig struct {
	Identity string         // its Diameter host; "localhost" is a name that every machine can resolve
	Realm    string         // its Diameter realm
	Bind     netip.AddrPort // port 0 takes a free one
	Profiles []ims.Profile  // subscribers with the filter criteria that they have
	Log      *slog.Logger
}

// HSS is a home subscriber server that speaks Cx (TS 29.228, 29.229) as far as a registrar needs it: whom it serves, and the profile of a user. It asks nobody for a
// password.
type HSS struct {
	cfg    HSSConfig
	server *diameter.Server
	addr   netip.AddrPort
	wg     sync.WaitGroup

	mu    sync.Mutex // guards what follows
	users map[string]*subscription
	asked []Assignment
}

// subscription is one subscriber, under each of their public identities.
type subscription struct {
	private  string
	document []byte // User-Data
	server   string // the S-CSCF that serves them; empty: none
	known    Registration
}

// Registration is what an HSS knows of a user.
type Registration int

// The states.
const (
	NotRegistered   Registration = iota
	IsRegistered                 // a phone is there
	HasUnregistered              // none is, and an S-CSCF serves the user all the same
)

// Assignment is a Server-Assignment-Request that came.
type Assignment struct {
	Public string
	Type   int // Server-Assignment-Type (TS 29.229 section 6.3.15)
}

// OpenHSS starts one.
func OpenHSS(ctx context.Context, cfg HSSConfig) (*HSS, error) {
	h := &HSS{cfg: cfg, users: map[string]*subscription{}}
	for _, p := range cfg.Profiles {
		document, err := ims.FilterCriteria(p)
		if err != nil {
			return nil, fmt.Errorf("simulated HSS: %w", err)
		}
		s := &subscription{private: p.PrivateID, document: document}
		for _, public := range p.PublicIDs {
			h.users[public] = s
		}
	}
	var err error
	if h.server, err = diameter.NewServer(diameter.Config{
		Node: diameter.Node{Identity: cfg.Identity, Realm: cfg.Realm}, Product: "sim",
		Applications: []diameter.Application{diameter.Cx}, Serve: h.serve, Log: cfg.Log,
	}); err != nil {
		return nil, fmt.Errorf("simulated HSS: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Bind.String())
	if err != nil {
		return nil, fmt.Errorf("simulated HSS: %w", err)
	}
	h.addr = addrPort(l.Addr())
	h.wg.Go(func() {
		if err := h.server.Serve(ctx, l); err != nil && !errors.Is(err, net.ErrClosed) && ctx.Err() == nil {
			cfg.Log.LogAttrs(ctx, slog.LevelWarn, "simulated HSS does not listen", slog.Any("err", err))
		}
	})
	return h, nil
}

// Addr is where registrars connect.
func (h *HSS) Addr() netip.AddrPort { return h.addr }

// Connected waits until a registrar is connected.
func (h *HSS) Connected(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for len(h.server.Peers()) == 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("no registrar connected: %w", context.Cause(ctx))
		}
	}
	return nil
}

// Registration is what it knows of a user by a public identity.
func (h *HSS) Registration(public string) Registration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.users[public]; s != nil {
		return s.known
	}
	return NotRegistered
}

// Assignments lists what registrars asked for, oldest first.
func (h *HSS) Assignments() []Assignment {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

// Close ends every connection.
func (h *HSS) Close(ctx context.Context) error {
	err := h.server.Close(ctx)
	h.wg.Wait()
	return err
}

// serve answers what call session control functions ask (TS 29.229 section 6.1).
func (h *HSS) serve(_ context.Context, _ *diameter.Peer, r *diameter.Message) *diameter.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.users[r.Text(diameter.PublicIdentity)]
	if s == nil {
		return h.answer(r, diameter.CxUserUnknown)
	}
	switch {
	case r.Command == diameter.ServerAssignment:
		return h.assign(s, r)
	case r.Command == diameter.UserAuthorization && s.server == "":
		return h.answer(r, diameter.CxFirstRegistration)
	case r.Command == diameter.UserAuthorization:
		return h.answer(r, diameter.CxSubsequentRegistration, diameter.Text(diameter.ServerName, s.server))
	case r.Command == diameter.LocationInfo && s.server == "":
		return h.answer(r, diameter.CxIdentityNotRegistered)
	case r.Command == diameter.LocationInfo:
		return h.answer(r, diameter.Success, diameter.Text(diameter.ServerName, s.server))
	}
	return nil
}

// assign keeps who serves a user, and gives the profile.
func (h *HSS) assign(s *subscription, r *diameter.Message) *diameter.Message {
	kind := int(r.Number(diameter.ServerAssignmentType)) //nolint:gosec // 32 bits
	h.asked = append(h.asked, Assignment{r.Text(diameter.PublicIdentity), kind})
	switch kind {
	case 1, 2: // REGISTRATION, RE_REGISTRATION
		s.server, s.known = r.Text(diameter.ServerName), IsRegistered
	case 3: // UNREGISTERED_USER
		s.server, s.known = r.Text(diameter.ServerName), HasUnregistered
	case 4, 5, 8, 11: // the deregistrations
		s.server, s.known = "", NotRegistered
	case 6, 7: // the deregistrations that keep the server
		s.known = HasUnregistered
	}
	return h.answer(r, diameter.Success, diameter.Text(diameter.UserName, s.private), diameter.Octets(diameter.UserProfile, s.document))
}

// answer gives a result in the form that it has: Cx's own are experimental ones (TS 29.229 section 6.2).
func (h *HSS) answer(r *diameter.Message, result diameter.Result, avps ...diameter.AVP) *diameter.Message {
	head := []diameter.AVP{
		diameter.Group(diameter.VendorSpecificApplicationID,
			diameter.Number(diameter.VendorID, uint64(diameter.TGPP)), diameter.Number(diameter.AuthApplicationID, uint64(diameter.Cx))),
		diameter.Number(diameter.AuthSessionState, 1),
	}
	node := diameter.Node{Identity: h.cfg.Identity, Realm: h.cfg.Realm}
	if experimental := result >= 5000 || r.Command == diameter.UserAuthorization; !experimental {
		return node.Answer(r, result, append(head, avps...)...)
	}
	head = append(head, diameter.Group(diameter.ExperimentalResult,
		diameter.Number(diameter.VendorID, uint64(diameter.TGPP)), diameter.Number(diameter.ExperimentalResultCode, uint64(result))))
	return node.Answer(r, 0, append(head, avps...)...)
}
