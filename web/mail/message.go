package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Message is one e-mail.
type Message struct {
	ID      string // tells it from others: the same again is the same e-mail; letters, digits, "_", "-"
	To      string // an address
	Subject string
	Text    string
	HTML    string // empty: none
	Picture []byte // PNG, which the HTML names as "cid:picture"; nil: none
}

// pictureID is how the HTML names the picture (RFC 2392).
const pictureID = "picture"

var errAddress = errors.New("not an e-mail address")

// address reads an address, with or without a name.
func address(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsAny(a.Address, "\r\n") {
		return nil, fmt.Errorf("%w: %q", errAddress, text)
	}
	return a, nil
}

// Bytes writes the message as it goes over the wire (RFC 5322): a text, and beside it the same as a page with its picture (RFC 2387).
func (m *Message) Bytes(from string, at time.Time) ([]byte, error) {
	sender, err := address(from)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	to, err := address(m.To)
	if err != nil {
		return nil, fmt.Errorf("receiver: %w", err)
	}
	_, domain, _ := strings.Cut(sender.Address, "@")
	var out bytes.Buffer
	both := multipart.NewWriter(&out)
	for _, h := range [][2]string{
		{"From", sender.String()},
		{"To", to.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(m.Subject))},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + oneLine(m.ID) + "@" + domain + ">"},
		{"MIME-Version", "1.0"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody's absence answers it.
		{"Content-Type", `multipart/alternative; boundary="` + both.Boundary() + `"`},
	} {
		fmt.Fprintf(&out, "%s: %s\r\n", h[0], h[1])
	}
	out.WriteString("\r\n")
	err = m.parts(both)
	return out.Bytes(), err
}

// parts writes the text and the page.
func (m *Message) parts(both *multipart.Writer) error {
	if err := part(both, "text/plain; charset=utf-8", m.Text); err != nil {
		return err
	}
	if m.HTML == "" {
		return finish(both)
	}
	var page bytes.Buffer
	related := multipart.NewWriter(&page)
	if err := part(related, "text/html; charset=utf-8", m.HTML); err != nil {
		return err
	}
	if err := m.picture(related); err != nil {
		return err
	}
	w, err := both.CreatePart(textproto.MIMEHeader{"Content-Type": {`multipart/related; type="text/html"; boundary="` + related.Boundary() + `"`}})
	if err != nil {
		return fmt.Errorf("write an e-mail: %w", err)
	}
	if _, err := w.Write(page.Bytes()); err != nil {
		return fmt.Errorf("write an e-mail: %w", err)
	}
	return finish(both)
}

// part writes a text, its lines kept short (RFC 2045 section 6.7).
func part(to *multipart.Writer, kind, text string) error {
	w, err := to.CreatePart(textproto.MIMEHeader{"Content-Type": {kind}, "Content-Transfer-Encoding": {"quoted-printable"}})
	if err != nil {
		return fmt.Errorf("write an e-mail: %w", err)
	}
	q := quotedprintable.NewWriter(w)
	_, err = q.Write([]byte(text))
	if err = errors.Join(err, q.Close()); err != nil {
		return fmt.Errorf("write an e-mail: %w", err)
	}
	return nil
}

// picture writes the picture, and ends what it is in.
func (m *Message) picture(to *multipart.Writer) error {
	if m.Picture == nil {
		return finish(to)
	}
	w, err := to.CreatePart(textproto.MIMEHeader{
		"Content-Type": {"image/png"}, "Content-Transfer-Encoding": {"base64"}, "Content-ID": {"<" + pictureID + ">"},
		"Content-Disposition": {`inline; filename="esim.png"`},
	})
	if err != nil {
		return fmt.Errorf("write an e-mail: %w", err)
	}
	const line = 76 // RFC 2045 section 6.8
	text := base64.StdEncoding.EncodeToString(m.Picture)
	for text != "" {
		n := min(line, len(text))
		if _, err := w.Write([]byte(text[:n] + "\r\n")); err != nil {
			return fmt.Errorf("write an e-mail: %w", err)
		}
		text = text[n:]
	}
	return finish(to)
}

func finish(w *multipart.Writer) error {
	if err := w.Close(); err != nil {
		return fmt.Errorf("write an e-mail: %w", err)
	}
	return nil
}

// oneLine keeps a text in its header.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }
