package byhttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tandem/messaging"
	"tandem/messaging/byhttp/template"
	"tandem/mobilecore/sms"
)

// Config is what a link needs.
type Config struct {
	Connector messaging.ConnectorID
	Settings  template.Settings
	Password  string // of our requests
	Token     string // that the other shows us, or signs with; empty: nothing comes in
	Desk      messaging.Desk
	Transport http.RoundTripper // refuses the addresses where requests of ours do not go
	Door      *Door             // where requests of the other come in; nil: nowhere
	UserAgent string            // empty: none of our own
	Patience  time.Duration     // for an answer; 0: 30 s
	Log       *slog.Logger      // nil: nothing is logged
}

// Link is a connector of messaging.KindHTTP at work.
type Link struct {
	Config

	rate   bucket
	health health
	wg     sync.WaitGroup // requests that came in
	closed func()         // no more come in
	left   func()         // no more go out
}

const (
	defaultPatience = 30 * time.Second
	maxAnswer       = 64 << 10 // bytes of an answer that are read
)

// Open begins to take and to carry messages, until Close.
func Open(c Config) *Link {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Patience <= 0 {
		c.Patience = defaultPatience
	}
	l := &Link{Config: c, closed: func() {}, left: func() {}}
	l.health.now = State{Up: true, Since: time.Now()}
	if c.Door != nil {
		l.closed = c.Door.add(l)
	}
	if c.Settings.Send.URL != "" {
		l.left = c.Desk.Attach(messaging.Route(c.Connector), l)
	}
	return l
}

// Close ends it, once what is under way has ended.
func (l *Link) Close() {
	l.closed()
	l.wg.Wait()
	l.left()
}

// Carry implements messaging.Carrier.
func (l *Link) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	ctx, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	a := l.ask(ctx, l.Settings.Send.Fill(l.values(d)))
	l.health.heard(&a)
	out := l.meaning(&a)
	out.Delivery = d.ID
	if out.Result == messaging.ResultUnknown && l.Settings.Key {
		out.Result, out.Repeat = messaging.ResultAgain, true // the other knows {key} again: nobody gets it twice
	}
	if out.Result != messaging.ResultSent && out.Result != messaging.ResultDelivered {
		l.Log.LogAttrs(ctx, slog.LevelInfo, "a message was not sent", slog.String("peer", string(l.Connector)), slog.String("message_id", string(d.Message)),
			slog.Int("status", a.status), slog.Any("err", a.err))
	}
	return out
}

// values are what the placeholders stand for.
func (l *Link) values(d *messaging.Delivery) template.Values {
	e := sms.Preview(d.Body)
	return template.Values{
		"to": string(d.To), "from": string(d.From), "to_digits": strings.TrimPrefix(string(d.To), "+"), "from_digits": strings.TrimPrefix(string(d.From), "+"),
		"body": d.Body, "key": string(d.Message) + "-" + strconv.FormatInt(d.ID, 10), "id": string(d.Message), "password": l.Password,
		"segments": strconv.Itoa(e.Segments), "encoding": string(e.Encoding),
	}
}

// answer is what came of a request.
type answer struct {
	status int // 0: none came
	header http.Header
	body   []byte
	sent   bool  // it was written, at least in part: the other may have it
	err    error // why no answer came, or no whole one. It says nothing of what was asked
}

// ask makes a request and reads its answer. Redirections are answers like others: a message goes where the settings say, and nowhere else.
func (l *Link) ask(ctx context.Context, f template.Filled) answer {
	var a answer
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { sent.Store(false) }, // again only when nothing was written, or the other knows repeats
		WroteHeaders: func() { sent.Store(true) },
	})
	r, err := http.NewRequestWithContext(ctx, f.Method, f.URL, bytes.NewReader([]byte(f.Body)))
	if err != nil {
		a.err = errors.New("the template makes no request")
		return a
	}
	maps.Copy(r.Header, f.Headers)
	if l.UserAgent != "" && r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", l.UserAgent)
	}
	resp, err := l.Transport.RoundTrip(r)
	a.sent = sent.Load()
	if err != nil {
		a.err = fmt.Errorf("no answer: %w", plain(err))
		return a
	}
	defer func() { _ = resp.Body.Close() }()
	a.status, a.header = resp.StatusCode, resp.Header
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		a.err = fmt.Errorf("half an answer: %w", plain(err))
	}
	return a
}
