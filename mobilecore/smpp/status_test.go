package smpp_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tandem/mobilecore/smpp"
)

func TestEveryStatusSaysSomethingOfItsOwn(t *testing.T) {
	known := map[string]smpp.Status{}
	for s := range smpp.Status(0x100) {
		text := s.Text()
		if text == "unknown status" {
			continue
		}
		if other, twice := known[text]; twice {
			t.Errorf("%s and %s say the same", s, other)
		}
		known[text] = s
	}
	const listed = 48 // section 5.1.3, without the reserved ones
	if len(known) != listed {
		t.Errorf("%d statuses say something, want %d", len(known), listed)
	}
	for want, s := range map[string]smpp.Status{"throttled (0x58)": smpp.RTHROTTLED, "the SMSC's own status (0x450)": 0x450, "unknown status (0x999)": 0x999} {
		if s.String() != want {
			t.Errorf("it is %q, want %q", s, want)
		}
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	var log strings.Builder
	l := smpp.Login{SystemID: "kate", Password: "hunter2"}
	r := &smpp.BindRequest{SystemID: "kate", Password: "hunter2"}
	logTo(&log).LogAttrs(t.Context(), slog.LevelInfo, "somebody binds", slog.Any("peer", l), slog.Any("cause", l.Password), slog.Any("method", r))
	for _, said := range []string{log.String(), fmt.Sprint(l), fmt.Sprintf("%+v %#v", l, l), fmt.Sprintf("%v %+v %#v", *r, r, r)} {
		if strings.Contains(said, "hunter2") || !strings.Contains(said, "kate") {
			t.Errorf("it says %s", said)
		}
	}
}
