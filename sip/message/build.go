package message

import (
	gosip "github.com/emiago/sipgo/sip"
)

// Address is what From, To or Contact say: a display name, a URI and, in a dialog, a tag.
type Address struct {
	Display string // plain text; cleaned and quoted when written
	URI     gosip.Uri
	Tag     string
}

// Head is what a request of ours is made of. Nothing else gets into it: a request that came from outside is never copied to the other
// side (RFC 3261 section 16 is for proxies; we are a B2BUA).
type Head struct {
	Method      gosip.RequestMethod
	URI         gosip.Uri
	From        Address
	To          Address
	CallID      string
	CSeq        uint32
	Preloaded   []string // Route values on top of Route, sent as they stand: free of control characters
	Route       []gosip.Uri
	Contact     *gosip.Uri // nil sends none
	MaxForwards int        // 0: 70 (RFC 3261 section 8.1.1.6)
}

// defaultMaxForwards is the Max-Forwards that RFC 3261 section 8.1.1.6 recommends.
const defaultMaxForwards = 70

// NewRequest builds a request, complete but for its Via and without a body. Texts are cleaned of control characters.
func NewRequest(h Head) *gosip.Request {
	r := gosip.NewRequest(h.Method, h.URI)
	hops := gosip.MaxForwardsHeader(defaultMaxForwards)
	if h.MaxForwards > 0 && h.MaxForwards <= 255 {
		hops = gosip.MaxForwardsHeader(h.MaxForwards)
	}
	for _, v := range h.Preloaded {
		r.AppendHeader(gosip.NewHeader("Route", v))
	}
	for _, u := range h.Route {
		r.AppendHeader(&gosip.RouteHeader{Address: u})
	}
	r.AppendHeader(&hops)
	r.AppendHeader(&gosip.FromHeader{DisplayName: escapeQuoted(Clean(h.From.Display)), Address: h.From.URI, Params: tagParam(h.From.Tag)})
	r.AppendHeader(&gosip.ToHeader{DisplayName: escapeQuoted(Clean(h.To.Display)), Address: h.To.URI, Params: tagParam(h.To.Tag)})
	callID := gosip.CallIDHeader(Clean(h.CallID))
	r.AppendHeader(&callID)
	r.AppendHeader(&gosip.CSeqHeader{SeqNo: h.CSeq, MethodName: h.Method})
	if h.Contact != nil {
		r.AppendHeader(&gosip.ContactHeader{Address: *h.Contact})
	}
	return r
}

func tagParam(tag string) gosip.HeaderParams {
	if tag == "" {
		return nil
	}
	return gosip.HeaderParams{{K: "tag", V: token(tag)}}
}

// SetBody gives a request or response its body, with Content-Type; nil gives it an empty one. Content-Length is written last.
func SetBody(m gosip.Message, b *Body) {
	if b == nil {
		m.SetBody(nil)
		return
	}
	kind := gosip.ContentTypeHeader(Clean(b.Type))
	m.AppendHeader(&kind)
	m.SetBody(b.Bytes)
}

// Add appends a header with a cleaned value; an empty value adds nothing.
func Add(m gosip.Message, name, value string) {
	if v := Clean(value); v != "" {
		m.AppendHeader(gosip.NewHeader(name, v))
	}
}

// NewCancel builds the CANCEL of an INVITE as it was sent: its Request-URI, its top Via, its Route, its CSeq number, no Contact
// (RFC 3261 section 9.1).
func NewCancel(invite *gosip.Request) *gosip.Request {
	r := gosip.NewRequest(gosip.CANCEL, invite.Recipient)
	copyInviteHop(r, invite)
	if h := invite.To(); h != nil {
		r.AppendHeader(h)
	}
	finishHop(r, invite, gosip.CANCEL)
	return r
}

// NewAckFailure builds the ACK of a final response of 300 or more to our INVITE (RFC 3261 section 17.1.1.3).
func NewAckFailure(invite *gosip.Request, res *gosip.Response) *gosip.Request {
	r := gosip.NewRequest(gosip.ACK, invite.Recipient)
	copyInviteHop(r, invite)
	if h := res.To(); h != nil {
		r.AppendHeader(h)
	}
	finishHop(r, invite, gosip.ACK)
	return r
}

// copyInviteHop shares the headers that a CANCEL or ACK has in common with its INVITE; nobody changes them after they were sent.
func copyInviteHop(r, invite *gosip.Request) {
	if via := invite.Via(); via != nil {
		r.AppendHeader(via)
	}
	for _, h := range invite.GetHeaders("Route") {
		r.AppendHeader(h)
	}
	hops := gosip.MaxForwardsHeader(defaultMaxForwards)
	r.AppendHeader(&hops)
	if h := invite.From(); h != nil {
		r.AppendHeader(h)
	}
}

func finishHop(r, invite *gosip.Request, method gosip.RequestMethod) {
	if h := invite.CallID(); h != nil {
		r.AppendHeader(h)
	}
	if h := invite.CSeq(); h != nil {
		r.AppendHeader(&gosip.CSeqHeader{SeqNo: h.SeqNo, MethodName: method})
	}
	r.SetBody(nil)
}

// NewResponse answers a request (RFC 3261 section 8.2.6): Via, From, To, Call-ID and CSeq as they came, Record-Route where a dialog
// begins, Timestamp on 100. An empty phrase takes the usual one. The headers are shared with the request: nobody changes them.
func NewResponse(r *gosip.Request, status int, phrase string, body *Body) *gosip.Response {
	if phrase == "" {
		phrase = Phrase(status)
	}
	res := gosip.NewResponse(status, Clean(phrase))
	dialog := beginsDialog(r, status)
	for _, h := range r.Headers() {
		switch h := h.(type) {
		case *gosip.ViaHeader, *gosip.FromHeader, *gosip.ToHeader, *gosip.CallIDHeader, *gosip.CSeqHeader:
			res.AppendHeader(h)
		case *gosip.RecordRouteHeader:
			if dialog {
				res.AppendHeader(h)
			}
		}
	}
	if status == gosip.StatusTrying {
		if h := r.GetHeader("timestamp"); h != nil {
			res.AppendHeader(h)
		}
	}
	res.SetTransport(r.Transport())
	res.SetDestination(r.Source())
	SetBody(res, body)
	return res
}

// beginsDialog says that a response must carry the Record-Route of its request (RFC 3261 section 12.1.1).
func beginsDialog(r *gosip.Request, status int) bool {
	if status <= gosip.StatusTrying || status >= 300 {
		return false
	}
	switch string(r.Method) {
	case "INVITE", "SUBSCRIBE", "REFER", "NOTIFY", "UPDATE":
		return true
	default:
		return false
	}
}
