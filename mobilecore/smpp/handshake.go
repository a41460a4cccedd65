package smpp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// greeting is a connection in its handshake.
type greeting struct {
	conn net.Conn
	r    *bufio.Reader
}

// greet bounds a handshake in time, by ctx too. The function that it gives lifts the bound.
func greet(ctx context.Context, conn net.Conn, within time.Duration) (*greeting, func() error) {
	past := time.Unix(1, 0)
	_ = conn.SetDeadline(time.Now().Add(within)) // a connection that is broken already is found out by reading
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })
	return &greeting{conn, bufio.NewReaderSize(conn, readBuffer)}, func() error {
		if !stop() {
			return ctx.Err()
		}
		_ = conn.SetDeadline(time.Time{}) // the same
		return nil
	}
}

// say writes one PDU.
func (g *greeting) say(p *PDU) error {
	b, err := p.Append(nil)
	if err != nil {
		return err
	}
	_, err = g.conn.Write(b)
	return err
}

// hear reads one PDU.
func (g *greeting) hear() (*PDU, error) {
	b, err := Read(g.r)
	if err != nil {
		return nil, err
	}
	return Decode(b)
}

// mostGreetings bounds what else than the bind is read in a handshake.
const mostGreetings = 8

// bind asks to be bound.
func (g *greeting) bind(request *BindRequest) (*BindResponse, error) {
	if err := g.say(&PDU{Sequence: 1, Body: request}); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	for range mostGreetings {
		p, err := g.hear()
		if err != nil && (p == nil || p.Command() != request.Command.Response()) {
			return nil, fmt.Errorf("wait for the answer to a bind: %w", err)
		}
		if p.Command() == GenericNack && p.Status == ROK {
			p.Status = RUNKNOWNERR
		}
		switch {
		case p.Command() != request.Command.Response() && p.Command() != GenericNack:
			continue // outbind, enquire_link: it hears of us first
		case p.Status != ROK:
			return nil, &RefusedError{Command: request.Command, Status: p.Status}
		}
		answer, _ := p.Body.(*BindResponse)
		return answer, nil
	}
	return nil, errors.New("wait for the answer to a bind: something else came again and again")
}

// errStranger says that a connection did not bind.
var errStranger = errors.New("it sent something else than a bind")

// await reads until a bind is asked for. Everything else is refused with RINVBNDSTS.
func (g *greeting) await() (*PDU, error) {
	for range mostGreetings {
		p, err := g.hear()
		wrong, malformed := errors.AsType[*FieldError](err)
		switch {
		case errors.Is(err, ErrLength):
			return nil, errors.Join(err, g.say(&PDU{Status: RINVCMDLEN, Body: &Plain{Command: GenericNack}}))
		case err != nil && !malformed:
			return nil, err
		}
		if _, is := p.Body.(*BindRequest); is {
			if malformed {
				return nil, errors.Join(err, g.say(&PDU{Status: wrong.Status, Sequence: p.Sequence, Body: &Plain{Command: p.Command().Response()}}))
			}
			return p, nil
		}
		if err = g.say(outOfPlace(p)); err != nil {
			return nil, err
		}
	}
	return nil, errStranger
}

// outOfPlace is the refusal of a PDU that is no bind before there is one.
func outOfPlace(p *PDU) *PDU {
	answer, status := p.Command().Response(), RINVBNDSTS
	if _, unknown := p.Body.(*Unknown); unknown {
		answer, status = GenericNack, RINVCMDID
	}
	if !p.Command().answered() {
		answer = GenericNack
	}
	return &PDU{Status: status, Sequence: p.Sequence, Body: &Plain{Command: answer}}
}
