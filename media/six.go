package media

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"tandem/media/sdp"
	"tandem/media/transport"
)

// openSix opens the way to peers of IPv6, where Config.Six asks for one: on sockets of its own, by the back end that serves IPv4.
func (e *Engine) openSix(b transport.Backend) (err error) {
	if !e.cfg.Six.IsValid() {
		return nil
	}
	cfg := e.transportAt(e.cfg.Six)
	cfg.Backend, cfg.Rings = b, 1
	if e.six, _, err = transport.New(cfg); err != nil {
		return fmt.Errorf("media transport of IPv6: %w", err)
	}
	return nil
}

// isSix says whether a leg is reached by IPv6: its offer says so, else what is known of its signalling.
func (e *Engine) isSix(o *Opening) (six bool) {
	if e.six == nil || o.Kind != Plain {
		return false
	}
	if o.Advertise.IsValid() {
		return o.Advertise.Is6()
	}
	if named := audioAt(o.Offer); named.IsValid() {
		return named.Is6()
	}
	return o.Family == FamilySix || o.Signalled.Is6()
}

// audioAt is where an offer wants its first audio; not valid where it says nothing of use.
func audioAt(offer []byte) netip.Addr {
	if len(offer) == 0 {
		return netip.Addr{}
	}
	d, err := sdp.Parse(offer)
	if err != nil {
		return netip.Addr{} // what is wrong with it is said where it is answered
	}
	for i := range d.Media {
		if m := &d.Media[i]; m.Kind == "audio" && m.Port != 0 && !m.Addr.IsUnspecified() {
			return m.Addr.Unmap()
		}
	}
	return netip.Addr{}
}

// wayOf is the transport of a leg, and the address that its descriptions name.
func (e *Engine) wayOf(o *Opening) (transport.Transport, netip.Addr) {
	if e.isSix(o) {
		return e.six, cmp.Or(o.Advertise, e.cfg.Six)
	}
	return e.net, cmp.Or(o.Advertise, e.cfg.Advertise)
}

// transportAt is what a back end at an address needs.
func (e *Engine) transportAt(a netip.Addr) transport.Config {
	c := &e.cfg
	return transport.Config{
		Bind: a, Ports: transport.Range(c.Ports), Now: e.now, Backend: c.Transport.Backend, Wait: max(cmp.Or(c.Transport.Gather, DefaultGather), 0),
	}
}

// netStats counts the ports of both families.
func (e *Engine) netStats() transport.Stats {
	n := e.net.Stats()
	if e.six != nil {
		more := e.six.Stats()
		n.InUse += more.InUse
		n.Unsent += more.Unsent
	}
	return n
}

// closeNets closes the transports of both families.
func (e *Engine) closeNets() error {
	err := e.net.Close()
	if e.six != nil {
		err = errors.Join(err, e.six.Close())
	}
	return err
}

// reaches says whether a leg's sockets can send to an address at all.
func (s *Session) reaches(a netip.Addr) (does bool) {
	return s.leg != nil || a.Unmap().Is4() == s.port.Local().Addr().Unmap().Is4()
}
