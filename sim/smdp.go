package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// SMDPConfig is an SM-DP+ and whom it knows.
type SMDPConfig struct {
	Listen      netip.AddrPort  // of ES2+; port 0 takes a free one
	Certificate tls.Certificate // of the server, and of the client that notifies
	Clients     *x509.CertPool  // who signs the certificates of operators
	Profiles    []string        // ICCIDs that were made for the operator, 19 digits
	ProfileType string          // profiles of this type are made when they are ordered; empty: none are
	Address     string          // as phones reach it; empty: the IP address on which it listens
	Forgetful   Memory          // of the calls that it has executed
	Seed        uint64
	Log         *slog.Logger
}

// Memory says whether an SM-DP+ knows a call again.
type Memory bool

// What it knows.
const (
	RemembersCalls Memory = false // the same call is answered as the first time
	ForgetsCalls   Memory = true  // and is taken for another
)

// ProfileState is where a profile is in its life (SGP.22 section 3.1.6).
type ProfileState string

// The states.
const (
	ProfileAvailable   ProfileState = "Available"
	ProfileAllocated   ProfileState = "Allocated"
	ProfileLinked      ProfileState = "Linked"
	ProfileConfirmed   ProfileState = "Confirmed"
	ProfileReleased    ProfileState = "Released"
	ProfileDownloaded  ProfileState = "Downloaded"
	ProfileInstalled   ProfileState = "Installed"
	ProfileEnabled     ProfileState = "Enabled"
	ProfileDisabled    ProfileState = "Disabled"
	ProfileDeleted     ProfileState = "Deleted"
	ProfileError       ProfileState = "Error"
	ProfileUnavailable ProfileState = "Unavailable"
)

// simProfile is one profile. The lock of its SMDP guards it.
type simProfile struct {
	iccid    string // 19 digits
	state    ProfileState
	eid      string
	matching string
	ordered  int // how often it was taken for an order
	stamp    time.Time
}

// SMDPCounts is what an SM-DP+ has seen.
type SMDPCounts struct {
	Requests  int // of ES2+
	Repeats   int // calls that it knew again
	Faults    int // requests that it spoiled
	Orders    int // profiles that were taken for an order
	Confirmed int
	Released  int
	Cancelled int
	Notified  int // notifications sent, repeats included
}

// SMDP is an SM-DP+: it takes orders over ES2+ with mutual TLS, and tells what phones do with its profiles.
type SMDP struct {
	cfg    SMDPConfig
	addr   netip.AddrPort
	server *http.Server
	wg     sync.WaitGroup
	post   *smdpPost

	mu       sync.Mutex
	profiles map[string]*simProfile // by ICCID
	order    []string               // ICCIDs as they came
	done     map[string][]byte      // answers of executed calls
	counts   SMDPCounts
	spoil    func(function string) SMDPFault
	dice     *dice
	made     int
}

// OpenSMDP starts an SM-DP+.
func OpenSMDP(ctx context.Context, cfg SMDPConfig) (*SMDP, error) {
	s := &SMDP{cfg: cfg, profiles: map[string]*simProfile{}, done: map[string][]byte{}, dice: newDice(cfg.Seed)}
	for _, id := range cfg.Profiles {
		s.stock(id)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen.String())
	if err != nil {
		return nil, fmt.Errorf("simulated SM-DP+: %w", err)
	}
	s.addr, _ = netip.ParseAddrPort(l.Addr().String())
	conf := &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cfg.Certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: cfg.Clients,
	}
	const headTime = 10 * time.Second
	s.server = &http.Server{Handler: s.es2(), ReadHeaderTimeout: headTime, ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context {
		return context.WithoutCancel(ctx)
	}}
	s.post = newSMDPPost(cfg.Certificate)
	s.wg.Go(func() {
		if err := s.server.Serve(tls.NewListener(l, conf)); !errors.Is(err, http.ErrServerClosed) {
			cfg.Log.LogAttrs(ctx, slog.LevelWarn, "simulated SM-DP+ stopped", slog.Any("err", err))
		}
	})
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	s.post.end = end
	s.wg.Go(func() { s.deliver(life) })
	return s, nil
}

// URL is where its ES2+ is.
func (s *SMDP) URL() string { return "https://" + s.addr.String() }

// Address is the SM-DP+ as activation codes name it.
func (s *SMDP) Address() string {
	if s.cfg.Address != "" {
		return s.cfg.Address
	}
	return s.addr.Addr().String()
}

// Close stops it; what was not told by then is not.
func (s *SMDP) Close() {
	s.post.end()
	_ = s.server.Close()
	s.wg.Wait()
}

// Counts is what it has seen so far.
func (s *SMDP) Counts() SMDPCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// State is where a profile is; empty: there is no such.
func (s *SMDP) State(iccid string) ProfileState {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.profiles[iccid]; p != nil {
		return p.state
	}
	return ""
}

// OrderedTwice lists profiles that were taken for more than one order.
func (s *SMDP) OrderedTwice() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, id := range s.order {
		if s.profiles[id].ordered > 1 {
			out = append(out, id)
		}
	}
	return out
}

// stock puts a profile on the shelf.
func (s *SMDP) stock(iccid string) *simProfile {
	p := &simProfile{iccid: iccid, state: ProfileAvailable}
	s.profiles[iccid], s.order = p, append(s.order, iccid)
	return p
}

// es2 is the server of ES2+.
func (s *SMDP) es2() http.Handler {
	mux := http.NewServeMux()
	for name, do := range map[string]func(*smdpRequest) *smdpAnswer{
		"downloadOrder": s.downloadOrder, "confirmOrder": s.confirmOrder, "cancelOrder": s.cancelOrder, "releaseProfile": s.releaseProfile,
	} {
		mux.HandleFunc("POST /gsma/rsp2/es2plus/"+name, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, name, do) })
	}
	return mux
}

// serve answers one request, or spoils it.
func (s *SMDP) serve(w http.ResponseWriter, r *http.Request, name string, do func(*smdpRequest) *smdpAnswer) {
	var q smdpRequest
	body := http.MaxBytesReader(w, r.Body, 64<<10)
	if r.Header.Get("X-Admin-Protocol") == "" || json.NewDecoder(body).Decode(&q) != nil || q.Header.Call == "" {
		http.Error(w, "this is no ES2+", http.StatusBadRequest)
		return
	}
	_, _ = io.Copy(io.Discard, body) // or a client that has had enough is not seen
	fault, answer := s.execute(&q, name, do)
	switch fault {
	case FaultNone, FaultBusy:
	case FaultLost, FaultLostAnswer:
		panic(http.ErrAbortHandler) //nolint:forbidigo // It is how a server drops a connection.
	case FaultBroken:
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	case FaultSilent:
		<-r.Context().Done() // until the client has had enough
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Admin-Protocol", "gsma/rsp/v2.5.0")
	_, _ = w.Write(answer)
}

// execute does what was asked for, once for each call.
func (s *SMDP) execute(q *smdpRequest, name string, do func(*smdpRequest) *smdpAnswer) (SMDPFault, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Requests++
	fault := FaultNone
	if s.spoil != nil {
		if fault = s.spoil(name); fault != FaultNone {
			s.counts.Faults++
		}
	}
	if fault == FaultLost {
		return fault, nil
	}
	if fault == FaultBusy {
		return fault, mustJSON(failed("8.8", "4.1", "come again"))
	}
	key := name + " " + q.Header.Call
	if kept := s.done[key]; kept != nil && s.cfg.Forgetful == RemembersCalls {
		s.counts.Repeats++
		return fault, kept
	}
	a := do(q)
	out := mustJSON(a)
	if a.Header.Status.Status == executedWell {
		s.done[key] = out
	}
	return fault, out
}

func mustJSON(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		return []byte("{}") // Its values marshal.
	}
	return out
}
