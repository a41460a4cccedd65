package charging

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
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

// Bounds of what an Nchf peer may send.
const (
	nchfPath     = "/nchf-convergedcharging/v3/chargingdata"
	nchfBody     = 64 << 10
	nchfPatience = 10 * time.Second
	nchfStrange  = 256 // names of peers that are logged, once each
)

// NchfConfig is what an Nchf server needs.
type NchfConfig struct {
	Credit Credit
	// Memo finds what was kept with a session; an Office does.
	Memo  func(ctx context.Context, peer, session string) (string, error)
	Known func(peer string) bool // who may ask; nil: everybody who can reach us
	// Hosts are those that a peer may have us tell beside the one that it asks from, as "host" or "host:port"; nil: none.
	Hosts func(peer string) []string
	TLS   *tls.Config  // shown to peers that are told over https; nil: the system's authorities, and no certificate
	Log   *slog.Logger // nil: nothing is logged
}

// Nchf is the server of Nchf_ConvergedCharging (TS 32.290 section 6.2, TS 32.291 section 6.1), and what tells its consumers to report.
type Nchf struct {
	cfg      NchfConfig
	mux      *http.ServeMux
	notifier *http.Client

	mu      sync.Mutex
	strange map[string]struct{} // peers that were logged
}

// NewNchf makes one.
func NewNchf(cfg NchfConfig) *Nchf {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	n := &Nchf{cfg: cfg, mux: http.NewServeMux(), notifier: notifier(cfg.TLS), strange: map[string]struct{}{}}
	n.mux.HandleFunc("POST "+nchfPath, n.create)
	n.mux.HandleFunc("POST "+nchfPath+"/{ref}/update", n.update)
	n.mux.HandleFunc("POST "+nchfPath+"/{ref}/release", n.release)
	return n
}

// Server serves it over HTTP/2: without encryption where config is nil, else over TLS with certificates of both sides. Serve and ServeTLS with empty names start it.
func (n *Nchf) Server(config *tls.Config) *http.Server {
	s := &http.Server{
		Handler: n, Protocols: &http.Protocols{}, ReadHeaderTimeout: nchfPatience, ReadTimeout: nchfPatience, WriteTimeout: 2 * nchfPatience,
		IdleTimeout: 10 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(n.cfg.Log.Handler(), slog.LevelDebug),
	}
	if config == nil {
		s.Protocols.SetUnencryptedHTTP2(true)
		return s
	}
	s.Protocols.SetHTTP2(true)
	s.TLSConfig = config.Clone()
	s.TLSConfig.ClientAuth = tls.RequireAndVerifyClientCert
	s.TLSConfig.MinVersion = tls.VersionTLS12
	return s
}

// ServeHTTP answers a request.
func (n *Nchf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, nchfBody)
	_, pattern := n.mux.Handler(r)
	if pattern != "" {
		n.mux.ServeHTTP(w, r)
		return
	}
	// What ServeMux says in plain words is said here as TS 29.500 section 5.2.7 wants it.
	quiet := &silent{header: http.Header{}, status: http.StatusNotFound}
	n.mux.ServeHTTP(quiet, r)
	if allow := quiet.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
	}
	cause := "RESOURCE_URI_STRUCTURE_NOT_FOUND"
	if quiet.status == http.StatusMethodNotAllowed {
		cause = "METHOD_NOT_ALLOWED"
	}
	(&nchfProblem{Status: quiet.status, Cause: cause, Detail: "there is no such resource"}).write(w)
}

// silent takes what is answered, and says it to nobody.
type silent struct {
	header http.Header
	status int
}

// Header is what would be sent.
func (s *silent) Header() http.Header { return s.header }

// WriteHeader notes the status.
func (s *silent) WriteHeader(status int) { s.status = status }

// Write takes everything.
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }

func (n *Nchf) create(w http.ResponseWriter, r *http.Request) {
	q, peer, refused := n.read(r)
	if refused != nil {
		refused.write(w)
		return
	}
	ref, kind := q.ref(peer), Initial
	if q.OneTimeEvent {
		kind = Event
	}
	a, refused := n.control(r, q, q.request(peer, ref, kind))
	if refused != nil {
		refused.write(w)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	w.Header().Set("Location", scheme+"://"+r.Host+nchfPath+"/"+ref)
	writeJSON(w, http.StatusCreated, "application/json", q.answer(a))
}

func (n *Nchf) update(w http.ResponseWriter, r *http.Request) {
	a, q, refused := n.about(r, Update)
	if refused != nil {
		refused.write(w)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", q.answer(a))
}

func (n *Nchf) release(w http.ResponseWriter, r *http.Request) {
	if _, _, refused := n.about(r, Terminate); refused != nil {
		refused.write(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// about answers a request about a session that there is.
func (n *Nchf) about(r *http.Request, kind Kind) (Answer, *chargingData, *nchfProblem) {
	q, peer, refused := n.read(r)
	if refused != nil {
		return Answer{}, nil, refused
	}
	a, refused := n.control(r, q, q.request(peer, r.PathValue("ref"), kind))
	return a, q, refused
}

// control asks for credit; what is refused as a whole is a problem.
func (n *Nchf) control(r *http.Request, q *chargingData, c Request) (Answer, *nchfProblem) {
	ctx := r.Context()
	switch {
	case q.NotifyURI == "":
	case n.mayTell(q.NotifyURI, c.Peer, r.RemoteAddr):
		c.Memo = q.NotifyURI
	default:
		n.once(ctx, c.Peer, "it wants to be told at another host than its own, which is not among those allowed: it is told nothing")
	}
	a, err := n.cfg.Credit.Control(ctx, c)
	if err != nil {
		n.cfg.Log.LogAttrs(ctx, slog.LevelError, "credit cannot be controlled", slog.String("peer", c.Peer), slog.Any("err", err))
		a = Answer{Result: TooBusy}
	}
	if a.Result == Granted {
		return a, nil
	}
	return a, problemOf(a.Result)
}

// read reads a request and says who sent it.
func (n *Nchf) read(r *http.Request) (*chargingData, string, *nchfProblem) {
	body, err := io.ReadAll(r.Body)
	if _, is := errors.AsType[*http.MaxBytesError](err); is {
		return nil, "", &nchfProblem{Status: http.StatusRequestEntityTooLarge, Cause: "INVALID_MSG_FORMAT", Detail: "the body is too large"}
	}
	if err != nil {
		return nil, "", &nchfProblem{Status: http.StatusBadRequest, Cause: "INVALID_MSG_FORMAT", Detail: "the body cannot be read"}
	}
	q, refused := readChargingData(r.Header.Get("Content-Type"), body)
	if refused != nil {
		n.once(r.Context(), sender(r, nil), "a charging peer sent what cannot be read")
		return nil, "", refused
	}
	peer := sender(r, q)
	if n.cfg.Known != nil && !n.cfg.Known(peer) {
		n.once(r.Context(), peer, "a stranger asks for credit")
		return nil, "", &nchfProblem{Status: http.StatusForbidden, Cause: "UNSPECIFIED_NF_FAILURE", Detail: "this consumer is not one of ours"}
	}
	return q, peer, nil
}

// sender is who sent a request: whom the certificate names, else who it says that it is, else where it came from.
func sender(r *http.Request, q *chargingData) string {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return r.TLS.VerifiedChains[0][0].Subject.CommonName
	}
	if q != nil {
		return q.Consumer.name()
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

// once logs something about a peer, once.
func (n *Nchf) once(ctx context.Context, peer, what string) {
	n.mu.Lock()
	_, said := n.strange[peer]
	if full := len(n.strange) >= nchfStrange; !said && !full {
		n.strange[peer] = struct{}{}
	}
	n.mu.Unlock()
	if !said {
		n.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "a charging peer is refused something", slog.String("peer", peer), slog.String("cause", what))
	}
}

// ref names a session. Where the consumer gives the session an id, the same request again gets the same name, so that it is known as a repeat.
func (q *chargingData) ref(peer string) string {
	id := make([]byte, 16)
	charging := q.ChargingID
	if q.PDU != nil && charging == 0 {
		charging = q.PDU.ChargingID
	}
	if charging == 0 {
		_, _ = rand.Read(id) // It never fails.
		return hex.EncodeToString(id)
	}
	session := 0
	if q.PDU != nil && q.PDU.Information != nil {
		session = q.PDU.Information.ID
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d %q %d", peer, q.Subscriber, charging, session, q.Stamp, *q.Number))
	return hex.EncodeToString(sum[:len(id)])
}

func writeJSON(w http.ResponseWriter, status int, kind string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError) // Nothing here does not marshal.
		return
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// hostOf is the address that a connection came from.
func hostOf(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}
