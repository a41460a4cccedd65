package web

// CallSummary is a call in a list (API.md section 4, without its arrays).
type CallSummary struct {
	ID              string      `json:"id" example:"call_01JD3Q4V9M6Z0Y8K2T7RBN5XHC"`
	CallNumber      int64       `json:"call_number" doc:"The same call as a number below 2^53."`
	Direction       string      `json:"direction" enum:"inbound,outbound,internal"`
	Status          string      `json:"status" enum:"initiated,in_flow,queued,ringing,answered,held,ended"`
	Outcome         *string     `json:"outcome" doc:"Once ended: answered, missed, voicemail, abandoned, busy, rejected, failed, cancelled."`
	From            string      `json:"from"`
	To              string      `json:"to"`
	FromDisplay     string      `json:"from_display" doc:"From, for people."`
	ToDisplay       string      `json:"to_display" doc:"To, for people."`
	Anonymous       bool        `json:"anonymous"`
	Number          *reference  `json:"number" doc:"Our number, that was called or shown."`
	User            *reference  `json:"user" doc:"Who answered, or who called out."`
	Trunk           *reference  `json:"trunk"`
	StartedAt       string      `json:"started_at" format:"date-time"`
	QueuedAt        *string     `json:"queued_at" format:"date-time"`
	AnsweredAt      *string     `json:"answered_at" format:"date-time" doc:"By a person."`
	EndedAt         *string     `json:"ended_at" format:"date-time"`
	TalkSeconds     float64     `json:"talk_seconds"`
	WaitSeconds     float64     `json:"wait_seconds" doc:"From the queue, or else the start, to the answer or the end."`
	DurationSeconds float64     `json:"duration_seconds"`
	Hangup          *hangup     `json:"hangup"`
	Flow            *callFlow   `json:"flow" doc:"The version that the call started with."`
	Voicemail       *voicemail  `json:"voicemail"`
	Notified        []reference `json:"notified" doc:"Who was notified that the call was missed."`

	MissedReason *string           `json:"missed_reason" doc:"Why nobody answered a call that came in: short_abandoned, agents_did_not_answer, no_available_agent, out_of_opening_hours, abandoned_in_ivr, abandoned_in_classic."`
	Teams        []reference       `json:"teams" doc:"That were rung."`
	Contact      *reference        `json:"contact" doc:"The account's contact with the number outside."`
	AssignedTo   *reference        `json:"assigned_to" doc:"Who takes care of it."`
	Archived     bool              `json:"archived"`
	Tags         []string          `json:"tags" doc:"Ids."`
	Custom       map[string]string `json:"custom" doc:"What the flow set, and what who started the call gave with it."`
}

// callEntry is a call in a list, with what was asked for beside.
type callEntry struct {
	CallSummary

	Legs     []legObject    `json:"legs,omitempty" doc:"With expand=legs."`
	Timeline []timelineItem `json:"timeline,omitempty" doc:"With expand=timeline."`
}

// callObject is one call with everything but its timeline and ladder.
type callObject struct {
	CallSummary

	Node  string      `json:"node,omitempty" doc:"Where in its flow a call in progress is."`
	Users []reference `json:"users" doc:"Who is rung or talks, while the call is in progress."`

	RingSeconds float64       `json:"ring_seconds" doc:"From the first ringing of somebody called to the answer or the end."`
	HoldSeconds float64       `json:"hold_seconds"`
	IVR         []ivrChoice   `json:"ivr"`
	Inputs      []callInput   `json:"inputs" doc:"What the caller typed; dots where it is sensitive."`
	Legs        []legObject   `json:"legs"`
	Comments    []callComment `json:"comments" doc:"Oldest first."`
	Explanation *string       `json:"explanation" doc:"Why it was missed, for people, in the language of Accept-Language."`
}

type callInput struct {
	Node  string `json:"node"`
	Title string `json:"title"`
	Value string `json:"value"`
}

type callComment struct {
	ID   string     `json:"id"`
	At   string     `json:"at" format:"date-time"`
	User *reference `json:"user" doc:"null: a program."`
	Text string     `json:"text"`
}

type reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type hangup struct {
	By      string `json:"by" doc:"caller, callee or system."`
	SIPCode int    `json:"sip_code"`
	Q850    int    `json:"q850"`
	Text    string `json:"text"`
}

type callFlow struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

type voicemail struct {
	Seconds float64     `json:"seconds"`
	For     []reference `json:"for"`
}

type ivrChoice struct {
	Node  string `json:"node"`
	Title string `json:"title"`
	Key   string `json:"key"`
	Label string `json:"label"`
}

type legObject struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" doc:"trunk, webrtc, sip, native or external."`
	Device      string     `json:"device,omitempty" doc:"native, workspace, cti, app or sip_phone."`
	User        *reference `json:"user"`
	Trunk       *reference `json:"trunk"`
	State       string     `json:"state" enum:"calling,ringing,answered,ended"`
	SIPCallID   string     `json:"sip_call_id"`
	Codec       string     `json:"codec,omitempty"`
	StartedAt   *string    `json:"started_at" format:"date-time"`
	RingingAt   *string    `json:"ringing_at" format:"date-time"`
	AnsweredAt  *string    `json:"answered_at" format:"date-time"`
	EndedAt     *string    `json:"ended_at" format:"date-time"`
	SIPCode     int        `json:"sip_code,omitempty"`
	Q850        int        `json:"q850,omitempty"`
	CauseText   string     `json:"cause_text,omitempty"`
	PacketsIn   uint64     `json:"packets_in"`
	PacketsOut  uint64     `json:"packets_out"`
	PacketsLost uint64     `json:"packets_lost"`
	JitterMS    float64    `json:"jitter_ms"`
	MOS         float64    `json:"mos,omitempty" doc:"How it sounded, 1 to 4.5 (ITU-T G.107), the worse of both directions; more in calls/{id}/quality. Missing: nothing is known."`
}

type timelineItem struct {
	At      string            `json:"at" format:"date-time"`
	Seq     int               `json:"seq"`
	Type    string            `json:"type"`
	Node    string            `json:"node,omitempty"`
	User    *reference        `json:"user"`
	Leg     string            `json:"leg,omitempty"`
	Text    string            `json:"text" doc:"For people, in the language of Accept-Language."`
	TextKey string            `json:"text_key" doc:"Key of that sentence in the catalogue of words."`
	Args    map[string]string `json:"args"`
}
