package web

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/routing"
)

// ladderItem is one request or response on the wire, credentials masked.
type ladderItem struct {
	At      string `json:"at" format:"date-time"`
	Leg     string `json:"leg,omitempty"`
	From    string `json:"from" doc:"ip:port"`
	To      string `json:"to" doc:"ip:port"`
	Network string `json:"network"`
	First   string `json:"first" doc:"Its first line."`
	Raw     string `json:"raw"`
}

func (s *Server) showLadder(ctx context.Context, p *callPath) (*listOf[ladderItem], error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := make([]ladderItem, 0, len(c.Record.Ladder))
	for _, i := range c.Record.Ladder {
		out = append(out, ladderItem{
			At: *stamp(i.At), Leg: string(i.Leg), From: i.From, To: i.To, Network: i.Network, First: firstLine(i.Raw), Raw: i.Raw,
		})
	}
	return asList(out), nil
}

type textAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) showLadderText(ctx context.Context, p *callPath) (*textAnswer, error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &textAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte(Ladder(c.Record))}, nil
}

func firstLine(raw string) string {
	line, _, _ := strings.Cut(raw, "\n")
	return strings.TrimRight(line, "\r")
}

// laneWidth is the columns of a lane of a drawn ladder; laneName is wide enough for an IPv4 address and port.
const laneWidth = 34

// Ladder draws the requests and responses of a call for people, one lane for each address in the order in which they appear, and then the
// whole text of each.
func Ladder(c *routing.CallRecord) string {
	if len(c.Ladder) == 0 {
		return fmt.Sprintf("%s: no SIP was kept of this call.\n", c.ID)
	}
	lanes := map[string]int{}
	var order []string
	for _, i := range c.Ladder {
		for _, a := range []string{i.From, i.To} {
			if _, known := lanes[a]; !known {
				lanes[a] = len(order)
				order = append(order, a)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  call %d  %s -> %s  %s\n\n", c.ID, c.Number, c.From, c.To, c.StartedAt.UTC().Format(time.RFC3339))
	b.WriteString("           ")
	for _, a := range order[:len(order)-1] {
		b.WriteString(pad(a, laneWidth))
	}
	b.WriteString(order[len(order)-1] + "\n")
	start := c.Ladder[0].At
	for n, i := range c.Ladder {
		fmt.Fprintf(&b, "%9.3f  %s  (%d)\n", i.At.Sub(start).Seconds(), rung(lanes[i.From], lanes[i.To], len(order), what(i.Raw)), n+1)
	}
	for n, i := range c.Ladder {
		fmt.Fprintf(&b, "\n(%d) %s  %s  %s -> %s  leg %s\n", n+1, i.At.UTC().Format("15:04:05.000"), i.Network, i.From, i.To, i.Leg)
		b.WriteString(strings.TrimRight(strings.ReplaceAll(i.Raw, "\r\n", "\n"), "\n") + "\n")
	}
	return b.String()
}

// rung draws one arrow from lane to lane, with its words on it.
func rung(from, to, lanes int, words string) string {
	row := []rune(strings.Repeat(" ", (lanes-1)*laneWidth+1))
	for i := range lanes {
		row[i*laneWidth] = '|'
	}
	left, right := min(from, to)*laneWidth, max(from, to)*laneWidth
	if left == right {
		return strings.TrimRight(string(row), " ") + " " + words
	}
	for i := left + 1; i < right; i++ {
		row[i] = '-'
	}
	if to > from {
		row[right-1] = '>'
	} else {
		row[left+1] = '<'
	}
	room := right - left - 5
	text := []rune(" " + words + " ")
	if len(text) > room {
		text = append(text[:room-1], ' ')
	}
	copy(row[left+1+(right-left-1-len(text))/2:], text)
	return string(row)
}

// what names a request or response in a few words: "INVITE (SDP)", "200 OK INVITE (SDP)".
func what(raw string) string {
	words, _, _ := strings.Cut(firstLine(raw), " ")
	if status, isResponse := strings.CutPrefix(firstLine(raw), "SIP/2.0 "); isResponse {
		words = strings.TrimSpace(status + " " + methodOf(raw))
	}
	if strings.Contains(raw, "\nv=0") {
		words += " (SDP)"
	}
	return words
}

// methodOf reads the method of CSeq (RFC 3261 section 20.16).
func methodOf(raw string) string {
	for line := range strings.Lines(raw) {
		name, value, _ := strings.Cut(line, ":")
		if f := strings.Fields(value); strings.EqualFold(strings.TrimSpace(name), "CSeq") && len(f) == 2 {
			return f[1]
		}
	}
	return ""
}

func pad(s string, width int) string {
	if n := utf8.RuneCountInString(s); n < width {
		return s + strings.Repeat(" ", width-n)
	}
	return s + " "
}
