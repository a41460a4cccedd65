package charging_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
)

// chf is a charging function with two subscribers: one of 20 MB, one of nothing.
type chf struct {
	url    string
	office *charging.Office
	nchf   *charging.Nchf
	subs   *chargingtest.Subscribers
}

func startCHF(t *testing.T, config *tls.Config) *chf {
	t.Helper()
	c := &chf{subs: &chargingtest.Subscribers{}}
	c.subs.Put(charging.Subscriber{ID: "num_1", Package: 20 * charging.Megabyte}, "208010000000001", "33612345678")
	c.subs.Put(charging.Subscriber{ID: "num_0"}, "208010000000002")
	c.office = charging.NewOffice(charging.Config{Ledger: chargingtest.NewMemory(), Subscribers: c.subs})
	c.nchf = charging.NewNchf(charging.NchfConfig{Credit: c.office, Memo: c.office.Memo, Known: func(peer string) bool { return strings.HasPrefix(peer, "smf") }})
	t.Cleanup(c.nchf.Close)
	c.office.Join(c.nchf)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := c.nchf.Server(config)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if config == nil {
			_ = s.Serve(l)
		} else {
			_ = s.ServeTLS(l, "", "")
		}
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	c.url = "http://" + l.Addr().String()
	if config != nil {
		c.url = "https://" + l.Addr().String()
	}
	return c
}

func newSMF(t *testing.T, url, name string, config *tls.Config) *chargingtest.SMF {
	t.Helper()
	s := chargingtest.NewSMF(url, name, config)
	t.Cleanup(s.Close)
	return s
}

func attach(t *testing.T, s *chargingtest.SMF, who, dnn, mcc string) *chargingtest.PDUSession {
	t.Helper()
	p, err := s.Attach(t.Context(), who, dnn, mcc)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A data session uses its 20 MB to the byte and ends by itself; the next one is refused, but not the one that voice needs.
func TestCore_A10_A11_NchfCutsAtTheQuota(t *testing.T) {
	c := startCHF(t, nil)
	smf := newSMF(t, c.url, "smf1", nil)
	p := attach(t, smf, "imsi-208010000000001", "internet.mnc001.mcc208.gprs", "208")
	if err := p.Spend(t.Context(), 1<<40); err != nil || !p.Ended || p.Used != int64(20*charging.Megabyte) || p.Status != http.StatusNoContent {
		t.Fatalf("%d bytes were used: %v %d", p.Used, err, p.Status)
	}
	if u, err := c.office.Usage(t.Context(), "num_1"); err != nil || u.Used != 20*charging.Megabyte || u.Left() != 0 || len(u.Open) != 0 {
		t.Errorf("%+v %v", u, err)
	}
	for _, x := range []struct {
		who, dnn, cause string
		status          int
	}{
		{"imsi-208010000000001", "internet", "QUOTA_LIMIT_REACHED", http.StatusForbidden},
		{"imsi-208010000000002", "internet", "END_USER_REQUEST_DENIED", http.StatusForbidden},
		{"imsi-208010000000009", "internet", "USER_UNKNOWN", http.StatusNotFound},
		{"imsi-208010000000009", "ims", "USER_UNKNOWN", http.StatusNotFound},
		{"imsi-208010000000009", "sos", "", http.StatusCreated},
		{"imsi-208010000000001", "ims", "", http.StatusCreated},
		{"imsi-208010000000002", "IMS", "", http.StatusCreated},
	} {
		p := attach(t, smf, x.who, x.dnn, "208")
		if cause, _ := p.Body["cause"].(string); p.Status != x.status || cause != x.cause {
			t.Errorf("%s on %s: %d %v", x.who, x.dnn, p.Status, p.Body)
		}
		if x.status != http.StatusCreated {
			continue
		}
		if err := p.Spend(t.Context(), 1e9); err != nil || p.Used != 1e9 {
			t.Errorf("%s on %s: %d bytes: %v", x.who, x.dnn, p.Used, err)
		}
	}
}

// Far away nothing of the package is good; and whoever travels there gets no more.
func TestNchfFarAway(t *testing.T) {
	c := startCHF(t, nil)
	p := attach(t, newSMF(t, c.url, "smf1", nil), "msisdn-33612345678", "internet", "310")
	if p.Status != http.StatusForbidden || p.Body["cause"] != "END_USER_REQUEST_DENIED" {
		t.Errorf("%d %v", p.Status, p.Body)
	}
}

// Credit that is added reaches a session that was on its last grant: it is told, reports, and goes on.
func TestNchfTellsOfCreditThatWasAdded(t *testing.T) {
	c := startCHF(t, nil)
	told := make(chan string, 4)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ear := &http.Server{Protocols: &http.Protocols{}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		told <- r.Proto + " " + r.URL.Path + " " + string(b)
		w.WriteHeader(http.StatusNoContent)
	})}
	ear.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = ear.Serve(l) }()
	t.Cleanup(func() { _ = ear.Close() })
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go c.office.Run(ctx)

	smf := newSMF(t, c.url, "smf1", nil)
	smf.Notify = "http://" + l.Addr().String() + "/notify"
	p := attach(t, smf, "imsi-208010000000001", "internet", "208")
	if err := p.Spend(t.Context(), 15e6); err != nil || p.Body == nil {
		t.Fatal(err)
	}
	if err := c.office.TopUp(t.Context(), charging.TopUp{ID: "t1", Balance: "num_1", Volume: charging.Gigabyte}); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != `HTTP/2.0 /notify {"notificationType":"REAUTHORIZATION"}` {
		t.Errorf("it was told %s", got)
	}
	if err := p.Report(t.Context()); err != nil || p.Status != http.StatusOK {
		t.Fatal(p.Status, err)
	}
	if err := p.Spend(t.Context(), 1e12); err != nil || p.Used != 1_020_000_000 {
		t.Errorf("%d bytes were used: %v", p.Used, err)
	}
	q := attach(t, smf, "imsi-208010000000001", "ims", "208")
	if q.Status != http.StatusCreated {
		t.Fatal(q.Status)
	}
	if err := c.nchf.Abort(t.Context(), "smf1", q.URL()[strings.LastIndexByte(q.URL(), '/')+1:]); err != nil {
		t.Error(err)
	}
	if got := <-told; got != `HTTP/2.0 /notify {"notificationType":"ABORT_CHARGING"}` {
		t.Errorf("it was told %s", got)
	}
}

// Nobody has us ask inside our own house: another host than that of the session is told nothing.
func TestNchfTellsNoOtherHost(t *testing.T) {
	c := startCHF(t, nil)
	for _, address := range []string{"http://127.0.0.2:80/", "http://localhost:80/", "http://169.254.169.254/latest", "https://[::1]/"} {
		smf := newSMF(t, c.url, "smf1", nil)
		smf.Notify = address
		p := attach(t, smf, "imsi-208010000000001", "ims", "208")
		if p.Status != http.StatusCreated {
			t.Fatalf("%s: %d", address, p.Status)
		}
		ref := p.URL()[strings.LastIndexByte(p.URL(), '/')+1:]
		if err := c.nchf.Reauthorise(t.Context(), "smf1", ref); err == nil || !strings.Contains(err.Error(), charging.ErrNoSession.Error()) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// What is wrong is refused as the specification says, and names what is wrong; nothing changes.
func TestNchfRefusesWhatIsWrong(t *testing.T) {
	c := startCHF(t, nil)
	tr := &http.Transport{Protocols: &http.Protocols{}}
	tr.Protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: tr}
	t.Cleanup(tr.CloseIdleConnections)
	const sound = `"nfConsumerIdentification":{"nFName":"smf1","nodeFunctionality":"SMF"},"invocationTimeStamp":"2026-11-21T12:00:00Z","invocationSequenceNumber":1,"subscriberIdentifier":"imsi-208010000000001"`
	for _, x := range []struct {
		name, method, path, kind, body string
		status                         int
		cause, param                   string
	}{
		{"no JSON", "POST", "", "application/json", "{", 400, "INVALID_MSG_FORMAT", ""},
		{"another type", "POST", "", "text/plain", "{}", 415, "INVALID_MSG_FORMAT", ""},
		{"too large", "POST", "", "application/json", `{"x":"` + strings.Repeat("a", 70000) + `"}`, 413, "INVALID_MSG_FORMAT", ""},
		{"nobody", "POST", "", "application/json", "{}", 400, "MANDATORY_IE_MISSING", "/nfConsumerIdentification"},
		{"a stranger", "POST", "", "application/json", strings.Replace("{"+sound+"}", "smf1", "other", 1), 403, "UNSPECIFIED_NF_FAILURE", ""},
		{"text as number", "POST", "", "application/json", strings.Replace("{"+sound+"}", `Number":1`, `Number":"1"`, 1), 400, "MANDATORY_IE_INCORRECT", "/invocationSequenceNumber"},
		{"no number", "POST", "", "application/json", strings.Replace("{"+sound+"}", `,"invocationSequenceNumber":1`, ``, 1), 400, "MANDATORY_IE_MISSING", "/invocationSequenceNumber"},
		{"no date", "POST", "", "application/json", strings.Replace("{"+sound+"}", "2026-11-21T", "T", 1), 400, "MANDATORY_IE_INCORRECT", "/invocationTimeStamp"},
		{"who", "POST", "", "application/json", strings.Replace("{"+sound+"}", "imsi-2", "imsi-x", 1), 400, "MANDATORY_IE_INCORRECT", "/subscriberIdentifier"},
		{"where", "POST", "", "application/json", "{" + sound + `,"notifyUri":"file:///etc/passwd"}`, 400, "MANDATORY_IE_INCORRECT", "/notifyUri"},
		{"no group", "POST", "", "application/json", "{" + sound + `,"multipleUnitUsage":[{}]}`, 400, "MANDATORY_IE_MISSING", "/multipleUnitUsage/0/ratingGroup"},
		{"negative", "POST", "", "application/json", "{" + sound + `,"multipleUnitUsage":[{"ratingGroup":1,"UsedUnitContainer":[{"localSequenceNumber":1,"totalVolume":-5}]}]}`, 400, "MANDATORY_IE_INCORRECT", "/multipleUnitUsage/0/usedUnitContainer/0/totalVolume"},
		{"too much", "POST", "", "application/json", "{" + sound + `,"multipleUnitUsage":[{"ratingGroup":1,"usedUnitContainer":[{"localSequenceNumber":1,"uplinkVolume":9223372036854775807,"downlinkVolume":9223372036854775807}]}]}`, 400, "MANDATORY_IE_INCORRECT", "/multipleUnitUsage/0/usedUnitContainer/0/totalVolume"},
		{"unknown", "POST", "/nobody/update", "application/json", "{" + sound + `}`, 404, "CONTEXT_NOT_FOUND", ""},
		{"unknown at its end", "POST", "/nobody/release", "application/json", "{" + sound + `}`, 404, "CONTEXT_NOT_FOUND", ""},
		{"another resource", "POST", "/a/b/c", "application/json", "{" + sound + `}`, 404, "RESOURCE_URI_STRUCTURE_NOT_FOUND", ""},
		{"another method", "GET", "", "application/json", "", 405, "METHOD_NOT_ALLOWED", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), x.method, c.url+"/nchf-convergedcharging/v3/chargingdata"+x.path, strings.NewReader(x.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", x.kind)
		a, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		var p struct {
			Title         string
			Status        int
			Cause         string
			InvalidParams []struct{ Param, Reason string }
		}
		if err := json.NewDecoder(a.Body).Decode(&p); err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		_ = a.Body.Close()
		if a.StatusCode != x.status || p.Status != x.status || p.Cause != x.cause || a.Header.Get("Content-Type") != "application/problem+json" || a.ProtoMajor != 2 {
			t.Errorf("%s: %d %+v", x.name, a.StatusCode, p)
		}
		if x.param != "" && (len(p.InvalidParams) != 1 || p.InvalidParams[0].Param != x.param) {
			t.Errorf("%s: %+v", x.name, p.InvalidParams)
		}
	}
	if u, err := c.office.Usage(t.Context(), "num_1"); err != nil || u.Used != 0 || u.Reserved != 0 {
		t.Errorf("%+v %v", u, err)
	}
}

// A consumer proves who it is by a certificate of the authority; a foreign certificate, and none, come to nothing.
func TestNchfOverTLSTakesNoForeignCertificate(t *testing.T) {
	ours, theirs := authority(t), authority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	c := startCHF(t, &tls.Config{Certificates: []tls.Certificate{ours.sign(t, "tandem")}, ClientCAs: pool})
	client := func(certs ...tls.Certificate) *tls.Config { return &tls.Config{RootCAs: pool, Certificates: certs} }
	p := attach(t, newSMF(t, c.url, "whoever it says", client(ours.sign(t, "smf1"))), "imsi-208010000000001", "internet", "208")
	if p.Status != http.StatusCreated || !strings.HasPrefix(p.URL(), c.url) {
		t.Errorf("%d at %s", p.Status, p.URL())
	}
	if q := attach(t, newSMF(t, c.url, "smf1", client(ours.sign(t, "other"))), "imsi-208010000000001", "internet", "208"); q.Status != http.StatusForbidden {
		t.Errorf("a stranger with a certificate of the authority: %d", q.Status)
	}
	for _, config := range []*tls.Config{client(theirs.sign(t, "smf1")), client()} {
		if q, err := newSMF(t, c.url, "smf1", config).Attach(t.Context(), "imsi-208010000000001", "internet", "208"); err == nil {
			t.Errorf("a foreign certificate gets %d", q.Status)
		}
	}
}

type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func authority(t *testing.T) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, x, x, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{cert, key}
}

func (s *signer) sign(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, x, s.cert, key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Whatever a consumer sends is answered, and by nothing worse than a refusal.
func FuzzNchf(f *testing.F) {
	f.Add("application/json", []byte(`{"nfConsumerIdentification":{"nFName":"smf1"},"invocationTimeStamp":"2026-11-21T12:00:00Z","invocationSequenceNumber":1,"subscriberIdentifier":"imsi-208010000000001","chargingId":5,"multipleUnitUsage":[{"ratingGroup":1,"requestedUnit":{"totalVolume":5},"UsedUnitContainer":[{"localSequenceNumber":1,"totalVolume":5},{"localSequenceNumber":1,"uplinkVolume":5,"triggerTimestamp":"x"}]}],"pDUSessionChargingInformation":{"userInformation":{"servedGPSI":"msisdn-33612345678"},"pduSessionInformation":{"pduSessionID":1,"dnnId":"internet","servingCNPlmnId":{"mcc":"208","mnc":"01"}},"userLocationinfo":{"nrLocation":{"tai":{"plmnId":{"mcc":"208","mnc":"01"}}}}}}`))
	f.Add("application/json", []byte(`{"oneTimeEvent":true,"notifyUri":"http://127.0.0.1/","iMSChargingInformation":{}}`))
	f.Add("text/plain", []byte(`null`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		subs := &chargingtest.Subscribers{}
		subs.Put(charging.Subscriber{ID: "num_1", Package: 20 * charging.Megabyte}, "208010000000001")
		ledger := chargingtest.NewMemory()
		o := charging.NewOffice(charging.Config{Ledger: ledger, Subscribers: subs})
		n := charging.NewNchf(charging.NchfConfig{Credit: o, Memo: o.Memo})
		for _, path := range []string{"", "/x/update", "/x/release"} {
			w := &answered{header: http.Header{}}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/nchf-convergedcharging/v3/chargingdata"+path, strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header["Content-Type"], r.RemoteAddr = []string{kind}, "127.0.0.1:5"
			n.ServeHTTP(w, r)
			if w.status < 200 || w.status >= 500 {
				t.Errorf("%q is answered %d", body, w.status)
			}
		}
		v, err := ledger.Look(t.Context(), "num_1", "")
		if err != nil || v.Balance.Reserved < 0 || v.Balance.Used < 0 || v.Balance.Reserved > 20*charging.Megabyte {
			t.Errorf("%q leaves %+v: %v", body, v.Balance, err)
		}
	})
}

type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) Write(b []byte) (int, error) { return len(b), nil }
func (a *answered) WriteHeader(status int)      { a.status = status }
