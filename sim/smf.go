package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"tandem/mobilecore/diameter"
)

// ErrNoCredit says that the product grants no data to a subscriber: the handset gets no data session (GTP cause 125).
var ErrNoCredit = errors.New("attach refused: no credit")

// SMFConfig says who the gateway is, and whom it asks.
type SMFConfig struct {
	Server   string // host:port of the product's online charging
	Identity string // Origin-Host; "smf.ims.example"
	Log      *slog.Logger
}

// SMF is the gateway of data sessions: it asks for credit as a real one was seen to (TS 32.299, by Gy). Safe for concurrent use.
type SMF struct {
	cfg  SMFConfig
	peer *diameter.Peer
	n    atomic.Uint64
}

// OpenSMF connects to the product.
func OpenSMF(ctx context.Context, cfg SMFConfig) (*SMF, error) {
	if cfg.Identity == "" {
		cfg.Identity = "smf.ims.example"
	}
	peer, err := diameter.Dial(ctx, diameter.Config{
		Node: diameter.Node{Identity: cfg.Identity}, Applications: []diameter.Application{diameter.CreditControl}, Log: cfg.Log,
		Serve: func(_ context.Context, from *diameter.Peer, m *diameter.Message) *diameter.Message {
			return from.Us().Answer(m, diameter.Success) // a re-authorisation: the next report comes soon enough
		},
	}, cfg.Server)
	if err != nil {
		return nil, fmt.Errorf("simulated gateway: %w", err)
	}
	return &SMF{cfg: cfg, peer: peer}, nil
}

// Close ends the connection; the product sweeps what is left open.
func (s *SMF) Close(ctx context.Context) error { return s.peer.Close(ctx) }

// DataSession is the data of one handset. One goroutine uses it.
type DataSession struct {
	smf     *SMF
	name    string
	who     Subscriber
	point   string
	number  uint64 // of the last request
	granted int64
	final   bool // no more than that is granted
	used    int64
	report  uint64 // of it not reported yet
	over    bool
}

// Attach begins a data session at an access point; ErrNoCredit where the product grants nothing.
func (s *SMF) Attach(ctx context.Context, who Subscriber, point string) (*DataSession, error) {
	d := &DataSession{smf: s, who: who, point: point}
	d.name = s.cfg.Identity + ";" + strconv.FormatInt(time.Now().Unix(), 10) + ";" + strconv.FormatUint(s.n.Add(1), 10)
	if err := d.ask(ctx, diameter.InitialRequest, 0); err != nil {
		return nil, err
	}
	return d, nil
}

// The reasons for a report (TS 32.299 section 7.2.175).
const (
	reasonFinal     = 2
	reasonExhausted = 3
)

// Consume uses that many bytes, and says how many of them were to be had: fewer, when the credit ends; the session is over then.
func (d *DataSession) Consume(ctx context.Context, bytes int64) (int64, error) {
	got := int64(0)
	for got < bytes && !d.over {
		take := min(bytes-got, d.granted)
		d.granted -= take
		d.used, d.report, got = d.used+take, d.report+uint64(take), got+take //nolint:gosec // never negative
		if d.granted > 0 {
			break
		}
		if d.final {
			return got, d.Detach(ctx)
		}
		if err := d.ask(ctx, diameter.UpdateRequest, reasonExhausted); errors.Is(err, ErrNoCredit) {
			d.over = true
		} else if err != nil {
			return got, err
		}
	}
	return got, nil
}

// Used is what was used in all.
func (d *DataSession) Used() int64 { return d.used }

// Over says whether the session has ended.
func (d *DataSession) Over() bool { return d.over }

// Detach ends the session.
func (d *DataSession) Detach(ctx context.Context) error {
	if d.over {
		return nil
	}
	d.over = true
	return d.ask(ctx, diameter.TerminationRequest, reasonFinal)
}

// ask sends a CCR as a real gateway builds it: no rating group, input and output without a total, and a round million of octets wanted.
func (d *DataSession) ask(ctx context.Context, kind uint32, reason uint64) error {
	const wanted, volume = 1000000, 10
	us := d.smf.cfg.Identity
	m := diameter.NewRequest(diameter.CreditRequest, diameter.CreditControl, diameter.Text(diameter.SessionID, d.name), diameter.Text(diameter.OriginHost, us),
		diameter.Text(diameter.OriginRealm, "ims.example"), diameter.Text(diameter.DestinationRealm, "localdomain"), diameter.Number(diameter.AuthApplicationID, 4),
		diameter.Text(diameter.ServiceContextID, "32251@3gpp.org"), diameter.Number(diameter.CCRequestType, uint64(kind)),
		diameter.Number(diameter.CCRequestNumber, d.number), diameter.Number(diameter.MultipleServicesIndicator, 0),
		diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 1), diameter.Text(diameter.SubscriptionIDData, d.who.IMSI)),
		diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 0), diameter.Text(diameter.SubscriptionIDData, d.who.Number[1:])))
	var units []diameter.AVP
	if kind != diameter.TerminationRequest {
		units = append(units, diameter.Group(diameter.RequestedServiceUnit, diameter.Number(diameter.CCTotalOctets, wanted)))
	}
	if kind != diameter.InitialRequest {
		up := d.report / volume
		units = append(units, diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.CCTime, 1),
			diameter.Number(diameter.CCInputOctets, d.report-up), diameter.Number(diameter.CCOutputOctets, up)), diameter.Number(diameter.ReportingReason, reason))
	}
	m.Add(diameter.Group(diameter.MultipleServicesCreditControl, units...),
		diameter.Group(diameter.ServiceInformation, diameter.Group(diameter.PSInformation, diameter.Text(diameter.CalledStationID, d.point))))
	d.number++
	answer, err := d.smf.peer.Do(ctx, m)
	if err != nil {
		return fmt.Errorf("ask for credit: %w", err)
	}
	d.report = 0
	return d.take(answer)
}

// take reads what is granted.
func (d *DataSession) take(a *diameter.Message) error {
	services := a.Group(diameter.MultipleServicesCreditControl)
	result := a.Result()
	if r := services.Number(diameter.ResultCode); result == diameter.Success && r != 0 {
		result = diameter.Result(r) //nolint:gosec // of an Unsigned32
	}
	switch {
	case result == diameter.CreditLimitReached:
		return ErrNoCredit
	case result != diameter.Success:
		return fmt.Errorf("ask for credit: answered %d", result)
	}
	d.granted += int64(services.Group(diameter.GrantedServiceUnit).Number(diameter.CCTotalOctets)) //nolint:gosec // of a peer that counts as we do
	d.final = services.Has(diameter.FinalUnitIndication)
	return nil
}
