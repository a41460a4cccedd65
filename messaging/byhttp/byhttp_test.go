package byhttp_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/byhttp"
	"tandem/messaging/byhttp/template"
	mt "tandem/messaging/messagingtest"
)

const (
	byWeb    = messaging.ConnectorID("mcn_web")
	secret   = "s3cret-password"
	token    = "t0ken"
	awkward  = "Ça va ? œuf à 2 €, 👩🏽‍🚀 مرحبا <&\"\\ {to} +"
	patience = time.Minute
)

// asked is a request that the carrier got.
type asked struct {
	*http.Request

	body []byte
}

// house is an office with a carrier that speaks HTTP.
type house struct {
	t       *testing.T
	store   *mt.Memory
	office  *messaging.Office
	carrier *httptest.Server
	got     chan asked
	log     *bytes.Buffer
	mu      sync.Mutex
	reply   func(w http.ResponseWriter, r asked)
	gone    atomic.Bool // nobody is where the carrier was
	door    *byhttp.Door
	link    *byhttp.Link
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a := asked{r, body}
	h.mu.Lock()
	reply := h.reply
	h.mu.Unlock()
	reply(w, a)
	h.got <- a
}

// answers changes what the carrier says.
func (h *house) answers(f func(w http.ResponseWriter, r asked)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reply = f
}

// build makes the house; Desk's messages leave and come by the carrier, who answers.
func build(t *testing.T, change ...func(*template.Settings, *messaging.Connector)) *house {
	t.Helper()
	return waiting(t, patience, change...)
}

// waiting is build, where the carrier is waited for so long.
func waiting(t *testing.T, within time.Duration, change ...func(*template.Settings, *messaging.Connector)) *house {
	t.Helper()
	h := &house{t: t, store: mt.NewMemory(), got: make(chan asked, 100), log: &bytes.Buffer{}, door: byhttp.NewDoor()}
	h.answers(func(w http.ResponseWriter, _ asked) { _, _ = io.WriteString(w, `{"sid":"SM1","status":"queued"}`) })
	h.carrier = httptest.NewServer(h)
	t.Cleanup(h.carrier.Close)
	s := template.Settings{
		Send: template.Request{
			URL: h.carrier.URL + "/Messages.json", Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic {basic:AC1}"},
			Body: "To={to}&From={from}&Body={body}&Ref={key}&Parts={segments}",
		},
		Sent:    template.Reading{ID: "json:sid", State: "json:status", States: map[string]string{"queued": "sent", "failed": "failed"}, Reason: "json:code"},
		Inbound: template.Reading{From: "form:From", To: "form:To", Body: "form:Body", ID: "form:MessageSid"},
		Receipt: template.Reading{ID: "form:MessageSid", State: "form:MessageStatus", Reason: "form:ErrorCode", States: map[string]string{"delivered": "delivered", "undelivered": "failed"}},
	}
	c := &messaging.Connector{ID: byWeb, Kind: messaging.KindHTTP, Role: messaging.RoleCarrier, Country: "FR", InDoubt: messaging.InDoubtHold}
	for _, f := range change {
		f(&s, c)
	}
	if faults := s.Check(); faults != nil {
		t.Fatalf("%+v", faults)
	}
	rooms := mt.NewHouse()
	snap := *rooms.Post()
	snap.Connectors[byWeb] = c
	snap.Lines[mt.Desk].Route = byWeb
	rooms.Set(&snap)
	h.office = mt.NewOffice(rooms, h.store)
	if err := h.office.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.link = byhttp.Open(byhttp.Config{
		Connector: byWeb, Settings: s, Password: secret, Token: token, Desk: h.office, Transport: h.transport(), Door: h.door, UserAgent: "Tandem", Patience: within,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(func() {
		h.link.Close()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := h.office.Close(ctx); err != nil {
			t.Error(err)
		}
		for _, no := range []string{secret, token, "0612345678", "612345678", "Ça va"} {
			if strings.Contains(h.log.String(), no) {
				t.Errorf("the log says %q:\n%s", no, h.log)
			}
		}
	})
	return h
}

// transport leads to the carrier, and where nobody ever listens once it is gone: somebody else may get its port.
func (h *house) transport() http.RoundTripper {
	var d net.Dialer
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if h.gone.Load() {
			address = "127.0.0.1:1"
		}
		return d.DialContext(ctx, network, address)
	}}
}

func (h *house) send(text string) messaging.ID {
	h.t.Helper()
	got, err := h.office.Send(h.t.Context(), messaging.Outgoing{Account: mt.Account, Number: mt.DeskID, To: "0612345678", Body: text, Channel: messaging.ChannelAPI})
	if err != nil {
		h.t.Fatal(err)
	}
	return got.Message.ID
}

func (h *house) asked() asked {
	h.t.Helper()
	select {
	case a := <-h.got:
		return a
	case <-time.After(patience):
		h.t.Fatal("the carrier was asked nothing")
		return asked{}
	}
}

// until waits until a message is in a state.
func (h *house) until(id messaging.ID, s messaging.State) *messaging.Message {
	h.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.NewTimer(5 * time.Millisecond).C {
		m, err := h.store.Message(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if m.State == s {
			return m
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("it is %s for %s, want %s", m.State, m.Reason, s)
		}
	}
}

func (h *house) kept() []messaging.Message {
	h.t.Helper()
	p, err := h.store.Messages(h.t.Context(), messaging.Filter{Oldest: true, Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Messages
}

// post brings a request to the door.
func (h *house) post(path string, form url.Values, headers map[string]string) *httptest.ResponseRecorder {
	return h.bring(httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode())), headers)
}

func (h *house) bring(r *http.Request, headers map[string]string) *httptest.ResponseRecorder {
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, r)
	return w
}

const messages, receipts = byhttp.Prefix + string(byWeb) + "/messages", byhttp.Prefix + string(byWeb) + "/receipts"

func bearer() map[string]string { return map[string]string{"Authorization": "Bearer " + token} }

// TestSpec_M6_M7_AMessageLeavesByARequestAndItsReceiptComesBack, byte for byte, and short or long.
func TestSpec_M6_M7_AMessageLeavesByARequestAndItsReceiptComesBack(t *testing.T) {
	h := build(t)
	for i, text := range []string{awkward, strings.Repeat("Dix parties, c'est long. ", 60)} {
		sid := "SM" + strconv.Itoa(i)
		h.answers(func(w http.ResponseWriter, _ asked) {
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"sid":"`+sid+`","status":"queued"}`)
		})
		id := h.send(text)
		a := h.asked()
		user, password, _ := a.BasicAuth()
		form, err := url.ParseQuery(string(a.body))
		if err != nil || form.Get("Body") != text || form.Get("To") != "+33612345678" || form.Get("From") != string(mt.Desk) || user != "AC1" || password != secret || a.UserAgent() != "Tandem" {
			t.Fatalf("%v %v", form, a.Header)
		}
		h.until(id, messaging.StateSent)
		if w := h.post(receipts, url.Values{"MessageSid": {sid}, "MessageStatus": {"delivered"}}, bearer()); w.Code != http.StatusNoContent {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h.until(id, messaging.StateDelivered)
	}
	h.answers(func(w http.ResponseWriter, _ asked) { _, _ = io.WriteString(w, `{"sid":"SM9"}`) })
	id := h.send("lost")
	h.asked()
	h.until(id, messaging.StateSent)
	h.post(receipts, url.Values{"MessageSid": {"SM9"}, "MessageStatus": {"seen"}}, bearer()) // a word that says nothing
	h.post(receipts, url.Values{"MessageSid": {"SM9"}, "MessageStatus": {"Undelivered"}, "ErrorCode": {"30003"}}, bearer())
	if m := h.until(id, messaging.StateFailed); m.Reason != "http_30003" {
		t.Fatalf("%+v", m)
	}
}

// TestSpec_M8_WhatIsInDoubtIsSentAgainOnlyToWhoKnowsRepeats: the carrier took it and hung up.
func TestSpec_M8_WhatIsInDoubtIsSentAgainOnlyToWhoKnowsRepeats(t *testing.T) {
	hangUp := func(http.ResponseWriter, asked) { panic(http.ErrAbortHandler) }
	t.Run("unknown", func(t *testing.T) {
		h := build(t)
		taken := make(chan struct{}, 10)
		h.answers(func(w http.ResponseWriter, r asked) { taken <- struct{}{}; hangUp(w, r) })
		id := h.send("once")
		<-taken
		if m := h.until(id, messaging.StateUnknown); m.Reason != messaging.ReasonInDoubt {
			t.Fatalf("%+v", m)
		}
		if len(taken) != 0 {
			t.Fatal("it was sent again")
		}
	})
	t.Run("again", func(t *testing.T) {
		h := build(t, func(s *template.Settings, _ *messaging.Connector) { s.Key = true })
		d := &messaging.Delivery{ID: 7, Message: "msg_1", From: mt.Desk, To: mt.Other, Body: "hello"}
		refs := make(chan string, 10)
		ref := func(r asked) {
			form, _ := url.ParseQuery(string(r.body))
			refs <- form.Get("Ref")
		}
		h.answers(func(w http.ResponseWriter, r asked) { ref(r); hangUp(w, r) })
		if out := h.link.Carry(t.Context(), d); out.Result != messaging.ResultAgain || !out.Repeat {
			t.Fatalf("%+v", out)
		}
		h.answers(func(_ http.ResponseWriter, r asked) { ref(r) })
		if out := h.link.Carry(t.Context(), d); out.Result != messaging.ResultSent {
			t.Fatalf("%+v", out)
		}
		if first, second := <-refs, <-refs; first != second || first != "msg_1-7" {
			t.Fatalf("%q and %q", first, second)
		}
	})
}

// TestAnAnswerIsTakenForWhatItSays: sent, failed for its reason, not now, or in doubt.
func TestAnAnswerIsTakenForWhatItSays(t *testing.T) {
	h := build(t)
	d := &messaging.Delivery{ID: 7, Message: "msg_1", From: mt.Desk, To: mt.Other, Body: "hello"}
	for _, c := range []struct {
		status int
		header string
		body   string
		result messaging.Result
		reason messaging.Reason
		again  bool
	}{
		{200, "", `{"sid":"a"}`, messaging.ResultSent, "", false},
		{200, "", `<html>`, messaging.ResultSent, "", false},
		{200, "", `{"sid":"a","status":"failed","code":"no-credit"}`, messaging.ResultFailed, "http_no_credit", false},
		{302, "", ``, messaging.ResultFailed, "http_302", false},
		{400, "", `{"code":21211}`, messaging.ResultFailed, "http_21211", false},
		{401, "", ``, messaging.ResultAgain, "http_401", false},
		{429, "7", ``, messaging.ResultAgain, "http_429", true},
		{503, "soon", ``, messaging.ResultAgain, "http_503", false},
		{500, "", ``, messaging.ResultUnknown, "http_500", false},
		{504, "", ``, messaging.ResultUnknown, "http_504", false},
	} {
		h.answers(func(w http.ResponseWriter, _ asked) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		out := h.link.Carry(t.Context(), d)
		h.asked()
		if out.Delivery != 7 || out.Result != c.result || out.Reason != c.reason || out.Again.IsZero() == c.again || (out.Result == messaging.ResultSent && c.body[0] == '{') != (len(out.IDs) == 1) {
			t.Errorf("%d %s: %+v", c.status, c.body, out)
		}
	}
	if s := h.link.State(); !s.Up || s.Detail != "504 Gateway Timeout" {
		t.Errorf("%+v", s)
	}
	h.carrier.Close()
	h.gone.Store(true)
	if out := h.link.Carry(t.Context(), d); out.Result != messaging.ResultAgain || out.Repeat || out.Reason != "http_unreachable" {
		t.Errorf("nobody there: %+v", out)
	}
	if s := h.link.State(); s.Up || s.Detail == "" || s.Since.IsZero() {
		t.Errorf("%+v", s)
	}
}

// TestWhoAnswersTooLateLeavesItInDoubt: it may have been taken.
func TestWhoAnswersTooLateLeavesItInDoubt(t *testing.T) {
	h := waiting(t, 200*time.Millisecond)
	late := make(chan struct{})
	defer close(late)
	h.answers(func(http.ResponseWriter, asked) { <-late })
	d := &messaging.Delivery{ID: 7, Message: "msg_1", From: mt.Desk, To: mt.Other, Body: "hello"}
	out := h.link.Carry(t.Context(), d)
	for n := 0; out.Reason == "http_unreachable" && n < 50; n++ { // so slow a machine has not even asked
		out = h.link.Carry(t.Context(), d)
	}
	if out.Result != messaging.ResultUnknown {
		t.Errorf("no answer in time: %+v", out)
	}
}

// TestSpec_M8_WhatARequestBringsIsKeptOnce, and answered when it is.
func TestSpec_M8_WhatARequestBringsIsKeptOnce(t *testing.T) {
	h := build(t, func(s *template.Settings, _ *messaging.Connector) { s.Answer = "<Response/>" })
	form := url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {awkward}, "MessageSid": {"SM1"}}
	for range 3 {
		w := h.post(messages, form, bearer())
		if w.Code != http.StatusOK || w.Body.String() != "<Response/>" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if all := h.kept(); len(all) != 1 || all[0].Body != awkward || all[0].Peer != mt.Other || all[0].Direction != messaging.Inbound {
		t.Fatalf("%+v", all)
	}
	form.Set("MessageSid", "SM2")
	if w := h.bring(httptest.NewRequest(http.MethodPost, messages, strings.NewReader(strings.ReplaceAll(form.Encode(), "%2B", "+"))), bearer()); w.Code != http.StatusOK { // a plus that nobody escaped
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if all := h.kept(); len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	h.link.Close()
	if w := h.post(messages, form, bearer()); w.Code != http.StatusNotFound {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// TestOnlyTheOtherIsHeard: by its token wherever it shows it, or by its signature; and it is told what it did wrong, but nothing that helps to guess.
func TestOnlyTheOtherIsHeard(t *testing.T) {
	h := build(t)
	form := url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {"x"}, "MessageSid": {"SM1"}}
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("any:"+password))
	}
	for name, c := range map[string]struct {
		path    string
		form    url.Values
		headers map[string]string
		status  int
	}{
		"nothing shown":       {messages, form, nil, 401},
		"another token":       {messages, form, map[string]string{"Authorization": "Bearer t0kem"}, 403},
		"another password":    {messages, form, map[string]string{"Authorization": basic("")}, 401},
		"bearer":              {messages, form, bearer(), 204},
		"basic":               {messages, form, map[string]string{"Authorization": basic(token)}, 204},
		"header":              {messages, form, map[string]string{"X-Token": token}, 204},
		"query":               {messages + "?token=" + token, form, nil, 204},
		"unknown connector":   {byhttp.Prefix + "mcn_x/messages", form, bearer(), 404},
		"unknown path":        {byhttp.Prefix + string(byWeb) + "/secrets", form, bearer(), 404},
		"nobody's number":     {messages, url.Values{"From": {"0612345678"}, "To": {"+33199999999"}, "Body": {"x"}, "MessageSid": {"SM2"}}, bearer(), 404},
		"no body":             {messages, url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "MessageSid": {"SM2"}}, bearer(), 400},
		"no id":               {messages, url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {"x"}}, bearer(), 400},
		"no UTF-8":            {messages, url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {"\xff"}, "MessageSid": {"SM2"}}, bearer(), 400},
		"an endless id":       {messages, url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {"x"}, "MessageSid": {strings.Repeat("a", 300)}}, bearer(), 400},
		"a receipt of none":   {receipts, url.Values{"MessageStatus": {"delivered"}}, bearer(), 400},
		"too large":           {messages, url.Values{"Body": {strings.Repeat("a", 70<<10)}}, bearer(), 413},
		"a receipt of others": {receipts, url.Values{"MessageSid": {"who"}, "MessageStatus": {"delivered"}}, bearer(), 204},
	} {
		w := h.post(c.path, c.form, c.headers)
		if w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		var p struct{ Code string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); c.status >= 400 && (err != nil || p.Code == "" || w.Header().Get("Content-Type") != "application/problem+json") {
			t.Errorf("%s: %v %q", name, err, w.Body)
		}
	}
	if w := h.bring(httptest.NewRequest(http.MethodDelete, messages, nil), bearer()); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("%d", w.Code)
	}
	if all := h.kept(); len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	limited := false
	for n := 0; !limited && n < 100_000; n++ { // at more than 200 a second it is soon
		limited = h.post(receipts, url.Values{"MessageSid": {"who"}, "MessageStatus": {"seen"}}, bearer()).Code == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("requests are not bounded")
	}
}

// TestASignedRequestIsBelieved in each scheme, and not when it was changed, signed with another key, or is old.
func TestASignedRequestIsBelieved(t *testing.T) {
	sum := func(text string) []byte {
		m := hmac.New(sha256.New, []byte(token))
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	body := url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {"x"}, "MessageSid": {"SM1"}}.Encode()
	stamped := func(at time.Time) map[string]string {
		stamp := strconv.FormatInt(at.Unix(), 10)
		return map[string]string{"Webhook-Id": "m1", "Webhook-Timestamp": stamp, "Webhook-Signature": "v1,eA== v1," + base64.StdEncoding.EncodeToString(sum("m1."+stamp+"."+body))}
	}
	for name, c := range map[string]struct {
		scheme  string
		headers map[string]string
		body    string
		status  int
	}{
		"hex":           {template.SchemeHex, map[string]string{"X-Sign": hex.EncodeToString(sum(body))}, body, 204},
		"hex with name": {template.SchemeHex, map[string]string{"X-Sign": "sha256=" + hex.EncodeToString(sum(body))}, body, 204},
		"base64":        {template.SchemeBase64, map[string]string{"X-Sign": base64.StdEncoding.EncodeToString(sum(body))}, body, 204},
		"standard":      {template.SchemeStandard, stamped(time.Now()), body, 204},
		"old":           {template.SchemeStandard, stamped(time.Now().Add(-time.Hour)), body, 403},
		"unsigned":      {template.SchemeHex, bearer(), body, 401},
		"changed":       {template.SchemeHex, map[string]string{"X-Sign": hex.EncodeToString(sum(body))}, body + "&x=y", 403},
		"no hex":        {template.SchemeHex, map[string]string{"X-Sign": "zz"}, body, 403},
	} {
		h := build(t, func(s *template.Settings, _ *messaging.Connector) {
			s.Sign = template.Sign{Header: "X-Sign", Scheme: c.scheme}
		})
		headers := maps.Clone(c.headers)
		if w := h.bring(httptest.NewRequest(http.MethodPost, messages, strings.NewReader(c.body)), headers); w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// TestWhatTheStoreDoesNotTakeIsNotAnswered: 503, and the other comes again.
func TestWhatTheStoreDoesNotTakeIsNotAnswered(t *testing.T) {
	h := build(t)
	h.store.Fail(func(call, when string) error {
		if call == "put" && when == "before" {
			return errors.New("the disk is full")
		}
		return nil
	})
	form := url.Values{"From": {"0612345678"}, "To": {string(mt.Desk)}, "Body": {"x"}, "MessageSid": {"SM1"}}
	if w := h.post(messages, form, bearer()); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "disk") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.store.Fail(nil)
	if w := h.post(messages, form, bearer()); w.Code != http.StatusNoContent || len(h.kept()) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}
