package sim

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"tandem/sip/message"
)

// odi is what an original dialog id stands for: the opaque name of a call, by which the core knows what an application server sends back (TS 24.229
// section 5.4.3.4).
type odi struct {
	side   side
	served string // E.164
}

// side is a session case.
type side int

// The cases.
const (
	originating side = iota
	terminating
)

// Sighting is a request that the core delivered, as the product sent it.
type Sighting struct {
	Toward string // "handset", "outside" or "message"
	URI    string // Request-URI
	Number string // E.164, or as it was dialled
	d      *datagram
}

// Values are the values of a header.
func (s Sighting) Values(name string) []string { return s.d.all(name) }

// Body is its body.
func (s Sighting) Body() []byte { return s.d.body }

// Seen lists what was delivered, oldest first.
func (c *Core) Seen() []Sighting {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Sighting(nil), c.seen...)
}

// note keeps what happened for whoever watches; the mutex is held.
func (c *Core) sighted(toward, number string, d *datagram) {
	const most = 1000 // a demo runs for days
	if len(c.seen) >= most {
		c.seen = c.seen[1:]
	}
	c.seen = append(c.seen, Sighting{Toward: toward, URI: d.uri(), Number: number, d: d.clone()})
}

func (c *Core) fault(what string) { c.faults = append(c.faults, what) }

// request takes an INVITE or a MESSAGE, from a handset, somebody outside, or the product.
func (c *Core) request(d *datagram, from netip.AddrPort) {
	if h := c.hops[d.branch()+d.method()]; h != nil {
		if h.last != nil {
			c.send(h.last, from)
		}
		return
	}
	if d.method() == "INVITE" {
		c.send(d.reply(100), from)
	}
	if from.Addr() == c.addr.Addr() && from != c.addr {
		c.fromInside(d, from)
		return
	}
	c.fromProduct(d, from)
}

// fromInside takes a call of a handset, or of somebody outside.
func (c *Core) fromInside(d *datagram, from netip.AddrPort) {
	h := c.handsets[international(userOf(inAngles(d.get("From"))))]
	if h == nil {
		c.onward(d, from)
		return
	}
	if claims := h.claimed(); claims != "" {
		d.set("From", strings.Replace(d.get("From"), userOf(inAngles(d.get("From"))), claims, 1))
	}
	c.serveSide(originating, h, d, from)
}

// fromProduct takes what the product sends: along an original dialog id, or something new.
func (c *Core) fromProduct(d *datagram, from netip.AddrPort) {
	own := ""
	if top := inAngles(d.get("Route")); top != "" && strings.Contains(top, c.addr.String()) {
		own = top
		d.pop("Route")
	}
	if c.cfg.Unknown == StripsUnknown {
		d.keep(func(f message.Field) bool { return !strings.HasPrefix(strings.ToLower(f.Name), "x-") })
	}
	if id, is := c.dialogs[own]; is {
		c.back(id, d, from)
		return
	}
	if strings.Contains(own, "sip:odi-") {
		c.fault("an original dialog id was changed: " + own)
		c.send(d.reply(403), from)
		return
	}
	if d.method() == "MESSAGE" {
		c.newFromProduct(d, from)
		return
	}
	number := userOf(d.uri())
	if p := c.cfg.ReturnPrefix; c.cfg.Attachment == AttachTrunk && p != "" && strings.HasPrefix(number, p) {
		if h := c.handsets[international(strings.TrimPrefix(number, p))]; h != nil {
			c.deliver(h, d, from)
			return
		}
		c.send(d.reply(404), from)
		return
	}
	c.onward(d, from)
}

// back goes on with a call that the product had.
func (c *Core) back(id odi, d *datagram, from netip.AddrPort) {
	switch {
	case d.method() == "MESSAGE":
		c.takeMessage(id, d, from)
	case id.side == terminating:
		c.deliver(c.handsets[id.served], d, from)
	default:
		c.onward(d, from)
	}
}

// onward goes to whoever is called: a subscriber by the terminating filter, all others outside.
func (c *Core) onward(d *datagram, from netip.AddrPort) {
	if h := c.handsets[international(userOf(d.uri()))]; h != nil {
		c.serveSide(terminating, h, d, from)
		return
	}
	c.outside(d, from)
}

func (c *Core) outside(d *datagram, from netip.AddrPort) {
	number := userOf(d.uri())
	c.sighted("outside", number, d)
	c.forward(d, from, c.toward(d, number), c.access.addr)
}

func (c *Core) deliver(h *Handset, d *datagram, from netip.AddrPort) {
	c.sighted("handset", h.number, d)
	c.forward(d, from, c.toward(d, h.number), c.access.addr)
}

// toward aims a request at the access side.
func (c *Core) toward(d *datagram, number string) *datagram {
	out := d.clone()
	out.setURI("sip:" + strings.ReplaceAll(number, "#", "%23") + "@" + c.access.addr.String())
	out.remove("Route")
	return out
}

// serveSide is the initial filter criteria of a subscriber: the product comes first, and where it does not answer, the call goes on without it.
func (c *Core) serveSide(s side, h *Handset, d *datagram, from netip.AddrPort) {
	var out *datagram
	switch c.cfg.Attachment {
	case AttachISC:
		out = c.toServer(s, h, d)
	case AttachTrunk:
		out = c.toTrunk(s, h, d)
	}
	c.goOn(c.forward(d, from, out, c.cfg.Server), func() {
		switch s {
		case originating:
			c.onward(d, from)
		case terminating:
			c.deliver(h, d, from)
		}
	})
}

// toServer is a request as the S-CSCF sends it to an application server (TS 24.229 sections 5.4.3.2 and 5.4.3.3).
func (c *Core) toServer(s side, h *Handset, d *datagram) *datagram {
	out := d.clone()
	c.count++
	word, impu := "orig", "sip:"+h.number+"@"+c.cfg.Domain
	if s == terminating {
		word = "term"
	}
	id := "sip:odi-" + strconv.Itoa(c.count) + "-" + strconv.Itoa(c.dice.intn(1<<30)) + "@" + c.addr.String() + ";lr;odd=" + word + "%3B" +
		strconv.Itoa(c.count) + ";s=" + strconv.Itoa(int(s)) + ";h=0;d=0;a=" + hex.EncodeToString([]byte(impu))
	c.dialogs[id] = odi{side: s, served: h.number}
	out.remove("Route")
	out.push("Route", "<"+id+">")
	out.push("Route", "<sip:"+c.cfg.Server.String()+";lr>")
	out.set("P-Served-User", "<"+impu+">;sescase="+word+";regstate="+h.regState())
	if out.get("P-Charging-Vector") == "" {
		out.set("P-Charging-Vector", `icid-value="`+d.branch()+`";icid-generated-at=`+c.addr.Addr().String()+";orig-ioi="+c.cfg.Domain)
	}
	switch s {
	case originating:
		number := userOf(d.uri())
		out.setURI(c.tel(number))
		out.set("To", "<"+c.tel(number)+">")
		out.remove("P-Asserted-Identity")
		out.add(message.Field{Name: "P-Asserted-Identity", Value: "<" + impu + ">"}, message.Field{Name: "P-Asserted-Identity", Value: "<tel:" + h.number + ">"})
		out.set("P-Access-Network-Info", `3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2080100A10000B01`)
	case terminating:
		out.setURI(impu)
		if out.get("P-Asserted-Identity") == "" {
			out.set("P-Asserted-Identity", "<"+inAngles(d.get("From"))+">")
		}
	}
	if c.cfg.History == WithHistory && out.get("History-Info") == "" {
		out.set("History-Info", "<"+out.uri()+">;index=1")
	}
	return out
}

// tel is a number as the handset's dialler makes it (RFC 3966).
func (c *Core) tel(number string) string {
	if strings.HasPrefix(number, "+") {
		return "tel:" + number
	}
	return "tel:" + strings.ReplaceAll(number, "#", "%23") + ";phone-context=" + c.cfg.Domain
}

// toTrunk is a request as a gateway of a circuit-switched core sends it: no plus, no asserted identity, the number as it was typed.
func (c *Core) toTrunk(s side, h *Handset, d *datagram) *datagram {
	out := d.clone()
	out.remove("Route")
	out.remove("P-Asserted-Identity")
	number := userOf(d.uri())
	switch s {
	case originating:
		number = c.cfg.OriginatingPrefix + number
		out.set("From", strings.Replace(d.get("From"), "+", "", 1))
	case terminating:
		number = h.number
	}
	out.setURI("sip:" + strings.ReplaceAll(number, "#", "%23") + "@" + c.cfg.Server.String())
	return out
}

// told is the third-party REGISTER: the registrar tells the application server that a handset came or went (TS 24.229 section 5.4.1.7).
func (c *Core) told(h *Handset, seconds int) {
	if c.cfg.Attachment != AttachISC {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.count++
	r := &datagram{first: "REGISTER sip:" + c.cfg.Server.String() + " SIP/2.0"}
	for _, f := range [][2]string{
		{"Max-Forwards", "70"},
		{"From", "<sip:scscf@" + c.addr.String() + ">;tag=r" + strconv.Itoa(c.count)},
		{"To", "<sip:" + h.number + "@" + c.cfg.Domain + ">"},
		{"Call-ID", "register-" + h.number + "@" + c.addr.String()},
		{"CSeq", strconv.Itoa(c.count) + " REGISTER"},
		{"Contact", "<sip:" + c.addr.String() + ">"},
		{"Expires", strconv.Itoa(seconds)},
		{"P-Access-Network-Info", "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2080100A10000B01"},
	} {
		r.add(message.Field{Name: f[0], Value: f[1]})
	}
	c.ask(r, c.cfg.Server, func(status int) {
		if status/100 != 2 && status != 408 { // silence is an outage, not a fault
			c.fault("a third-party REGISTER was answered " + strconv.Itoa(status))
		}
	})
}
