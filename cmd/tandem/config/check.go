package config

import (
	"net/url"
	"strings"
)

// check refuses values that are right alone and wrong together.
func (l *loader) check(c *Config) {
	if c.SIP.TLS.On && (c.SIP.TLSCert == "" || c.SIP.TLSKey == "") {
		l.at("sip.tls", "TLS needs a certificate: set tls_cert and tls_key in [sip], or leave tls empty")
	}
	if !c.SIP.UDP.On && !c.SIP.TCP.On && !c.SIP.TLS.On {
		l.at("sip.udp", "nothing to listen on: set udp, tcp or tls in [sip]")
	}
	if c.SIP.Realm == "" || strings.ContainsAny(c.SIP.Realm, " \t\"\\@<>:;") {
		l.at("sip.realm", "%q is not a host name: letters, digits, dots and dashes", c.SIP.Realm)
	}
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
	if c.Observe.Metrics.On && c.Observe.Metrics.Port != 0 && c.Observe.Metrics == c.HTTP.Listen {
		l.at("observe.metrics", "it is the address of [http] listen: leave it empty to have /metrics there")
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
