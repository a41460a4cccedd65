package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/routing/flow"
)

// Ladder writes the course as text: the time in seconds and what happened, under it what the machine said. It ends with the outcome.
func (c *Course) Ladder() string {
	var b strings.Builder
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "%8.3f  %s\n", s.After.Seconds(), describeInput(s.Input))
		for _, command := range s.Commands {
			fmt.Fprintf(&b, "            %s\n", describe(command))
		}
	}
	fmt.Fprintf(&b, "%8.3f  = %s", c.Lasted.Seconds(), c.Outcome)
	switch c.Outcome {
	case Answered:
		fmt.Fprintf(&b, " by %s", c.User)
	case Left:
		fmt.Fprintf(&b, " %s", c.Why)
	case Redirected, HungUp, Endless:
	}
	b.WriteByte('\n')
	return b.String()
}

// Notes lists the timeline's lines of one type, or of all where none is named.
func (c *Course) Notes(kind string) []flow.Note {
	var notes []flow.Note
	for _, s := range c.Steps {
		for _, command := range s.Commands {
			if n, is := command.(flow.Note); is && (kind == "" || n.Type == kind) {
				notes = append(notes, n)
			}
		}
	}
	return notes
}

func describeInput(in flow.Input) string {
	switch in := in.(type) {
	case flow.Begin:
		return "begin"
	case flow.Digit:
		if in.Key == 0 {
			return "digit •"
		}
		return "digit " + string(rune(in.Key))
	case flow.PlayDone:
		return fmt.Sprintf("play #%d done", in.ID)
	case flow.TimerFired:
		return fmt.Sprintf("timer #%d fired", in.ID)
	case flow.RingDone:
		return fmt.Sprintf("ring #%d done: %s", in.ID, in.Outcome)
	case flow.UserDone:
		return fmt.Sprintf("ring #%d: %s %s", in.ID, in.User, in.Outcome)
	case flow.StatusChanged:
		return "status of " + string(in.User)
	case flow.RecordDone:
		return fmt.Sprintf("recorded %.1f s", in.Length.Seconds())
	case flow.RedirectDone:
		return "redirect done: " + in.Outcome.String()
	case flow.Told:
		if in.Failed != "" {
			return fmt.Sprintf("ask #%d failed: %s", in.ID, in.Failed)
		}
		return fmt.Sprintf("ask #%d answered", in.ID)
	}
	return ""
}

func describe(c flow.Command) string {
	switch c := c.(type) {
	case flow.Play:
		return fmt.Sprintf("play #%d %s%s", c.ID, words(c.Audio, ", "), map[bool]string{true: " (loop)"}[c.Loop])
	case flow.StopPlay:
		return "stop play"
	case flow.StartTimer:
		return fmt.Sprintf("timer #%d %.1f s", c.ID, c.After.Seconds())
	case flow.StopTimer:
		return fmt.Sprintf("stop timer #%d", c.ID)
	case flow.Ring:
		return fmt.Sprintf("ring #%d %s by %s", c.ID, words(c.Users, ", "), c.Why)
	case flow.StopRing:
		return fmt.Sprintf("stop ring #%d", c.ID)
	case flow.Call:
		return fmt.Sprintf("redirect to %s%s%s for %.0f s", c.To.Number, c.To.External, c.To.SIP, c.To.RingForSeconds)
	case flow.Record:
		return fmt.Sprintf("record %.0f s, silence %.0f s, for [%s]", c.Max.Seconds(), c.Silence.Seconds(), words(c.For, ", "))
	case flow.StopRecord:
		return "stop record"
	case flow.Ask:
		return fmt.Sprintf("ask #%d %s within %.1f s", c.ID, c.URL, c.Within.Seconds())
	case flow.Send:
		return fmt.Sprintf("send a text to %s", cmp.Or(c.To, "the caller"))
	case flow.Mark:
		return "mark the call"
	case flow.Leave:
		return "leave: " + c.Why.String()
	case flow.Note:
		return describeNote(c)
	}
	return ""
}

func describeNote(n flow.Note) string {
	parts := []string{"·", n.Type, string(n.Node)}
	if n.User != "" {
		parts = append(parts, string(n.User))
	}
	for _, k := range slices.Sorted(maps.Keys(n.Args)) {
		parts = append(parts, k+"="+n.Args[k])
	}
	if words := n.Words("en"); words != "" && n.Type == flow.NoteBranch {
		parts = append(parts, "("+words+")")
	}
	return strings.Join(parts, " ")
}

func words[S ~string](list []S, between string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = string(s)
	}
	return strings.Join(all, between)
}
