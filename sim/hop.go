package sim

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tandem/sip/message"
)

// hop is one request that the core sent on, or made itself, until it is answered. The core's mutex guards it.
type hop struct {
	key       string         // of what came; empty: the core made it
	in        *datagram      // what came; nil: the core made it
	from      netip.AddrPort // who sent that
	out       *datagram
	to        netip.AddrPort
	heard     bool // something other than 100 came back
	cancelled bool
	last      *datagram        // what was answered last
	next      func()           // goes on without the product (DefaultHandling 0: SESSION_CONTINUED); nil: there is nothing to go on to
	done      func(status int) // of a request that the core made
	timer     *time.Timer      // until next
	repeat    *time.Timer      // of a request that the core made
	forget    *time.Timer      // after the end
}

// dress is what is changed in the responses of one call on their way to the product.
type dress struct {
	phrase  string
	fields  []message.Field // of every 18x and 2xx
	answer  []message.Field // of a 2xx alone
	contact string          // of a 2xx; empty: as it is
}

func (h *hop) rest() {
	for _, t := range []*time.Timer{h.timer, h.repeat, h.forget} {
		if t != nil {
			t.Stop()
		}
	}
}

// serve takes packets until the socket is closed.
func (c *Core) serve() {
	b := make([]byte, 1<<16)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // of one packet
		}
		if d, err := readDatagram(b[:n]); err == nil {
			c.take(d, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		}
	}
}

// take is the proxy.
func (c *Core) take(d *datagram, from netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	product := from.Addr() == c.cfg.Server.Addr()
	switch {
	case c.closed, product && c.way == CoreSilent:
	case d.status() != 0:
		c.response(d)
	case d.method() == "ACK": // of a failure: it was for us; that of a 2xx goes to the Contact
	case d.method() == "CANCEL":
		c.cancelLocked(d, from)
	case product && c.way == CoreRefuses:
		c.send(d.reply(503), from)
	case d.method() == "OPTIONS":
		c.send(d.reply(200), from)
	case d.method() == "INVITE", d.method() == "MESSAGE":
		c.request(d, from)
	default:
		c.send(d.reply(405), from)
	}
}

func (c *Core) send(d *datagram, to netip.AddrPort) {
	_, _ = c.conn.WriteToUDPAddrPort(d.bytes(), to) // lost, it is repeated or given up
}

// forward sends a request on: a hop less, a Via more (RFC 3261 section 16.6).
func (c *Core) forward(in *datagram, from netip.AddrPort, out *datagram, to netip.AddrPort) *hop {
	left := 70
	if n, err := strconv.Atoi(out.get("Max-Forwards")); err == nil {
		left = n
	}
	if left == 0 {
		c.send(in.reply(483), from)
		return nil
	}
	out.set("Max-Forwards", strconv.Itoa(left-1))
	h := &hop{key: in.branch() + in.method(), in: in, from: from, out: out, to: to}
	c.launch(h)
	c.hops[h.key] = h
	return h
}

// launch gives a request its Via and sends it.
func (c *Core) launch(h *hop) {
	c.count++
	branch := fmt.Sprintf("z9hG4bKcore%d%d", c.addr.Port(), c.count)
	h.out.push("Via", "SIP/2.0/UDP "+c.addr.String()+";branch="+branch)
	c.branches[branch] = h
	c.send(h.out, h.to)
}

// response takes an answer to what was sent on.
func (c *Core) response(d *datagram) {
	h := c.branches[d.branch()]
	if h == nil || d.method() != h.out.method() || d.status() == 100 {
		if h != nil && d.status() == 100 && h.timer != nil {
			h.timer.Stop()
		}
		return
	}
	final := d.status() >= 200
	if d.status() >= 300 && d.method() == "INVITE" {
		c.acknowledge(h, d)
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	if final {
		c.fade(h)
	}
	if h.in == nil {
		if final && h.done != nil {
			done := h.done
			h.done = nil
			done(d.status())
		}
		return
	}
	if next := h.next; next != nil && !h.heard && !h.cancelled && (d.status() == 503 || d.status() == 408) {
		h.next = nil
		next()
		return
	}
	h.heard = true
	up := d.clone()
	up.pop("Via")
	c.dressUp(up)
	h.last = up
	c.send(up, h.from)
}

// dressUp changes a response as the core of that operator does.
func (c *Core) dressUp(d *datagram) {
	w, is := c.dresses[d.get("Call-ID")]
	switch {
	case !is:
	case d.status() >= 300:
		if w.phrase != "" {
			d.first = "SIP/2.0 " + strconv.Itoa(d.status()) + " " + w.phrase
		}
	default:
		d.add(w.fields...)
		if d.status() >= 200 {
			d.add(w.answer...)
		}
		if w.contact != "" && d.status() >= 200 {
			d.set("Contact", w.contact)
		}
	}
}

// acknowledge sends the ACK of a failure (RFC 3261 section 17.1.1.3).
func (c *Core) acknowledge(h *hop, d *datagram) {
	ack := &datagram{first: "ACK " + h.out.uri() + " SIP/2.0"}
	ack.add(message.Field{Name: "Via", Value: h.out.get("Via")})
	for _, r := range h.out.all("Route") {
		ack.add(message.Field{Name: "Route", Value: r})
	}
	n, _, _ := strings.Cut(h.out.get("CSeq"), " ")
	ack.add(message.Field{Name: "Max-Forwards", Value: "70"}, message.Field{Name: "From", Value: h.out.get("From")},
		message.Field{Name: "To", Value: d.get("To")}, message.Field{Name: "Call-ID", Value: h.out.get("Call-ID")},
		message.Field{Name: "CSeq", Value: n + " ACK"})
	c.send(ack, h.to)
}

// cancelLocked takes a CANCEL: it is answered here, and one of our own goes on (RFC 3261 section 16.10).
func (c *Core) cancelLocked(d *datagram, from netip.AddrPort) {
	h := c.hops[d.branch()+"INVITE"]
	if h == nil {
		c.send(d.reply(481), from)
		return
	}
	c.send(d.reply(200), from)
	h.cancelled = true
	if c.word == WordLate {
		return
	}
	out := h.out.clone()
	out.first = "CANCEL " + h.out.uri() + " SIP/2.0"
	n, _, _ := strings.Cut(h.out.get("CSeq"), " ")
	via := h.out.get("Via")
	out.keep(func(f message.Field) bool {
		switch long(f.Name) {
		case "route", "from", "to", "call-id", "max-forwards":
			return true
		}
		return false
	})
	out.push("Via", via)
	out.set("CSeq", n+" CANCEL")
	for _, r := range d.all("Reason") {
		out.add(message.Field{Name: "Reason", Value: r})
	}
	out.body = nil
	c.send(out, h.to)
}

// fade forgets a hop once no repeat of its answer can come any more (64*T1).
func (c *Core) fade(h *hop) {
	if h.repeat != nil {
		h.repeat.Stop()
	}
	if h.forget != nil {
		return
	}
	branch := h.out.branch()
	h.forget = time.AfterFunc(40*time.Second, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.branches, branch)
		if c.hops[h.key] == h {
			delete(c.hops, h.key)
		}
		delete(c.dresses, h.out.get("Call-ID"))
	})
}

// goOn lets the call go on without the product when it has not said a word in time.
func (c *Core) goOn(h *hop, next func()) {
	if h == nil {
		return
	}
	h.next = next
	h.timer = time.AfterFunc(c.cfg.Timing.Server, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.closed || h.heard || h.cancelled || h.next == nil {
			return
		}
		h.next = nil
		delete(c.branches, h.out.branch())
		next()
	})
}

// ask sends a request of the core's own until it is answered; done is told how, with the mutex held: 408 for silence.
func (c *Core) ask(out *datagram, to netip.AddrPort, done func(status int)) {
	h := &hop{out: out, to: to, done: done}
	c.launch(h)
	tries := 0
	h.repeat = time.AfterFunc(500*time.Millisecond, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if tries++; c.closed || h.done == nil {
			return
		}
		if time.Duration(tries)*500*time.Millisecond < c.cfg.Timing.Server {
			c.send(h.out, h.to)
			h.repeat.Reset(500 * time.Millisecond)
			return
		}
		done := h.done
		h.done = nil
		delete(c.branches, h.out.branch())
		done(408)
	})
}
