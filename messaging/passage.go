package messaging

import "strings"

// passage is what an arrival is, seen from the number of ours whose message it is.
type passage struct {
	connector *Connector
	own       *Line
	direction Direction
	channel   Channel
	path      Path
	peer      Address
	peerLine  *Line // of an outbound one to another number of ours
	urgent    bool  // to an emergency number
}

// passage finds whose an arrival is. It fails with a *Refusal.
func (r *rules) passage(s *Snapshot, a *Arrival) (*passage, error) {
	c := s.Connectors[a.Connector]
	if c == nil {
		return nil, refuse(CodeUnknownNumber, "M2", "connector", "this connector is not ours any more", nil)
	}
	from, to := r.address(a.From, c.Country), r.address(a.To, c.Country)
	switch c.Role {
	case RoleCarrier:
		return r.fromCarrier(s, c, from, to)
	case RoleOperator:
		return r.fromOperator(s, c, a)
	case RoleProgram:
		return r.fromProgram(s, c, a, from)
	}
	return nil, refuse(CodeUnknownNumber, "M2", "connector", "this connector has no role", nil)
}

// fromCarrier takes what somebody outside wrote to a number of ours.
func (r *rules) fromCarrier(s *Snapshot, c *Connector, from, to Address) (*passage, error) {
	own := s.Lines[to]
	if own == nil || !c.serves(own) {
		return nil, unknownNumber()
	}
	return &passage{connector: c, own: own, direction: Inbound, channel: ChannelNetwork, path: PathInPath, peer: from}, nil
}

// fromOperator takes what a handset of ours wrote, and what somebody wrote to one.
func (r *rules) fromOperator(s *Snapshot, c *Connector, a *Arrival) (*passage, error) {
	from, to := r.address(a.From, c.Country), r.address(a.To, c.Country)
	if mo := s.handset(a, from); mo != nil && c.serves(mo) && a.Passes != ChannelNative { // What is passed on to a handset comes from no other, whoever wrote it.
		to = r.address(a.To, mo.Country)
		p := &passage{connector: c, own: mo, direction: Outbound, channel: ChannelNative, path: mo.path(), peer: to, urgent: r.emergency(to, mo.Country)}
		if !p.urgent {
			p.peerLine = s.Lines[to]
		}
		return p, nil
	}
	own := s.Lines[to]
	if own == nil {
		own = s.IMSIs[digits(a.To)]
	}
	if own == nil || !c.serves(own) {
		return nil, unknownNumber()
	}
	return &passage{connector: c, own: own, direction: Inbound, channel: ChannelNetwork, path: own.path(), peer: from}, nil
}

// fromProgram takes what a program wrote from a number that its connector has.
func (r *rules) fromProgram(s *Snapshot, c *Connector, a *Arrival, from Address) (*passage, error) {
	own := s.Lines[from]
	if own == nil || !c.serves(own) || !c.has(own.Number) {
		return nil, refuse(CodeSenderNotAllowed, "T67", "body.from", "this number may not be written from here", nil)
	}
	to := r.address(a.To, own.Country)
	p := &passage{connector: c, own: own, direction: Outbound, channel: ChannelAPI, path: PathInPath, peer: to, urgent: r.emergency(to, own.Country)}
	if !p.urgent {
		p.peerLine = s.Lines[to]
	}
	return p, nil
}

// handset finds whose handset wrote something: SMSCs name it by its IMSI, or by its number.
func (s *Snapshot) handset(a *Arrival, from Address) *Line {
	if l := s.IMSIs[a.FromIMSI]; l != nil && a.FromIMSI != "" {
		return l
	}
	if l := s.IMSIs[digits(a.From)]; l != nil {
		return l
	}
	if l := s.Lines[from]; l != nil && l.Native != nil {
		return l
	}
	return nil
}

func digits(a Address) string { return strings.TrimPrefix(strings.TrimSpace(string(a)), "+") }

// path says where we stand with a number; one that has no handset has nobody else to deliver for it.
func (l *Line) path() Path {
	if l.copied() {
		return PathCopy
	}
	return PathInPath
}

// serves says whether a number's messages may pass by a connector.
func (c *Connector) serves(l *Line) bool { return c.Account == "" || c.Account == l.Account }

func (c *Connector) has(n NumberID) bool {
	_, is := c.Numbers[n]
	return is
}

// Line finds a number of ours by its id; nil: there is none.
func (s *Snapshot) Line(n NumberID) *Line { return s.Numbers[n] }

func unknownNumber() error {
	return refuse(CodeUnknownNumber, "M2", "body.to", "nobody of ours has this number", nil)
}

func refuse(code, row, location, text string, args map[string]string) error {
	return &Refusal{Code: code, Row: row, Location: location, Text: text, Args: args}
}
