package transport

import (
	"hash/maphash"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// asked gives a request its Request-URI as it stood in the first line: the parser forgets how it was written.
func asked(m gosip.Message, line []byte) {
	r, ok := m.(*gosip.Request)
	if !ok || r.Recipient.String() == string(line) {
		return
	}
	if u, err := message.Verbatim(string(line)); err == nil {
		r.Recipient = u
	}
}

func hash(seed maphash.Seed, b []byte) uint64 { return maphash.Bytes(seed, b) }

// tidy checks what sipgo's parser lets pass and straightens what it leaves crooked; false refuses the message.
func tidy(m gosip.Message) bool {
	cseq, via := m.CSeq(), m.Via()
	if cseq == nil || via == nil || via.Host == "" || m.From() == nil || m.To() == nil || m.CallID() == nil {
		return false
	}
	for _, h := range m.GetHeaders("via") {
		if v, ok := h.(*gosip.ViaHeader); ok {
			straightVia(v)
		}
	}
	from, to := m.From(), m.To()
	from.Params, to.Params = straight(from.Params), straight(to.Params)
	from.Address.Host, to.Address.Host = strings.TrimSpace(from.Address.Host), strings.TrimSpace(to.Address.Host)
	cseq.MethodName = gosip.RequestMethod(strings.Trim(string(cseq.MethodName), " \t"))
	if r, ok := m.(*gosip.Request); ok {
		r.Method = cseq.MethodName // the parser changes its case; the two were compared before
		if h := r.GetHeader("date"); h != nil {
			if !strings.HasSuffix(h.Value(), "GMT") {
				return false // RFC 3261 section 20.17
			}
		}
	}
	return true
}

// straightVia takes the blanks out of a Via that may stand in it, and were taken for a part of what is beside them (RFC 3261 section 25.1: SLASH, SEMI, EQUAL).
func straightVia(v *gosip.ViaHeader) {
	if parts := strings.Fields(v.Host); v.Transport == "" && len(parts) == 2 {
		v.Transport, v.Host = parts[0], parts[1]
	}
	v.Host, v.Params = strings.TrimSpace(v.Host), straight(v.Params)
}

// straight makes the names of parameters lower case (RFC 3261 section 7.3.1: they are compared without regard to it) and takes away the blanks that may stand
// around names and values, which are no part of them: kept, a tag would come back as another one.
func straight(p gosip.HeaderParams) gosip.HeaderParams {
	kept := p[:0]
	for _, kv := range p {
		kv.K, kv.V = strings.ToLower(strings.Trim(kv.K, " \t")), strings.Trim(kv.V, " \t")
		if kv.K != "" {
			kept = append(kept, kv)
		}
	}
	return kept
}
