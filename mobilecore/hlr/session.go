package hlr

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// mostStrays is how many frames that answer nothing are read before an answer: the register tells of changes in between.
const mostStrays = 64

// session is one connection, and the number of its last command.
type session struct {
	conn net.Conn
	last int
}

// ask sends a command and gives the value of its reply.
func (s *session) ask(verb, name, value string) (string, error) {
	s.last++
	id := strconv.Itoa(s.last)
	command := verb + " " + id + " " + name
	if value != "" {
		command += " " + value
	}
	if err := writeFrame(s.conn, command); err != nil {
		return "", fmt.Errorf("ask register: %w", err)
	}
	for range mostStrays {
		text, err := readFrame(s.conn)
		if err != nil {
			return "", fmt.Errorf("read register: %w", err)
		}
		r, err := parseReply(text)
		if err != nil {
			return "", err
		}
		if r.id != id {
			continue
		}
		return r.value, r.answers(verb, name)
	}
	return "", fmt.Errorf("%w: no answer among %d frames", ErrProtocol, mostStrays)
}

// reply is one frame's text, taken apart.
type reply struct {
	verb  string // "GET_REPLY", "SET_REPLY", "ERROR" or "TRAP"
	id    string
	name  string // empty with ERROR
	value string
}

func parseReply(text string) (reply, error) {
	verb, rest, _ := strings.Cut(text, " ")
	id, rest, found := strings.Cut(rest, " ")
	r := reply{verb: verb, id: id, value: rest}
	switch verb {
	case "ERROR", "TRAP":
	case "GET_REPLY", "SET_REPLY":
		r.name, r.value, _ = strings.Cut(rest, " ")
	default:
		return reply{}, fmt.Errorf("%w: a frame that is no reply", ErrProtocol)
	}
	if id == "" || !found {
		return reply{}, fmt.Errorf("%w: a reply to nothing", ErrProtocol)
	}
	return r, nil
}

// answers says what a reply is to a command.
func (r reply) answers(verb, name string) error {
	switch {
	case r.verb == "ERROR" && (strings.HasPrefix(r.value, "No such subscriber") || strings.HasPrefix(r.value, "Subscriber doesn't exist")):
		return ErrUnknown
	case r.verb == "ERROR":
		return fmt.Errorf("%w: %s", ErrRefused, safe(r.value))
	case r.verb != verb+"_REPLY" || r.name != name:
		return fmt.Errorf("%w: the reply is to another command", ErrProtocol)
	}
	return nil
}

// safe keeps what a log line can hold of a peer's words.
func safe(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 100)]
}
