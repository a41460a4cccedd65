package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // so that a bare machine knows the time zones too

	"github.com/nyaruka/phonenumbers"
)

// Place finds a time zone by its IANA name; UTC for an empty name and for one that nobody knows. It may read a file: who asks often keeps what it
// gives.
func Place(zone string) *time.Location {
	place, err := locate(zone)
	if err != nil {
		return time.UTC
	}
	return place
}

// KnownZone says whether there is such a time zone. The machine's own ("Local") is none: it would differ from machine to machine.
func KnownZone(zone string) bool {
	_, err := locate(zone)
	return err == nil
}

var errZone = errors.New("no time zone")

func locate(zone string) (*time.Location, error) {
	if zone == "" || len(zone) > 64 || strings.EqualFold(zone, "local") {
		return nil, errZone
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("find time zone: %w", err)
	}
	return place, nil
}

// ZoneOfNumber is the time zone of the prefix of an E.164 number (SPEC T8); empty where none is known, or where the prefix lies in several whose clocks
// differ. The first call reads a table of some hundred kilobytes.
func ZoneOfNumber(e164 string) string {
	digits, plus := strings.CutPrefix(e164, "+")
	if !plus || digits == "" || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	zones, err := phonenumbers.GetTimezonesForPrefix(e164)
	if err != nil || len(zones) == 0 || len(zones) > 6 || !strings.Contains(zones[0], "/") || strings.HasPrefix(zones[0], "Etc/") {
		return ""
	}
	for _, other := range zones[1:] {
		if !sameClock(zones[0], other) {
			return ""
		}
	}
	return zones[0]
}

// sameClock says whether two zones show the same time in winter and in summer, as those of the British isles do.
func sameClock(a, b string) bool {
	one, other := Place(a), Place(b)
	for _, month := range []time.Month{time.January, time.July} {
		at := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		_, x := at.In(one).Zone()
		_, y := at.In(other).Zone()
		if x != y {
			return false
		}
	}
	return true
}
