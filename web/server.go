package web

import (
	"crypto/sha256"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tandem/provisioning"
	"tandem/web/webhook"
)

// Config is what a Server needs beside its Rooms.
type Config struct {
	Version string
	APIKey  string // what programs show; empty: nobody gets in from outside
	Links   []Link // one-click links; none: only the API key signs a person in without a password
	// Encrypted says that people come by https: session cookies are for that alone.
	Encrypted bool
	// RequestsPerMinute is what one key, or one person, may ask; 0: 600.
	RequestsPerMinute int
	// Realm is that of devices: what their passwords are kept with. Empty: provisioning.DefaultRealm.
	Realm    string
	Webhooks webhook.Guard // where webhooks may go
	Inbox    bool          // there is an inbox at /dev/inbox that shows the webhooks that come to it
	// PublicURL is where people open the pages, such as "https://phone.example.fr". Empty: not known.
	PublicURL string
	// Digest is when people are told by e-mail of the missed calls that nobody took care of, "15:04" in their own time. Empty: never.
	Digest string
	// UI is the interface while somebody works on it: read again whenever it changes, which its pages hear of. nil: the one that was built in.
	UI fs.FS
	// Demo says that this is the demonstration: there are a handset and a customer list of others to be seen.
	Demo bool
	Log  *slog.Logger
}

// Server is the front desk.
type Server struct {
	cfg      Config
	rooms    Rooms
	words    catalogue
	sessions sessions
	keyrings keyrings
	doc      *huma.OpenAPI // of the API
	shown    map[provisioning.Kind]shown
	tail     tailer
	keep     Keeper
	uses     uses
	limits   limits
	repeats  repeats
	tickets  tickets
	stays    stays
	attempts attempts[string]            // by address
	logins   attempts[[sha256.Size]byte] // by the person whom they are for
	hashing  chan struct{}               // holds one for each password that is being checked
	mux      *http.ServeMux
	pages    pages
	inbox    inbox
	slips    slips
	first    firstRun
	open     map[string]struct{}    // "POST /api/v1/session": what is for those too who are not signed in
	refused  func()                 // told of each wrong key
	telling  atomic.Pointer[teller] // of the newest snapshot that was asked
}

// New makes a Server.
func New(cfg Config, rooms Rooms) (*Server, error) {
	words, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, rooms: rooms, words: words, mux: http.NewServeMux(), open: map[string]struct{}{}, shown: map[provisioning.Kind]shown{}, refused: func() {}}
	s.attempts.atOnce, s.attempts.every = attemptsAtOnce, attemptEvery
	s.logins.atOnce, s.logins.every = loginsAtOnce, loginEvery
	s.limits.quota = cfg.RequestsPerMinute
	if s.keep = rooms.Keeper; s.keep == nil {
		s.keep = &memory{}
	}
	s.hashing = make(chan struct{}, passwordsAtOnce)
	s.api()
	s.descriptions()
	s.health()
	if rooms.Metrics != nil {
		s.mux.Handle("GET /metrics", rooms.Metrics)
	}
	if err := s.mountPages(); err != nil {
		return nil, err
	}
	return s, nil
}

// OnRefused calls f for each wrong key that is shown. It must be set before the first request.
func (s *Server) OnRefused(f func()) { s.refused = f }

// Door says how somebody came to us.
type Door int

// The doors.
const (
	Outside Door = iota // over TCP: a key or a session is asked for
	Socket              // over the control socket: whoever may open it may do everything
)

// Handler serves those who come by a door.
func (s *Server) Handler(d Door) http.Handler {
	h := s.intake(s.once(s.mux))
	if d == Outside {
		h = s.authenticate(h)
		cross := http.NewCrossOriginProtection()
		cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.refuse(w, r, problem(http.StatusForbidden, codeCrossOrigin, "a browser sent this from a page of another site"))
		}))
		h = cross.Handler(h)
	} else {
		h = markLocal(h)
	}
	return s.safeguard(s.carriers(h))
}

// carriersPath is what the paths begin with by which carriers and programs bring messages.
const carriersPath = "/connectors/"

// carriers lets carriers and programs in by their own door: they have no key of ours and no session.
func (s *Server) carriers(next http.Handler) http.Handler {
	if s.rooms.Carriers == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, carriersPath) {
			s.rooms.Carriers.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// HTTPServer wraps a handler with the limits of time that a server on a network needs.
func (s *Server) HTTPServer(d Door) *http.Server {
	return &http.Server{
		Handler:           s.Handler(d),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
}

// api mounts the REST API.
func (s *Server) api() {
	cfg := huma.DefaultConfig("Tandem", apiVersion)
	cfg.CreateHooks = nil // no $schema in every body
	cfg.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	cfg.Info.Description = aboutAPI
	cfg.OpenAPIPath = "" // we serve it ourselves, finished
	cfg.DocsPath = ""    // its pages load scripts from outside
	cfg.SchemasPath = ""
	cfg.RejectUnknownQueryParameters = true
	cfg.Transformers = append(cfg.Transformers, s.finishProblems)
	cfg.Components.SecuritySchemes = s.securitySchemes()
	a := humago.New(s.mux, cfg)
	a.UseMiddleware(s.asksFor)
	s.sessionAPI(a)
	s.setupAPI(a)
	s.streamsAPI(a)
	s.callsAPI(a)
	s.trunksAPI(a)
	s.operatorsAPI(a)
	s.connectorsAPI(a)
	s.siteAPI(a)
	s.exportAPI(a)
	s.systemAPI(a)
	s.peopleAPI(a)
	s.numbersAPI(a)
	s.flowsAPI(a)
	s.webhooksAPI(a)
	s.audioAPI(a)
	s.messagesAPI(a)
	s.handsetsAPI(a)

	s.describe(a.OpenAPI()) // the last: it finishes what the others mounted
	s.mux.HandleFunc("/api/", s.elsewhere)
}

// elsewhere answers what is not part of the API: another method of a path that is, or nothing at all.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, pattern := s.mux.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host}); pattern != "" && pattern != "/api/" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		p := problem(http.StatusNotFound, codeNotFound, r.Method+" "+r.URL.Path+" is not part of the API: see /openapi.yaml")
		s.refuse(w, r, p)
		return
	}
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(append(allow, http.MethodOptions), ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.refuse(w, r, problem(http.StatusMethodNotAllowed, codeMethod, r.Method+" cannot be done to "+r.URL.Path))
}
