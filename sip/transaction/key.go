package transaction

import (
	"hash/maphash"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/transport"
)

// key stands for what a transaction is found by: 128 bits of two keyed hashes, so that what is kept after a call holds no text of it.
type key [2]uint64

// serverKey is what makes two requests the same (RFC 3261 section 17.2.3): branch and sent-by of the top Via, and the method, which is
// INVITE for its ACK and its CANCEL too.
type serverKey struct {
	branch string
	host   string
	port   int
	method string
}

// clientKey is what a response is matched by (RFC 3261 section 17.1.3).
type clientKey struct{ branch, method string }

// mergeKey is what two ways of one forked request have in common (RFC 3261 section 8.2.2.2).
type mergeKey struct {
	callID, fromTag string
	cseq            uint32
	method          string
}

// keyer makes keys.
type keyer struct{ a, b maphash.Seed }

func newKeyer() keyer { return keyer{a: maphash.MakeSeed(), b: maphash.MakeSeed()} }

func squeeze[K comparable](k keyer, full K) key {
	return key{maphash.Comparable(k.a, full), maphash.Comparable(k.b, full)}
}

// server is the key of a request's transaction, or of that of the given method on the same branch. A branch without the magic cookie is
// not unique by itself (RFC 2543): everything else that tells a request apart goes into it.
func (n keyer) server(r *gosip.Request, method string) key {
	via := r.Via()
	branch, _ := via.Params.Get("branch")
	k := serverKey{branch: branch, host: strings.ToLower(via.Host), port: via.Port, method: method}
	if len(branch) <= len(gosip.RFC3261BranchMagicCookie) || !strings.HasPrefix(branch, gosip.RFC3261BranchMagicCookie) {
		from, _ := r.From().Params.Get("tag")
		k.branch = strings.Join([]string{
			"2543", branch, string(*r.CallID()), from, strconv.FormatUint(uint64(r.CSeq().SeqNo), 10), r.Recipient.String(),
		}, " ")
	}
	return squeeze(n, k)
}

func (n keyer) merge(r *gosip.Request) key {
	from, _ := r.From().Params.Get("tag")
	return squeeze(n, mergeKey{callID: string(*r.CallID()), fromTag: from, cseq: r.CSeq().SeqNo, method: string(r.Method)})
}

func (n keyer) client(m gosip.Message) key {
	branch, _ := m.Via().Params.Get("branch")
	return squeeze(n, clientKey{branch: branch, method: string(m.CSeq().MethodName)})
}

// route notes in the top Via where a request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
func route(r *gosip.Request, from transport.Flow) {
	via := r.Via()
	host := from.Remote.Addr().String()
	rport, asked := via.Params.Get("rport")
	if asked && rport == "" {
		via.Params.Add("rport", strconv.Itoa(int(from.Remote.Port())))
	}
	if asked || !strings.EqualFold(strings.Trim(via.Host, "[]"), host) {
		via.Params.Add("received", host)
	}
}
