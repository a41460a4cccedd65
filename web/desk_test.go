package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/certify"
)

const testKey = "pk_test_0123456789abcdef"

var begin = time.Date(2026, 11, 21, 9, 0, 0, 120_000_000, time.UTC)

// office is every room below the front desk, with two calls in its log and one in progress.
type office struct {
	records  []*routing.CallRecord
	live     []LiveCall
	filter   provisioning.CallFilter
	site     SiteFile
	change   SiteChange
	siteErr  error
	applied  bool
	unready  error
	bookDown error
	ordered  routing.Command
	says     error // to what is ordered
	started  routing.Start
	startErr error
	shown    *routing.Number
	tagged   []routing.CallID
}

func (o *office) Draft(_ context.Context, id routing.CallID) (*routing.CallRecord, error) {
	for _, l := range o.live {
		if l.Record.ID == id && o.says == nil {
			draft := *l.Record
			draft.Legs = []routing.LegRecord{{ID: "leg_3", User: "usr_1", StartedAt: begin, RingingAt: begin}}
			draft.Timeline = []routing.TimelineItem{{At: begin, Seq: 1, Type: "started"}}
			return &draft, nil
		}
	}
	return nil, routing.ErrNoCall
}

func (o *office) Do(_ context.Context, _ routing.CallID, cmd routing.Command) error {
	o.ordered = cmd
	return o.says
}

func (o *office) Start(want routing.Start) (routing.CallID, error) {
	o.started = want
	if o.startErr != nil {
		return "", o.startErr
	}
	return "call_3", nil
}

func (o *office) Shown(routing.UserID) *routing.Number { return o.shown }

func (o *office) Tagged(id routing.CallID) { o.tagged = append(o.tagged, id) }

func (o *office) Calls(_ context.Context, f provisioning.CallFilter) (provisioning.CallPage, error) {
	o.filter = f
	if o.bookDown != nil {
		return provisioning.CallPage{}, o.bookDown
	}
	if f.Limit == 1 && f.Cursor == "" {
		return provisioning.CallPage{Calls: o.records[:1], Next: "call_1"}, nil
	}
	return provisioning.CallPage{Calls: o.records}, nil
}

func (o *office) Call(_ context.Context, ref string) (*routing.CallRecord, error) {
	for _, r := range o.records {
		if string(r.ID) == ref || ref == "184467" && r.Number == 184467 {
			return r, nil
		}
	}
	return nil, ErrNotFound
}

func (o *office) Live() []LiveCall { return o.live }

func (o *office) Trunks() []TrunkState {
	return []TrunkState{{ID: "trk_1", Up: true, LastStatus: 200, RTT: 1500 * time.Microsecond}}
}

func (o *office) Certify(context.Context, routing.Certification) (certify.Sheet, error) {
	return certify.Sheet{}, nil
}
func (o *office) Renew(routing.TrunkID) error { return nil }

func (o *office) Probe(routing.TrunkID) error { return nil }

// oneTrunk is records in which there is a trunk and nothing else.
type oneTrunk struct{ provisioning.Store }

func (oneTrunk) State(context.Context) (*provisioning.State, error) {
	return &provisioning.State{Trunks: []*provisioning.Trunk{{ID: "trk_1", Name: "sim", Servers: []string{"sip:127.0.0.1:5090"}, OutPassword: "geheim"}}}, nil
}

func (o *office) Plan(_ context.Context, f SiteFile) (SiteChange, error) {
	o.site = f
	return o.change, o.siteErr
}

func (o *office) Apply(_ context.Context, f SiteFile) (SiteChange, error) {
	o.site, o.applied = f, true
	return o.change, o.siteErr
}

func (o *office) Info(context.Context) (Info, error) {
	return Info{Version: "0.1.0", StartedAt: begin, Listeners: []string{"sip udp 127.0.0.1:5060"}, Database: "sqlite"}, nil
}

func (o *office) Snapshot() *routing.Snapshot {
	return &routing.Snapshot{
		Accounts: map[routing.AccountID]*routing.Account{"acc_1": {ID: "acc_1", Country: "FR"}},
		Users:    map[routing.UserID]*routing.User{"usr_1": {ID: "usr_1", Name: "Alice Martin"}},
		Numbers:  map[routing.E164]*routing.Number{"+33199001234": {ID: "num_1", Name: "Support"}},
		Trunks:   map[routing.TrunkID]*routing.Trunk{"trk_1": {ID: "trk_1", Name: "sim", Servers: []string{"sip:127.0.0.1:5090"}, OutPassword: "geheim"}},
	}
}

func newOffice() *office {
	answered := &routing.CallRecord{
		ID: "call_1", Number: 184467, Account: "acc_1", Direction: routing.Inbound, Status: "ended", Outcome: routing.OutcomeAnswered,
		From: "+33639980101", To: "+33199001234", NumberID: "num_1", User: "usr_1", Trunk: "trk_1", Flow: routing.FlowRef{ID: "flow_1", Version: 7},
		StartedAt: begin, QueuedAt: begin.Add(5 * time.Second), AnsweredAt: begin.Add(12 * time.Second), EndedAt: begin.Add(57300 * time.Millisecond),
		Cause: routing.Cause{Q850: 16, SIP: 200, Text: "Normal call clearing"}, EndedBy: "caller",
		Legs: []routing.LegRecord{
			{ID: "leg_1", Kind: "trunk", Trunk: "trk_1", SIPCallID: "abc@sim", Codec: "PCMA", StartedAt: begin, AnsweredAt: begin.Add(time.Second), EndedAt: begin.Add(57300 * time.Millisecond)},
			{ID: "leg_2", Kind: "sip", Device: routing.SIPPhone, User: "usr_1", StartedAt: begin.Add(6 * time.Second), RingingAt: begin.Add(7 * time.Second), AnsweredAt: begin.Add(12 * time.Second)},
		},
		Timeline: []routing.TimelineItem{
			{At: begin.Add(3 * time.Second), Seq: 1, Type: "ivr_option_selected", Node: "n3", Args: map[string]string{"key": "1", "title": "Support"}},
			{At: begin.Add(20 * time.Second), Seq: 2, Type: "hold"},
			{At: begin.Add(24 * time.Second), Seq: 3, Type: "unhold"},
		},
		Ladder: []routing.LadderItem{
			{At: begin, Leg: "leg_1", From: "127.0.0.1:5090", To: "127.0.0.1:5080", Network: "UDP", Raw: "INVITE sip:+33199001234@127.0.0.1 SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n"},
			{At: begin.Add(20 * time.Millisecond), Leg: "leg_1", From: "127.0.0.1:5080", To: "127.0.0.1:5090", Network: "UDP", Raw: "SIP/2.0 100 Trying\r\nCSeq: 1 INVITE\r\n\r\n"},
			{At: begin.Add(6 * time.Second), Leg: "leg_2", From: "127.0.0.1:5080", To: "127.0.0.1:40123", Network: "TCP", Raw: "INVITE sip:201@127.0.0.1 SIP/2.0\r\n\r\nv=0\r\n"},
		},
	}
	missed := &routing.CallRecord{ID: "call_2", Number: 2, Direction: routing.Inbound, Status: "ended", Outcome: routing.OutcomeMissed, From: "+4915112345678", To: "201", StartedAt: begin, EndedAt: begin}
	live := &routing.CallRecord{ID: "call_3", Number: 3, Account: "acc_1", Direction: routing.Internal, From: "201", To: "202", StartedAt: time.Now().Add(-10 * time.Second)}
	return &office{records: []*routing.CallRecord{answered, missed}, live: []LiveCall{{Record: live, Status: "ringing", Users: []routing.UserID{"usr_1"}}}}
}

type desk struct {
	*Server

	t   *testing.T
	url string // of the outside door
	loc string // of the control socket's door
}

func open(t *testing.T, o *office) desk {
	t.Helper()
	s, err := New(Config{Version: "0.1.0", APIKey: testKey, Links: []Link{{Key: "one-click-key", To: "/dashboard"}}, Log: slog.New(slog.DiscardHandler)}, Rooms{
		Records: oneTrunk{}, Book: o, Switchboard: o, Trunks: o, Office: o, Directory: o, System: o,
		Checks: []Check{{Name: "database", Ask: func(context.Context) error { return o.unready }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	outside, local := httptest.NewServer(s.Handler(Outside)), httptest.NewServer(s.Handler(Socket))
	t.Cleanup(outside.Close)
	t.Cleanup(local.Close)
	return desk{Server: s, t: t, url: outside.URL, loc: local.URL}
}

// reply is an answer whose body has been read.
type reply struct {
	StatusCode int
	Status     string
	Header     http.Header
	Cookies    []*http.Cookie
}

// ask sends a request; headers are "Name: value".
func ask(t *testing.T, method, url, body string, headers ...string) (reply, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Status, resp.Header, resp.Cookies()}, string(text)
}

const withKey = "Authorization: Bearer " + testKey

// get reads JSON with the key.
func (d desk) get(path string, into any) http.Header {
	d.t.Helper()
	resp, text := ask(d.t, "GET", d.url+path, "", withKey)
	if resp.StatusCode != http.StatusOK {
		d.t.Fatalf("GET %s: %s\n%s", path, resp.Status, text)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		d.t.Fatalf("GET %s: %v\n%s", path, err, text)
	}
	if strings.Contains(text, "$schema") || strings.Contains(text, "geheim") {
		d.t.Errorf("GET %s says too much: %s", path, text)
	}
	return resp.Header
}

func TestCallObject(t *testing.T) {
	d := open(t, newOffice())
	for _, ref := range []string{"call_1", "184467"} {
		var c callObject
		d.get("/api/v1/calls/"+ref, &c)
		for _, p := range []struct {
			name      string
			got, want any
		}{
			{"id", c.ID, "call_1"},
			{"outcome", *c.Outcome, "answered"},
			{"from, for people", c.FromDisplay, "06 39 98 01 01"},
			{"number", *c.Number, reference{"num_1", "Support"}},
			{"user", *c.User, reference{"usr_1", "Alice Martin"}},
			{"start", c.StartedAt, "2026-11-21T09:00:00.120Z"},
			{"ringing", c.RingSeconds, 5.0},
			{"waiting", c.WaitSeconds, 7.0},
			{"talk", c.TalkSeconds, 45.3},
			{"hold", c.HoldSeconds, 4.0},
			{"whole", c.DurationSeconds, 57.3},
			{"hangup", *c.Hangup, hangup{By: "caller", SIPCode: 200, Q850: 16, Text: "Normal call clearing"}},
			{"flow", *c.Flow, callFlow{"flow_1", 7}},
			{"IVR", c.IVR[0], ivrChoice{Node: "n3", Key: "1", Label: "Support"}},
			{"leg that answered", c.Legs[1].Device, "sip_phone"},
			{"its state", c.Legs[1].State, "answered"},
		} {
			if p.got != p.want {
				t.Errorf("%s: %s: got %v, want %v", ref, p.name, p.got, p.want)
			}
		}
	}
}

func TestCallInProgressIsFoundToo(t *testing.T) {
	d := open(t, newOffice())
	var list struct{ Data []callObject }
	d.get("/api/v1/calls/live", &list)
	if len(list.Data) != 1 || list.Data[0].Status != "ringing" || list.Data[0].DurationSeconds < 10 || list.Data[0].Outcome != nil || list.Data[0].Users[0].Name != "Alice Martin" {
		t.Errorf("live: %+v", list.Data)
	}
	var c callObject
	d.get("/api/v1/calls/3", &c)
	if c.ID != "call_3" || c.Hangup != nil || c.EndedAt != nil || len(c.Legs) != 1 || c.Legs[0].State != "ringing" {
		t.Errorf("by number: %+v", c)
	}
	var timeline struct{ Data []timelineItem }
	if d.get("/api/v1/calls/call_3/timeline", &timeline); len(timeline.Data) != 1 || timeline.Data[0].Text != "The call comes in." {
		t.Errorf("timeline: %+v", timeline)
	}
}

func TestListOfCalls(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	var page struct {
		Data       []map[string]any
		NextCursor *string `json:"next_cursor"`
	}
	header := d.get("/api/v1/calls?limit=1&direction=inbound&outcome=missed&user_id=usr_1&created_after=2026-11-21T09:00:00.5Z", &page)
	if len(page.Data) != 1 || page.NextCursor == nil || *page.NextCursor != sealCursor("call_1") {
		t.Errorf("first page: %+v", page)
	}
	if want := `</api/v1/calls?created_after=2026-11-21T09%3A00%3A00.5Z&cursor=YzE6Y2FsbF8x&direction=inbound&limit=1&outcome=missed&user_id=usr_1>; rel="next"`; header.Get("Link") != want {
		t.Errorf("link %s, want %s", header.Get("Link"), want)
	}
	if o.filter.Direction != routing.Inbound || o.filter.Outcome != routing.OutcomeMissed || o.filter.User != "usr_1" || !o.filter.Since.Equal(begin.Add(380*time.Millisecond)) {
		t.Errorf("filter %+v", o.filter)
	}
	if _, has := page.Data[0]["legs"]; has {
		t.Error("a list leaves the legs out")
	}
	d.get("/api/v1/calls?cursor="+sealCursor("call_1"), &page)
	if page.NextCursor != nil || len(page.Data) != 2 || o.filter.Limit != 50 {
		t.Errorf("last page: %+v, filter %+v", page, o.filter)
	}
}

// The log knows of a call in progress only that it began: the list says what it does now.
func TestListSaysWhatCallsInProgressDo(t *testing.T) {
	o := newOffice()
	o.records = append(o.records, &routing.CallRecord{ID: "call_3", Status: "initiated"})
	d := open(t, o)
	var page struct{ Data []CallSummary }
	d.get("/api/v1/calls", &page)
	if last := page.Data[2]; last.ID != "call_3" || last.Status != "ringing" || last.From != "201" {
		t.Errorf("%+v", last)
	}
}

func TestTimelineLegsAndLadder(t *testing.T) {
	d := open(t, newOffice())
	var timeline struct{ Data []timelineItem }
	d.get("/api/v1/calls/call_1/timeline", &timeline)
	if i := timeline.Data[0]; i.Text != "The caller chooses 1: Support." || i.TextKey != "timeline.ivr_option_selected" || i.Args["key"] != "1" || i.At != "2026-11-21T09:00:03.120Z" {
		t.Errorf("timeline: %+v", i)
	}
	if _, text := ask(t, "GET", d.url+"/api/v1/calls/call_1/timeline", "", withKey, "Accept-Language: fr"); !strings.Contains(text, "L’appelant choisit 1 : Support.") {
		t.Errorf("in French: %s", text)
	}
	var legs struct{ Data []legObject }
	d.get("/api/v1/calls/call_1/legs", &legs)
	if len(legs.Data) != 2 || legs.Data[0].Trunk.Name != "sim" {
		t.Errorf("legs: %+v", legs.Data)
	}
	var ladder struct{ Data []ladderItem }
	d.get("/api/v1/calls/call_1/sip", &ladder)
	if len(ladder.Data) != 3 || ladder.Data[1].First != "SIP/2.0 100 Trying" {
		t.Errorf("ladder: %+v", ladder.Data)
	}
	resp, text := ask(t, "GET", d.url+"/api/v1/calls/call_1/sip.txt", "", withKey)
	if resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", resp.Header.Get("Content-Type"))
	}
	want := `call_1  call 184467  +33639980101 -> +33199001234  2026-11-21T09:00:00Z

           127.0.0.1:5090                    127.0.0.1:5080                    127.0.0.1:40123
    0.000  |--------- INVITE (SDP) --------->|                                 |  (1)
    0.020  |<------ 100 Trying INVITE -------|                                 |  (2)
    6.000  |                                 |--------- INVITE (SDP) --------->|  (3)

(1) 09:00:00.120  UDP  127.0.0.1:5090 -> 127.0.0.1:5080  leg leg_1
INVITE sip:+33199001234@127.0.0.1 SIP/2.0
`
	if !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestTrunksHideTheirPasswords(t *testing.T) {
	d := open(t, newOffice())
	var list struct{ Data []trunkObject }
	d.get("/api/v1/trunks", &list)
	if len(list.Data) != 1 || list.Data[0].Status == nil || !list.Data[0].Status.Up || list.Data[0].Status.RTTMS != 1.5 {
		t.Errorf("%+v", list.Data)
	}
	var st trunkState
	d.get("/api/v1/trunks/trk_1/status", &st)
	if st.LastStatus != 200 {
		t.Errorf("%+v", st)
	}
}

func TestSite(t *testing.T) {
	o := newOffice()
	o.change.Changes = []provisioning.Change{{Verb: provisioning.Create, Record: &provisioning.Account{ID: "acc_1", Name: "Boulangerie Dupont"}}}
	d := open(t, o)
	resp, text := ask(t, "POST", d.url+"/api/v1/site?dry_run=true&name=mine.toml", "[account]\n", withKey, "Content-Type: application/toml")
	if resp.StatusCode != http.StatusOK || o.applied || o.site.Name != "mine.toml" || string(o.site.Text) != "[account]\n" || !strings.Contains(text, `"applied":false`) {
		t.Errorf("dry run: %s %s, applied %v, %+v", resp.Status, text, o.applied, o.site)
	}
	_, text = ask(t, "POST", d.url+"/api/v1/site", "[account]\n", withKey, "Content-Type: application/toml")
	if !o.applied || !strings.Contains(text, `"text":"create account Boulangerie Dupont`) {
		t.Errorf("apply: %s, applied %v", text, o.applied)
	}
	if resp, _ = ask(t, "POST", d.url+"/api/v1/site?base=/etc", "x", withKey); resp.StatusCode != http.StatusForbidden {
		t.Errorf("files of this machine from outside: %s", resp.Status)
	}
	if resp, text = ask(t, "POST", d.loc+"/api/v1/site?base="+t.TempDir(), "x"); resp.StatusCode != http.StatusOK || o.site.Files == nil || o.site.Actor != "apply" {
		t.Errorf("files from the socket: %s %s", resp.Status, text)
	}
	o.change = SiteChange{Problems: []provisioning.Problem{{File: "mine.toml", Line: 12, Key: "users[2].extension", Code: "X1", Text: "201 is taken"}}}
	resp, text = ask(t, "POST", d.url+"/api/v1/site", "x", withKey)
	var p ProblemError
	if err := json.Unmarshal([]byte(text), &p); err != nil || resp.StatusCode != http.StatusUnprocessableEntity || p.Code != "site_invalid" ||
		len(p.Errors) != 1 || p.Errors[0].Location != "mine.toml:12" || p.Errors[0].Message != "users[2].extension: 201 is taken" || p.Errors[0].Code != "X1" {
		t.Errorf("refusal: %s %s", resp.Status, text)
	}
	o.change, o.siteErr = SiteChange{}, provisioning.ErrMoved
	if resp, _ = ask(t, "POST", d.url+"/api/v1/site", "x", withKey); resp.StatusCode != http.StatusConflict {
		t.Errorf("moved: %s", resp.Status)
	}
}
