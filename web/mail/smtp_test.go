package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// postOffice is an SMTP server that keeps what it is given.
type postOffice struct {
	addr    string
	roots   *x509.CertPool
	refuses string // a line in answer to RCPT; empty: it takes everything
	plain   bool   // it offers no STARTTLS

	mu       sync.Mutex
	got      []string // DATA as it came
	to, from []string
	logins   []string
	secured  int // sessions that were by TLS when mail came
}

// openPostOffice opens one on this machine, until the test ends.
func openPostOffice(t *testing.T, p *postOffice) *postOffice {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "post office"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p.roots = x509.NewCertPool()
	p.roots.AddCert(leaf)
	secure := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { p.serve(conn, secure) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	return p
}

// serve is one session (RFC 5321).
func (p *postOffice) serve(conn net.Conn, secure *tls.Config) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	in, byTLS := bufio.NewReader(conn), 0
	say := func(lines ...string) { _, _ = io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n") }
	say("220 post office")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			if byTLS == 0 && !p.plain {
				say("250-post office", "250 STARTTLS")
			} else {
				say("250-post office", "250 AUTH PLAIN")
			}
		case "STARTTLS":
			say("220 go ahead")
			conn = tls.Server(conn, secure)
			in, byTLS = bufio.NewReader(conn), 1
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			p.keep(&p.logins, string(raw))
			say("235 welcome")
		case "MAIL":
			p.keep(&p.from, rest)
			say("250 ok")
		case "RCPT":
			p.keep(&p.to, rest)
			if p.refuses != "" {
				say(p.refuses)
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			p.take(in, byTLS)
			say("250 taken")
		case "QUIT":
			say("221 goodbye")
			return
		default:
			say("502 what?")
		}
	}
}

func (p *postOffice) keep(to *[]string, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*to = append(*to, what)
}

// take reads a message up to the dot.
func (p *postOffice) take(in *bufio.Reader, byTLS int) {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, text.String())
	p.secured += byTLS
}

// letter is an e-mail as its receiver's program takes it apart.
type letter struct {
	head              mail.Header
	text, html        string
	picture, wanted   string
	pictureIs, htmlIs int // how many there are
}

func opened(t *testing.T, raw string) letter {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	out := letter{head: m.Header}
	var walk func(kind string, body io.Reader)
	walk = func(kind string, body io.Reader) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(media, "multipart/") {
			t.Fatalf("a part of the type %s", kind)
		}
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			switch is := part.Header.Get("Content-Type"); {
			case strings.HasPrefix(is, "multipart/"):
				walk(is, part)
			case strings.HasPrefix(is, "text/plain"):
				b, _ := io.ReadAll(quotedprintable.NewReader(part))
				out.text = string(b)
			case strings.HasPrefix(is, "text/html"):
				b, _ := io.ReadAll(quotedprintable.NewReader(part))
				out.html, out.htmlIs = string(b), out.htmlIs+1
			case is == "image/png":
				b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
				if err != nil {
					t.Fatal(err)
				}
				out.picture, out.pictureIs, out.wanted = string(b), out.pictureIs+1, part.Header.Get("Content-ID")
			}
		}
	}
	walk(m.Header.Get("Content-Type"), m.Body)
	return out
}

func TestAnEMailGoesByTLSWithItsTextItsPageAndItsPicture(t *testing.T) {
	p := openPostOffice(t, &postOffice{})
	s := New(Config{Server: p.addr, From: "Tandem <phone@acme.example>", Username: "acme", Password: "geheim", Roots: p.roots})
	picture := strings.Repeat("\x89PNG and more", 100)
	err := s.Send(t.Context(), Message{
		ID: "esim_01", To: "Zoé Martin <zoe@acme.example>", Subject: "Votre numéro 06 39 98 00 07\r\nBcc: all@acme.example", Text: "Bonjour Zoé,\n.\nà bientôt\n",
		HTML: `<p>Bonjour Zoé</p><img src="cid:picture">`, Picture: []byte(picture),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got) != 1 || p.secured != 1 || len(p.logins) != 1 || p.logins[0] != "\x00acme\x00geheim" {
		t.Fatalf("%d e-mails, %d by TLS, logins %q", len(p.got), p.secured, p.logins)
	}
	if !strings.HasPrefix(p.from[0], "FROM:<phone@acme.example>") || !strings.HasPrefix(p.to[0], "TO:<zoe@acme.example>") {
		t.Errorf("the envelope is %q, %q", p.from, p.to)
	}
	l := opened(t, p.got[0])
	subject, err := new(mime.WordDecoder).DecodeHeader(l.head.Get("Subject"))
	if err != nil || subject != "Votre numéro 06 39 98 00 07  Bcc: all@acme.example" || l.head.Get("Bcc") != "" {
		t.Errorf("the subject is %q, %v; Bcc %q", subject, err, l.head.Get("Bcc"))
	}
	if l.text != "Bonjour Zoé,\r\n.\r\nà bientôt\r\n" && l.text != "Bonjour Zoé,\n.\nà bientôt\n" {
		t.Errorf("the text is %q", l.text)
	}
	if l.htmlIs != 1 || !strings.Contains(l.html, "cid:picture") || l.pictureIs != 1 || l.picture != picture || l.wanted != "<picture>" {
		t.Errorf("the page is %q, with %d pictures, %s", l.html, l.pictureIs, l.wanted)
	}
	if l.head.Get("Message-ID") != "<esim_01@acme.example>" || l.head.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the head is %v", l.head)
	}
}

func TestAnEMailIsNotSentWhereItIsNotSafeOrNotTaken(t *testing.T) {
	m := Message{ID: "esim_01", To: "zoe@acme.example", Subject: "x", Text: "x"}
	strict, refusing := openPostOffice(t, &postOffice{}), openPostOffice(t, &postOffice{refuses: "550 nobody of that name"})
	for name, s := range map[string]*Sender{
		"a foreign certificate": New(Config{Server: strict.addr, From: "phone@acme.example"}),
		"a refused receiver":    New(Config{Server: refusing.addr, From: "phone@acme.example", Roots: refusing.roots}),
		"no server":             New(Config{Server: "127.0.0.1:1", From: "phone@acme.example"}),
		"no sender":             New(Config{Server: strict.addr, From: "nobody", Roots: strict.roots}),
	} {
		if err := s.Send(t.Context(), m); err == nil {
			t.Errorf("%s: it was sent", name)
		}
	}
	if err := New(Config{Server: strict.addr, From: "phone@acme.example", Roots: strict.roots}).Send(t.Context(), Message{ID: "x", To: "not an address"}); !errors.Is(err, errAddress) {
		t.Errorf("to nobody: %v", err)
	}
	plain := openPostOffice(t, &postOffice{plain: true})
	if err := New(Config{Server: plain.addr, From: "phone@acme.example"}).Send(t.Context(), m); err != nil {
		t.Errorf("to a server on this machine without TLS: %v", err)
	}
	strict.mu.Lock()
	defer strict.mu.Unlock()
	if len(strict.got) != 0 {
		t.Errorf("%d came through", len(strict.got))
	}
}
