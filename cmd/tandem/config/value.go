package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// masked stands for a secret wherever one would be shown.
const masked = "••••"

// Listen is where a server listens: "host:port", ":port" for every address of this machine, or empty for nowhere.
type Listen struct {
	Addr netip.Addr // the zero value: every address
	Port uint16     // 0: the system chooses
	On   bool
}

// UnmarshalText reads "127.0.0.1:5060", "[::1]:5060", ":5060" or "".
func (l *Listen) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*l = Listen{}
		return nil
	}
	host, port, err := net.SplitHostPort(string(b))
	if err != nil {
		return fmt.Errorf("%q is not an address and port, such as \"127.0.0.1:5060\", or \":5060\" for every address", b)
	}
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is not a port: 0 to 65535", port)
	}
	out := Listen{Port: uint16(p), On: true}
	if host != "" {
		if out.Addr, err = netip.ParseAddr(strings.Replace(host, "localhost", "127.0.0.1", 1)); err != nil {
			return fmt.Errorf("%q is not an IP address: give a number such as 127.0.0.1, or nothing for every address", host)
		}
	}
	*l = out
	return nil
}

// String writes it as UnmarshalText reads it.
func (l Listen) String() string {
	if !l.On {
		return ""
	}
	host := ""
	if l.Addr.IsValid() {
		host = l.Addr.String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(l.Port)))
}

// Address is an IP address or nothing.
type Address struct{ netip.Addr }

// UnmarshalText reads an IP address or "".
func (a *Address) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*a = Address{}
		return nil
	}
	ip, err := netip.ParseAddr(string(b))
	if err != nil || ip.IsUnspecified() {
		return fmt.Errorf("%q is not an IP address that a peer can reach, such as 203.0.113.7", b)
	}
	a.Addr = ip
	return nil
}

// String writes it as UnmarshalText reads it.
func (a Address) String() string {
	if !a.IsValid() {
		return ""
	}
	return a.Addr.String()
}

// PublicIP is an address, or "auto".
type PublicIP struct{ Address }

// UnmarshalText reads an IP address or "auto".
func (p *PublicIP) UnmarshalText(b []byte) error {
	if string(b) == "auto" {
		*p = PublicIP{}
		return nil
	}
	if len(b) == 0 {
		return errors.New("give \"auto\" or an IP address such as 203.0.113.7")
	}
	return p.Address.UnmarshalText(b)
}

// String writes it as UnmarshalText reads it.
func (p PublicIP) String() string {
	if !p.IsValid() {
		return "auto"
	}
	return p.Address.String()
}

// PortRange is a range of UDP ports, both ends included.
type PortRange struct{ First, Last uint16 }

// UnmarshalText reads "20000-20999".
func (r *PortRange) UnmarshalText(b []byte) error {
	first, last, _ := strings.Cut(string(b), "-")
	lo, err1 := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	hi, err2 := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	switch {
	case err1 != nil || err2 != nil:
		return fmt.Errorf("%q is not a range of ports, such as \"20000-20999\"", b)
	case lo < 1024:
		return fmt.Errorf("%q begins below 1024", b)
	case hi < lo+3:
		return fmt.Errorf("%q holds fewer than four ports: a call needs four", b)
	}
	*r = PortRange{First: uint16(lo), Last: uint16(hi)}
	return nil
}

// String writes it as UnmarshalText reads it.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }

// DoorPort is a port number, "auto" or "off".
type DoorPort struct {
	Port uint16 // 0: any free one
	Auto bool
	Off  bool
}

// UnmarshalText reads "auto", "off" or a number.
func (d *DoorPort) UnmarshalText(b []byte) error {
	switch text := string(b); text {
	case "auto":
		*d = DoorPort{Auto: true}
	case "off":
		*d = DoorPort{Off: true}
	default:
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is not a port: give \"auto\", \"off\" or a number up to 65535 such as \"3478\"", text)
		}
		*d = DoorPort{Port: uint16(n)}
	}
	return nil
}

// String writes it as UnmarshalText reads it.
func (d DoorPort) String() string {
	switch {
	case d.Auto:
		return "auto"
	case d.Off:
		return "off"
	}
	return strconv.Itoa(int(d.Port))
}

// Secret is a password or key. It prints as dots, whoever prints it; Reveal is the only way to its text.
type Secret struct{ text string }

// UnmarshalText takes any text.
func (s *Secret) UnmarshalText(b []byte) error {
	s.text = string(b)
	return nil
}

// NewSecret wraps a secret.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal gives the secret, to what needs it.
func (s Secret) Reveal() string { return s.text }

// String masks it.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return masked
}

// GoString masks it in %#v too.
func (s Secret) GoString() string { return s.String() }

// LogValue masks it.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// URL is the address of a database, with its password in it.
type URL struct{ Secret }

// UnmarshalText reads a postgres:// address or "".
func (u *URL) UnmarshalText(b []byte) error {
	parsed, err := url.Parse(string(b))
	if err != nil {
		// The parser's own words repeat what it read, password and all.
		return errors.New("it is not an address such as \"postgres://user:password@host/name\"")
	}
	if len(b) > 0 && parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return fmt.Errorf("scheme %q is not known: leave it empty for SQLite, or give \"postgres://user:password@host/name\"", parsed.Scheme)
	}
	return u.Secret.UnmarshalText(b)
}

// String shows all but the password.
func (u URL) String() string {
	parsed, err := url.Parse(u.text)
	if err != nil {
		return masked
	}
	if q := parsed.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		parsed.RawQuery = q.Encode()
	}
	return parsed.Redacted()
}

// GoString masks it in %#v too.
func (u URL) GoString() string { return u.String() }

// LogValue masks it.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// Prefixes is a list of networks.
type Prefixes []netip.Prefix

// UnmarshalText reads networks parted by commas.
func (p *Prefixes) UnmarshalText(b []byte) error {
	var out Prefixes
	for part := range strings.SplitSeq(string(b), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return fmt.Errorf("%q is not a network such as \"10.0.0.0/8\"", part)
		}
		out = append(out, prefix)
	}
	*p = out
	return nil
}

// String writes it as UnmarshalText reads it.
func (p Prefixes) String() string {
	words := make([]string, len(p))
	for i, prefix := range p {
		words[i] = prefix.String()
	}
	return strings.Join(words, ",")
}

// Servers is a list of addresses with ports.
type Servers []netip.AddrPort

// UnmarshalText reads addresses parted by commas, with port 53 where they have none.
func (s *Servers) UnmarshalText(b []byte) error {
	var out Servers
	for part := range strings.SplitSeq(string(b), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		at, err := netip.ParseAddrPort(part)
		if a, digits := netip.ParseAddr(part); err != nil && digits == nil {
			at, err = netip.AddrPortFrom(a, 53), nil
		}
		if err != nil {
			return fmt.Errorf("%q is not the address of a server such as \"192.0.2.53:53\"", part)
		}
		out = append(out, at)
	}
	*s = out
	return nil
}

// String writes it as UnmarshalText reads it.
func (s Servers) String() string {
	words := make([]string, len(s))
	for i, at := range s {
		words[i] = at.String()
	}
	return strings.Join(words, ",")
}
