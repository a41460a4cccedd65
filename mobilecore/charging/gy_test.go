package charging_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
	"tandem/mobilecore/diameter"
)

// clerk is a Credit that writes down what it is asked, and answers what it was told to.
type clerk struct {
	mu     sync.Mutex
	asked  []charging.Request
	answer charging.Answer
	err    error
}

func (c *clerk) Control(_ context.Context, r charging.Request) (charging.Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r)
	return c.answer, c.err
}

// last is the last request that it was asked.
func (c *clerk) last(t *testing.T) charging.Request {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	return c.asked[len(c.asked)-1]
}

func (c *clerk) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

// syncBuffer is a log that tests read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// counter is Gy on loopback, with a peer that is connected to it.
type counter struct {
	gy   *charging.Gy
	log  *syncBuffer
	peer *diameter.Peer
}

// open starts Gy before a credit, and joins as "smf.example.org"; answers is how that peer answers requests of the server.
func open(tb testing.TB, credit charging.Credit, answers func(context.Context, *diameter.Peer, *diameter.Message) *diameter.Message) counter {
	tb.Helper()
	log := &syncBuffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	if _, isBenchmark := tb.(*testing.B); isBenchmark {
		logger = slog.New(slog.DiscardHandler)
	}
	gy := charging.NewGy(credit, logger)
	s, err := diameter.NewServer(diameter.Config{
		Node: diameter.Node{Identity: "tandem.example.net"}, Applications: []diameter.Application{diameter.CreditControl}, Serve: gy.Serve, Log: logger,
		Knows: func(host string) bool { return host == "smf.example.org" },
	})
	if err != nil {
		tb.Fatal(err)
	}
	gy.Join(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	p, err := diameter.Dial(tb.Context(), diameter.Config{
		Node: diameter.Node{Identity: "smf.example.org"}, Applications: []diameter.Application{diameter.CreditControl}, Serve: answers,
	}, l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(p.Close(ctx), s.Close(ctx), <-served); err != nil {
			tb.Error(err)
		}
	})
	return counter{gy, log, p}
}

// ask sends a request and gives its answer.
func (c counter) ask(tb testing.TB, m *diameter.Message) *diameter.Message {
	tb.Helper()
	answer, err := c.peer.Do(tb.Context(), m)
	if err != nil {
		tb.Fatal(err)
	}
	return answer
}

const session = "smf.example.org;1;2;gy"

// ccr is a request as Open5GS sends it, with what a test adds.
func ccr(kind, number uint32, more ...diameter.AVP) *diameter.Message {
	m := diameter.NewRequest(diameter.CreditRequest, diameter.CreditControl,
		diameter.Text(diameter.SessionID, session), diameter.Text(diameter.OriginHost, "smf.example.org"), diameter.Text(diameter.OriginRealm, "example.org"),
		diameter.Text(diameter.DestinationRealm, "example.net"), diameter.Number(diameter.AuthApplicationID, 4),
		diameter.Text(diameter.ServiceContextID, "32251@3gpp.org"), diameter.Number(diameter.CCRequestType, uint64(kind)),
		diameter.Number(diameter.CCRequestNumber, uint64(number)),
		diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 1), diameter.Text(diameter.SubscriptionIDData, "208990000000001")),
		diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 0), diameter.Text(diameter.SubscriptionIDData, "33612345678")),
		diameter.Group(diameter.ServiceInformation, diameter.Group(diameter.PSInformation,
			diameter.Text(diameter.CalledStationID, "Internet.mnc099.mcc208.gprs"), diameter.Text(diameter.TGPPSGSNMCCMNC, "20899"))),
	)
	m.Add(more...)
	return m
}

// service is a group for one service.
func service(members ...diameter.AVP) diameter.AVP {
	return diameter.Group(diameter.MultipleServicesCreditControl, members...)
}

func wants(volume uint64) diameter.AVP {
	return diameter.Group(diameter.RequestedServiceUnit, diameter.Number(diameter.CCTotalOctets, volume))
}

// used is units as Open5GS reports them: both directions and no total.
func used(reason uint32, in, out uint64) diameter.AVP {
	return diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.ReportingReason, uint64(reason)), diameter.Number(diameter.CCTime, 3),
		diameter.Number(diameter.CCInputOctets, in), diameter.Number(diameter.CCOutputOctets, out))
}

func TestAFirstRequestIsReadAsChargingFunctionsSendIt(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{
		{Group: charging.NoGroup, Result: charging.Granted, Volume: 512000, Validity: time.Hour, Threshold: 102400},
	}}}
	gy := open(t, c, nil)
	a := gy.ask(t, ccr(diameter.InitialRequest, 0, diameter.Number(diameter.MultipleServicesIndicator, 0), service(wants(1_000_000))))
	r := c.last(t)
	if r.Peer != "smf.example.org" || r.Session != session || r.Number != 0 || r.Kind != charging.Initial || r.Voice {
		t.Errorf("the request is %+v", r)
	}
	if r.MSISDN != "33612345678" || r.IMSI != "208990000000001" || r.AccessPoint != "internet" || r.Roaming != charging.AtHome {
		t.Errorf("its subscriber and place are %+v", r)
	}
	if want := []charging.Use{{Group: charging.NoGroup, Asks: true, Wanted: 1_000_000}}; !slices.Equal(r.Uses, want) {
		t.Errorf("its uses are %+v, want %+v", r.Uses, want)
	}
	if a.Result() != diameter.Success || a.Number(diameter.CCRequestType) != 1 || !a.Has(diameter.CCRequestNumber) || a.Number(diameter.AuthApplicationID) != 4 {
		t.Errorf("the answer is %v", a.Set)
	}
	s := a.Group(diameter.MultipleServicesCreditControl)
	if s.Has(diameter.RatingGroup) {
		t.Error("a peer that knows no rating group is told one")
	}
	if s.Group(diameter.GrantedServiceUnit).Number(diameter.CCTotalOctets) != 512000 || s.Number(diameter.ValidityTime) != 3600 ||
		s.Number(diameter.VolumeQuotaThreshold) != 102400 || s.Number(diameter.ResultCode) != 2001 || s.Has(diameter.FinalUnitIndication) {
		t.Errorf("the grant is %v", s)
	}
}

func TestUsageIsAddedUpAndTheLastSliceSaysSo(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{
		{Group: 7, Result: charging.Granted, Volume: 475000, Final: true}, {Group: 8, Result: charging.LimitReached},
	}}}
	gy := open(t, c, nil)
	a := gy.ask(t, ccr(diameter.UpdateRequest, 1,
		service(diameter.Number(diameter.RatingGroup, 7), diameter.Number(diameter.ServiceIdentifier, 70),
			used(diameter.ReportExhausted, 508392, 4608), used(diameter.ReportExhausted, 1000, 24)),
		service(diameter.Number(diameter.RatingGroup, 8), diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.CCTotalOctets, 99),
			diameter.Number(diameter.CCInputOctets, 1), diameter.Number(diameter.CCOutputOctets, 1)), diameter.Group(diameter.RequestedServiceUnit)),
		service(diameter.Number(diameter.RatingGroup, 9), used(diameter.ReportFinal, 5, 5)),
	))
	want := []charging.Use{
		{Group: 7, Asks: true, Used: 508392 + 4608 + 1024, Time: 6 * time.Second}, {Group: 8, Asks: true, Used: 99}, {Group: 9, Used: 10, Time: 3 * time.Second, Over: true},
	}
	if got := c.last(t).Uses; !slices.Equal(got, want) {
		t.Errorf("uses %+v\nwant %+v", got, want)
	}
	var services []diameter.Set
	for s := range a.All(diameter.MultipleServicesCreditControl) {
		members, err := s.Members()
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, members)
	}
	if len(services) != 2 {
		t.Fatalf("%d services are answered", len(services))
	}
	if s := services[0]; s.Number(diameter.RatingGroup) != 7 || s.Number(diameter.ServiceIdentifier) != 70 || !s.Has(diameter.FinalUnitIndication) ||
		s.Group(diameter.FinalUnitIndication).Number(diameter.FinalUnitAction) != 0 {
		t.Errorf("the last slice is %v", s)
	}
	if s := services[1]; s.Number(diameter.ResultCode) != 4012 || s.Has(diameter.GrantedServiceUnit) {
		t.Errorf("where there is nothing left: %v", s)
	}
}

func TestATerminationReportsAndAsksForNothing(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{{Result: charging.Granted}}}}
	gy := open(t, c, nil)
	a := gy.ask(t, ccr(diameter.TerminationRequest, 2, diameter.Number(diameter.TerminationCause, 1),
		service(diameter.Number(diameter.ReportingReason, 2), diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.CCTotalOctets, 42)))))
	if got := c.last(t); got.Kind != charging.Terminate || len(got.Uses) != 1 || got.Uses[0].Asks || !got.Uses[0].Over || got.Uses[0].Used != 42 {
		t.Errorf("the request is %+v", got)
	}
	if a.Result() != diameter.Success || a.Has(diameter.MultipleServicesCreditControl) {
		t.Errorf("the answer is %v", a.Set)
	}
}

func TestAPeerWithoutServicesIsGrantedOnTheRequestItself(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{{Result: charging.Granted, Volume: 1000, Final: true, Validity: time.Minute}}}}
	gy := open(t, c, nil)
	a := gy.ask(t, ccr(diameter.UpdateRequest, 1, wants(5), diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.CCTotalOctets, 3))))
	if got := c.last(t).Uses; !slices.Equal(got, []charging.Use{{Group: charging.NoGroup, Asks: true, Wanted: 5, Used: 3}}) {
		t.Errorf("uses %+v", got)
	}
	if a.Group(diameter.GrantedServiceUnit).Number(diameter.CCTotalOctets) != 1000 || !a.Has(diameter.FinalUnitIndication) || a.Has(diameter.MultipleServicesCreditControl) {
		t.Errorf("the answer is %v", a.Set)
	}
}

func TestASessionMayBeginBeforeItsServices(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted}}
	gy := open(t, c, nil)
	if a := gy.ask(t, ccr(diameter.InitialRequest, 0, diameter.Number(diameter.MultipleServicesIndicator, 1))); a.Result() != diameter.Success || a.Has(diameter.GrantedServiceUnit) {
		t.Errorf("the answer is %v", a.Set)
	}
	if got := c.last(t).Uses; len(got) != 0 {
		t.Errorf("uses %+v", got)
	}
	gy.ask(t, ccr(diameter.InitialRequest, 0))
	if got := c.last(t).Uses; len(got) != 1 || !got[0].Asks {
		t.Errorf("without a word about services it wants what there is: %+v", got)
	}
}

func TestACallIsGrantedTime(t *testing.T) {
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{{Result: charging.Granted, Free: true, Time: 10 * time.Minute, Validity: 10 * time.Minute}}}}
	gy := open(t, c, nil)
	m := ccr(diameter.InitialRequest, 0, service(diameter.Group(diameter.RequestedServiceUnit, diameter.Number(diameter.CCTime, 30))))
	*m.Find(diameter.ServiceContextID) = diameter.Text(diameter.ServiceContextID, "ext.02.001.8.32260@3gpp.org")
	m.Add(diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 2), diameter.Text(diameter.SubscriptionIDData, "sip:+33700000000@ims.example.org")))
	a := gy.ask(t, m)
	if got := c.last(t); !got.Voice || got.MSISDN != "33612345678" {
		t.Errorf("the request is %+v", got)
	}
	if g := a.Group(diameter.MultipleServicesCreditControl).Group(diameter.GrantedServiceUnit); g.Number(diameter.CCTime) != 600 || g.Has(diameter.CCTotalOctets) {
		t.Errorf("the grant is %v", g)
	}
}

func TestEachResultHasItsCode(t *testing.T) {
	c := &clerk{}
	gy := open(t, c, nil)
	for result, want := range map[charging.Result]diameter.Result{
		charging.Granted: 2001, charging.LimitReached: 4012, charging.ServiceDenied: 4010, charging.UnknownSubscriber: 5030, charging.UnknownSession: 5002,
		charging.RatingFailed: 5031, charging.TooBusy: 3004,
	} {
		c.mu.Lock()
		c.answer = charging.Answer{Result: result}
		c.mu.Unlock()
		if a := gy.ask(t, ccr(diameter.UpdateRequest, 1, service(wants(1)))); a.Result() != want || (a.Bits&diameter.Fault != 0) != want.Protocol() {
			t.Errorf("result %d: %v, want %v", result, a.Result(), want)
		}
	}
	c.mu.Lock()
	c.err = errors.New("the disk is full")
	c.mu.Unlock()
	for range 3 {
		if a := gy.ask(t, ccr(diameter.UpdateRequest, 1, service(wants(1)))); a.Result() != diameter.TooBusy {
			t.Errorf("with a ledger that fails: %v", a.Result())
		}
	}
	if n := strings.Count(gy.log.String(), "the disk is full"); n < 1 || n > 2 {
		t.Errorf("the failure is logged %d times", n)
	}
	if log := gy.log.String(); strings.Contains(log, "33612345678") || strings.Contains(log, "208990000000001") || !strings.Contains(log, "336••••78") {
		t.Errorf("numbers in the log:\n%s", log)
	}
}

func TestRequestsThatCannotBeReadAreRefusedAndNothingIsAsked(t *testing.T) {
	c := &clerk{}
	gy := open(t, c, nil)
	without := func(a diameter.Attribute) *diameter.Message {
		m := ccr(diameter.InitialRequest, 0, service(wants(1)))
		m.Set = slices.DeleteFunc(m.Set, func(x diameter.AVP) bool { return x.Attribute == a })
		return m
	}
	with := func(avps ...diameter.AVP) *diameter.Message { return ccr(diameter.InitialRequest, 0, avps...) }
	elsewhere := without(diameter.ServiceContextID)
	elsewhere.Add(diameter.Text(diameter.ServiceContextID, "32274@example.org"))
	for name, r := range map[string]struct {
		m      *diameter.Message
		want   diameter.Result
		failed diameter.Attribute
	}{
		"no Session-Id":              {without(diameter.SessionID), diameter.MissingAVP, diameter.SessionID},
		"no number":                  {without(diameter.CCRequestNumber), diameter.MissingAVP, diameter.CCRequestNumber},
		"no kind":                    {without(diameter.CCRequestType), diameter.MissingAVP, diameter.CCRequestType},
		"no context":                 {without(diameter.ServiceContextID), diameter.MissingAVP, diameter.ServiceContextID},
		"two numbers":                {with(diameter.Number(diameter.CCRequestNumber, 1)), diameter.AVPOccursTooManyTimes, diameter.CCRequestNumber},
		"an unknown context":         {elsewhere, diameter.RatingFailed, diameter.ServiceContextID},
		"a kind that is none":        {ccr(9, 0), diameter.InvalidAVPValue, diameter.CCRequestType},
		"an event without an action": {ccr(diameter.EventRequest, 0), diameter.MissingAVP, diameter.RequestedAction},
		"an event that wants money back": {
			ccr(diameter.EventRequest, 0, diameter.Number(diameter.RequestedAction, uint64(diameter.RefundAccount))), diameter.RatingFailed, diameter.RequestedAction,
		},
		"a subscriber without a name": {
			with(diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 1))), diameter.MissingAVP, diameter.SubscriptionIDData,
		},
		"an unknown mandatory AVP of a service": {
			with(service(diameter.AVP{Attribute: 60001, Flags: diameter.Mandatory})), diameter.AVPUnsupported, 60001,
		},
	} {
		a := gy.ask(t, r.m)
		if a.Result() != r.want || !a.Group(diameter.FailedAVP).Has(r.failed) {
			t.Errorf("%s: got %v %v, want %v and %v", name, a.Result(), a.Group(diameter.FailedAVP), r.want, r.failed)
		}
	}
	if c.count() != 0 {
		t.Errorf("%d requests went on", c.count())
	}
}

func TestTheServerAsksForAReportAndEndsASession(t *testing.T) {
	var mu sync.Mutex
	var got []*diameter.Message
	result := diameter.Result(2002)
	gy := open(t, &clerk{}, func(_ context.Context, from *diameter.Peer, m *diameter.Message) *diameter.Message {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, m)
		return from.Us().Answer(m, result)
	})
	if err := errors.Join(gy.gy.Reauthorise(t.Context(), "smf.example.org", session), gy.gy.Abort(t.Context(), "smf.example.org", session)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	for i, command := range []diameter.Command{diameter.ReAuth, diameter.AbortSession} {
		if m := got[i]; m.Command != command || m.Text(diameter.SessionID) != session || m.Text(diameter.DestinationHost) != "smf.example.org" ||
			m.Text(diameter.DestinationRealm) != "example.org" || m.Text(diameter.OriginRealm) != "example.net" || m.Number(diameter.AuthApplicationID) != 4 {
			t.Errorf("%v: %v", command, m.Set)
		}
	}
	result = diameter.UnknownSessionID
	mu.Unlock()
	if err := gy.gy.Reauthorise(t.Context(), "smf.example.org", session); !errors.Is(err, charging.ErrNoSession) {
		t.Errorf("a session that the peer does not know: %v", err)
	}
	if err := gy.gy.Reauthorise(t.Context(), "pgw.example.org", session); !errors.Is(err, charging.ErrNoSession) {
		t.Errorf("a peer that is not here: %v", err)
	}
	mu.Lock()
	result = diameter.UnableToComply
	mu.Unlock()
	if err := gy.gy.Reauthorise(t.Context(), "smf.example.org", session); err == nil || errors.Is(err, charging.ErrNoSession) {
		t.Errorf("a peer that refuses: %v", err)
	}
}

func TestSpec_E3_AQuotaIsSpentOverGyAndATopUpCallsTheSessionBack(t *testing.T) {
	subs := &chargingtest.Subscribers{}
	subs.Put(charging.Subscriber{ID: "num_1", Account: "acc_1", Package: 20 * charging.Gigabyte}, "33612345678")
	subs.Put(charging.Subscriber{ID: "num_2", Account: "acc_1"}, "33612345679")
	office := charging.NewOffice(charging.Config{Ledger: chargingtest.NewMemory(), Subscribers: subs})
	called := make(chan string, 1)
	gy := open(t, office, func(_ context.Context, from *diameter.Peer, m *diameter.Message) *diameter.Message {
		called <- m.Text(diameter.SessionID)
		return from.Us().Answer(m, 2002)
	})
	office.Join(gy.gy)
	running, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { office.Run(running); close(over) }()
	t.Cleanup(func() { stop(); <-over })

	a, number, total, granted := gy.ask(t, ccr(diameter.InitialRequest, 0, service(wants(0)))), uint32(0), uint64(0), uint64(0)
	for {
		if a.Result() != diameter.Success {
			t.Fatalf("request %d: %v", number, a.Set)
		}
		s := a.Group(diameter.MultipleServicesCreditControl)
		granted = s.Group(diameter.GrantedServiceUnit).Number(diameter.CCTotalOctets)
		total += granted
		if s.Has(diameter.FinalUnitIndication) {
			break
		}
		number++
		a = gy.ask(t, ccr(diameter.UpdateRequest, number, service(wants(0), used(diameter.ReportExhausted, granted-1, 1))))
	}
	if total != uint64(20*charging.Gigabyte) {
		t.Errorf("%d bytes were granted", total)
	}
	if err := office.TopUp(t.Context(), charging.TopUp{ID: "top_1", Balance: "num_1", Volume: charging.Gigabyte, By: "alice"}); err != nil {
		t.Fatal(err)
	}
	waiting, enough := context.WithTimeout(t.Context(), time.Minute)
	defer enough()
	select {
	case s := <-called:
		if s != session {
			t.Errorf("session %q was called back", s)
		}
	case <-waiting.Done():
		t.Fatal("the session was not called back")
	}
	a = gy.ask(t, ccr(diameter.UpdateRequest, number+1, service(wants(0), used(diameter.ReportExhausted, granted, 0))))
	if s := a.Group(diameter.MultipleServicesCreditControl); !s.Has(diameter.GrantedServiceUnit) {
		t.Errorf("after the top-up: %v %v", a.Result(), s)
	}
	none := ccr(diameter.InitialRequest, 0, service(wants(0)))
	*none.Find(diameter.SessionID) = diameter.Text(diameter.SessionID, "smf.example.org;1;3")
	for s := range none.All(diameter.SubscriptionID) {
		if m, _ := s.Members(); m.Number(diameter.SubscriptionIDType) == 0 {
			*s = diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 0), diameter.Text(diameter.SubscriptionIDData, "33612345679"))
		}
	}
	if a = gy.ask(t, none); a.Result() == diameter.Success || a.Group(diameter.MultipleServicesCreditControl).Has(diameter.GrantedServiceUnit) {
		t.Errorf("a package of 0 GB: %v", a.Set)
	}
}

// BenchmarkGy is requests per second of one peer on loopback that has 64 of them under way, with an office that grants without writing anything down.
func BenchmarkGy(b *testing.B) {
	c := credit(func(charging.Request) charging.Answer {
		return charging.Answer{Result: charging.Granted, Grants: []charging.Grant{{Group: charging.NoGroup, Result: charging.Granted, Volume: 1 << 30, Validity: time.Hour}}}
	})
	gy := open(b, c, nil)
	m := ccr(diameter.UpdateRequest, 1, service(wants(1), used(diameter.ReportExhausted, 1, 1)))
	b.SetParallelism(32) // on two processors
	b.ReportAllocs()
	b.RunParallel(func(each *testing.PB) {
		for each.Next() {
			if a, err := gy.peer.Do(b.Context(), m); err != nil || a.Result() != diameter.Success {
				b.Errorf("%v, %v", a, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// credit is a Credit that asks nobody.
type credit func(charging.Request) charging.Answer

func (c credit) Control(_ context.Context, r charging.Request) (charging.Answer, error) {
	return c(r), nil
}
