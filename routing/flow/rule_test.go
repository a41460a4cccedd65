package flow_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// everyNode is a document with every type of node.
const everyNode = `{"schema":"flow/v1","name":"Tout","timezone":"Europe/Paris","start":"t","nodes":[
 {"id":"t","type":"time_rule","title":"Horaires","config":{"timezone":"Indian/Reunion","branches":[
   {"id":"open","title":"Ouvert","slots":[{"days":["mon","fri"],"from":"09:00","to":"18:00"},{"days":["sat"],"from":"22:00","to":"06:00"}]},
   {"id":"never","title":"","slots":[]}]},"next":{"open":"d","never":"d","otherwise":"v"}},
 {"id":"d","type":"date_rule","config":{"date":"sd_1"},"next":{"match":"v","otherwise":"c"}},
 {"id":"c","type":"caller_rule","config":{"branches":[
   {"id":"vip","title":"VIP","match":{"vip":true,"tags":["tag_1"]}},
   {"id":"home","match":{"prefixes":["+336"],"countries":["FR"],"anonymous":true,"blocked":true,"returns_in_days":7,"last_users":["alice"]}}]},
   "next":{"vip":"s","home":"s","otherwise":"s"}},
 {"id":"s","type":"split","config":{"branches":[{"id":"a","percent":33.5},{"id":"b","title":"B","percent":66.5}]},"next":{"a":"i","b":"m"}},
 {"id":"i","type":"input","title":"Dossier","config":{"audio":"aud_1","retry":"aud_2","attempts":3,"timeout_seconds":4,"length":6,"end_key":"*","display_to_agent":true},"next":{"input":"p","no_or_wrong_input":"p"}},
 {"id":"p","type":"ring_to_api","config":{"url":"https://crm.example/route","timeout_seconds":2.5,"target":{"user":"$.a['b c'][0]","team":"$.team"},"ring_for_seconds":20,"ring_even_if_busy":true},"next":{"fallback":"m","routed":"v"}},
 {"id":"m","type":"send_sms","config":{"from":"num_1","to":"+33612345678","text":"Rappelez-nous"},"next":{"done":"k"}},
 {"id":"k","type":"set","config":{"tags":["tag_1"],"variables":{"channel":"night"},"priority":1,"language":"fr"},"next":{"done":"aud"}},
 {"id":"aud","type":"audio_message","config":{"audio":"aud_1"},"next":{"done":"ivr"}},
 {"id":"ivr","type":"ivr","config":{"audio":"aud_1","options":[{"id":"k1","key":"1","title":"Un"}]},"next":{"k1":"w","no_or_wrong_input":"r"}},
 {"id":"w","type":"waiting_experience","config":{"music":"music"},"next":{"done":"ring"}},
 {"id":"ring","type":"ring_to","config":{"target":{"team":"support"},"ring_for_seconds":30},"next":{"unanswered":"v"}},
 {"id":"r","type":"redirect","config":{"sip":"sip:desk@pbx.example:5070"},"next":{}},
 {"id":"v","type":"voicemail","config":{},"next":{"done":"h"}},
 {"id":"h","type":"hangup","config":{},"next":{}}]}`

func parsed(t *testing.T, document string) *flow.Flow {
	t.Helper()
	f, err := flow.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSpec_F1_F13_EveryNodeIsReadAndWritten(t *testing.T) {
	f := parsed(t, everyNode)
	again := parsed(t, text(t, f))
	if !reflect.DeepEqual(f.Nodes, again.Nodes) || text(t, f) != text(t, again) {
		t.Error(text(t, f))
	}
	kinds := make(map[flow.Kind]struct{})
	for _, n := range f.Nodes {
		kinds[n.Kind()] = struct{}{}
	}
	for _, k := range flow.Kinds() {
		if _, has := kinds[k]; !has {
			t.Errorf("no node of type %s is in the corpus", k)
		}
	}
	priority := 1
	want := map[flow.NodeID]*flow.Node{
		"t": {TimeRule: &flow.TimeRule{Timezone: "Indian/Reunion", Branches: []flow.TimeBranch{{ID: "open", Title: "Ouvert", Slots: []calendar.Slot{
			{Days: []calendar.Day{"mon", "fri"}, From: "09:00", To: "18:00"}, {Days: []calendar.Day{"sat"}, From: "22:00", To: "06:00"},
		}}, {ID: "never"}}}},
		"d": {DateRule: &flow.DateRule{Date: "sd_1"}},
		"c": {CallerRule: &flow.CallerRule{Branches: []flow.CallerBranch{
			{ID: "vip", Title: "VIP", Match: flow.CallerMatch{VIP: true, Tags: []string{"tag_1"}}},
			{ID: "home", Match: flow.CallerMatch{
				Prefixes: []string{"+336"}, Countries: []string{"FR"}, Anonymous: true, Blocked: true, ReturnsInDays: 7, LastUsers: []flow.UserID{"alice"},
			}},
		}}},
		"s": {Split: &flow.Split{Branches: []flow.SplitBranch{{ID: "a", Percent: 33.5}, {ID: "b", Title: "B", Percent: 66.5}}}},
		"i": {Input: &flow.DigitInput{Audio: "aud_1", Retry: "aud_2", EndKey: '*', Length: 6, TimeoutSeconds: 4, Attempts: 3, Display: true}},
		"p": {RingToAPI: &flow.RingToAPI{
			URL: "https://crm.example/route", TimeoutSeconds: 2.5, User: "$.a['b c'][0]", Team: "$.team", RingForSeconds: 20, EvenIfBusy: true,
		}},
		"m": {SendSMS: &flow.SendSMS{From: "num_1", To: "+33612345678", Text: "Rappelez-nous"}},
		"k": {Set: &flow.Set{Tags: []string{"tag_1"}, Variables: map[string]string{"channel": "night"}, Priority: &priority, Language: "fr"}},
		"r": {Redirect: &flow.Redirect{SIP: "sip:desk@pbx.example:5070"}},
	}
	for id, n := range want {
		got := *f.Nodes[id]
		got.ID, got.Title, got.Next = "", "", nil
		if !reflect.DeepEqual(&got, n) {
			t.Errorf("node %s: %+v", id, got)
		}
	}
}

func TestWrongRulesAreRefused(t *testing.T) {
	node := func(kind, config string) string {
		return `{"start":"n1","nodes":[{"id":"n1","type":"` + kind + `","config":` + config + `}]}`
	}
	tests := map[string]struct{ document, want string }{
		"zone of the flow":    {`{"timezone":"Local","nodes":[]}`, `E00 at timezone: there is no time zone "Local"`},
		"zone":                {node("time_rule", `{"timezone":"Europe/Pari"}`), "nodes[0].config.timezone: there is no time zone"},
		"day":                 {node("time_rule", `{"branches":[{"id":"a","slots":[{"days":["lundi"],"from":"09:00","to":"18:00"}]}]}`), `branches[0].slots[0].days[0]: "lundi" is no day`},
		"no day":              {node("time_rule", `{"branches":[{"id":"a","slots":[{"from":"09:00","to":"18:00"}]}]}`), `slots[0].days: name at least one day`},
		"clock":               {node("time_rule", `{"branches":[{"id":"a","slots":[{"days":["mon"],"from":"9h","to":"18:00"}]}]}`), `slots[0].from: "9h" is no time of the day`},
		"no clock":            {node("time_rule", `{"branches":[{"id":"a","slots":[{"days":["mon"],"from":"09:00"}]}]}`), `slots[0].to: give to`},
		"reserved":            {node("time_rule", `{"branches":[{"id":"otherwise"}]}`), "cannot have the id"},
		"branch twice":        {node("time_rule", `{"branches":[{"id":"a"},{"id":"a"}]}`), "two branches have the id"},
		"no date":             {node("date_rule", `{}`), "config.date: give date"},
		"prefix":              {node("caller_rule", `{"branches":[{"id":"a","match":{"prefixes":["06"]}}]}`), `match.prefixes[0]: "06" is no prefix`},
		"country":             {node("caller_rule", `{"branches":[{"id":"a","match":{"countries":["fr"]}}]}`), `match.countries[0]: "fr" is no country`},
		"unknown condition":   {node("caller_rule", `{"branches":[{"id":"a","match":{"vpi":true}}]}`), `unknown key "vpi": write "vip"`},
		"shares":              {node("split", `{"branches":[{"id":"a","percent":50},{"id":"b","percent":40}]}`), "must be 100 together, not 90"},
		"no end":              {node("input", `{"audio":"a","end_key":"none"}`), "give a length, or a key that ends the input"},
		"end":                 {node("input", `{"audio":"a","end_key":"9"}`), `"9" ends no input`},
		"no retry":            {node("input", `{"audio":"a","attempts":2}`), "config.retry: give a message for the second attempt"},
		"four attempts":       {node("input", `{"audio":"a","attempts":4}`), "write attempts as a number from 1 to 3"},
		"no url":              {node("ring_to_api", `{}`), "config.url: give url"},
		"url":                 {node("ring_to_api", `{"url":"file:///etc/passwd"}`), "is no address of a program"},
		"url with a password": {node("ring_to_api", `{"url":"https://a:b@crm.example"}`), "without a password"},
		"expression":          {node("ring_to_api", `{"url":"https://a","target":{"user":"target.user"}}`), "config.target.user: this is no path into an answer"},
		"wild expression":     {node("ring_to_api", `{"url":"https://a","target":{"user":"$..user"}}`), "this is no path into an answer"},
		"no text":             {node("send_sms", `{}`), "config.text: give text"},
		"long text":           {node("send_sms", `{"text":"`+strings.Repeat("é", 1601)+`"}`), "write at most 1600 letters"},
		"receiver":            {node("send_sms", `{"text":"a","to":"0612345678"}`), "is not an international number"},
		"nothing to keep":     {node("set", `{}`), "give something to keep"},
		"priority":            {node("set", `{"priority":2}`), "write priority as a number from 0 to 1"},
		"name of a variable":  {node("set", `{"variables":{"a b":"c"}}`), "write the name of a variable"},
		"two redirections":    {node("redirect", `{"sip":"sip:a@b","external":"+33199001234"}`), "give one of number, external and sip"},
		"slots":               {node("time_rule", `{"branches":[{"id":"a","slots":[`+strings.Repeat(`{"days":["mon"],"from":"09:00","to":"18:00"},`, 200)+`{"days":["mon"],"from":"09:00","to":"18:00"}]}]}`), "give at most 200 slots in all"},
		"branches":            {node("caller_rule", `{"branches":[`+strings.Repeat(`{},`, 100)+`{}]}`), "give at most 100 of branches"},
		"nodes":               {`{"nodes":[` + strings.Repeat(`{},`, 1000) + `{}]}`, "give at most 1000 nodes"},
		"sip address":         {node("redirect", `{"sip":"sip:a@b?Replaces=x"}`), "is no SIP address"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := flow.Parse([]byte(tt.document))
			if err == nil || f != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nmust say %s", err, tt.want)
			}
		})
	}
}

// branched is the note of the branch that was taken.
func branched(t *testing.T, f *flow.Flow, d *simulate.Desk, at string) flow.Note {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	c := simulate.Run(f, d, &simulate.Script{At: moment})
	notes := c.Notes(flow.NoteBranch)
	if len(notes) != 1 {
		t.Fatal(c.Ladder())
	}
	return notes[0]
}

func TestSpec_T1_T6_ATimeRuleTakesTheFirstBranchAroundNow(t *testing.T) {
	f := line(&flow.Node{Title: "Hours", Next: to("day", "n2", "lunch", "n3", "otherwise", "n4"), TimeRule: &flow.TimeRule{Branches: []flow.TimeBranch{
		{ID: "day", Title: "Open", Slots: []calendar.Slot{{Days: []calendar.Day{"fri"}, From: "09:00", To: "12:00"}, {Days: []calendar.Day{"fri"}, From: "13:00", To: "18:00"}}},
		{ID: "lunch", Title: "Lunch", Slots: []calendar.Slot{{Days: []calendar.Day{"fri"}, From: "11:30", To: "14:00"}}},
	}}}, bye(), bye(), bye())
	for at, want := range map[string]string{
		"2026-11-20T08:00:00Z": "day fri 09:00–12:00", "2026-11-20T10:45:00Z": "day fri 09:00–12:00", "2026-11-20T11:15:00Z": "lunch fri 11:30–14:00",
		"2026-11-20T12:15:00Z": "day fri 13:00–18:00", "2026-11-20T17:00:00Z": "otherwise ", "2026-11-21T10:00:00Z": "otherwise ",
	} {
		n := branched(t, f, &simulate.Desk{}, at)
		if got := n.Args["branch"] + " " + n.Args["what"]; got != want {
			t.Errorf("%s: %s", at, got)
		}
		if n.Args["type"] != "time_rule" || n.Args["title"] != "Hours" || !strings.HasSuffix(n.Args["at"], "Europe/Paris") {
			t.Error(n.Args)
		}
	}
	// The rule's own zone comes before the flow's, and that before the number's.
	for zone, want := range map[[3]string]string{
		{"Europe/Paris", "UTC", "UTC"}: "day", {"", "Europe/Paris", "UTC"}: "day", {"", "", "Europe/Paris"}: "day",
		{"UTC", "Europe/Paris", "Europe/Paris"}: "otherwise", {"", "UTC", "Europe/Paris"}: "otherwise", {"", "", "UTC"}: "otherwise",
	} {
		f.Nodes["n1"].TimeRule.Timezone, f.Timezone = zone[0], zone[1]
		if n := branched(t, f, &simulate.Desk{Zone: zone[2]}, "2026-11-20T08:30:00Z"); n.Args["branch"] != want {
			t.Errorf("%v: %v", zone, n.Args)
		}
	}
}

func TestSpec_T8_ADateRuleTakesOneSpecialDate(t *testing.T) {
	f := line(&flow.Node{Next: to("match", "n2", "otherwise", "n3"), DateRule: &flow.DateRule{Date: "sd_1"}}, bye(), bye())
	d := &simulate.Desk{Dates: map[flow.DateID]calendar.Dates{"sd_1": {Holidays: "FR", Spans: []calendar.Span{{From: "2026-08-01", To: "2026-08-15"}}}}}
	for at, want := range map[string]string{
		"2026-07-31T22:30:00Z": "match date 2026-08-01 – 2026-08-15", "2026-07-31T21:30:00Z": "otherwise no_date sd_1", "2026-12-25T12:00:00Z": "match holiday christmas",
	} {
		n := branched(t, f, d, at)
		if got := n.Args["branch"] + " " + n.Args["reason"] + " " + n.Args["what"]; got != want {
			t.Errorf("%s: %s", at, got)
		}
	}
	if n := branched(t, f, &simulate.Desk{}, "2026-12-25T12:00:00Z"); n.Args["branch"] != "otherwise" || n.Args["reason"] != flow.BecauseDateGone {
		t.Error(n)
	}
}

func TestSpec_T10_ACallerRuleKnowsTheCaller(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	mobile := flow.Caller{Number: "+33612345678", Country: "FR", Tags: []string{"tag_2"}, LastCall: now.AddDate(0, 0, -3), LastUser: "alice"}
	tests := map[string]struct {
		match  flow.CallerMatch
		caller flow.Caller
		want   string
	}{
		"prefix":            {flow.CallerMatch{Prefixes: []string{"+337", "+336"}}, mobile, "b prefix +336"},
		"other prefix":      {flow.CallerMatch{Prefixes: []string{"+337"}}, mobile, "otherwise no_match "},
		"country":           {flow.CallerMatch{Countries: []string{"BE", "FR"}}, mobile, "b country FR"},
		"no country":        {flow.CallerMatch{Countries: []string{"BE"}}, flow.Caller{}, "otherwise no_match "},
		"anonymous":         {flow.CallerMatch{Anonymous: true}, flow.Caller{Anonymous: true}, "b anonymous "},
		"not anonymous":     {flow.CallerMatch{Anonymous: true}, mobile, "otherwise no_match "},
		"tag":               {flow.CallerMatch{Tags: []string{"tag_1", "tag_2"}}, mobile, "b tag tag_2"},
		"VIP":               {flow.CallerMatch{VIP: true}, flow.Caller{VIP: true}, "b vip "},
		"block list":        {flow.CallerMatch{Blocked: true}, flow.Caller{Blocked: true}, "b blocked "},
		"returns":           {flow.CallerMatch{ReturnsInDays: 3}, mobile, "b returns 3"},
		"returns too late":  {flow.CallerMatch{ReturnsInDays: 2}, mobile, "otherwise no_match "},
		"never called":      {flow.CallerMatch{ReturnsInDays: 3650}, flow.Caller{}, "otherwise no_match "},
		"last user":         {flow.CallerMatch{LastUsers: []flow.UserID{"bruno", "alice"}}, mobile, "b last_user alice"},
		"another last user": {flow.CallerMatch{LastUsers: []flow.UserID{"bruno"}}, mobile, "otherwise no_match "},
		"any of them":       {flow.CallerMatch{VIP: true, Countries: []string{"FR"}}, mobile, "b country FR"},
		"no condition":      {flow.CallerMatch{}, mobile, "otherwise no_match "},
	}
	for name, tt := range tests {
		f := line(&flow.Node{Next: to("b", "n2", "otherwise", "n3"), CallerRule: &flow.CallerRule{Branches: []flow.CallerBranch{{ID: "b", Match: tt.match}}}}, bye(), bye())
		n := branched(t, f, &simulate.Desk{Calls: tt.caller}, now.Format(time.RFC3339))
		if got := n.Args["branch"] + " " + n.Args["reason"] + " " + n.Args["what"]; got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSplitSharesCallsOut(t *testing.T) {
	f := line(&flow.Node{Next: to("a", "n2", "none", "n2", "b", "n3"), Split: &flow.Split{Branches: []flow.SplitBranch{
		{ID: "a", Percent: 30}, {ID: "none", Percent: 0}, {ID: "b", Percent: 70},
	}}}, bye(), bye())
	count := make(map[string]int)
	for i := range 1000 {
		n := branched(t, f, &simulate.Desk{Roll: float64(i) / 1000}, "2026-11-20T12:00:00Z")
		count[n.Args["branch"]]++
	}
	if count["a"] != 300 || count["b"] != 700 {
		t.Error(count)
	}
	if n := branched(t, f, &simulate.Desk{Roll: 0.9999999999}, "2026-11-20T12:00:00Z"); n.Args["branch"] != "b" {
		t.Error(n.Args)
	}
}
