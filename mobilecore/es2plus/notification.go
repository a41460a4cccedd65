package es2plus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Point is where a profile has come to (SGP.22 section 5.3.5).
type Point int

// The points. Those behind the download are what platforms of the field send; others are kept as they come.
const (
	PointEligibility  Point = 1 // the phone may not have it, or tried too often
	PointConfirmation Point = 2 // the confirmation code was wrong too often
	PointDownload     Point = 3 // the bound profile package is in the phone
	PointInstall      Point = 4 // it is installed
	PointDelete       Point = 5
	PointEnable       Point = 101
	PointDisable      Point = 102
)

// Notification is what a platform tells of a profile (SGP.22 section 5.3.5).
type Notification struct {
	Requester   string
	Call        Call
	EID         EID // empty: not told
	ICCID       ICCID
	ProfileType string
	At          time.Time // by the platform's clock
	Point       Point
	Status      Status // of that point
	Result      string // of the eUICC, as it came; empty: none
}

// ReadNotification reads the body of handleDownloadProgressInfo, or of handleNotification as version 3 calls it.
func ReadNotification(body []byte) (Notification, error) {
	var in struct {
		Header      *requestHeader `json:"header"`
		EID         string         `json:"eid"`
		ICCID       string         `json:"iccid"`
		ProfileType string         `json:"profileType"`
		Timestamp   string         `json:"timestamp"`
		TimeStamp   string         `json:"timeStamp"` // as some write it
		Point       *pointText     `json:"notificationPointId"`
		Event       *pointText     `json:"notificationEvent"`
		Status      *Status        `json:"notificationPointStatus"`
		EventStatus *Status        `json:"notificationEventStatus"`
		Result      string         `json:"resultData"`
	}
	if err := decode(body, &in); err != nil {
		return Notification{}, err
	}
	if in.Point == nil {
		in.Point = in.Event
	}
	if in.Status == nil {
		in.Status = in.EventStatus
	}
	if in.Header == nil || in.Header.Call == "" || in.Point == nil || in.Status == nil {
		return Notification{}, errors.New("the header with a functionCallIdentifier, notificationPointId or notificationPointStatus is missing")
	}
	n := Notification{Requester: in.Header.Requester, Call: Call(in.Header.Call), ProfileType: in.ProfileType, Point: Point(*in.Point), Status: *in.Status, Result: in.Result}
	for _, text := range []string{n.Requester, string(n.Call), n.ProfileType} {
		if len(text) > longestText {
			return Notification{}, errors.New("an identifier is too long")
		}
	}
	err := n.Status.check()
	if err == nil {
		n.ICCID, err = ParseICCID(in.ICCID)
	}
	if err == nil && in.EID != "" {
		n.EID, err = ParseEID(in.EID)
	}
	if err == nil {
		n.At, err = readTime(in.Timestamp + in.TimeStamp)
	}
	return n, err
}

// readTime reads a time as the W3C writes it; platforms leave the zone away, and mean UTC.
func readTime(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999", "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(form, text); err == nil && at.Year() >= 2000 && at.Year() < 2200 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("the timestamp %.40q is none", text)
}

// pointText is a Point: platforms write it as a number and as a text.
type pointText Point

// UnmarshalJSON reads either.
func (p *pointText) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseUint(strings.Trim(string(b), `"`), 10, 16)
	if err != nil {
		return fmt.Errorf("notificationPointId %.20q is no number", b)
	}
	*p = pointText(n)
	return nil
}
