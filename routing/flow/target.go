package flow

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// mostAnswer is how many bytes of a program's answer are read.
const mostAnswer = 64 << 10

// Why an answer routes no call. None of them quotes the answer: it may hold what nobody is to see.
var (
	errAnswerTooLong = errors.New("the answer is longer than 64 KB")
	errAnswerJSON    = errors.New("the answer is not a JSON object")
	errNoTarget      = errors.New("the answer names no target")
	errTwoTargets    = errors.New("the answer names more than one target")
)

// TargetOf finds in a program's answer where the call goes: a user or a team to ring, one of our numbers or a number outside to redirect to. An error
// says why the caller takes the port "fallback" instead. Whether whom it names exists is the machine's office to say. The ID of what it gives is the
// asker's to fill in.
func TargetOf(node *RingToAPI, body []byte) (Told, error) {
	if len(body) > mostAnswer {
		return Told{}, errAnswerTooLong
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil || answer == nil {
		return Told{}, errAnswerJSON
	}
	a := &answered{body: answer}
	user := a.text(node.expression("user", node.User))
	team := a.text(node.expression("team", node.Team))
	number := a.text(node.expression("number", node.Number))
	external := a.text(node.expression("external", node.External))
	ring := a.seconds(cmp.Or(node.RingForSeconds, 30))
	switch {
	case a.err != nil:
		return Told{}, a.err
	case a.found == 0:
		return Told{}, errNoTarget
	case a.found > 1:
		return Told{}, errTwoTargets
	case external != "" && !international(external):
		return Told{}, errors.New("external is no international number: + and 7 to 15 digits")
	}
	if user == "" && team == "" {
		return Told{Redirect: &Redirect{Number: NumberID(number), External: external, RingForSeconds: ring}}, nil
	}
	r := &RingTo{Team: TeamID(team), Rule: Simultaneous, RingForSeconds: ring, RingUserSeconds: 30, EvenIfBusy: node.EvenIfBusy}
	if user != "" {
		r.Users = []UserID{UserID(user)}
	}
	return Told{RingTo: r}, nil
}

// expression is where the answer says a kind of target: as the node says, or where it says nothing at all below "target".
func (r *RingToAPI) expression(kind, own string) string {
	if r.User == "" && r.Team == "" && r.Number == "" && r.External == "" {
		return "$.target." + kind
	}
	return own
}

// answered is a program's answer while it is read.
type answered struct {
	body  map[string]any
	found int
	err   error
}

// text finds a name; empty where there is none, be it null or absent.
func (a *answered) text(path string) string {
	if path == "" {
		return ""
	}
	e, err := parseExpression(path)
	if err != nil {
		a.err = err
		return ""
	}
	switch v := e.find(a.body).(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return ""
		}
		if !printable(v) {
			a.err = fmt.Errorf("what stands at %s is no name", path)
		}
		a.found++
		return v
	}
	a.err = fmt.Errorf("what stands at %s is no text", path)
	return ""
}

// seconds finds for how long the target rings.
func (a *answered) seconds(standard float64) float64 {
	switch v := a.body["ring_for_seconds"].(type) {
	case nil:
		return standard
	case float64:
		if !math.IsNaN(v) && v >= 5 && v <= 3600 {
			return v
		}
	}
	a.err = errors.New("ring_for_seconds is no number from 5 to 3600")
	return standard
}
