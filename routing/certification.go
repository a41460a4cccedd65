package routing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nyaruka/phonenumbers"

	"tandem/routing/certify"
	"tandem/sip"
)

// Certification asks for a run of interop steps against the peer of a trunk.
type Certification struct {
	Trunk   TrunkID
	Account AccountID      // who asks; empty: somebody who sees all accounts
	To      string         // the test number, as the trunk's country dials it; empty: nobody is called, and only what needs no call is tried
	Wrong   string         // a number that is nobody's; empty: none is tried
	From    NumberID       // the caller ID; empty: the first number that may be shown on the trunk
	Steps   []certify.Step // empty: all
}

// certifyLongest bounds a run.
const certifyLongest = 90 * time.Second

// CertifyError is why a run cannot be made; nobody was called.
type CertifyError struct {
	Code  string // "certify_running" "certify_number" "certify_core" "certify_full" "certify_caller_id" "certify_no_caller" "trunk_no_servers" "certify_gone" "certify_draining"
	Field string // of Certification: "trunk" "to" "wrong" "from"
	Clash Clashes
	Text  string
}

// Clashes says whether something else stands in the way, so that it may be tried again later.
type Clashes bool

// Error tells why.
func (e *CertifyError) Error() string { return e.Text }

// Certify tries the peer of a trunk, step by step, for up to 90 s, and judges what it did. It calls the numbers that were given and no other; emergency and
// premium numbers are refused. A trunk has one run at a time. It makes no record of a call. It fails with a *CertifyError, and with the cause of ctx.
func (s *Switch) Certify(ctx context.Context, want Certification) (certify.Sheet, error) {
	b, err := s.newBench(want)
	if err != nil {
		return certify.Sheet{}, err
	}
	if !s.board.certifying(b.trunk.ID) {
		return certify.Sheet{}, &CertifyError{Code: "certify_running", Field: "trunk", Clash: true, Text: "this trunk is being certified now"}
	}
	if b.to != "" && !s.board.take(b.trunk, outward) {
		s.board.certified(b.trunk.ID)
		return certify.Sheet{}, &CertifyError{Code: "certify_full", Field: "trunk", Clash: true, Text: "the trunk has as many calls as it may"}
	}
	ctx, cancel := context.WithTimeout(ctx, certifyLongest)
	defer cancel()
	done := make(chan struct{})
	s.calls.Go(func() {
		defer close(done)
		defer s.board.certified(b.trunk.ID)
		if b.to != "" {
			defer s.board.give(trunkSeat{b.trunk.ID, outward})
		}
		b.run(ctx)
	})
	<-done // It ends with ctx.
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return certify.Sheet{}, fmt.Errorf("certify: %w", err)
	}
	sheet := b.sheet()
	s.log.Info("trunk was certified", slog.String("trunk", string(b.trunk.ID)), slog.String("cause", sheet.Summary()))
	return sheet, nil
}

// newBench checks what is asked for.
func (s *Switch) newBench(want Certification) (*bench, error) {
	snap := s.dir.Snapshot()
	t := snap.Trunks[want.Trunk]
	switch {
	case t == nil:
		return nil, &CertifyError{Code: "certify_gone", Field: "trunk", Clash: true, Text: "the trunk is not on the wire"}
	case len(t.Servers) == 0:
		return nil, &CertifyError{Code: "trunk_no_servers", Field: "trunk", Text: "this trunk has no servers that could be asked"}
	case snap.operatorAt(t) != nil:
		return nil, &CertifyError{Code: "certify_core", Field: "trunk", Text: "this trunk leads to a mobile core: probe its operator"}
	case s.draining.Load():
		return nil, &CertifyError{Code: "certify_draining", Clash: true, Text: fullText}
	}
	b := &bench{sw: s, trunk: t, began: time.Now(), steps: want.Steps, tone: certifyTone()}
	if len(b.steps) == 0 {
		b.steps = certify.Steps()
	}
	if want.To == "" {
		b.steps = slices.DeleteFunc(slices.Clone(b.steps), certify.Step.Calls)
		return b, nil
	}
	var err error
	if b.show, err = s.certifiedFrom(snap, t, &want); err != nil {
		return nil, err
	}
	country := cmp.Or(t.Country, snap.Accounts[b.show.Account].Country)
	if b.to, err = certifiedNumber(want.To, country, "to"); err != nil {
		return nil, err
	}
	if want.Wrong != "" {
		if b.wrong, err = certifiedNumber(want.Wrong, country, "wrong"); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// certifiedNumber is a number that may be called by a run: a public one that is neither for help nor at a premium.
func certifiedNumber(dialled, country, at string) (E164, error) {
	digits := digitsOf(dialled)
	refused := func(text string) error {
		return &CertifyError{Code: "certify_number", Field: at, Text: printable(digits) + " " + text}
	}
	if emergency(digits, country) || EmergencyAnywhere(digits) {
		return "", refused("is an emergency number: it is never called by a test")
	}
	n, is := ParseNumber(digits, country)
	if !is || len(digits) <= extensionDigits {
		return "", refused("is no public number")
	}
	parsed, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return n, nil //nolint:nilerr // A number of a plan that is not known has no price that is.
	}
	switch phonenumbers.GetNumberType(parsed) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return "", refused("is a premium number: it is never called by a test")
	case phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE, phonenumbers.TOLL_FREE, phonenumbers.VOIP,
		phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER, phonenumbers.UAN, phonenumbers.VOICEMAIL, phonenumbers.UNKNOWN:
	}
	return n, nil
}

// certifiedFrom is the number that a run shows.
func (s *Switch) certifiedFrom(snap *Snapshot, t *Trunk, want *Certification) (*Number, error) {
	account := cmp.Or(t.Account, want.Account)
	var found *Number
	for _, n := range snap.Numbers {
		a := snap.Accounts[n.Account]
		switch {
		case account != "" && n.Account != account, a == nil || !a.allowed(n), want.From != "" && n.ID != want.From, !snap.mayShow(t, n):
		case found == nil || n.E164 < found.E164:
			found = n
		}
	}
	switch {
	case found != nil:
		return found, nil
	case want.From != "":
		return nil, &CertifyError{Code: "certify_caller_id", Field: "from", Text: "this number may not be shown on the trunk"}
	}
	return nil, &CertifyError{Code: "certify_no_caller", Field: "from", Text: "there is no number that may be shown on the trunk"}
}

// certifying marks a trunk as being certified; false: it is already.
func (b *trunkBoard) certifying(id TrunkID) (first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tried[id] {
		return false
	}
	b.tried[id] = true
	return true
}

func (b *trunkBoard) certified(id TrunkID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.tried, id)
}

// inspected puts what can be learnt without a call into what was seen.
func (b *bench) inspected(in *sip.Inspection) {
	b.seen.Options = &certify.OptionsSeen{Server: in.Server.String(), Status: in.Options, RTT: in.RTT}
	if !in.Server.IsValid() {
		b.seen.Options.Server = b.trunk.Servers[0]
	}
	b.seen.Registration = &certify.RegistrationSeen{
		Wanted: b.trunk.Register, Until: in.State.Until, Status: in.State.LastStatus, Detail: in.State.Detail,
	}
	c := &certify.CertificateSeen{TLS: in.TLS}
	if in.Certificate != nil {
		c.Names, c.Expires = cmp.Or(sip.NamesOf(in.Certificate), "a certificate without a name"), in.Certificate.NotAfter
	}
	if in.Refused != nil {
		c.Refused = in.Refused.Error()
	}
	b.seen.Certificate = c
}

// sheet judges what was seen.
func (b *bench) sheet() certify.Sheet {
	sheet := certify.Sheet{Trunk: string(b.trunk.ID), Name: b.trunk.Name, To: string(b.to), StartedAt: b.began.UTC()}
	if b.show != nil {
		sheet.From = string(b.show.E164)
	}
	sheet.Finish(certify.Judge(&b.seen, b.steps), time.Since(b.began))
	return sheet
}
