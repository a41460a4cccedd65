package transport

import (
	"hash/maphash"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

func hash(seed maphash.Seed, b []byte) uint64 { return maphash.Bytes(seed, b) }

// tidy checks what sipgo's parser lets pass and straightens what it leaves crooked; false refuses the message.
func tidy(m gosip.Message) bool {
	cseq, via := m.CSeq(), m.Via()
	if cseq == nil || via == nil || via.Host == "" || m.From() == nil || m.To() == nil || m.CallID() == nil {
		return false
	}
	lowerNames(via.Params)
	lowerNames(m.From().Params)
	lowerNames(m.To().Params)
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

// lowerNames makes the names of parameters lower case (RFC 3261 section 7.3.1: they are compared without regard to it).
func lowerNames(p gosip.HeaderParams) {
	for i := range p {
		p[i].K = strings.ToLower(strings.Trim(p[i].K, " \t"))
	}
}
