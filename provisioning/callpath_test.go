package provisioning

import (
	"errors"
	"testing"

	"tandem/routing"
)

func TestSpec_E5_E14_OnlyTheAppWithANumberOnAnESIMAsks(t *testing.T) {
	esim, plain := &routing.Number{Mobile: &routing.Mobile{Active: true}}, &routing.Number{}
	for _, row := range []struct {
		name   string
		on     routing.DeviceKind
		show   *routing.Number
		chosen Via
		want   Via
		code   string
	}{
		{"E5: the App does not guess", routing.App, esim, "", "", "call_path_required"},
		{"E5: by the native dialler", routing.App, esim, ViaNative, ViaNative, ""},
		{"E5: by the App", routing.App, esim, ViaVoIP, ViaVoIP, ""},
		{"E14: another number", routing.App, plain, "", ViaVoIP, ""},
		{"E14: no number at all", routing.App, nil, "", ViaVoIP, ""},
		{"the Workspace is not the App", routing.Workspace, esim, "", ViaVoIP, ""},
		{"no device named", "", esim, "", ViaVoIP, ""},
		{"a native dialler without the number", routing.App, plain, ViaNative, "", "no_esim"},
	} {
		via, err := CallPath(row.on, row.show, row.chosen)
		code := ""
		if r, is := errors.AsType[*Refusal](err); is {
			code = r.Code
		}
		if via != row.want || code != row.code {
			t.Errorf("%s: %q, %v; want %q, %q", row.name, via, err, row.want, row.code)
		}
	}
}
