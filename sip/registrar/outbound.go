package registrar

import (
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// What RFC 5626 adds to a registrar.
const (
	statusNoOutbound = 439               // First Hop Lacks Outbound Support (section 11.6)
	flowTimer        = 120 * time.Second // within which a device has to send something on each of its ways (section 5.4)
)

// outbound says that the device registers one of several ways to it: it supports that, names itself and numbers the way (RFC 5626 section 6).
func (w *wishes) outbound() bool {
	if !w.flows {
		return false
	}
	for _, one := range w.list {
		if one.numbered() {
			return true
		}
	}
	return false
}

// numbered says that a Contact has both +sip.instance and reg-id.
func (w *wish) numbered() bool { return strings.Contains(w.outbound, ";reg-id=") }

// granted is what the 200 says where the device's ways are kept apart (RFC 5626 section 6).
func (w *wishes) granted() []gosip.Header {
	if !w.outbound() {
		return nil
	}
	return []gosip.Header{gosip.NewHeader("Require", "outbound"), gosip.NewHeader("Flow-Timer", strconv.Itoa(int(flowTimer/time.Second)))}
}

// firstHopKnows says whether the way that a REGISTER took can be taken back: it came straight from the device, or the first proxy, whose Path is the last,
// keeps it (RFC 5626 section 6).
func firstHopKnows(req *gosip.Request) bool {
	if len(message.Values(req, "Via")) < 2 {
		return true
	}
	all := paths(req)
	if len(all) == 0 {
		return false
	}
	u, err := message.ParseURI(all[len(all)-1])
	return err == nil && u.UriParams.Has("ob")
}

// Numbered says that a binding is one of several ways to the same device, of which only one is to be used at a time (RFC 5626 section 7).
func (b *Binding) Numbered() bool {
	return b.Instance != "" && strings.Contains(b.Outbound, ";reg-id=")
}
