package sim

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"tandem/sip/message"
)

// datagram is one SIP request or response as text. The core is a proxy: it changes the lines that a proxy changes, and leaves the rest as it came
// (RFC 3261 section 16.6).
type datagram struct {
	first string
	head  []message.Field // Via and Route cut to one value each
	body  []byte
}

var errNotSIP = errors.New("not SIP")

// long gives the full name of a header that came in its compact form (RFC 3261 section 7.3.3), in lower case.
func long(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "v":
		return "via"
	case "f":
		return "from"
	case "t":
		return "to"
	case "i":
		return "call-id"
	case "m":
		return "contact"
	case "l":
		return "content-length"
	case "c":
		return "content-type"
	case "k":
		return "supported"
	}
	return name
}

// readDatagram reads what came in one packet.
func readDatagram(b []byte) (*datagram, error) {
	head, body, found := bytes.Cut(b, []byte("\r\n\r\n"))
	if !found {
		return nil, errNotSIP
	}
	text := strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(string(head)) // folded lines
	lines := strings.Split(text, "\r\n")
	d := &datagram{first: lines[0], body: bytes.Clone(body)}
	if !strings.HasPrefix(d.first, "SIP/2.0 ") && !strings.HasSuffix(d.first, " SIP/2.0") {
		return nil, errNotSIP
	}
	for _, l := range lines[1:] {
		name, value, is := strings.Cut(l, ":")
		if !is {
			return nil, errNotSIP
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch long(name) {
		case "via", "route":
			for _, one := range cutList(value) {
				d.head = append(d.head, message.Field{Name: name, Value: one})
			}
		case "content-length":
		default:
			d.head = append(d.head, message.Field{Name: name, Value: value})
		}
	}
	return d, nil
}

// cutList cuts a header value at its commas outside quotes and angle brackets.
func cutList(value string) []string {
	var out []string
	quoted, angle, from := false, 0, 0
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle++
		case c == '>':
			angle--
		case c == ',' && angle <= 0:
			out = append(out, strings.TrimSpace(value[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(value[from:]))
}

// bytes is the datagram as it is sent.
func (d *datagram) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(d.first + "\r\n")
	for _, f := range d.head {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(d.body)) + "\r\n\r\n")
	b.Write(d.body)
	return b.Bytes()
}

func (d *datagram) clone() *datagram {
	return &datagram{first: d.first, head: append([]message.Field(nil), d.head...), body: d.body}
}

// get is the first value of a header.
func (d *datagram) get(name string) string {
	if all := d.all(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (d *datagram) all(name string) []string {
	var out []string
	for _, f := range d.head {
		if long(f.Name) == long(name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// set replaces every value of a header by one.
func (d *datagram) set(name, value string) {
	d.remove(name)
	d.head = append(d.head, message.Field{Name: name, Value: value})
}

func (d *datagram) add(fields ...message.Field) { d.head = append(d.head, fields...) }

func (d *datagram) remove(name string) {
	d.keep(func(f message.Field) bool { return long(f.Name) != long(name) })
}

func (d *datagram) keep(is func(message.Field) bool) {
	var head []message.Field
	for _, f := range d.head {
		if is(f) {
			head = append(head, f)
		}
	}
	d.head = head
}

// push puts a value above all others of its header.
func (d *datagram) push(name, value string) {
	d.head = append([]message.Field{{Name: name, Value: value}}, d.head...)
}

// pop takes the topmost value of a header away; empty when there is none.
func (d *datagram) pop(name string) string {
	for i, f := range d.head {
		if long(f.Name) == long(name) {
			d.head = append(append([]message.Field(nil), d.head[:i]...), d.head[i+1:]...)
			return f.Value
		}
	}
	return ""
}

// method is the method of a request, or of the request that a response answers.
func (d *datagram) method() string {
	if d.status() == 0 {
		m, _, _ := strings.Cut(d.first, " ")
		return m
	}
	_, m, _ := strings.Cut(d.get("CSeq"), " ")
	return strings.TrimSpace(m)
}

// status is that of a response; 0: it is a request.
func (d *datagram) status() int {
	rest, is := strings.CutPrefix(d.first, "SIP/2.0 ")
	if !is {
		return 0
	}
	digits, _, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(digits) // nonsense is answered by nobody
	return n
}

// uri is the Request-URI.
func (d *datagram) uri() string {
	parts := strings.Split(d.first, " ")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}

func (d *datagram) setURI(uri string) { d.first = d.method() + " " + uri + " SIP/2.0" }

// branch is that of the topmost Via: with the method, it names a transaction (RFC 3261 section 17.2.3).
func (d *datagram) branch() string { return param(d.get("Via"), "branch") }

// param is a parameter of a header value.
func param(value, name string) string {
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i+1:]
	}
	for p := range strings.SplitSeq(value, ";") {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// inAngles is the URI of a name-addr, or of an addr-spec.
func inAngles(value string) string {
	if _, rest, is := strings.Cut(value, "<"); is {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// userOf is the user part of a SIP URI, or the number of a tel one, without parameters.
func userOf(uri string) string {
	_, rest, is := strings.Cut(uri, ":")
	if !is {
		rest = uri
	}
	rest, _, _ = strings.Cut(rest, "@")
	rest, _, _ = strings.Cut(rest, ";")
	return strings.ReplaceAll(rest, "%23", "#")
}

// reply answers a request (RFC 3261 section 8.2.6).
func (d *datagram) reply(status int) *datagram {
	r := &datagram{first: "SIP/2.0 " + strconv.Itoa(status) + " " + message.Phrase(status)}
	for _, f := range d.head {
		switch long(f.Name) {
		case "via", "from", "call-id", "cseq":
			r.head = append(r.head, f)
		case "to":
			if status > 100 && param(f.Value, "tag") == "" {
				f.Value += ";tag=core"
			}
			r.head = append(r.head, f)
		}
	}
	return r
}
