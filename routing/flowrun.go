package routing

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"tandem/routing/flow"
)

// mostHops is how many numbers of ours a call may be redirected through.
const mostHops = 8

// flowRun is the machine that runs for the caller, and what it asked for.
type flowRun struct {
	flow    *flow.Flow
	machine *flow.Machine
	waiting []flow.Input // what came while a step was under way
	inStep  bool
	onTimer bool // the step was brought about by a timer
}

// ringsFirst says that the flow begins by ringing, without a sound before.
func (r *flowRun) ringsFirst() bool {
	n := r.flow.Nodes[r.flow.Start]
	return n != nil && n.RingTo != nil
}

// enterNumber lets the flow of a number take the call.
func (c *call) enterNumber(n *Number) {
	c.hops++
	c.line = n.ID
	if c.hops > mostHops {
		c.end(Cause{Q850: 25, SIP: statusLoop, Text: "Numbers that redirect to each other"}, "system")
		return
	}
	snap := c.sw.dir.Snapshot()
	f := snap.Flows[n.Flow]
	if n.Kind == Unconfigured || f == nil {
		f = announcement("number_unconfigured") // SPEC D3
		c.note("number_unconfigured", nil, "number", string(n.E164))
	}
	if c.rec.NumberID == "" || c.hops == 1 {
		c.rec.NumberID = n.ID
		c.rec.Flow = FlowRef{ID: string(f.ID), Version: f.Version}
	}
	if f.Language != "" {
		c.lang = f.Language
	}
	c.runMachine(f, n)
	c.note(noteFlowEntered, nil, "flow", string(f.ID), "version", strconv.Itoa(f.Version), "number", string(n.E164))
	if n.RingBeforeAnswer > 0 && c.caller.state == legArriving {
		c.ringCaller()
		c.after(clockRingFirst, 0, n.RingBeforeAnswer)
		c.publish()
		return
	}
	c.startFlow()
}

// announcement is a flow that says one thing and ends.
func announcement(a flow.AudioID) *flow.Flow {
	return &flow.Flow{Start: "end", Nodes: map[flow.NodeID]*flow.Node{"end": {ID: "end", Hangup: &flow.Hangup{Audio: a}}}}
}

// voicemailOf is a flow that takes a message for a user.
func voicemailOf(v *flow.Voicemail) *flow.Flow {
	return &flow.Flow{Start: "voicemail", Nodes: map[flow.NodeID]*flow.Node{"voicemail": {ID: "voicemail", Voicemail: v}}}
}

// runMachine puts a machine in charge of the caller. n is the number whose flow it is; nil for one of the switchboard's own.
func (c *call) runMachine(f *flow.Flow, n *Number) {
	c.stopFlow()
	c.stage = inFlow
	c.flow = &flowRun{flow: f, machine: flow.New(f, office{call: c, number: n})}
}

// startFlow gives the machine its first input.
func (c *call) startFlow() { c.feed(flow.Begin{}) }

// stopFlow takes the machine out of charge, with its clocks.
func (c *call) stopFlow() {
	if c.flow == nil {
		return
	}
	c.flow = nil
	c.rec.guardDigits(false)
	c.stopAsking()
	c.clocks.stopKind(clockFlow)
	c.clocks.stop(clockRingFirst, 0)
}

// feed tells the machine what happened, and does what it says. What a command brings about at once waits for the end of the step.
func (c *call) feed(in flow.Input) {
	r := c.flow
	if r == nil || c.stage == over {
		return
	}
	r.waiting = append(r.waiting, in)
	if r.inStep {
		return
	}
	r.inStep = true
	for len(r.waiting) > 0 && c.flow == r {
		in := r.waiting[0]
		r.waiting = r.waiting[1:]
		_, r.onTimer = in.(flow.TimerFired)
		for _, cmd := range r.machine.Step(time.Now(), in) {
			if c.flow != r {
				break
			}
			c.execute(cmd)
		}
		c.rec.guardDigits(c.flow == r && r.machine.Sensitive())
	}
	r.inStep = false
}

// execute does what the machine says.
func (c *call) execute(cmd flow.Command) {
	switch cmd := cmd.(type) {
	case flow.Play:
		c.play(cmd)
	case flow.StopPlay:
		c.stopSound()
	case flow.StartTimer:
		c.after(clockFlow, cmd.ID, cmd.After)
	case flow.StopTimer:
		c.clocks.stop(clockFlow, cmd.ID)
	case flow.Ring:
		c.ringForFlow(cmd)
	case flow.StopRing:
		c.stopRing(cmd.ID)
	case flow.Call:
		c.redirect(cmd.To)
	case flow.Record:
		c.startRecording(cmd)
	case flow.StopRecord:
		c.stopRecording()
	case flow.Ask:
		c.ask(cmd)
	case flow.Send:
		c.send(cmd)
	case flow.Mark:
		c.mark(cmd.Set)
	case flow.Leave:
		c.leaveFlow(cmd.Why)
	case flow.Note:
		c.noteFlow(cmd)
	}
}

func (c *call) feedTimer(id int) { c.feed(flow.TimerFired{ID: id}) }

// feedStatus tells the machine that a user became free, or not.
func (c *call) feedStatus(u UserID) {
	if c.stage == inFlow && !slices.Contains(c.declined, u) {
		c.feed(flow.StatusChanged{User: u})
	}
}

// leaveFlow ends the call as the machine says.
func (c *call) leaveFlow(why flow.LeaveWhy) {
	cause := causeOfQ850(q850Normal)
	cause.SIP = statusOK
	switch why {
	case flow.NobodyAnswered:
		cause = causeOfQ850(q850NoAnswer)
	case flow.FlowEnded:
		if c.caller.state == legArriving {
			cause = causeOfQ850(q850NoAnswer)
		}
	case flow.VoicemailLeft, flow.VoicemailTooShort:
	}
	c.end(cause, "system")
}

// noteFlow puts a machine's note on the timeline.
func (c *call) noteFlow(n flow.Note) {
	switch n.Type {
	case flow.NoteQueued:
		if c.rec.QueuedAt.IsZero() {
			c.rec.QueuedAt = time.Now()
		}
	case flow.NoteNodeEntered:
		c.passTeam(n.Node)
		c.publish()
	case flow.NoteUserRinging:
		c.rec.ByExt = c.rec.ByExt || n.Args["why"] == flow.RingByExtension.String()
	case flow.NoteInput:
		c.keepInput(n)
	case flow.NoteUserSkipped:
		n.Args = c.skippedArgs(n)
	}
	c.addItem(TimelineItem{Type: n.Type, Node: string(n.Node), User: n.User, Args: n.Args})
}

// passTeam keeps which teams the call was offered to.
func (c *call) passTeam(id flow.NodeID) {
	n := c.flow.flow.Nodes[id]
	if n != nil && n.RingTo != nil && n.RingTo.Team != "" && !slices.Contains(c.rec.Teams, n.RingTo.Team) {
		c.rec.Teams = append(slices.Clip(c.rec.Teams), n.RingTo.Team)
	}
}

// keepInput keeps what the caller typed, for who answers (SPEC K11); of what is sensitive, that there was something (SPEC K10).
func (c *call) keepInput(n flow.Note) {
	one := InputRecord{Node: string(n.Node), Title: n.Args["title"], Value: n.Args["value"]}
	if _, shown := n.Args["value"]; !shown || n.Args["sensitive"] != "" {
		one.Value = "••••"
	}
	c.rec.Inputs = append(slices.Clip(c.rec.Inputs), one)
}

// skippedArgs adds what the user was doing to the reason why they were not rung, for people (SPEC L10).
func (c *call) skippedArgs(n flow.Note) map[string]string {
	args := maps.Clone(n.Args)
	if args == nil {
		args = map[string]string{}
	}
	now := c.sw.UserDesk(n.User)
	args["status"] = string(now.Status)
	if !now.Since.IsZero() {
		args["since"] = now.Since.UTC().Format(time.RFC3339)
	}
	if a := c.sw.dir.Snapshot().Accounts[c.account]; a != nil && a.Reasons[now.Reason] != "" {
		args["away"] = a.Reasons[now.Reason]
	}
	return args
}

// redirect calls another number for the machine: one of ours, whose flow takes over in the same call (SPEC L17), or one outside.
func (c *call) redirect(to flow.Redirect) {
	plan := c.planRedirect(to)
	if r, refused := plan.(reject); refused {
		c.note("redirect_failed", nil, "text", r.warning)
		c.feed(flow.RedirectDone{Outcome: flow.NoDevice})
		return
	}
	c.follow(plan, to.RingForSeconds)
}

// planRedirect decides where a redirection goes.
func (c *call) planRedirect(to flow.Redirect) decision {
	snap := c.sw.dir.Snapshot()
	if to.Number != "" {
		if n := c.sw.numberByID(snap, to.Number, c.account); n != nil {
			return runFlow{n}
		}
		return reject{status: statusNotFound, warning: "the number to redirect to is gone"}
	}
	who := dialler{account: snap.Accounts[c.account], show: c.sw.numberByID(snap, c.rec.NumberID, c.account)}
	if to.SIP != "" {
		return c.sw.planSIP(snap, who, to.SIP)
	}
	switch plan := c.sw.planDialled(snap, who, to.External).(type) {
	case dialOut:
		if plan.emergency {
			return reject{status: statusForbidden, warning: "a flow does not call an emergency number"}
		}
		return plan
	case ringUser, ringTeam, announce:
		return reject{status: statusForbidden, warning: "a flow redirects to numbers, not to extensions"}
	case runFlow, reject:
		return plan
	}
	return reject{status: statusNotFound, warning: "nowhere to redirect to"}
}

// follow goes where a redirection was decided to go.
func (c *call) follow(plan decision, ringSeconds float64) {
	switch p := plan.(type) {
	case runFlow:
		c.enterNumber(p.number)
	case dialOut:
		ring := redirectRing
		if ringSeconds > 0 {
			ring = time.Duration(ringSeconds * float64(time.Second))
		}
		c.callOutside(p, forRedirect, ring)
	case ringUser, ringTeam, announce, reject:
	}
}

// redirectRing is how long a number outside rings where the flow does not say.
const redirectRing = 60 * time.Second

func secondsText(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
}
