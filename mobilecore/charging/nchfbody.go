package charging

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// chargingData is a ChargingDataRequest, as far as it is read (TS 32.291 section 6.1.6.2.1.1). What is not known is left out.
type chargingData struct {
	Subscriber   string          `json:"subscriberIdentifier"`
	ChargingID   uint64          `json:"chargingId"`
	Consumer     *nchfConsumer   `json:"nfConsumerIdentification"`
	Stamp        string          `json:"invocationTimeStamp"`
	Number       *uint32         `json:"invocationSequenceNumber"`
	OneTimeEvent bool            `json:"oneTimeEvent"`
	NotifyURI    string          `json:"notifyUri"`
	Units        []unitUsage     `json:"multipleUnitUsage"`
	PDU          *pduSession     `json:"pDUSessionChargingInformation"`
	IMS          json.RawMessage `json:"iMSChargingInformation"`
	SMS          json.RawMessage `json:"sMSChargingInformation"`
}

// nchfConsumer is who asks.
type nchfConsumer struct {
	Name string `json:"nFName"`
	FQDN string `json:"nFFqdn"`
	IPv4 string `json:"nFIPv4Address"`
	IPv6 string `json:"nFIPv6Address"`
}

// name is what a consumer calls itself.
func (c *nchfConsumer) name() string {
	for _, name := range []string{c.FQDN, c.Name, c.IPv4, c.IPv6} {
		if name != "" {
			return name
		}
	}
	return ""
}

// unitUsage is a rating group. The container of what was used was spelt with a capital letter once; what is read takes either.
type unitUsage struct {
	Group     *int64         `json:"ratingGroup"`
	Requested *serviceUnits  `json:"requestedUnit"`
	Used      []serviceUnits `json:"usedUnitContainer"`
}

// serviceUnits are units that are wanted, or were used.
type serviceUnits struct {
	Trigger  string `json:"triggerTimestamp"`
	Seconds  uint64 `json:"time"`
	Total    *int64 `json:"totalVolume"`
	Uplink   int64  `json:"uplinkVolume"`
	Downlink int64  `json:"downlinkVolume"`
	Sequence *int64 `json:"localSequenceNumber"`
}

// volume is both ways together.
func (u *serviceUnits) volume() (Bytes, bool) {
	total := u.Uplink + u.Downlink
	if u.Total != nil && *u.Total < 0 {
		return 0, false
	}
	if u.Total != nil {
		total = max(*u.Total, total) // Some say only one way of it.
	}
	return Bytes(total), u.Uplink >= 0 && u.Downlink >= 0 && u.Uplink <= mostUsed && u.Downlink <= mostUsed && total >= 0 && total <= mostUsed
}

// pduSession is a data session (TS 32.291 section 6.1.6.2.2.1).
type pduSession struct {
	ChargingID uint64 `json:"chargingId"`
	User       *struct {
		GPSI string `json:"servedGPSI"`
	} `json:"userInformation"`
	Information *struct {
		ID      int      `json:"pduSessionID"`
		DNN     string   `json:"dnnId"`
		Serving *network `json:"servingCNPlmnId"`
	} `json:"pduSessionInformation"`
	Location *struct {
		NR   *cell `json:"nrLocation"`
		EUTR *cell `json:"eutraLocation"`
	} `json:"userLocationinfo"`
}

type cell struct {
	TAI *struct {
		Network *network `json:"plmnId"`
	} `json:"tai"`
}

type network struct {
	MCC string `json:"mcc"`
	MNC string `json:"mnc"`
}

// readChargingData reads a request, and says what is wrong with it.
func readChargingData(kind string, body []byte) (*chargingData, *nchfProblem) {
	if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
		return nil, &nchfProblem{Status: http.StatusUnsupportedMediaType, Cause: "INVALID_MSG_FORMAT", Detail: "a request is application/json"}
	}
	q := &chargingData{}
	if err := json.Unmarshal(body, q); err != nil {
		if wrong, is := errors.AsType[*json.UnmarshalTypeError](err); is && wrong.Field != "" {
			return nil, incorrect("/"+strings.ReplaceAll(wrong.Field, ".", "/"), "it is of another type")
		}
		return nil, &nchfProblem{Status: http.StatusBadRequest, Cause: "INVALID_MSG_FORMAT", Detail: "the body is not JSON"}
	}
	if refused := q.check(); refused != nil {
		return nil, refused
	}
	return q, nil
}

// check says what is missing or wrong.
func (q *chargingData) check() *nchfProblem {
	switch {
	case q.Consumer == nil:
		return missing("/nfConsumerIdentification")
	case q.Consumer.name() == "":
		return missing("/nfConsumerIdentification/nFName")
	case q.Stamp == "":
		return missing("/invocationTimeStamp")
	case q.Number == nil:
		return missing("/invocationSequenceNumber")
	case len(q.Units) > mostGroups:
		return incorrect("/multipleUnitUsage", "there are too many")
	}
	if _, err := time.Parse(time.RFC3339Nano, q.Stamp); err != nil {
		return incorrect("/invocationTimeStamp", "it is no date and time")
	}
	if q.NotifyURI != "" {
		if u, err := url.Parse(q.NotifyURI); err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
			return incorrect("/notifyUri", "it is no address of ours to tell: http or https, and a host")
		}
	}
	if id := q.Subscriber; id != "" && q.identity("imsi-") == "" && q.identity("msisdn-") == "" {
		return incorrect("/subscriberIdentifier", "it is neither imsi- nor msisdn- and digits")
	}
	for i := range q.Units {
		at := "/multipleUnitUsage/" + strconv.Itoa(i)
		if refused := q.Units[i].check(at); refused != nil {
			return refused
		}
	}
	return nil
}

func (u *unitUsage) check(at string) *nchfProblem {
	const highest = 1<<32 - 1
	switch {
	case u.Group == nil:
		return missing(at + "/ratingGroup")
	case *u.Group < 0 || *u.Group > highest:
		return incorrect(at+"/ratingGroup", "it is no number of 32 bits")
	}
	var sum Bytes
	for i := range u.Used {
		here := at + "/usedUnitContainer/" + strconv.Itoa(i)
		v, fits := u.Used[i].volume()
		if sum += v; !fits || sum > mostUsed {
			return incorrect(here+"/totalVolume", "nobody uses as much")
		}
		if u.Used[i].Sequence == nil {
			return missing(here + "/localSequenceNumber")
		}
	}
	if u.Requested != nil {
		if _, fits := u.Requested.volume(); !fits {
			return incorrect(at+"/requestedUnit/totalVolume", "nobody uses as much")
		}
	}
	return nil
}

// identity is the digits after a prefix of who it is for; empty: it is not of this kind.
func (q *chargingData) identity(prefix string) string {
	const longest = 15
	id, is := strings.CutPrefix(q.Subscriber, prefix)
	if !is || len(id) > longest || !digits(id) {
		return ""
	}
	return id
}

// request is what is asked of the office.
func (q *chargingData) request(peer, ref string, kind Kind) Request {
	c := Request{
		Peer: peer, Session: ref, Number: *q.Number, Kind: kind, MSISDN: q.identity("msisdn-"), IMSI: q.identity("imsi-"), Voice: len(q.IMS) > 0 || len(q.SMS) > 0,
	}
	if p := q.PDU; p != nil {
		if p.User != nil && c.MSISDN == "" {
			c.MSISDN = msisdn(strings.TrimPrefix(p.User.GPSI, "msisdn-"))
		}
		if p.Information != nil {
			c.AccessPoint = accessPoint(p.Information.DNN)
		}
		c.Roaming = RoamingIn(p.country())
	}
	for i := range q.Units {
		u := &q.Units[i]
		use := Use{Group: Group(*u.Group), Asks: u.Requested != nil}
		for k := range u.Used {
			if v, _ := u.Used[k].volume(); !u.again(k) {
				use.Used += v
			}
		}
		if u.Requested != nil {
			use.Wanted, _ = u.Requested.volume()
		}
		c.Uses = append(c.Uses, use)
	}
	return c
}

// again says whether a container is one that is there already: of the same number, moment and volume.
func (u *unitUsage) again(k int) bool {
	mine := &u.Used[k]
	volume, _ := mine.volume()
	for i := range u.Used[:k] {
		o := &u.Used[i]
		if v, _ := o.volume(); mine.Trigger != "" && *o.Sequence == *mine.Sequence && o.Trigger == mine.Trigger && v == volume {
			return true
		}
	}
	return false
}

// country is where a session is; empty: not told.
func (p *pduSession) country() string {
	if i := p.Information; i != nil && i.Serving != nil {
		return servingCountry(i.Serving.MCC + i.Serving.MNC)
	}
	if p.Location == nil {
		return ""
	}
	for _, c := range []*cell{p.Location.NR, p.Location.EUTR} {
		if c != nil && c.TAI != nil && c.TAI.Network != nil {
			return servingCountry(c.TAI.Network.MCC + c.TAI.Network.MNC)
		}
	}
	return ""
}
