package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// person is somebody outside who reads messages.
type person struct {
	inbox []Text
	reads reader
	long  uint16 // what they wrote: their long messages are told from each other by it
}

// Outside waits until somebody outside has that many messages, and gives them.
func (c *SMSC) Outside(ctx context.Context, number string, n int) ([]Text, error) {
	var list []Text
	err := c.until(ctx, fmt.Sprintf("fewer than %d messages came", n), func() bool {
		p := c.personLocked(number)
		if len(p.inbox) < n {
			return false
		}
		list = slices.Clone(p.inbox)
		return true
	})
	return list, err
}

func (c *SMSC) personLocked(number string) *person {
	p := c.people[number]
	if p == nil {
		p = &person{}
		c.people[number] = p
	}
	return p
}

// meet brings a message to somebody outside, who behaves as the last three digits of the number say: 404 is nobody's, 480 is switched off for ever, 600 sends
// back what comes, 987 wants no more of it (STOP), 999 answers. Everybody else reads.
func (c *SMSC) meet(h *held) {
	number := international(h.to)
	suffix := number[max(len(number)-3, 0):]
	if suffix == "404" || suffix == "480" {
		c.over(h, map[string]Cause{"404": CauseUnassigned, "480": causeExpired}[suffix])
		return
	}
	c.keep(h.short)
	var text string
	var whole bool
	c.set(func() {
		p := c.personLocked(number)
		if text, whole = p.reads.read(h.short); whole {
			p.inbox = append(p.inbox, Text{Peer: h.from, Text: text, At: time.Now()})
		}
	})
	c.over(h, causeNone)
	if whole {
		c.answer(number, h.from, suffix, text)
	}
}

// answer is what somebody outside writes back.
func (c *SMSC) answer(person, to, suffix, text string) {
	switch suffix {
	case "600":
	case "987":
		text = "STOP"
	case "999":
		text = "Bien reçu : « " + firstLine(text) + " »"
	default:
		return
	}
	_ = c.Text(person, international(to), text) // a sender that is no number gets no answer
}

func firstLine(text string) string {
	const most = 40
	line, _, _ := strings.Cut(text, "\n")
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "…"
	}
	return line
}
