package sim

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"tandem/mobilecore/smpp"
)

// link is one SMPP connection of a centre, whoever opened it.
type link struct {
	c    *SMSC
	conn net.Conn
	over chan struct{} // closed at its end

	esme     *esme        // who is bound; nil: nobody yet. Its own goroutine's until it is bound, then nobody changes it
	receives smpp.Command // what the centre gives messages by: deliver_sm, submit_sm where it is the one that bound; 0: the program takes none

	mu      sync.Mutex // guards what follows; it is held while a PDU is written, so that PDUs leave in the order of their numbers
	last    uint32
	waits   map[uint32]func(*smpp.PDU) // for responses
	stopped bool
}

var errLink = errors.New("the connection ended")

// ask sends a request; done is told its response, or nil when the connection ended without one.
func (l *link) ask(b smpp.Body, done func(*smpp.PDU)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return errLink
	}
	l.last++
	p := &smpp.PDU{Sequence: l.last, Body: b}
	octets, err := p.Append(nil)
	if err != nil {
		return err
	}
	if done != nil {
		l.waits[p.Sequence] = done
	}
	if err = l.writeLocked(octets); err != nil {
		delete(l.waits, p.Sequence)
	}
	return err
}

// reply answers a request.
func (l *link) reply(to *smpp.PDU, status smpp.Status, b smpp.Body) {
	octets, err := (&smpp.PDU{Status: status, Sequence: to.Sequence, Body: b}).Append(nil)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopped {
		_ = l.writeLocked(octets) // lost, whoever waits for it finds out
	}
}

func (l *link) writeLocked(octets []byte) error {
	const patience = 10 * time.Second
	_ = l.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := l.conn.Write(octets); err != nil {
		_ = l.conn.Close()
		return err
	}
	return nil
}

// serve reads until the connection ends.
func (l *link) serve() {
	in := bufio.NewReader(l.conn)
	for {
		octets, err := smpp.Read(in)
		if err != nil {
			break
		}
		p, err := smpp.Decode(octets)
		if err != nil {
			l.broken(p, err)
			continue
		}
		if p.Command().IsResponse() {
			l.responded(p)
			continue
		}
		l.c.request(l, p)
	}
	l.end()
}

// broken answers a PDU that cannot be read.
func (l *link) broken(p *smpp.PDU, err error) {
	status := smpp.RSYSERR
	if bad, is := errors.AsType[*smpp.FieldError](err); is {
		status = bad.Status
	}
	if p == nil {
		p = &smpp.PDU{}
	}
	l.reply(p, status, &smpp.Plain{Command: smpp.GenericNack})
}

func (l *link) responded(p *smpp.PDU) {
	l.mu.Lock()
	done := l.waits[p.Sequence]
	delete(l.waits, p.Sequence)
	l.mu.Unlock()
	if done != nil {
		done(p)
	}
}

// end tells everybody who waits that nothing more comes.
func (l *link) end() {
	_ = l.conn.Close()
	l.mu.Lock()
	l.stopped = true
	waits := l.waits
	l.waits = nil
	l.mu.Unlock()
	if l.esme != nil {
		l.esme.unbound(l)
	}
	for _, done := range waits {
		done(nil)
	}
	close(l.over)
}

// smppSide is where a centre speaks SMPP.
type smppSide struct {
	listener net.Listener

	mu     sync.Mutex // guards what follows
	links  map[*link]struct{}
	closed bool
}

// openSMPP begins to listen, and to bind to the programs that listen themselves.
func (c *SMSC) openSMPP() error {
	c.smpp.links = make(map[*link]struct{})
	if c.cfg.Bind != "" {
		var lc net.ListenConfig
		l, err := lc.Listen(c.ctx, "tcp", c.cfg.Bind)
		if err != nil {
			return err
		}
		c.smpp.listener = l
		c.wg.Go(c.accept)
	}
	for _, e := range c.esmes {
		if e.cfg.Address != "" {
			c.wg.Go(func() { e.keepBound(c.ctx) })
		}
	}
	return nil
}

func (c *SMSC) closeSMPP() {
	c.smpp.mu.Lock()
	c.smpp.closed = true
	c.smpp.mu.Unlock()
	if c.smpp.listener != nil {
		_ = c.smpp.listener.Close()
	}
	c.Restart()
}

// Addr is where programs bind; nil: nowhere.
func (c *SMSC) Addr() net.Addr {
	if c.smpp.listener == nil {
		return nil
	}
	return c.smpp.listener.Addr()
}

// Restart is a crash of the centre: every connection drops, and what no program answered is given again to whoever binds next. What was submitted is kept.
func (c *SMSC) Restart() {
	c.smpp.mu.Lock()
	defer c.smpp.mu.Unlock()
	for l := range c.smpp.links {
		_ = l.conn.Close()
	}
}

func (c *SMSC) accept() {
	for {
		conn, err := c.smpp.listener.Accept()
		if err != nil {
			return
		}
		if l := c.newLink(conn); l != nil {
			c.wg.Go(func() { c.run(l) })
		}
	}
}

// newLink takes a connection in; nil when the centre is closed.
func (c *SMSC) newLink(conn net.Conn) *link {
	l := &link{c: c, conn: conn, over: make(chan struct{}), waits: make(map[uint32]func(*smpp.PDU))}
	c.smpp.mu.Lock()
	defer c.smpp.mu.Unlock()
	if c.smpp.closed {
		_ = conn.Close()
		return nil
	}
	c.smpp.links[l] = struct{}{}
	return l
}

func (c *SMSC) run(l *link) {
	l.serve()
	c.smpp.mu.Lock()
	defer c.smpp.mu.Unlock()
	delete(c.smpp.links, l)
}

// keepBound binds to a program, again and again.
func (e *esme) keepBound(ctx context.Context) {
	const again = 200 * time.Millisecond
	for ctx.Err() == nil {
		e.bindOnce(ctx)
		_ = rest(ctx, again)
	}
}

// bindOnce binds to a program, and returns when that is over.
func (e *esme) bindOnce(ctx context.Context) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", e.cfg.Address)
	if err != nil {
		return
	}
	l := e.c.newLink(conn)
	if l == nil {
		return
	}
	err = l.ask(&smpp.BindRequest{Command: smpp.BindTransceiver, SystemID: e.cfg.SystemID, Password: smpp.Secret(e.cfg.Password), Version: smpp.Version34},
		func(p *smpp.PDU) {
			if p == nil || p.Status != smpp.ROK {
				_ = conn.Close()
				return
			}
			l.esme, l.receives = e, smpp.SubmitSM
			e.bound(l)
		})
	if err != nil {
		_ = conn.Close()
	}
	e.c.run(l)
}
