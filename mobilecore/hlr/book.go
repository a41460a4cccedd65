package hlr

import (
	"context"
	"errors"
	"strings"
)

// Book is a register of subscribers. All its methods may be repeated: what is so already is no error.
type Book interface {
	// Create opens a subscriber; one who is there stays as they are.
	Create(ctx context.Context, imsi IMSI) error
	// SetMSISDN gives a subscriber a number, in place of the one they had. Empty takes it away. ErrUnknown when there is no such subscriber.
	SetMSISDN(ctx context.Context, imsi IMSI, number MSISDN) error
	// SetData lets a subscriber have data sessions, or voice and SMS only. ErrUnknown when there is no such subscriber.
	SetData(ctx context.Context, imsi IMSI, data Data) error
	// SetVoice lets a subscriber have calls and SMS by the circuit-switched side. ErrUnknown when there is no such subscriber.
	SetVoice(ctx context.Context, imsi IMSI, voice Data) error
	// Info reads a subscriber. ErrUnknown when there is none.
	Info(ctx context.Context, imsi IMSI) (Subscriber, error)
	// Delete removes a subscriber; one who is not there is gone already.
	Delete(ctx context.Context, imsi IMSI) error
}

// IMSI names a subscription: 6 to 15 digits (TS 23.003 section 2.2).
type IMSI string

// MSISDN is a subscriber's number: up to 15 digits, with or without a leading "+".
type MSISDN string

// Data says whether a subscriber may have data sessions.
type Data int

// The two states; the zero value is none of them.
const (
	DataOff Data = iota + 1 // voice and SMS only
	DataOn
)

// Subscriber is what a register says of one.
type Subscriber struct {
	IMSI   IMSI
	Number MSISDN // digits; empty: none
	Data   Data
	Voice  Data   // the circuit-switched side: voice and SMS
	Seen   string // the last exchange that served them: it does not say that the phone is on
}

// What can go wrong with a subscriber.
var (
	ErrUnknown  = errors.New("no such subscriber")
	ErrRefused  = errors.New("the register refuses")
	ErrProtocol = errors.New("the register does not speak its protocol")
	ErrInvalid  = errors.New("not a number that a register can hold")
)

func (i IMSI) check() error {
	if len(i) < 6 || len(i) > 15 || !isDigits(string(i)) {
		return ErrInvalid
	}
	return nil
}

// digits is the number as registers keep it.
func (m MSISDN) digits() (string, error) {
	digits := strings.TrimPrefix(string(m), "+")
	if digits == "" || len(digits) > 15 || !isDigits(digits) {
		return "", ErrInvalid
	}
	return digits, nil
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
