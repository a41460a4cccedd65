package provisioning

import "tandem/routing"

// Via is how a call from the App goes out.
type Via string

// The ways (SPEC E5).
const (
	ViaNative Via = "native" // by the dialler of the handset, on the eSIM
	ViaVoIP   Via = "voip"   // by the App itself
)

// CallPaths are the two choices of a call that must be asked about.
func CallPaths() []string { return []string{string(ViaNative), string(ViaVoIP)} }

// CallPath decides how a call goes out that a user starts on a kind of device, showing a number. From the App with the number of an eSIM the user is asked each
// time, so the choice must come with the call (SPEC E5); with any other number there is nothing to ask (SPEC E14). A way that cannot be had is refused.
func CallPath(on routing.DeviceKind, show *routing.Number, chosen Via) (Via, error) {
	esim := show != nil && show.Mobile != nil && show.Mobile.Active
	switch {
	case chosen == ViaNative && !esim:
		return "", &Refusal{Code: "no_esim", Location: "body.via", Text: "the number to show has no eSIM: the native dialler cannot show it"}
	case on == routing.App && esim && chosen == "":
		return "", &Refusal{
			Code: "call_path_required", Row: "E5", Location: "body.via", Text: "the number to show is on an eSIM: say whether the call goes by the native dialler or by the App",
		}
	case chosen == ViaNative:
		return ViaNative, nil
	}
	return ViaVoIP, nil
}
