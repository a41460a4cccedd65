package routing

import (
	"cmp"

	"tandem/mobilecore/ims"
	"tandem/routing/peering"
	"tandem/sip"
	"tandem/sip/message"
)

// Causes of redirection (RFC 4458 section 2), as a call of ours may have them.
const (
	redirectedAlways   = 302 // whoever is called has their calls sent on
	redirectedAnswered = 480 // it was answered here first, and then sent on ("deflection")
)

// sentOn tells a carrier that the call was sent on to it by a number of ours, and by whom before that (RFC 5806, RFC 7044, RFC 7544). What came with the call
// goes on only where it came from somebody who is trusted to say so,
// and to a carrier that is not trusted to keep names to itself without those who asked not to be shown.
func (c *call) sentOn(d *sip.Dial, t *Trunk, by E164, cause int) {
	if t.redirections() == ims.WriteNothing || !by.valid() || c.rec.Direction != Inbound {
		return
	}
	snap := c.sw.dir.Snapshot()
	domain := t.host()
	history := ims.History{{URI: "sip:" + string(by) + "@" + domain, Number: string(by), Cause: cause, Count: 1}}
	if from := snap.Trunks[c.came.trunk]; from != nil && (from.TrustPAI || from.Terms.TrustDiversion || snap.operatorAt(from) != nil) {
		history = append(history, c.came.history...)
	}
	if !t.TrustPAI {
		history = history.Masked()
	}
	for _, f := range history.Fields(t.redirections(), "sip:"+d.To.User+"@"+domain) {
		d.Headers = append(d.Headers, message.Field(f))
	}
}

// redirections is how the trunk wants to be told of them: in both headers, unless it says otherwise.
func (t *Trunk) redirections() ims.Writing {
	switch t.Terms.Redirection {
	case peering.RedirectionNone:
		return ims.WriteNothing
	case peering.RedirectionDiversion:
		return ims.WriteDiversion
	case peering.RedirectionHistory:
		return ims.WriteHistoryInfo
	case peering.RedirectionBoth, "":
	}
	return ims.WriteBoth
}

// host is what stands behind the numbers that the trunk is told of.
func (t *Trunk) host() string {
	if t.Domain != "" || len(t.Servers) == 0 {
		return cmp.Or(t.Domain, "invalid")
	}
	_, host := splitSIP(t.Servers[0])
	if host == "" { // "sip:carrier.example" names no user
		_, host = splitSIP("sip:@" + trimScheme(t.Servers[0]))
	}
	return cmp.Or(host, "invalid")
}

// trimScheme takes "sip:" or "sips:" off.
func trimScheme(address string) string {
	for i := range len(address) {
		if address[i] == ':' {
			return address[i+1:]
		}
	}
	return address
}

// showTo says who calls, as a trunk may hear it: whoever asked to be withheld is named only where the trunk is trusted to keep it to itself (RFC 3325 section 7).
func (t *Trunk) showTo(d *sip.Dial, show E164) {
	if show == "" || d.Private && !t.TrustPAI {
		return
	}
	from, asserted := t.shownFormats(show)
	as := message.Party{Scheme: "sip", User: asserted}
	d.From, d.Asserted = message.Party{Scheme: "sip", User: from}, &as
}

// calledNumber is the number of ours that was called; empty: none was.
func (c *call) calledNumber() E164 {
	if n := c.sw.numberByID(c.sw.dir.Snapshot(), c.rec.NumberID, c.account); n != nil {
		return n.E164
	}
	return ""
}
