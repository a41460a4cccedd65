package config

import (
	"net"
	"net/mail"
	"net/url"
	"os"
	"strings"
	"time"
)

// check refuses values that are right alone and wrong together.
func (l *loader) check(c *Config) {
	l.checkSIP(&c.SIP)
	if u := c.PublicURL; u != "" {
		parsed, err := url.Parse(u)
		if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
			l.at("public_url", "%q is not an address that a browser opens, such as \"https://phone.example.fr\"", u)
		}
	}
	if c.DataDir == "" {
		l.at("data_dir", "give a directory that this process may write")
	}
	if key := c.HTTP.APIKey.Reveal(); key != "" && len(key) < 16 {
		l.at("http.api_key", "it is too short to be safe: 16 characters or more")
	}
	if n := c.HTTP.RequestsPerMinute; n < 1 {
		l.at("http.requests_per_minute", "%d is not a number of requests: 1 or more", n)
	}
	if a := c.Media.IPv6.Addr; a.IsValid() && (!a.Is6() || a.Is4In6() || a.IsUnspecified()) {
		l.at("media.ipv6", "%q is not an IPv6 address of this machine, such as \"2001:db8::7\"", a)
	}
	l.checkPages(c)
	l.checkMobile(&c.Mobile)
	l.checkMessages(c)
	l.checkMail(&c.Mail)
	if c.Observe.Metrics.On && c.Observe.Metrics.Port != 0 && c.Observe.Metrics == c.HTTP.Listen {
		l.at("observe.metrics", "it is the address of [http] listen: leave it empty to have /metrics there")
	}
}

// checkSIP refuses what nobody could call.
func (l *loader) checkSIP(s *SIP) {
	if s.TLS.On && (s.TLSCert == "" || s.TLSKey == "") {
		l.at("sip.tls", "TLS needs a certificate: set tls_cert and tls_key in [sip], or leave tls empty")
	}
	if !s.UDP.On && !s.TCP.On && !s.TLS.On {
		l.at("sip.udp", "nothing to listen on: set udp, tcp or tls in [sip]")
	}
	if s.Realm == "" || strings.ContainsAny(s.Realm, " \t\"\\@<>:;") {
		l.at("sip.realm", "%q is not a host name: letters, digits, dots and dashes", s.Realm)
	}
}

// checkPages refuses what people could not use.
func (l *loader) checkPages(c *Config) {
	if (c.Admin.Email == "") != (c.Admin.Password.Reveal() == "") {
		l.at("admin.email", "an address and a password belong together: set email and password in [admin], or neither")
	}
	if dir := c.Web.UIDir; dir != "" {
		if is, err := os.Stat(dir); err != nil || !is.IsDir() {
			l.at("web.ui_dir", "%q is not a directory that can be read", dir)
		}
	}
}

// checkMobile refuses doors for a mobile core that could not be opened.
func (l *loader) checkMobile(m *Mobile) {
	const longest = 253 // of a host name
	if m.Identity == "" || len(m.Identity) > longest || strings.ContainsAny(m.Identity, " \t\"\\@<>:;/") || strings.Trim(m.Identity, ".") != m.Identity {
		l.at("mobile.identity", "%q is no DiameterIdentity: a host name such as \"tandem.example.fr\"", m.Identity)
	}
	if m.Notifications.On && (m.Certificate == "" || m.Key == "") {
		l.at("mobile.notifications", "eSIM platforms come over TLS: set certificate and key in [mobile], or leave notifications empty")
	}
	if (m.Certificate == "") != (m.Key == "") {
		l.at("mobile.certificate", "a certificate and its key belong together: set both in [mobile], or none")
	}
	if m.NchfTLS.On && (m.Certificate == "" || m.Key == "" || m.Authority == "") {
		l.at("mobile.nchf_tls", "TLS needs both sides' certificates: set certificate, key and authority in [mobile], or leave nchf_tls empty")
	}
	if m.DiameterTLS.On && (m.Certificate == "" || m.Key == "" || m.Authority == "") {
		l.at("mobile.diameter_tls", "TLS needs both sides' certificates: set certificate, key and authority in [mobile], or leave diameter_tls empty")
	}
}

// checkMessages refuses a door for SMPP that could not be opened.
func (l *loader) checkMessages(c *Config) {
	const longest = 15 // SMPP 3.4 section 5.2.1, without the last octet
	if id := c.Messages.SystemID; len(id) > longest || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r > '~' }) {
		l.at("messages.system_id", "%q is no system_id: up to 15 characters, without accents", id)
	}
	if c.Messages.SMPPTLS.On && (c.Mobile.Certificate == "" || c.Mobile.Key == "") {
		l.at("messages.smpp_tls", "TLS needs our certificate: set certificate and key in [mobile], or leave smpp_tls empty")
	}
}

// checkMail refuses e-mail that could not be sent.
func (l *loader) checkMail(m *Mail) {
	if _, err := time.Parse("15:04", m.Digest); m.Digest != "" && err != nil {
		l.at("mail.digest", "%q is no time of day: write one such as \"18:00\", or nothing", m.Digest)
	}
	if m.Server == "" {
		return
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		l.at("mail.from", "%q is no sender: write one such as \"Tandem <phone@example.fr>\"", m.From)
	}
	if host, port, err := net.SplitHostPort(m.Server); err != nil || host == "" || port == "" {
		l.at("mail.server", "%q is no server: write \"host:port\"", m.Server)
	}
}

// at refuses the value of a key, where it was set.
func (l *loader) at(path, format string, args ...any) {
	p, set := l.origin[path]
	table, name, dotted := strings.Cut(path, ".")
	if !dotted {
		table, name = "", path
	}
	if !set {
		p = KeyError{Table: table}
	}
	if p.Line > 0 || !set {
		p.Text = name + ": "
	}
	l.refuse(p, format, args...)
}
