package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"time"
)

// Config says how e-mail leaves.
type Config struct {
	Server   string // "host:port"; port 465 speaks TLS from the start (RFC 8314), any other one is asked for STARTTLS
	From     string // "Tandem <phone@example.fr>"
	Username string // empty: nobody asks who we are
	Password string
	Roots    *x509.CertPool // who signs the server's certificate; nil: the system's authorities
}

// Sender sends e-mail.
type Sender struct{ cfg Config }

// New makes a Sender.
func New(cfg Config) *Sender { return &Sender{cfg} }

// What a server may lack.
var (
	errNoTLS  = errors.New("the server does not offer STARTTLS: what we send is not for everybody on the way")
	errNoAuth = errors.New("the server takes no passwords")
)

// patience is how long one e-mail may take.
const patience = time.Minute

// Send sends one e-mail. It fails where the server cannot be reached, proves nothing, or refuses.
func (s *Sender) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := m.Bytes(s.cfg.From, time.Now())
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.cfg.Server)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	c, err := s.dial(ctx, host, port)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.cfg.Server, err)
	}
	defer func() { _ = c.Close() }()
	if err := s.hand(c, host, &m, text); err != nil {
		return fmt.Errorf("mail server %s: %w", s.cfg.Server, err)
	}
	return nil
}

// dial opens a connection that nobody on the way can read; only with a server on this machine it may be plain.
func (s *Sender) dial(ctx context.Context, host, port string) (*smtp.Client, error) {
	const implicit = "465" // RFC 8314 section 3.3
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.cfg.Server)
	if err != nil {
		return nil, err
	}
	if deadline, set := ctx.Deadline(); set {
		_ = conn.SetDeadline(deadline)
	}
	secure := &tls.Config{ServerName: host, RootCAs: s.cfg.Roots, MinVersion: tls.VersionTLS12}
	if port == implicit {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if port == implicit {
		return c, nil
	}
	offered, _ := c.Extension("STARTTLS")
	switch {
	case offered:
		err = c.StartTLS(secure)
	case !net.ParseIP(host).IsLoopback() && host != "localhost":
		err = errNoTLS
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// hand gives the message to the server.
func (s *Sender) hand(c *smtp.Client, host string, m *Message, text []byte) error {
	if s.cfg.Username != "" {
		if offered, _ := c.Extension("AUTH"); !offered {
			return errNoAuth
		}
		if err := c.Auth(smtp.PlainAuth("", s.cfg.Username, s.cfg.Password, host)); err != nil {
			return err
		}
	}
	from, err := address(s.cfg.From)
	if err != nil {
		return err
	}
	to, err := address(m.To)
	if err != nil {
		return err
	}
	if err = c.Mail(from.Address); err == nil {
		err = c.Rcpt(to.Address)
	}
	if err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err = w.Write(text); err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	_ = c.Quit() // It has the message: how it says goodbye changes nothing.
	return nil
}
