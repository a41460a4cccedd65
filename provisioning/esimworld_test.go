package provisioning_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/sim"
)

// archive keeps records in memory, as the store does: of two batches on one version the second is turned away.
type archive struct {
	mu      sync.Mutex
	state   *provisioning.State
	events  []provisioning.Event
	entries int
	told    func()
	turns   chan struct{} // of one; nil: nobody waits their turn, as two nodes do not
}

// Edit lets one after the other plan a change, as the store of one node does.
func (a *archive) Edit(ctx context.Context) (leave func(), err error) {
	if a.turns == nil {
		return func() {}, nil
	}
	select {
	case a.turns <- struct{}{}:
		return func() { <-a.turns }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (a *archive) State(context.Context) (*provisioning.State, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state, nil
}

func (a *archive) Apply(_ context.Context, b provisioning.Batch) error {
	a.mu.Lock()
	if b.Version != a.state.Version {
		a.mu.Unlock()
		return provisioning.ErrMoved
	}
	next := a.state.With(b.Changes)
	next.Version++
	a.state = next
	for _, c := range b.Changes {
		a.entries++
		a.events = append(a.events, c.News(time.Now())...)
	}
	told := a.told
	a.mu.Unlock()
	if told != nil {
		told()
	}
	return nil
}

// of counts events of a type.
func (a *archive) of(kind string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, e := range a.events {
		if e.Type == kind {
			n++
		}
	}
	return n
}

// audited is how many lines the audit log has.
func (a *archive) audited() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.entries
}

// register is an HLR in memory.
type register struct {
	mu    sync.Mutex
	lines map[string]provisioning.ESIMLine
	sets  []string
	fail  func() error
}

func (r *register) SetLine(_ context.Context, s provisioning.Subscription, line provisioning.ESIMLine) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		if err := r.fail(); err != nil {
			return err
		}
	}
	r.sets = append(r.sets, fmt.Sprintf("%s %s", s.Number, line))
	if r.lines[s.IMSI] = line; line == provisioning.LineNone {
		delete(r.lines, s.IMSI)
	}
	return nil
}

func (r *register) line(imsi string) (provisioning.ESIMLine, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, is := r.lines[imsi]
	return l, is
}

// esimWorld is an office, a platform and an HLR.
type esimWorld struct {
	t        *testing.T
	office   *archive
	smdp     *sim.SMDP
	hlr      *register
	ours     *sim.Authority // signs our certificate
	theirs   *sim.Authority // signs the platform's
	notify   string         // where notifications go
	platform *es2plus.Platform
}

func cardNumber(i int) string {
	for d := range 10 {
		if id, err := es2plus.ParseICCID(fmt.Sprintf("898820110000%06d%d", i, d)); err == nil {
			return string(id)
		}
	}
	return ""
}

// need ends the test at an error.
func need[V any](t *testing.T) func(v V, err error) V {
	t.Helper()
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// mobileNumber is the i-th direct number of the office.
func mobileNumber(i int) routing.E164 { return routing.E164(fmt.Sprintf("+336399%05d", 80000+i)) }

// newESIMWorld opens an office with so many direct numbers, each of a user of its own, and as many cards.
func newESIMWorld(t *testing.T, numbers int, cfg sim.SMDPConfig) *esimWorld {
	t.Helper()
	w := &esimWorld{t: t, hlr: &register{lines: map[string]provisioning.ESIMLine{}}}
	w.ours, w.theirs = need[*sim.Authority](t)(sim.NewAuthority("our authority")), need[*sim.Authority](t)(sim.NewAuthority("platform authority"))
	cfg.Certificate = need[tls.Certificate](t)(w.theirs.Issue("smdp.sim"))
	cfg.Listen, cfg.Clients, cfg.Log = netip.MustParseAddrPort("127.0.0.1:0"), w.ours.Pool(), slog.New(slog.DiscardHandler)
	cfg.Seed = 7
	st := &provisioning.State{Accounts: []*provisioning.Account{{ID: "acc_1", Name: "Acme", Language: "en", Country: "FR"}}}
	op := &provisioning.Operator{ID: "op_1", Name: "Sim Mobile"}
	op.Settings.HLR = &provisioning.SubscriberBook{Kind: "osmo", Address: "127.0.0.1:4259"}
	for i := range numbers {
		user := routing.UserID(fmt.Sprintf("usr_%04d", i))
		st.Users = append(st.Users, &provisioning.User{ID: user, Account: "acc_1", Email: fmt.Sprintf("u%d@example.fr", i), Availability: routing.SetAvailable})
		st.Numbers = append(st.Numbers, &provisioning.Number{
			ID: routing.NumberID(fmt.Sprintf("num_%04d", i)), Account: "acc_1", E164: mobileNumber(i), Kind: routing.Direct, Users: []routing.UserID{user},
		})
		if cfg.ProfileType == "" {
			op.Settings.Cards = append(op.Settings.Cards, provisioning.Card{ICCID: cardNumber(i), IMSI: fmt.Sprintf("20801%010d", i)})
			cfg.Profiles = append(cfg.Profiles, cardNumber(i))
		}
	}
	w.smdp = need[*sim.SMDP](t)(sim.OpenSMDP(t.Context(), cfg))
	t.Cleanup(w.smdp.Close)
	op.Settings.Platform = &provisioning.ESIMPlatform{
		URL: w.smdp.URL(), Requester: "1.3.6.1.4.1.99999.1", ProfileType: cfg.ProfileType, Authority: string(w.theirs.PEM()), Notifier: "smdp.sim",
	}
	st.Operators = []*provisioning.Operator{op}
	w.office = &archive{state: st}
	mine := need[tls.Certificate](t)(w.ours.Issue("tandem.example.fr"))
	w.platform = need[*es2plus.Platform](t)(es2plus.NewPlatform(es2plus.PlatformConfig{
		URL: w.smdp.URL(), Requester: op.Settings.Platform.Requester, Certificate: &mine, Authorities: w.theirs.Pool(),
		Within: time.Minute, // what is lost ends at once; where many shake hands at a time, less would be too little for any
	}))
	t.Cleanup(w.platform.Close)
	w.listen(mine)
	return w
}

// listen opens the endpoint of notifications.
func (w *esimWorld) listen(mine tls.Certificate) {
	t := w.t
	desk := provisioning.NewESIMDesk(w.office)
	l := need[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	srv := &http.Server{Handler: es2plus.Notify(desk, slog.New(slog.DiscardHandler)), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(tls.NewListener(l, es2plus.NotifyTLS(mine, desk, func(string, error) {})))
	}()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	w.notify = "https://" + l.Addr().String()
	w.smdp.Notify(w.notify, w.ours.Pool())
}

// run starts a runner; stop ends it, as a crash would: between any two steps, or in the middle of a request.
func (w *esimWorld) run() (stop func()) {
	ctx, end := context.WithCancel(w.t.Context())
	r := provisioning.NewESIMRunner(provisioning.ESIMRunnerConfig{
		Store: w.office, Pace: provisioning.Pace{First: 5 * time.Millisecond, Most: 50 * time.Millisecond}, Log: slog.New(slog.DiscardHandler),
		Reach: func(*provisioning.Operator) (provisioning.Reach, error) {
			return provisioning.Reach{Profiles: w.platform, Lines: w.hlr}, nil
		},
	})
	w.office.mu.Lock()
	w.office.told = r.Wake
	w.office.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	stopped := sync.OnceFunc(func() { end(); <-done })
	w.t.Cleanup(stopped)
	return stopped
}

// edit changes the records.
func (w *esimWorld) edit(plan provisioning.Edit) {
	w.t.Helper()
	_, err := provisioning.Do(w.t.Context(), w.office, "test", plan)
	for errors.Is(err, provisioning.ErrMoved) { // Where nobody waits their turn the runners are quick.
		_, err = provisioning.Do(w.t.Context(), w.office, "test", plan)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *esimWorld) assign(i, gigabytes int) {
	w.t.Helper()
	w.edit(func(s *provisioning.State) ([]provisioning.Change, error) {
		return s.AssignESIM(s.Numbers[i].ID, provisioning.ESIMOrder{User: s.Numbers[i].Users[0], Package: gigabytes}, time.Now())
	})
}

func (w *esimWorld) remove(i int) {
	w.t.Helper()
	w.edit(func(s *provisioning.State) ([]provisioning.Change, error) { return s.RemoveESIM(s.Numbers[i].ID) })
}

// esim is that of a number now; nil: there is none.
func (w *esimWorld) esim(i int) *provisioning.ESIM {
	st, _ := w.office.State(w.t.Context())
	return st.Numbers[i].Settings.ESIM
}

// until waits for something of all the numbers to be so.
func (w *esimWorld) until(what string, numbers int, so func(*provisioning.ESIM) bool) {
	w.t.Helper()
	waitFor(w.t, func() string {
		for i := range numbers {
			if e := w.esim(i); !so(e) {
				if e == nil {
					return fmt.Sprintf("%s: number %d has none", what, i)
				}
				return fmt.Sprintf("%s: number %d is %s, wanted %q, step %s, try %d: %s", what, i, e.State, e.Want, e.Step, e.Tries, e.Fault)
			}
		}
		return ""
	})
}

// waitFor waits until nothing is left to say.
func waitFor(t *testing.T, says func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(5 * time.Minute)
	defer end.Stop()
	for says() != "" {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatal(says())
		}
	}
}

func in(states ...provisioning.ESIMState) func(*provisioning.ESIM) bool {
	return func(e *provisioning.ESIM) bool {
		for _, s := range states {
			if e != nil && e.State == s {
				return true
			}
		}
		return false
	}
}
