package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Extensions of SIP by their option tags (RFC 3261 section 27.1).
const (
	ext100rel     = "100rel"     // RFC 3262
	extTimer      = "timer"      // RFC 4028
	extReplaces   = "replaces"   // RFC 3891
	extNoReferSub = "norefersub" // RFC 4488
)

// supported is what a dialog of ours can do without being asked for it.
const supported = ext100rel + ", " + extTimer + ", " + extReplaces + ", " + extNoReferSub

// Known lists the extensions that a request of this method may require of us (RFC 3261 section 8.2.2.3).
func Known(method gosip.RequestMethod) []string {
	switch string(method) {
	case "INVITE":
		return []string{ext100rel, extTimer, extReplaces}
	case "UPDATE":
		return []string{extTimer}
	case "REFER":
		return []string{extNoReferSub}
	default:
		return nil
	}
}

// knows says whether a request or response speaks of an extension, as one that it has or as one that it asks for.
func knows(m gosip.Message, extension string) (does bool) {
	return message.Supports(m, "Supported", extension) || message.Supports(m, "Require", extension)
}
