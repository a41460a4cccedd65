package provisioning

import (
	"fmt"
	"strings"

	"tandem/routing"
)

// longestUsername is how long the name may be that a device registers with.
const longestUsername = 64

// checkDevice asks the rules of devices.
func (s *State) checkDevice(before, after *Device) Refusals {
	var out Refusals
	if !isUsername(after.Username) {
		out = append(out, &Refusal{
			Code: "username_malformed", Location: "body.username", Args: map[string]string{"username": after.Username},
			Text: fmt.Sprintf("%q is no user name of SIP: write up to %d letters, digits, dots, dashes and underscores", after.Username, longestUsername),
		})
	}
	switch after.Kind {
	case routing.Native, routing.Workspace, routing.CTI, routing.App, routing.SIPPhone:
	default:
		out = append(out, notOneOf("body.kind", string(after.Kind)))
	}
	for _, o := range s.Devices {
		if o.ID != after.ID && strings.EqualFold(o.AOR, after.AOR) {
			out = append(out, &Refusal{
				Why: Clash, Code: "username_taken", Location: "body.username", Args: map[string]string{"username": after.Username},
				Text: "there is a device " + after.Username + " already",
			})
		}
	}
	out = append(out, s.known(KindUser, string(after.User), after.Account, "body.user_id")...)
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	return out
}

// isUsername says whether a device may register with a name: characters that need no escape in a SIP URI (RFC 3261 section 25.1, unreserved), and "+".
func isUsername(s string) bool {
	return s != "" && len(s) <= longestUsername && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_+", r)
	})
}
