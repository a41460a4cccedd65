package chargingtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// SMF is a consumer of Nchf_ConvergedCharging as TS 32.290 and TS 32.291 describe one, with one rating group in a session.
type SMF struct {
	URL    string // scheme and host of the charging function
	Name   string // its own
	Notify string // where it is told; empty: nowhere
	client *http.Client
}

// NewSMF makes one that speaks HTTP/2: without encryption where config is nil. Close lets go of its connections.
func NewSMF(url, name string, config *tls.Config) *SMF {
	t := &http.Transport{Protocols: &http.Protocols{}, TLSClientConfig: config}
	if config == nil {
		t.Protocols.SetUnencryptedHTTP2(true)
	} else {
		t.Protocols.SetHTTP2(true)
	}
	return &SMF{URL: url, Name: name, client: &http.Client{Transport: t, Timeout: time.Minute}}
}

// Close lets go of its connections.
func (s *SMF) Close() { s.client.CloseIdleConnections() }

// PDUSession is a data session on it.
type PDUSession struct {
	smf      *SMF
	who, dnn string
	place    string // mobile country code
	url      string // of the charging data
	number   int
	sequence int
	inHand   int64
	final    bool
	used     int64 // of what is in hand

	Status int            // of the last answer
	Type   string         // Content-Type of the last answer
	Body   map[string]any // of the last answer
	Used   int64          // all of it
	Ended  bool           // nothing was left
}

// Attach opens a data session for a subscriber ("imsi-…" or "msisdn-…") to a data network, in a country.
func (s *SMF) Attach(ctx context.Context, who, dnn, mcc string) (*PDUSession, error) {
	p := &PDUSession{smf: s, who: who, dnn: dnn, place: mcc}
	at, err := p.post(ctx, s.URL+"/nchf-convergedcharging/v3/chargingdata", p.body(nil))
	if err == nil && p.Status == http.StatusCreated {
		p.url = at
		p.take()
	}
	return p, err
}

// Spend uses so many bytes, as far as they are granted, and asks for more each time that a grant is used up.
func (p *PDUSession) Spend(ctx context.Context, volume int64) error {
	for volume > 0 && !p.Ended {
		now := min(volume, p.inHand-p.used)
		p.used += now
		p.Used += now
		volume -= now
		if p.used < p.inHand {
			return nil
		}
		if p.final || p.inHand == 0 {
			p.Ended = true
			return p.Release(ctx)
		}
		if err := p.Report(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Report says what was used, and asks for more.
func (p *PDUSession) Report(ctx context.Context) error {
	_, err := p.post(ctx, p.url+"/update", p.body(&p.used))
	if err == nil && p.Status == http.StatusOK {
		p.take()
	}
	return err
}

// Release ends the session.
func (p *PDUSession) Release(ctx context.Context) error {
	body := p.body(&p.used)
	for _, u := range body["multipleUnitUsage"].([]map[string]any) {
		delete(u, "requestedUnit")
	}
	_, err := p.post(ctx, p.url+"/release", body)
	p.used, p.inHand = 0, 0
	return err
}

// URL is where the charging data is.
func (p *PDUSession) URL() string { return p.url }

// body is a ChargingDataRequest.
func (p *PDUSession) body(used *int64) map[string]any {
	p.number++
	unit := map[string]any{"ratingGroup": 1, "requestedUnit": map[string]any{}}
	if used != nil {
		p.sequence++
		unit["usedUnitContainer"] = []map[string]any{{
			"localSequenceNumber": p.sequence, "uplinkVolume": *used / 10, "downlinkVolume": *used - *used/10, "quotaManagementIndicator": "ONLINE_CHARGING",
		}}
	}
	body := map[string]any{
		"subscriberIdentifier":     p.who,
		"nfConsumerIdentification": map[string]any{"nFName": p.smf.Name, "nodeFunctionality": "SMF"},
		"invocationTimeStamp":      time.Now().UTC().Format(time.RFC3339Nano), "invocationSequenceNumber": p.number,
		"multipleUnitUsage": []map[string]any{unit},
		"pDUSessionChargingInformation": map[string]any{"pduSessionInformation": map[string]any{
			"pduSessionID": 1, "dnnId": p.dnn, "servingCNPlmnId": map[string]any{"mcc": p.place, "mnc": "01"},
		}},
	}
	if p.smf.Notify != "" {
		body["notifyUri"] = p.smf.Notify
	}
	return body
}

// post sends a request, and gives where it said something was made.
func (p *PDUSession) post(ctx context.Context, url string, body any) (string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("charging data: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return "", fmt.Errorf("charging data: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := p.smf.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("charging data: %w", err)
	}
	defer a.Body.Close()
	const most = 1 << 20
	answer, err := io.ReadAll(io.LimitReader(a.Body, most))
	if err != nil {
		return "", fmt.Errorf("charging data: %w", err)
	}
	p.Status, p.Type, p.Body = a.StatusCode, a.Header.Get("Content-Type"), nil
	if len(answer) > 0 {
		if err = json.Unmarshal(answer, &p.Body); err != nil {
			return "", fmt.Errorf("charging data: %w", err)
		}
	}
	return a.Header.Get("Location"), nil
}

// take notes what is granted now. What was in hand before is void.
func (p *PDUSession) take() {
	p.inHand, p.used, p.final = 0, 0, false
	units, _ := p.Body["multipleUnitInformation"].([]any)
	for _, one := range units {
		u, _ := one.(map[string]any)
		granted, _ := u["grantedUnit"].(map[string]any)
		total, _ := granted["totalVolume"].(float64)
		p.inHand += int64(total)
		_, final := u["finalUnitIndication"]
		p.final = p.final || final
		if u["resultCode"] == "QUOTA_MANAGEMENT_NOT_APPLICABLE" {
			p.inHand = 1 << 50
		}
	}
}
