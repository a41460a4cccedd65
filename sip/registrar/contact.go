package registrar

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// wish is one Contact of a REGISTER and how long it asks for.
type wish struct {
	key    string
	uri    string
	host   string
	port   int
	q      string
	expiry time.Duration // 0: remove

	instance string // without brackets and quotes
	outbound string // parameters that are written back
}

// wishes are what a REGISTER asks for.
type wishes struct {
	star  bool // Contact: *, remove all
	flows bool // the device keeps several ways to it (RFC 5626), and says so
	list  []wish
}

// read takes the Contacts of a REGISTER. It gives the status to refuse it with, 0 when it is well formed.
func (r *Registrar) read(req *gosip.Request) (wishes, int) {
	var w wishes
	w.flows = message.Supports(req, "Supported", "outbound")
	fallback, ok := seconds(headerValue(req, "Expires"), r.MaxExpiry)
	if !ok {
		return w, 400
	}
	headers := req.GetHeaders("Contact")
	for _, h := range headers {
		c, isContact := h.(*gosip.ContactHeader)
		if !isContact {
			return w, 400
		}
		if c.Address.Wildcard {
			// RFC 3261 section 10.2.2: alone, and only to remove.
			if len(headers) != 1 || headerValue(req, "Expires") == "" || fallback != 0 {
				return w, 400
			}
			w.star = true
			return w, 0
		}
		one, status := r.readOne(c, fallback)
		if status != 0 {
			return w, status
		}
		w.list = append(w.list, one)
	}
	if len(w.list) > maxContacts {
		return w, 403
	}
	return w, 0
}

func (r *Registrar) readOne(c *gosip.ContactHeader, fallback time.Duration) (wish, int) {
	u := c.Address
	if u.Scheme != "sip" && u.Scheme != "sips" || u.Host == "" {
		return wish{}, 400
	}
	u.Headers = nil
	expiry := fallback
	if v, found := c.Params.Get("expires"); found {
		var ok bool
		if expiry, ok = seconds(v, r.MaxExpiry); !ok {
			expiry = r.MaxExpiry // RFC 3261 section 20.10: malformed values are treated as 3600
		}
	}
	switch {
	case expiry > 0 && expiry < r.MinExpiry:
		return wish{}, 423
	case expiry > r.MaxExpiry:
		expiry = r.MaxExpiry
	}
	q, _ := c.Params.Get("q")
	if n, err := strconv.ParseFloat(q, 64); err != nil || n < 0 || n > 1 {
		q = ""
	}
	w := wish{key: key(c), uri: u.String(), host: u.Host, port: u.Port, q: q, expiry: expiry}
	w.name(c)
	return w, 0
}

// name keeps what the device says of itself (RFC 5626 section 4.1).
func (w *wish) name(c *gosip.ContactHeader) {
	instance, named := c.Params.Get("+sip.instance")
	instance = strings.Trim(instance, "\"")
	if !named || instance == "" || strings.ContainsFunc(instance, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
		return
	}
	w.instance = strings.Trim(instance, "<>")
	w.outbound = `;+sip.instance="` + instance + `"`
	if id, numbered := c.Params.Get("reg-id"); numbered {
		if n, err := strconv.ParseUint(id, 10, 31); err == nil {
			w.outbound += ";reg-id=" + strconv.FormatUint(n, 10)
		}
	}
}

// key tells bindings apart: by device and connection where the phone names them (RFC 5626 section 6), else by URI as RFC 3261 section
// 19.1.4 compares it.
func key(c *gosip.ContactHeader) string {
	instance, named := c.Params.Get("+sip.instance")
	id, numbered := c.Params.Get("reg-id")
	if named && numbered && instance != "" {
		return "instance " + instance + " " + id
	}
	u := c.Address
	transport, _ := u.UriParams.Get("transport")
	return u.Scheme + ":" + u.User + "@" + strings.ToLower(strings.Trim(u.Host, "[]")) + ":" + strconv.Itoa(u.Port) + ";" + strings.ToLower(transport)
}

// seconds reads a delta-seconds; empty gives the default. Values beyond 32 bits are as good as for ever.
func seconds(v string, fallback time.Duration) (time.Duration, bool) {
	v = strings.TrimSpace(v)
	if v == "" {
		return fallback, true
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(min(n, 1<<32-1)) * time.Second, true
}

func headerValue(m gosip.Message, name string) string {
	if h := m.GetHeaders(name); len(h) > 0 {
		return h[0].Value()
	}
	return ""
}

// foul says why a Contact cannot be a phone's own: it names us, a trunk, or no single machine. It is never dialled, but it would come
// back in queries and logs as if it were.
func (r *Registrar) foul(w wish, source netip.Addr) string {
	ip, err := netip.ParseAddr(strings.Trim(w.host, "[]"))
	if err != nil {
		return "" // a name is never resolved: the device is reached by its flow
	}
	ip = ip.Unmap()
	port := w.port
	if port == 0 {
		port = 5060
	}
	switch {
	case ip.IsUnspecified(), ip.IsMulticast(), ip.IsLinkLocalUnicast():
		return "Contact names no single machine"
	case ip.IsLoopback() && !source.IsLoopback():
		return "Contact names this machine"
	case r.Forbidden != nil && bool(r.Forbidden(netip.AddrPortFrom(ip, uint16(min(port, 65535))), source)):
		return "Contact names an address that is not yours"
	}
	return ""
}
