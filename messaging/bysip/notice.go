package bysip

import (
	"encoding/xml"
	"strings"

	"tandem/messaging"
)

// notice is a disposition notification: what became of a message of ours (RFC 5438 section 7).
type notice struct {
	message string // its id, as the other was told it
	state   messaging.State
	reason  messaging.Reason
}

// maxNoticeID bounds the id that a notice names.
const maxNoticeID = 255

// readNotice reads one. What says nothing of the delivery has no state.
func readNotice(body []byte) (*notice, error) {
	var doc struct {
		XMLName  xml.Name `xml:"imdn"`
		ID       string   `xml:"message-id"`
		Delivery *status  `xml:"delivery-notification>status"`
		Stored   *status  `xml:"processing-notification>status"`
		Shown    *status  `xml:"display-notification>status"`
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return nil, errText
	}
	n := &notice{message: strings.TrimSpace(doc.ID)}
	if n.message == "" || len(n.message) > maxNoticeID {
		return nil, errText
	}
	switch {
	case doc.Delivery.has("delivered"), doc.Shown.has("displayed"):
		n.state = messaging.StateDelivered
	case doc.Delivery.has("failed"), doc.Delivery.has("forbidden"), doc.Delivery.has("error"):
		n.state, n.reason = messaging.StateFailed, messaging.Reason("imdn_"+doc.Delivery.Any[0].XMLName.Local)
	case doc.Stored.has("stored"), doc.Stored.has("processed"):
		n.state = messaging.StateSent
	}
	return n, nil
}

// status is the one element that says it.
type status struct {
	Any []struct{ XMLName xml.Name } `xml:",any"`
}

func (s *status) has(word string) bool {
	return s != nil && len(s.Any) > 0 && s.Any[0].XMLName.Local == word
}
