package web

import (
	"time"

	"github.com/nyaruka/phonenumbers"
)

// stamp writes a time as the API does; nil for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// first is the first time that is one.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// between is the seconds from one time to another, to the millisecond; 0 when either is missing.
func between(from, to time.Time) float64 {
	if from.IsZero() || to.Before(from) {
		return 0
	}
	return float64(to.Sub(from).Milliseconds()) / 1000
}

// display writes a number as people of a country do; what is none, such as an extension, stays as it is.
func display(number, country string) string {
	n, err := phonenumbers.Parse(number, "ZZ")
	if err != nil {
		return number
	}
	if phonenumbers.GetRegionCodeForNumber(n) == country || int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(country) {
		return phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}
