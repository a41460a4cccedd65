package template_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tandem/messaging/byhttp/template"
)

// form is a carrier that takes forms, and proves itself by a token in the URL that it is given.
func form() template.Settings {
	return template.Settings{
		Send: template.Request{
			URL:     "https://api.carrier.test/2010/Accounts/AC1/Messages.json",
			Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic {basic:AC1}"},
			Body:    "To={to}&From={from}&Body={body}",
		},
		Sent:    template.Reading{ID: "json:sid", State: "json:status", States: map[string]string{"queued": "sent", "failed": "failed"}, Reason: "json:code"},
		Inbound: template.Reading{From: "form:From", To: "form:To", Body: "form:Body", ID: "form:MessageSid"},
		Receipt: template.Reading{ID: "form:MessageSid", State: "form:MessageStatus", Reason: "form:ErrorCode", States: map[string]string{"sent": "sent", "delivered": "delivered", "undelivered": "failed", "failed": "failed"}},
		Answer:  "<Response/>",
	}
}

// documents is a carrier that takes JSON, knows repeats, and signs.
func documents() template.Settings {
	return template.Settings{
		Send: template.Request{
			Method: http.MethodPut, URL: "https://sms.carrier.test/v1/{from_digits}/messages?ref={key}",
			Headers: map[string]string{"content-type": "application/json; charset=utf-8", "X-Api-Key": "{password}", "Idempotency-Key": "{key}"},
			Body:    `{"messages":[{"to":["{to}"],"text":"{body}","parts":{segments},"alphabet":"{encoding}","meta":{}}]}`,
		},
		Sent:    template.Reading{ID: "json:messages.0.id"},
		Inbound: template.Reading{From: "json:data.from", To: "json:data.to", Body: "json:data.text", ID: "header:X-Message-Id"},
		Receipt: template.Reading{ID: "json:data.id", State: "json:data.state", States: map[string]string{"DELIVRD": "delivered"}},
		Sign:    template.Sign{Header: "X-Signature", Scheme: template.SchemeHex}, Key: true,
	}
}

const hostile = "a\"b\\&To=x<é>{to}\r\nX: y 👩🏽‍🚀 %41+"

func values(body string) template.Values {
	return template.Values{
		"to": "+33639980102", "from": "+33639980101", "to_digits": "33639980102", "from_digits": "33639980101", "body": body, "key": "msg_1-7", "id": "msg_1",
		"password": "p:é&", "segments": "2", "encoding": "ucs2",
	}
}

// TestSpec_M6_ATextGoesIntoARequestWhole: whatever it says, it is one value of the other's form or document and nothing else.
func TestSpec_M6_ATextGoesIntoARequestWhole(t *testing.T) {
	f, d := form(), documents()
	for _, s := range []*template.Settings{&f, &d} {
		if faults := s.Check(); faults != nil {
			t.Fatalf("%+v", faults)
		}
	}
	got := f.Send.Fill(values(hostile))
	fields, err := url.ParseQuery(got.Body)
	if err != nil || len(fields) != 3 || fields.Get("Body") != hostile || fields.Get("To") != "+33639980102" || got.Method != http.MethodPost {
		t.Fatalf("%+v %v", got, err)
	}
	r := http.Request{Header: got.Headers}
	if user, password, _ := r.BasicAuth(); user != "AC1" || password != "p:é&" {
		t.Fatalf("%q %q", user, password)
	}
	got = d.Send.Fill(values(hostile))
	var doc struct {
		Messages []struct {
			To    []string
			Text  string
			Parts int
		}
	}
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil || doc.Messages[0].Text != hostile || doc.Messages[0].Parts != 2 || doc.Messages[0].To[0] != "+33639980102" {
		t.Fatalf("%v %s", err, got.Body)
	}
	if got.URL != "https://sms.carrier.test/v1/33639980101/messages?ref=msg_1-7" || got.Headers.Get("X-Api-Key") != "p:&" {
		t.Fatalf("%+v", got)
	}
	x := template.Request{Headers: map[string]string{"Content-Type": "text/xml"}, Body: "<m to='{to}'>{body}</m>"}
	if out := x.Fill(values(hostile)).Body; strings.Count(out, "<") != 2 || !strings.Contains(out, "&lt;é&gt;") {
		t.Fatal(out)
	}
}

// TestWhatComesInIsReadWhereItStands, numbers as they are written, words as they are meant.
func TestWhatComesInIsReadWhereItStands(t *testing.T) {
	f, d := form(), documents()
	in := template.Input{Body: []byte(url.Values{"From": {"+33639980102"}, "To": {"+33639980101"}, "Body": {hostile}, "MessageSid": {"SM1"}, "MessageStatus": {"Undelivered"}, "ErrorCode": {"30003"}}.Encode())}
	got, err := f.Inbound.Read(in)
	if err != nil || got != (template.Found{From: "+33639980102", To: "+33639980101", Body: hostile, ID: "SM1"}) {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err = f.Receipt.Read(in); err != nil || got != (template.Found{ID: "SM1", State: "failed", Reason: "30003"}) {
		t.Fatalf("%+v %v", got, err)
	}
	in = template.Input{Header: http.Header{"X-Message-Id": {"9"}}, Body: []byte(`{"data":{"from":33639980102,"to":"+33639980101","text":"\u00e9 \ud83d\ude80","id":12345678901234567890,"state":"EXPIRED"}}`)}
	if got, err = d.Inbound.Read(in); err != nil || got != (template.Found{From: "33639980102", To: "+33639980101", Body: "é 🚀", ID: "9"}) {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err = d.Receipt.Read(in); err != nil || got != (template.Found{ID: "12345678901234567890"}) {
		t.Fatalf("%+v %v", got, err)
	}
	for _, bad := range []string{"", "{", "[1,2", `{"data":1} {}`, "\xff", "null"} {
		if got, err := d.Inbound.Read(template.Input{Body: []byte(bad)}); err == nil && got != (template.Found{}) {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
	if _, err := f.Inbound.Read(template.Input{Body: []byte("From=%zz")}); err == nil {
		t.Error("a broken form is read")
	}
	if _, err := f.Inbound.Read(template.Input{Body: []byte("Body=%ff%fe")}); err == nil {
		t.Error("what is not UTF-8 is read")
	}
}

// TestSettingsThatCannotWorkAreNamed, each by its place.
func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	for _, c := range []struct {
		change func(*template.Settings)
		code   string
		at     string
	}{
		{func(s *template.Settings) { *s = template.Settings{} }, "http_url_required", "send.url"},
		{func(s *template.Settings) { s.Send.URL = "ftp://x" }, "http_url_invalid", "send.url"},
		{func(s *template.Settings) { s.Send.URL = "https://{to}.test/" }, "http_url_invalid", "send.url"},
		{func(s *template.Settings) { s.Send.URL = "https://a:b@x.test/" }, "http_url_invalid", "send.url"},
		{func(s *template.Settings) { s.Send.URL = "https://x.test/{whom}" }, "http_placeholder_unknown", "send.url"},
		{func(s *template.Settings) { s.Send.Method = "DELETE" }, "http_method_invalid", "send.method"},
		{func(s *template.Settings) { s.Send.Headers["X"] = "a\r\nb" }, "http_header_invalid", "send.headers.X"},
		{func(s *template.Settings) { s.Send.Headers["X"] = "{body}" }, "http_header_invalid", "send.headers.X"},
		{func(s *template.Settings) { s.Send.Headers["Host"] = "x" }, "http_header_invalid", "send.headers.Host"},
		{func(s *template.Settings) { delete(s.Send.Headers, "Content-Type") }, "http_body_invalid", "send.headers.Content-Type"},
		{func(s *template.Settings) { s.Send.Headers["Content-Type"] = "application/json" }, "http_body_invalid", "send.body"},
		{func(s *template.Settings) { s.Send.Body = "To={to}&From={from}" }, "http_placeholder_missing", "send"},
		{func(s *template.Settings) { s.Send.Body += strings.Repeat("a", 9000) }, "http_text_too_long", "send"},
		{func(s *template.Settings) { s.Sent.ID = "query:id" }, "http_expression_invalid", "sent.id"},
		{func(s *template.Settings) { s.Sent.ID = "" }, "http_reading_incomplete", "sent.id"},
		{func(s *template.Settings) { s.Inbound.ID = "" }, "http_reading_incomplete", "inbound"},
		{func(s *template.Settings) { s.Inbound.ID = "jsonid" }, "http_expression_invalid", "inbound.id"},
		{func(s *template.Settings) { s.Receipt.State = "" }, "http_reading_incomplete", "receipt"},
		{func(s *template.Settings) { s.Receipt.States["x"] = "gone" }, "http_state_invalid", "receipt.states.x"},
		{func(s *template.Settings) { s.Receipt.States = nil }, "http_state_invalid", "receipt.states"},
		{func(s *template.Settings) { s.Sign.Header = "X" }, "http_sign_invalid", "sign.scheme"},
		{func(s *template.Settings) { s.Sign.Scheme = "rot13" }, "http_sign_invalid", "sign.scheme"},
		{func(s *template.Settings) { s.Sign.Scheme = template.SchemeHex }, "http_sign_invalid", "sign.header"},
		{func(s *template.Settings) { s.Key = true }, "http_key_unused", "key"},
	} {
		s := form()
		c.change(&s)
		if faults := s.Check(); !slices.ContainsFunc(faults, func(f template.Fault) bool { return f.Code == c.code && f.Location == c.at && f.Text != "" }) {
			t.Errorf("%s at %s: %+v", c.code, c.at, faults)
		}
	}
}

// FuzzRead: whatever comes, what is read is text.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"data":{"from":1,"text":"\ud800"}}`), "json:data.text")
	f.Add([]byte("a=b&c=%41"), "form:c")
	f.Add([]byte("[[[[[["), "json:0.0")
	f.Fuzz(func(t *testing.T, body []byte, expression string) {
		r := template.Reading{Body: expression}
		got, err := r.Read(template.Input{Body: body})
		if err == nil && !utf8.ValidString(got.Body) {
			t.Fatalf("%q", got.Body)
		}
	})
}

// FuzzFill: a text never leaves its place between the quotes of a document or the fields of a form.
func FuzzFill(f *testing.F) {
	f.Add(hostile)
	f.Add(`","to":"x`)
	f.Add("&To=x")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		one, two := form(), documents()
		fields, err := url.ParseQuery(one.Send.Fill(values(text)).Body)
		if err != nil || len(fields) != 3 || fields.Get("Body") != text {
			t.Fatalf("%v %v", fields, err)
		}
		var doc struct{ Messages []struct{ Text string } }
		if err := json.Unmarshal([]byte(two.Send.Fill(values(text)).Body), &doc); err != nil || len(doc.Messages) != 1 || doc.Messages[0].Text != text {
			t.Fatalf("%v", err)
		}
	})
}
