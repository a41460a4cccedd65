package sim

import (
	"strconv"
	"strings"
	"time"

	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

// request takes a request of a program.
func (c *SMSC) request(l *link, p *smpp.PDU) {
	switch b := p.Body.(type) {
	case *smpp.BindRequest:
		c.bind(l, p, b)
	case *smpp.SM:
		if l.esme == nil {
			l.reply(p, smpp.RINVBNDSTS, &smpp.SMResponse{Command: b.Command.Response()})
			return
		}
		c.submit(l, p, b)
	case *smpp.Plain:
		l.reply(p, smpp.ROK, &smpp.Plain{Command: b.Command.Response()})
		if b.Command == smpp.Unbind {
			_ = l.conn.Close()
		}
	case *smpp.BindResponse, *smpp.Outbound, *smpp.SMResponse, *smpp.Multi, *smpp.MultiResponse, *smpp.Query, *smpp.QueryResponse, *smpp.Cancel, *smpp.Replace,
		*smpp.Alert, *smpp.Unknown:
		l.reply(p, smpp.RINVCMDID, &smpp.Plain{Command: smpp.GenericNack})
	}
}

// bind lets a program in.
func (c *SMSC) bind(l *link, p *smpp.PDU, b *smpp.BindRequest) {
	resp := &smpp.BindResponse{Command: b.Command.Response(), SystemID: "simulated"}
	resp.TLVs.SetOctet(smpp.TagSCInterfaceVersion, uint8(smpp.Version34))
	if l.esme != nil {
		l.reply(p, smpp.RALYBND, resp)
		return
	}
	for _, e := range c.esmes {
		if e.cfg.Address != "" || e.cfg.SystemID != b.SystemID {
			continue
		}
		if e.cfg.Password != string(b.Password) {
			l.reply(p, smpp.RINVPASWD, resp)
			return
		}
		l.esme = e
		if b.Command != smpp.BindTransmitter {
			l.receives = smpp.DeliverSM
		}
		l.reply(p, smpp.ROK, resp)
		e.bound(l)
		return
	}
	l.reply(p, smpp.RINVSYSID, resp)
}

// Unanswered is the status of what no program answered.
const Unanswered = 1<<32 - 1

// submit takes a message of a program: submit_sm, or deliver_sm where the centre is the one that bound.
func (c *SMSC) submit(l *link, p *smpp.PDU, b *smpp.SM) {
	resp := &smpp.SMResponse{Command: b.Command.Response()}
	h, status := c.heldOf(l.esme, b)
	k := c.quirk()
	if status == smpp.ROK {
		resp.MessageID = named(h.id, k.IDs)
	}
	seen := &Passed{ESME: l.esme.cfg.SystemID, Way: Submitted, ID: resp.MessageID, Status: uint32(status), At: time.Now()}
	seen.say(b)
	c.set(func() { c.passed = append(c.passed, seen) })
	answer := func() { l.reply(p, status, resp) }
	switch {
	case status != smpp.ROK:
		answer()
	case k.Delay > 0:
		time.AfterFunc(k.Delay, func() {
			answer()
			c.carry(h)
		})
	case k.Early == EarlyReceipt:
		c.carry(h)
		answer()
	default:
		answer()
		c.carry(h)
	}
}

// heldOf reads a message, or says why it is refused.
func (c *SMSC) heldOf(e *esme, b *smpp.SM) (*held, smpp.Status) {
	var n int
	c.set(func() {
		c.submits++
		n = c.submits
	})
	k := c.quirk()
	s, err := shortOf(b)
	switch {
	case k.Throttle > 0 && n%k.Throttle == 0:
		return nil, smpp.RTHROTTLED
	case k.Full > 0 && n%k.Full == 0:
		return nil, smpp.RMSGQFUL
	case err != nil:
		return nil, smpp.RINVESMCLASS
	case strings.Trim(strings.TrimPrefix(s.to, "+"), "0123456789") != "" || s.to == "":
		return nil, smpp.RINVDSTADR
	case k.Unknown == DestinationRefused && strings.HasSuffix(s.to, "404"):
		return nil, smpp.RINVDSTADR
	}
	s.at = time.Now()
	h := &held{short: s, id: c.nextID(), owner: e}
	if b.Registered&(smpp.ReceiptFinal|smpp.ReceiptFailure) != 0 {
		h.report = WantsReport
	}
	if d, is := relative(b.Validity); is {
		h.until = h.at.Add(d)
	}
	return h, smpp.ROK
}

// named is how the centre names a message in its response.
func named(id string, i IDs) string {
	switch i {
	case IDsDecimal:
	case IDsHex:
		if n, err := strconv.Atoi(id); err == nil {
			return strings.ToUpper(strconv.FormatInt(int64(n), 16))
		}
	case IDsNone:
		return "msg_id_not_implemented"
	}
	return id
}

// relative reads a validity_period that is relative (SMPP 3.4 section 7.1.1): "000002000000000R" is two days.
func relative(v string) (time.Duration, bool) {
	const length = 16
	if len(v) != length || v[length-1] != 'R' {
		return 0, false
	}
	var sum time.Duration
	for i, unit := range []time.Duration{365 * 24 * time.Hour, 30 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, err := strconv.Atoi(v[2*i : 2*i+2])
		if err != nil {
			return 0, false
		}
		sum += time.Duration(n) * unit
	}
	return sum, true
}

// shortOf reads the message in an SM.
func shortOf(b *smpp.SM) (short, error) {
	s := short{from: plused(b.Source), to: plused(b.Destination), scheme: sms.ParseDataCoding(b.DataCoding, sms.GSM7)}
	s.octets = b.Octets()
	if b.ESMClass.UDHI() {
		var err error
		if s.header, s.octets, err = sms.ParseHeader(b.Octets()); err != nil {
			return s, err
		}
	}
	if p := b.SAR(); p.Total > 0 {
		s.header = append(s.header, sms.Concat{Reference: p.Reference, Wide: true, Total: int(p.Total), Number: int(p.Number)}.Element())
	}
	if n := b.Reference(); n >= 0 {
		s.reference = uint16(n) //nolint:gosec // 16 bits
	}
	return s, nil
}

// plused is an address as a telephone shows it.
func plused(a smpp.Address) string {
	if a.TON == smpp.TONInternational && !strings.HasPrefix(a.Number, "+") {
		return "+" + a.Number
	}
	return a.Number
}

// addressed is an address in SMPP.
func addressed(text string) smpp.Address {
	digits, international := strings.CutPrefix(text, "+")
	switch {
	case strings.Trim(digits, "0123456789") != "":
		return smpp.Address{TON: smpp.TONAlphanumeric, NPI: smpp.NPIUnknown, Number: text}
	case international:
		return smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: digits}
	}
	return smpp.Address{TON: smpp.TONUnknown, NPI: smpp.NPIISDN, Number: digits}
}

// delivering is a message as it is given to a program, by deliver_sm or submit_sm.
func (c *SMSC) delivering(s short, o origin, command smpp.Command) *smpp.SM {
	k := c.quirk()
	b := &smpp.SM{Command: command, ServiceType: "CMT", Source: addressed(s.from), Destination: addressed(s.to), ESMClass: smpp.ModeDatagram}
	if command == smpp.SubmitSM {
		b.ServiceType, b.ESMClass = "", 0
	}
	if o == originHandset {
		if h := c.handset(s.from); h != nil && k.Source == SourceIMSI {
			b.Source = smpp.Address{TON: smpp.TONSubscriber, NPI: smpp.NPILandMobile, Number: h.imsi}
		}
		if k.AsDialled == DialledInternational {
			b.Destination = addressed(international(s.to))
		}
	}
	if k.Reference == ReferenceTold {
		b.SetReference(s.reference)
	}
	b.DataCoding = sms.DataCoding(s.scheme.Coding, sms.GSM7)
	var header []byte
	if h := s.header.Bytes(); h != nil {
		header = h[1:]
	}
	b.SetUserData(header, s.octets)
	return b
}
