package bysip

import (
	"testing"
	"unicode/utf8"
)

// FuzzRead: whatever a MESSAGE carries, what is taken out of it is a text or a notification, or it is refused.
func FuzzRead(f *testing.F) {
	f.Add("text/plain;charset=UTF-8", []byte("Ça va ? 👩🏽‍🚀"))
	f.Add("text/plain;charset=iso-8859-1", []byte("\xe7a va"))
	f.Add("message/cpim", []byte("From: <sip:a@b>\r\nNS: imdn <urn:x>\r\n\r\nContent-Type: text/plain\r\n\r\nhello"))
	f.Add("message/cpim", []byte("From: x\r\n\r\nContent-Type: message/cpim\r\n\r\nFrom: x\r\n\r\n\r\nx"))
	f.Add("message/imdn+xml", []byte(`<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>1</message-id><delivery-notification><status><failed/></status></delivery-notification></imdn>`))
	f.Add("multipart/mixed;boundary=x", []byte("--x--"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		c, err := read(kind, body, enveloped)
		if err != nil {
			return
		}
		if (c.text == "") == (c.notice == nil) || !utf8.ValidString(c.text) || c.notice != nil && (c.notice.message == "" || len(c.notice.message) > maxNoticeID) {
			t.Fatalf("%q: %+v", kind, c)
		}
	})
}
