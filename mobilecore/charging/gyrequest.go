package charging

import (
	"math"
	"strings"
	"time"

	"tandem/mobilecore/diameter"
)

// The charging contexts that we know (TS 32.299 section 7.1.12). What stands before them names a release or an operator.
const (
	dataContext = "32251@3gpp.org"
	callContext = "32260@3gpp.org"
)

// longestIMSI is how many digits an IMSI can have (TS 23.003 section 2.2).
const longestIMSI = 15

// creditRequest is what a CCR says.
type creditRequest struct {
	Request

	kind   uint32           // CC-Request-Type
	plain  bool             // the units are on the request itself, not in groups for services
	echoes [][]diameter.AVP // of each use, what names it in the answer
}

// readCreditRequest reads a CCR (RFC 8506 section 3.1, TS 32.299 section 6.4.2) that came over a connection with a peer. The error is what it is refused with.
func readCreditRequest(m *diameter.Message, peer string) (*creditRequest, error) {
	if err := m.Require(diameter.SessionID, diameter.ServiceContextID, diameter.CCRequestType, diameter.CCRequestNumber); err != nil {
		return nil, err
	}
	for _, a := range []diameter.Attribute{diameter.OriginHost, diameter.OriginRealm} {
		if !m.Has(a) { // Kamailio says them twice.
			return nil, diameter.Missing(a)
		}
	}
	c := &creditRequest{Request: Request{Peer: peer, Session: m.Text(diameter.SessionID), Number: number32(m.Set, diameter.CCRequestNumber), At: time.Now()}}
	if err := c.readKind(m); err != nil {
		return nil, err
	}
	switch context := m.Text(diameter.ServiceContextID); {
	case strings.HasSuffix(context, dataContext):
	case strings.HasSuffix(context, callContext):
		c.Voice = true
	default:
		return nil, diameter.Refusal(diameter.RatingFailed, "this charging context is unknown here", *m.Find(diameter.ServiceContextID))
	}
	if c.Session == "" {
		return nil, diameter.Refusal(diameter.InvalidAVPValue, "the session has no name", *m.Find(diameter.SessionID))
	}
	if err := c.readSubscriber(m); err != nil {
		return nil, err
	}
	c.readPlace(m)
	return c, c.readServices(m)
}

// readKind reads where the request stands, and refuses events that ask for what we do not sell.
func (c *creditRequest) readKind(m *diameter.Message) error {
	if app := m.Find(diameter.AuthApplicationID); app != nil && m.Number(diameter.AuthApplicationID) != uint64(diameter.CreditControl) {
		return diameter.Refusal(diameter.InvalidAVPValue, "this is another application", *app)
	}
	switch c.kind = number32(m.Set, diameter.CCRequestType); c.kind {
	case diameter.InitialRequest:
		c.Kind = Initial
	case diameter.UpdateRequest:
		c.Kind = Update
	case diameter.TerminationRequest:
		c.Kind = Terminate
	case diameter.EventRequest:
		c.Kind = Event
		action := m.Find(diameter.RequestedAction)
		if action == nil {
			return diameter.Missing(diameter.RequestedAction)
		}
		if m.Number(diameter.RequestedAction) != uint64(diameter.DirectDebiting) {
			return diameter.Refusal(diameter.RatingFailed, "credit is debited here, and nothing else", *action)
		}
	default:
		return diameter.Refusal(diameter.InvalidAVPValue, "there is no such kind of request", *m.Find(diameter.CCRequestType))
	}
	return nil
}

// readSubscriber reads who it is for. A name of a kind that we do not know is left alone: there is usually another.
func (c *creditRequest) readSubscriber(m *diameter.Message) error {
	for id := range m.All(diameter.SubscriptionID) {
		members, err := id.Members()
		if err != nil {
			return err
		}
		if err = members.Require(diameter.SubscriptionIDType, diameter.SubscriptionIDData); err != nil {
			return err
		}
		told := members.Text(diameter.SubscriptionIDData)
		switch number32(members, diameter.SubscriptionIDType) {
		case diameter.EndUserE164:
			c.MSISDN = first(msisdn(told), c.MSISDN)
		case diameter.EndUserSIPURI:
			c.MSISDN = first(c.MSISDN, msisdn(told))
		case diameter.EndUserIMSI:
			if len(told) <= longestIMSI && digits(told) {
				c.IMSI = told
			}
		}
	}
	return nil
}

// first is the first text that is there.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// readPlace reads the access point, and the country.
func (c *creditRequest) readPlace(m *diameter.Message) {
	ps := m.Group(diameter.ServiceInformation).Group(diameter.PSInformation)
	c.AccessPoint = accessPoint(first(ps.Text(diameter.CalledStationID), m.Text(diameter.CalledStationID)))
	for _, s := range []diameter.Set{ps, m.Set} {
		if c.Roaming == Untold {
			c.Roaming = RoamingIn(servingCountry(s.Text(diameter.TGPPSGSNMCCMNC)))
		}
		if at := s.Find(diameter.TGPPUserLocation); at != nil && c.Roaming == Untold {
			c.Roaming = RoamingIn(locationCountry(at.Payload))
		}
	}
}

// readServices reads what was used and what is wanted: in groups for services, or, of a peer that has one service, on the request itself (RFC 8506 section 5.1.1).
func (c *creditRequest) readServices(m *diameter.Message) error {
	if !m.Has(diameter.MultipleServicesCreditControl) {
		if m.Number(diameter.MultipleServicesIndicator) != 0 && !m.Has(diameter.RequestedServiceUnit) && !m.Has(diameter.UsedServiceUnit) {
			return nil // The session begins, and its services come later.
		}
		c.plain = true
		return c.readService(m.Set)
	}
	for service := range m.All(diameter.MultipleServicesCreditControl) {
		members, err := service.Members()
		if err != nil {
			return err
		}
		if err = c.readService(members); err != nil {
			return err
		}
	}
	return nil
}

// readService reads one of them.
func (c *creditRequest) readService(s diameter.Set) error {
	u := Use{Group: NoGroup, Over: c.Kind == Terminate}
	var echo []diameter.AVP
	if group := s.Find(diameter.RatingGroup); group != nil {
		u.Group = Group(s.Number(diameter.RatingGroup)) //nolint:gosec // 32 bits, by the dictionary
		echo = append(echo, *group)
	}
	for service := range s.All(diameter.ServiceIdentifier) {
		echo = append(echo, *service)
	}
	reason, reported := uint32(math.MaxUint32), s.Has(diameter.UsedServiceUnit)
	if s.Has(diameter.ReportingReason) {
		reason = number32(s, diameter.ReportingReason)
	}
	for used := range s.All(diameter.UsedServiceUnit) {
		units, err := used.Members()
		if err != nil {
			return err
		}
		u.Used = min(u.Used+octets(units), mostHeld)
		u.Time = min(u.Time+time.Duration(number32(units, diameter.CCTime))*time.Second, math.MaxInt64/2)
		if units.Has(diameter.ReportingReason) {
			reason = number32(units, diameter.ReportingReason)
		}
	}
	wanted := s.Has(diameter.RequestedServiceUnit)
	u.Wanted = octets(s.Group(diameter.RequestedServiceUnit))
	switch c.Kind {
	case Initial, Event:
		u.Asks = true // What else would it begin for?
	case Update:
		// Open5GS reports what is exhausted, and means that it wants more. What is final or was idle is not wanted back (TS 32.299 section 7.2.175).
		u.Over = reason == diameter.ReportFinal || reason == diameter.ReportHoldingTime
		u.Asks = wanted || (reported && !u.Over)
	case Terminate:
	}
	c.Uses, c.echoes = append(c.Uses, u), append(c.echoes, echo)
	return nil
}

// octets is a volume: the total where it is told, else both directions. One that no network carries is as much as we ever count.
func octets(units diameter.Set) Bytes {
	volume := func(a diameter.Attribute) Bytes {
		return Bytes(min(units.Number(a), mostHeld))
	}
	if units.Has(diameter.CCTotalOctets) {
		return volume(diameter.CCTotalOctets)
	}
	return min(volume(diameter.CCInputOctets)+volume(diameter.CCOutputOctets), mostHeld)
}

// number32 is the number of an attribute that the dictionary has with 32 bits.
func number32(s diameter.Set, a diameter.Attribute) uint32 {
	return uint32(s.Number(a)) //nolint:gosec // said above
}
