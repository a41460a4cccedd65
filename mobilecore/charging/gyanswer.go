package charging

import (
	"time"

	"tandem/mobilecore/diameter"
)

// unmeteredVolume is what is granted where nothing is counted: more than a session uses, and little enough for peers that compute with it.
const unmeteredVolume Bytes = 1 << 40

// code is what Diameter says for a result.
func (r Result) code() diameter.Result {
	switch r {
	case Granted:
		return diameter.Success
	case LimitReached:
		return diameter.CreditLimitReached
	case ServiceDenied:
		return diameter.EndUserServiceDenied
	case UnknownSubscriber:
		return diameter.UserUnknown
	case UnknownSession:
		return diameter.UnknownSessionID
	case RatingFailed:
		return diameter.RatingFailed
	case TooBusy:
		return diameter.TooBusy
	}
	return diameter.UnableToComply
}

// answer is the CCA (RFC 8506 section 3.2).
func (c *creditRequest) answer(us diameter.Node, m *diameter.Message, a Answer) *diameter.Message {
	avps := make([]diameter.AVP, 0, len(a.Grants)+4)
	avps = append(avps, diameter.Number(diameter.AuthApplicationID, uint64(diameter.CreditControl)),
		diameter.Number(diameter.CCRequestType, uint64(c.kind)), diameter.Number(diameter.CCRequestNumber, uint64(c.Number)))
	if c.Kind == Terminate {
		return us.Answer(m, a.Result.code(), avps...) // Whatever came back needs no words.
	}
	for i, g := range a.Grants[:min(len(a.Grants), len(c.echoes))] {
		if c.plain {
			avps = append(avps, c.units(g)...)
			continue
		}
		members := append(c.echoes[i], diameter.Number(diameter.ResultCode, uint64(g.Result.code())))
		avps = append(avps, diameter.Group(diameter.MultipleServicesCreditControl, append(members, c.units(g)...)...))
	}
	return us.Answer(m, a.Result.code(), avps...)
}

// units are what one group gets; none where it gets nothing.
func (c *creditRequest) units(g Grant) []diameter.AVP {
	var granted diameter.AVP
	switch {
	case g.Result != Granted:
		return nil
	case c.Voice && g.Time > 0:
		granted = diameter.Number(diameter.CCTime, seconds(g.Time))
	case g.Free && !c.Voice:
		granted = diameter.Number(diameter.CCTotalOctets, uint64(unmeteredVolume))
	case g.Volume > 0:
		granted = diameter.Number(diameter.CCTotalOctets, uint64(g.Volume))
	default:
		return nil // It did not ask.
	}
	out := make([]diameter.AVP, 1, 4)
	out[0] = diameter.Group(diameter.GrantedServiceUnit, granted)
	if g.Validity > 0 {
		out = append(out, diameter.Number(diameter.ValidityTime, seconds(g.Validity)))
	}
	if g.Final {
		out = append(out, diameter.Group(diameter.FinalUnitIndication, diameter.Number(diameter.FinalUnitAction, uint64(diameter.FinalUnitTerminate))))
	}
	if g.Threshold > 0 && !c.plain {
		out = append(out, diameter.Number(diameter.VolumeQuotaThreshold, min(uint64(g.Threshold), 1<<32-1)))
	}
	return out
}

// seconds are whole ones, at least one, as many as 32 bits hold.
func seconds(d time.Duration) uint64 {
	return uint64(min(max(d/time.Second, 1), 1<<32-1))
}
