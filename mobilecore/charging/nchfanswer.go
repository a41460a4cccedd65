package charging

import "time"

// chargingAnswer is a ChargingDataResponse (TS 32.291 section 6.1.6.2.1.2).
type chargingAnswer struct {
	Stamp  string            `json:"invocationTimeStamp"`
	Number uint32            `json:"invocationSequenceNumber"`
	Units  []unitInformation `json:"multipleUnitInformation,omitempty"`
}

type unitInformation struct {
	Result    string       `json:"resultCode"`
	Group     int64        `json:"ratingGroup"`
	Granted   *grantedUnit `json:"grantedUnit,omitempty"`
	Validity  int64        `json:"validityTime,omitempty"` // seconds
	Threshold int64        `json:"volumeQuotaThreshold,omitempty"`
	Final     *finalUnit   `json:"finalUnitIndication,omitempty"`
}

type grantedUnit struct {
	Seconds int64 `json:"time,omitempty"`
	Total   int64 `json:"totalVolume,omitempty"`
}

type finalUnit struct {
	Action string `json:"finalUnitAction"`
}

// answer is what a request is answered with: groups that asked for nothing are left out.
func (q *chargingData) answer(a Answer) *chargingAnswer {
	out := &chargingAnswer{Stamp: q.Stamp, Number: *q.Number}
	for i, g := range a.Grants {
		if i >= len(q.Units) || q.Units[i].Requested == nil { // A repeat may not be one after all.
			continue
		}
		u := unitInformation{Result: codeOf(&g), Group: int64(g.Group), Validity: int64(g.Validity / time.Second), Threshold: int64(g.Threshold)}
		switch {
		case g.Result == Granted && g.Time > 0:
			u.Granted = &grantedUnit{Seconds: int64(g.Time / time.Second)}
		case g.Result == Granted && g.Volume > 0:
			u.Granted = &grantedUnit{Total: int64(g.Volume)}
		}
		if g.Final {
			u.Final = &finalUnit{Action: "TERMINATE"}
		}
		out.Units = append(out.Units, u)
	}
	return out
}

// codeOf is the ResultCode of a group (TS 32.291 section 6.1.6.3.2).
func codeOf(g *Grant) string {
	switch g.Result {
	case Granted:
		if g.Free && g.Time == 0 {
			return "QUOTA_MANAGEMENT_NOT_APPLICABLE" // It goes on without being counted.
		}
		return "SUCCESS"
	case LimitReached:
		return "QUOTA_LIMIT_REACHED"
	case ServiceDenied, UnknownSubscriber, UnknownSession:
		return "END_USER_SERVICE_DENIED"
	case RatingFailed, TooBusy:
	}
	return "RATING_FAILED"
}
