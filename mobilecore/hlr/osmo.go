package hlr

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Osmo is the control interface of an OsmoHLR. It is safe for concurrent use: each operation has its own connection.
type Osmo struct {
	Address string        // host and port; OsmoHLR's own is 4259
	Timeout time.Duration // of one operation; 0: 5 s
}

var _ Book = Osmo{}

// Create implements Book.
func (o Osmo) Create(ctx context.Context, imsi IMSI) error {
	if err := imsi.check(); err != nil {
		return fmt.Errorf("create subscriber: %w", err)
	}
	return o.do(ctx, "create subscriber", func(s *session) error {
		_, err := s.ask("SET", "subscriber.create", string(imsi))
		if err == nil || !errors.Is(err, ErrRefused) {
			return err
		}
		if _, there := s.ask("GET", by(imsi)+"info", ""); there == nil {
			return nil
		}
		return err
	})
}

// SetMSISDN implements Book.
func (o Osmo) SetMSISDN(ctx context.Context, imsi IMSI, number MSISDN) error {
	digits, err := "none", error(nil)
	if number != "" {
		digits, err = number.digits()
	}
	if err = errors.Join(err, imsi.check()); err != nil {
		return fmt.Errorf("set number: %w", err)
	}
	return o.set(ctx, "set number", by(imsi)+"msisdn", digits)
}

// SetData implements Book. Without data a subscription has circuit-switched service alone (network access mode, TS 29.002 section 7.6.3).
func (o Osmo) SetData(ctx context.Context, imsi IMSI, data Data) error {
	return o.allow(ctx, imsi, "set data", allowance{"ps-enabled", data})
}

// SetVoice implements Book.
func (o Osmo) SetVoice(ctx context.Context, imsi IMSI, voice Data) error {
	return o.allow(ctx, imsi, "set voice", allowance{"cs-enabled", voice})
}

// allowance is one side of the network, and whether a subscriber may use it.
type allowance struct {
	name string
	data Data
}

// allow switches one side of the network on or off for a subscriber.
func (o Osmo) allow(ctx context.Context, imsi IMSI, what string, a allowance) error {
	value := "0"
	switch a.data {
	case DataOff:
	case DataOn:
		value = "1"
	default:
		return fmt.Errorf("%s: %w", what, ErrInvalid)
	}
	if err := imsi.check(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return o.set(ctx, what, by(imsi)+a.name, value)
}

// set changes one thing of a subscriber, who must be there: some refusals do not say that they are not.
func (o Osmo) set(ctx context.Context, what, name, value string) error {
	return o.do(ctx, what, func(s *session) error {
		if _, err := s.ask("GET", name[:strings.LastIndexByte(name, '.')+1]+"info", ""); err != nil {
			return err
		}
		_, err := s.ask("SET", name, value)
		return err
	})
}

// Info implements Book.
func (o Osmo) Info(ctx context.Context, imsi IMSI) (Subscriber, error) {
	var found Subscriber
	if err := imsi.check(); err != nil {
		return found, fmt.Errorf("read subscriber: %w", err)
	}
	err := o.do(ctx, "read subscriber", func(s *session) error {
		text, err := s.ask("GET", by(imsi)+"info", "")
		if err == nil {
			found, err = parseInfo(text)
		}
		if err == nil && found.IMSI != imsi {
			err = fmt.Errorf("%w: another subscriber than the one asked for", ErrProtocol)
		}
		return err
	})
	return found, err
}

// Delete implements Book.
func (o Osmo) Delete(ctx context.Context, imsi IMSI) error {
	if err := imsi.check(); err != nil {
		return fmt.Errorf("delete subscriber: %w", err)
	}
	return o.do(ctx, "delete subscriber", func(s *session) error {
		_, err := s.ask("SET", "subscriber.delete", string(imsi))
		if errors.Is(err, ErrUnknown) {
			return nil
		}
		return err
	})
}

func by(imsi IMSI) string { return "subscriber.by-imsi-" + string(imsi) + "." }

// parseInfo reads lines of a name, a tab and a value; names that it does not know are passed over.
func parseInfo(text string) (Subscriber, error) {
	var s Subscriber
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
		switch name {
		case "imsi":
			s.IMSI = IMSI(value)
		case "msisdn":
			s.Number = MSISDN(value)
		case "nam_ps":
			s.Data = dataOf(value)
		case "nam_cs":
			s.Voice = dataOf(value)
		case "vlr_number":
			s.Seen = value
		}
	}
	if s.IMSI == "" || s.Data == 0 || s.Voice == 0 {
		return Subscriber{}, fmt.Errorf("%w: a subscriber without identity or services", ErrProtocol)
	}
	return s, nil
}

func dataOf(value string) Data {
	switch value {
	case "0":
		return DataOff
	case "1":
		return DataOn
	}
	return 0
}

// do runs one operation over a connection of its own.
func (o Osmo) do(ctx context.Context, what string, f func(*session) error) error {
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	if err = f(&session{conn: conn}); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
