package simulate

import (
	"slices"
	"time"

	"tandem/routing/flow"
)

// Course is what happened.
type Course struct {
	Steps   []Step
	Outcome Outcome
	Why     flow.LeaveWhy // where the flow left
	User    flow.UserID   // who answered
	Lasted  time.Duration
	At      time.Time // when the call began
}

// Step is one input with the machine's answer.
type Step struct {
	After    time.Duration // since the beginning
	Input    flow.Input
	Commands []flow.Command
}

// Outcome is how a simulation ended.
type Outcome string

// The outcomes.
const (
	Answered   Outcome = "answered"
	Redirected Outcome = "redirected" // and answered there
	HungUp     Outcome = "hung_up"    // by the caller
	Left       Outcome = "left"       // by the flow: see Why
	Endless    Outcome = "endless"    // the limit of time or of steps was reached
)

// most is how many inputs a simulation takes; a flow that needs more goes round.
const most = 20000

// Run walks the flow. Users do and are what the script says, and the rest is asked of the office.
func Run(f *flow.Flow, o flow.Office, s *Script) *Course {
	w := &world{script: s, Office: o, states: make(map[flow.UserID]flow.Status, len(s.Agents))}
	for u, a := range s.Agents {
		w.states[u] = a.Status
	}
	for _, p := range s.Digits {
		w.plan(event{at: p.After, input: flow.Digit{Key: p.Key}})
	}
	for _, c := range s.Changes {
		w.plan(event{at: c.After, input: flow.StatusChanged{User: c.User}, status: c.Status})
	}
	if s.HangsUp > 0 {
		w.plan(event{at: s.HangsUp, ends: HungUp})
	}
	w.machine, w.course.At = flow.NewWith(f, w, s.Settings), s.At
	w.step(flow.Begin{})
	limit := s.Limit
	if limit <= 0 {
		limit = 4 * time.Hour
	}
	for w.course.Outcome == "" {
		e, more := w.next()
		if !more || e.at > limit || len(w.course.Steps) >= most {
			w.end(Endless)
			break
		}
		w.now = e.at
		w.happen(e)
	}
	return &w.course
}

// event is something that will happen.
type event struct {
	at     time.Duration
	input  flow.Input
	id     int         // of the Play, timer or Ring that it belongs to; 0: of none
	status flow.Status // with a StatusChanged
	ends   Outcome     // set: the simulation ends so
	user   flow.UserID // who answers
}

// world plays everything outside of the machine. It is an Office in which the script's states stand in for the real ones.
type world struct {
	flow.Office

	script  *Script
	machine *flow.Machine
	states  map[flow.UserID]flow.Status
	now     time.Duration
	events  []event // in the order in which they were planned
	course  Course

	playing   int // id of the Play that is heard
	ringing   map[int]int
	records   bool
	asked     int           // how many programs were asked
	recording time.Duration // when the recording began
}

// spoken is how much the caller has said into the recording.
func (w *world) spoken() time.Duration { return min(w.now-w.recording, w.script.Speaks) }

// Status is the script's, or the office's.
func (w *world) Status(u flow.UserID, why flow.RingWhy) flow.Status {
	if s := w.states[u]; s != 0 {
		return s
	}
	return w.Office.Status(u, why)
}

// Caller is the script's, or the office's.
func (w *world) Caller() flow.Caller {
	if c := w.script.Caller; c != nil {
		return *c
	}
	return w.Office.Caller()
}

// Chance is the script's, or the office's.
func (w *world) Chance() float64 {
	if c := w.script.Chance; c != nil {
		return *c
	}
	return w.Office.Chance()
}

func (w *world) plan(e event) { w.events = append(w.events, e) }

// cancel takes back what belongs to a Play, timer or Ring.
func (w *world) cancel(id int) {
	w.events = slices.DeleteFunc(w.events, func(e event) bool { return id != 0 && e.id == id })
}

// next takes the earliest event; of equals the one that was planned first.
func (w *world) next() (event, bool) {
	if len(w.events) == 0 {
		return event{}, false
	}
	first := 0
	for i, e := range w.events {
		if e.at < w.events[first].at {
			first = i
		}
	}
	e := w.events[first]
	w.events = slices.Delete(w.events, first, first+1)
	return e, true
}

// happen lets one event happen.
func (w *world) happen(e event) {
	if e.ends != "" {
		if e.ends == HungUp && w.records {
			w.step(flow.RecordDone{Length: w.spoken()}) // SPEC V2: what was said is a voicemail
			return
		}
		w.course.User = e.user
		w.end(e.ends)
		return
	}
	switch in := e.input.(type) {
	case flow.StatusChanged:
		w.states[in.User] = e.status
	case flow.UserDone:
		w.ringing[in.ID]--
		if w.ringing[in.ID] == 0 {
			w.plan(event{at: w.now, id: in.ID, input: flow.RingDone{ID: in.ID, Outcome: in.Outcome}})
		}
	case flow.Begin, flow.Digit, flow.PlayDone, flow.TimerFired, flow.RingDone, flow.RecordDone, flow.RedirectDone, flow.Told:
	}
	w.step(e.input)
}

// step gives the machine an input and does what it says.
func (w *world) step(in flow.Input) {
	kept := in
	if _, is := in.(flow.Digit); is && bool(w.machine.Sensitive()) {
		kept = flow.Digit{} // SPEC K10
	}
	commands := w.machine.Step(w.script.At.Add(w.now), in)
	w.course.Steps = append(w.course.Steps, Step{After: w.now, Input: kept, Commands: commands})
	for _, c := range commands {
		w.obey(c)
	}
}

func (w *world) end(o Outcome) {
	w.course.Outcome, w.course.Lasted = o, w.now
}

// obey does what a call would do.
func (w *world) obey(c flow.Command) {
	switch c := c.(type) {
	case flow.Play:
		w.cancel(w.playing)
		w.playing = c.ID
		if !c.Loop {
			w.plan(event{at: w.now + w.script.length(c.Audio), id: c.ID, input: flow.PlayDone{ID: c.ID}})
		}
	case flow.StopPlay:
		w.cancel(w.playing)
	case flow.StartTimer:
		w.plan(event{at: w.now + c.After, id: c.ID, input: flow.TimerFired{ID: c.ID}})
	case flow.StopTimer:
		w.cancel(c.ID)
	case flow.Ring:
		w.ring(c)
	case flow.StopRing:
		w.cancel(c.ID)
	case flow.Call:
		w.redirect(c)
	case flow.Record:
		w.records, w.recording = true, w.now
		spoken := min(w.script.Speaks, c.Max)
		w.plan(event{at: w.now + min(spoken+c.Silence, c.Max), input: flow.RecordDone{Length: spoken}})
	case flow.StopRecord:
		w.plan(event{at: w.now, input: flow.RecordDone{Length: w.spoken()}})
	case flow.Leave:
		w.course.Why = c.Why
		w.end(Left)
	case flow.Ask:
		w.answer(c)
	case flow.Note, flow.Send, flow.Mark:
	}
}

// answer lets a program say what the script says.
func (w *world) answer(c flow.Ask) {
	a := Answer{Failed: "no answer is set"}
	if n := len(w.script.Answers); n > 0 {
		a = w.script.Answers[min(w.asked, n-1)]
	}
	w.asked++
	told := flow.Told{Failed: a.Failed}
	if a.Failed == "" {
		var err error
		if told, err = flow.TargetOf(c.Node, a.Body); err != nil {
			told.Failed = err.Error()
		}
	}
	told.ID = c.ID
	w.plan(event{at: w.now + a.After, input: told})
}

// ring lets each user do what the script says.
func (w *world) ring(c flow.Ring) {
	if w.ringing == nil {
		w.ringing = make(map[int]int)
	}
	w.ringing[c.ID] = len(c.Users)
	for _, u := range c.Users {
		a := w.script.Agents[u]
		switch {
		case a.NoDevice:
			w.plan(event{at: w.now, id: c.ID, input: flow.UserDone{ID: c.ID, User: u, Outcome: flow.NoDevice}})
		case a.Declines > 0 && (a.Answers == 0 || a.Declines < a.Answers):
			w.plan(event{at: w.now + a.Declines, id: c.ID, input: flow.UserDone{ID: c.ID, User: u, Outcome: flow.Declined}})
		case a.Answers > 0:
			w.plan(event{at: w.now + a.Answers, id: c.ID, ends: Answered, user: u})
		}
	}
}

// redirect lets the other number do what the script says, within the time that it may ring.
func (w *world) redirect(c flow.Call) {
	a := w.script.Redirect
	rings := time.Duration(c.To.RingForSeconds * float64(time.Second))
	switch {
	case a.NoDevice:
		w.plan(event{at: w.now, input: flow.RedirectDone{Outcome: flow.NoDevice}})
	case a.Declines > 0 && a.Declines < rings && (a.Answers == 0 || a.Declines < a.Answers):
		w.plan(event{at: w.now + a.Declines, input: flow.RedirectDone{Outcome: flow.Declined}})
	case a.Answers > 0 && a.Answers < rings:
		w.plan(event{at: w.now + a.Answers, ends: Redirected})
	default:
		w.plan(event{at: w.now + rings, input: flow.RedirectDone{Outcome: flow.NotAnswered}})
	}
}
