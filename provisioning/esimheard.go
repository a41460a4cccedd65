package provisioning

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/routing"
)

// ESIMActor is who the audit log says took the steps of an eSIM.
const ESIMActor = "esim"

// esimNow finds an eSIM by the id of its number and its own; nil: the number has another one, or none.
func (s *State) esimNow(id routing.NumberID, esim string) (*Number, *ESIM) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is || n.Settings.ESIM == nil || n.Settings.ESIM.ID != esim {
		return nil, nil
	}
	return n, n.Settings.ESIM
}

// heard plans a number with its eSIM as it is after something was heard. It is so, whatever the rules say of the number: they are not asked. One that ends
// leaves the number when nothing of it is left.
func (s *State) heard(n *Number, e ESIM) []Change {
	next := *n
	next.Settings.ESIM = &e
	if e.Want == WantTerminated && e.State != ESIMFailed && e.NextStep(s.operator(e.Operator)) == "" {
		next.Settings.ESIM = nil
	}
	c := updated(n, &next)
	if len(c.Fields) == 0 {
		return nil
	}
	return []Change{c}
}

// Notified plans what follows from a notification of one of an operator's platforms. It fails with es2plus.ErrStranger where the profile is another
// operator's; of a profile that is nobody's there is nothing to change.
func (s *State) Notified(from []routing.OperatorID, n es2plus.Notification, now time.Time) ([]Change, error) {
	i := slices.IndexFunc(s.Numbers, func(number *Number) bool {
		e := number.Settings.ESIM
		return e != nil && e.ICCID == string(n.ICCID)
	})
	if i < 0 {
		return nil, nil
	}
	number := s.Numbers[i]
	e := *number.Settings.ESIM
	if !slices.Contains(from, e.Operator) {
		return nil, fmt.Errorf("%w: the profile is another operator's", es2plus.ErrStranger)
	}
	news, is := profileNews(n)
	if !is {
		return nil, nil
	}
	return s.heard(number, e.After(news, now)), nil
}

// profileNews is what a notification says of a profile; false: nothing that matters here.
func profileNews(n es2plus.Notification) (ProfileNews, Works) {
	news := ProfileNews{EID: string(n.EID), At: n.At, Key: fmt.Sprintf("%d %s", n.Point, n.Status.Execution)}
	well := n.Status.Execution == es2plus.Executed || n.Status.Execution == es2plus.ExecutedWarning
	switch n.Point {
	case es2plus.PointEligibility, es2plus.PointConfirmation:
	case es2plus.PointDownload, es2plus.PointInstall:
		if well {
			news.Profile = ESIMDownloaded
		}
	case es2plus.PointEnable:
		news.Profile = ESIMEnabled
	case es2plus.PointDisable:
		news.Profile = ESIMDisabled
	case es2plus.PointDelete:
		news.Profile = ESIMTerminated
	default:
		return news, false
	}
	if well {
		return news, news.Profile != ""
	}
	if n.Point > es2plus.PointInstall {
		return news, false // The profile is as it was.
	}
	news.Fault = "the handset did not download the profile: " + (&es2plus.Failure{Function: pointName(n.Point), Status: n.Status}).Error()
	return news, true
}

// pointName says in words where a download stopped.
func pointName(p es2plus.Point) string {
	switch p {
	case es2plus.PointEligibility:
		return "eligibility"
	case es2plus.PointConfirmation:
		return "confirmation code"
	case es2plus.PointDownload:
		return "download"
	case es2plus.PointInstall, es2plus.PointDelete, es2plus.PointEnable, es2plus.PointDisable:
	}
	return "installation"
}

// ESIMDesk takes what eSIM platforms tell; it implements es2plus.Desk.
type ESIMDesk struct {
	store Store
}

// NewESIMDesk keeps what it is told in a store.
func NewESIMDesk(store Store) *ESIMDesk { return &ESIMDesk{store} }

// Tellers are the operators that have a platform, by the certificates that their notifications come with.
func (d *ESIMDesk) Tellers(ctx context.Context) []es2plus.Teller {
	st, err := d.store.State(ctx)
	if err != nil {
		return nil // Nobody is known then, and whoever tells something tells it again.
	}
	var out []es2plus.Teller
	for _, o := range st.Operators {
		p := o.Settings.Platform
		if p == nil {
			continue
		}
		pool, err := p.Authorities()
		if err != nil {
			continue // Its settings are checked where they are made.
		}
		name := p.Notifier
		if u, err := url.Parse(p.URL); name == "" && err == nil {
			name = u.Hostname()
		}
		out = append(out, es2plus.Teller{Name: string(o.ID), CommonName: name, Authorities: pool})
	}
	return out
}

// Notified keeps a notification.
func (d *ESIMDesk) Notified(ctx context.Context, from []es2plus.Teller, n es2plus.Notification) error {
	ids := make([]routing.OperatorID, len(from))
	for i, t := range from {
		ids[i] = routing.OperatorID(t.Name)
	}
	_, err := Do(ctx, d.store, ESIMActor, func(s *State) ([]Change, error) { return s.Notified(ids, n, time.Now()) })
	return err
}

// Authorities are who may sign the platform's certificates; nil: the system's.
func (p *ESIMPlatform) Authorities() (*x509.CertPool, error) {
	if strings.TrimSpace(p.Authority) == "" {
		return nil, nil //nolint:nilnil // What crypto/tls takes for the system's.
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(p.Authority)) {
		return nil, fmt.Errorf("the authority of %s is no certificate in PEM", p.URL)
	}
	return pool, nil
}
