package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/sim"
)

// The ways of messages in the site: a carrier for everything from and to outside, and the operator of Alice's eSIM.
const (
	carrierSMS = `
[[connectors]]
name = "Carrier SMS"
kind = "smpp"
in_doubt = "retry"
password = "secret"
smpp = {address = "{net}.210:2775", system_id = "tandem"}
`
	operatorSMS = `
[[connectors]]
name = "Operator SMS"
kind = "smpp"
role = "operator"
operator = "Mobile"
in_doubt = "retry"
password = "secret"
emergency = true
smpp = {address = "{net}.200:2775", system_id = "tandem"}
`
	operatorIMS = `
[[connectors]]
name = "Operator IMS"
kind = "ims"
operator = "Mobile"
in_doubt = "retry"
`
)

// messageSite is the mobile site with these ways, and with what a number says of its messages.
func messageSite(messaging string, connectors ...string) string {
	return mobileSite(`state = "enabled", imsi = "208010000000008"}
`, `state = "enabled", imsi = "208010000000008"}
messaging = {guard = {hour = 0, day = 0, month = 0}`+messaging+`}
`, `[[audio]]
name = "welcome"`, strings.Join(connectors, "")+`
[[audio]]
name = "welcome"`)
}

// post is an office with the world of messages around it.
type post struct {
	*office

	core    *sim.Core
	handset *sim.Handset // Alice's
	carrier *sim.SMSC    // whose customers are outside
	desk    *softphone.Phone
	browser *http.Client // signed in as Alice
}

// messages opens the world around an office. quirks are those of the operator's centre.
func (o *office) messages(bearer sim.Bearer, path sim.Path, quirks sim.Quirks) *post {
	o.t.Helper()
	p := &post{office: o}
	p.core, p.handset = o.core(func(c *sim.CoreConfig) {
		c.Bearer, c.Timing.Message, c.Timing.Report = bearer, 100*time.Microsecond, 3*time.Second
		if bearer == sim.BearerRadio {
			c.SMSC = sim.SMSCConfig{Bind: o.net + ".200:2775", Quirks: quirks, Seed: 1, ESMEs: []sim.ESME{{
				SystemID: "tandem", Password: "secret", Path: path, Numbers: []string{numberMobile}, Absent: sim.AbsentWaits,
			}}}
		}
	})
	p.carrier = o.carrierOfMessages(sim.Quirks{})
	return p
}

// carrierOfMessages opens a carrier whose people answer by their numbers.
func (o *office) carrierOfMessages(q sim.Quirks) *sim.SMSC {
	o.t.Helper()
	c, err := sim.OpenSMSC(o.ctx, sim.SMSCConfig{
		Bind: o.net + ".210:2775", ESMEs: []sim.ESME{{SystemID: "tandem", Password: "secret"}}, Quirks: q, Seed: 1, Log: slog.New(slog.DiscardHandler),
	})
	o.ok(err)
	o.t.Cleanup(c.Close)
	return c
}

// bound waits until the program has bound to the carrier, and to the operator's centre where that speaks SMPP.
func (p *post) bound() {
	p.t.Helper()
	p.ok(p.carrier.Bound(p.ctx, 1))
	if p.core.SMSC().Addr() != nil {
		p.ok(p.core.SMSC().Bound(p.ctx, 1))
	}
}

// signIn signs Alice in, with a password that an admin gives her.
func (p *post) signIn() {
	p.t.Helper()
	const password = "une bonne baguette"
	p.wants(http.MethodPatch, "/api/v1/users/"+p.alice(), `{"password": "`+password+`"}`)
	jar, err := cookiejar.New(nil)
	p.ok(err)
	p.browser = &http.Client{Jar: jar}
	if status, told := p.browses(http.MethodPost, "/api/v1/session", `{"email": "alice@bakery.example", "password": "`+password+`"}`); status != http.StatusOK {
		p.t.Fatalf("Alice cannot sign in: %d %s", status, told)
	}
}

// browses is what Alice's browser asks.
func (p *post) browses(method, path, body string, headers ...string) (int, string) {
	p.t.Helper()
	return p.asks(p.browser, "http://"+p.net+".1:8080"+path, method, body, headers...)
}

func (p *post) asks(c *http.Client, url, method, body string, headers ...string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.ctx, method, url, strings.NewReader(body))
	p.ok(err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	p.ok(err)
	defer resp.Body.Close()
	told, err := io.ReadAll(resp.Body)
	p.ok(err)
	return resp.StatusCode, string(told)
}

// texted is a message as the API shows it.
type texted struct {
	ID, Direction, Channel, From, To, Body, State string
	Reason                                        *string
	Place                                         int64
	Emergency                                     bool
	Deliveries                                    []struct {
		Channel, State string
		Reason         *string
		Tries          int
		Repeated       bool
	}
}

// line is a message in a few words.
func (m texted) line() string { return m.Direction + " " + m.Channel + ": " + m.Body }

// sends writes a message on a screen, or as a program, and gives it as it was kept.
func (p *post) sends(channel, to, body string, headers ...string) texted {
	p.t.Helper()
	wish, err := json.Marshal(map[string]string{"from": numberMobile, "to": to, "body": body, "channel": channel})
	p.ok(err)
	var status int
	var told string
	if channel == "api" {
		status, told = p.asks(p.socket(), "http://tandem/api/v1/messages", http.MethodPost, string(wish), headers...)
	} else {
		status, told = p.browses(http.MethodPost, "/api/v1/messages", string(wish), headers...)
	}
	if status/100 != 2 {
		p.t.Fatalf("%s sends: %d %s", channel, status, told)
	}
	var m texted
	p.ok(json.Unmarshal([]byte(told), &m))
	return m
}

// list is what the API shows of the messages, oldest first.
func (p *post) list() []texted {
	p.t.Helper()
	var all []texted
	for path := "/api/v1/messages?order=asc&limit=200"; ; {
		var page struct {
			Data       []texted
			NextCursor *string `json:"next_cursor"`
		}
		p.read(path, &page)
		all = append(all, page.Data...)
		if page.NextCursor == nil {
			return all
		}
		path = "/api/v1/messages?order=asc&limit=200&cursor=" + *page.NextCursor
	}
}

// shows waits until the list is as it should be, and gives it.
func (p *post) shows(what string, is func([]texted) bool) []texted {
	p.t.Helper()
	for {
		all := p.list()
		if is(all) {
			return all
		}
		select {
		case <-p.ctx.Done():
			p.t.Fatalf("%s: the API has %d messages\n%s", what, len(all), digestOf(all))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// digestOf is messages in a line each.
func digestOf(all []texted) string {
	var out strings.Builder
	for i, m := range all {
		const most = 100
		if i >= most {
			fmt.Fprintf(&out, "and %d more\n", len(all)-most)
			break
		}
		fmt.Fprintf(&out, "%s %s from %s to %s: %.30q is %s", m.Direction, m.Channel, m.From, m.To, m.Body, m.State)
		if m.Reason != nil {
			out.WriteString(" since " + *m.Reason)
		}
		fmt.Fprintf(&out, " %+v\n", m.Deliveries)
	}
	return out.String()
}

// told is what the log of events has of messages, oldest first: the type and the message as it was then.
func (p *post) told() []texted {
	p.t.Helper()
	var all []texted
	for path := "/api/v1/events/log?order=asc&types=message.sent,message.received&limit=200"; ; {
		var page struct {
			Data []struct {
				Type string
				Data texted
			}
			NextCursor *string `json:"next_cursor"`
		}
		p.read(path, &page)
		for _, e := range page.Data {
			all = append(all, e.Data)
		}
		if page.NextCursor == nil {
			return all
		}
		path = "/api/v1/events/log?order=asc&types=message.sent,message.received&limit=200&cursor=" + *page.NextCursor
	}
}

// agree wants the list and the log of events to have the same messages in the same order, each once (SPEC M2).
func (p *post) agree() []texted {
	p.t.Helper()
	list, log := p.list(), p.told()
	ids := func(all []texted) []string {
		out := make([]string, len(all))
		for i, m := range all {
			out[i] = m.ID
		}
		return out
	}
	if a, b := ids(list), ids(log); !slices.Equal(a, b) {
		p.t.Errorf("the list and the log of events do not agree:\n%q\n%q", a, b)
	}
	seen := map[string]bool{}
	for i, m := range list {
		if seen[m.ID] || i > 0 && m.Place <= list[i-1].Place {
			p.t.Errorf("%s is there twice, or at a wrong place", m.ID)
		}
		seen[m.ID] = true
	}
	return list
}

// tail is what a browser's stream of events says of messages, until ctx ends; after is where it left off.
func (p *post) tail(ctx context.Context, after string) <-chan streamed {
	p.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.net+".1:8080/api/v1/events?types=message.*", nil)
	p.ok(err)
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := p.browser.Do(req) //nolint:bodyclose // the goroutine below closes it
	p.ok(err)
	if resp.StatusCode != http.StatusOK {
		p.t.Fatalf("the stream: %s", resp.Status)
	}
	out := make(chan streamed, 10000)
	go func() {
		defer resp.Body.Close()
		defer close(out)
		readStream(resp.Body, out)
	}()
	return out
}

// streamed is an event of the stream.
type streamed struct {
	ID, Type string
	Message  texted
}

func readStream(r io.Reader, out chan<- streamed) {
	var e streamed
	var b bytes.Buffer
	one := make([]byte, 4096)
	for {
		n, err := r.Read(one)
		b.Write(one[:n])
		for {
			line, rest, whole := bytes.Cut(b.Bytes(), []byte("\n"))
			if !whole {
				break
			}
			name, value, _ := strings.Cut(string(line), ": ")
			rest = bytes.Clone(rest)
			b.Reset()
			b.Write(rest)
			switch name {
			case "id":
				e.ID = value
			case "event":
				e.Type = value
			case "data":
				var body struct{ Data texted }
				if json.Unmarshal([]byte(value), &body) == nil {
					e.Message = body.Data
				}
			case "":
				if e.Type != "" && e.Message.ID != "" {
					out <- e
				}
				e = streamed{}
			}
		}
		if err != nil {
			return
		}
	}
}

// settled waits until every message that was written is with whom it is for.
func (p *post) settled(n int) []texted {
	p.t.Helper()
	return p.shows(fmt.Sprintf("%d messages, all delivered", n), func(all []texted) bool {
		return len(all) == n && !slices.ContainsFunc(all, func(m texted) bool { return m.Direction == "outbound" && m.State != "delivered" })
	})
}

// onPost runs a story on each database with a world of messages.
func onPost(t *testing.T, site string, open func(o *office) *post, story func(p *post)) {
	t.Helper()
	onBoth(t, site, func(o *office) {
		p := open(o)
		p.bound()
		story(p)
	})
}
