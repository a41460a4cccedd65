package dialog_test

import (
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

const twoParts = "--b\r\nContent-Type: application/isup; version=x\r\n\r\n\x01\x02\r\n--b\r\nContent-Type: application/SDP\r\n\r\nv=0\r\n\r\n--b--\r\n"

func bodyOf(kind, body string) *message.Body {
	r := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "x"})
	t := gosip.ContentTypeHeader(kind)
	r.AppendHeader(&t)
	r.SetBody([]byte(body))
	return dialog.BodyOf(r)
}

func TestSessionDescriptionIsFoundAmongOtherParts(t *testing.T) {
	if b := bodyOf(`multipart/mixed; boundary="b"`, twoParts); b == nil || b.Type != "application/sdp" || string(b.Bytes) != "v=0\r\n" {
		t.Errorf("body %+v", b)
	}
	if b := bodyOf("multipart/mixed; boundary=other", twoParts); b == nil || b.Type != "multipart/mixed" {
		t.Errorf("body %+v", b)
	}
	if b := bodyOf("Application/SDP; charset=utf-8", "v=0"); b == nil || b.Type != "application/sdp" {
		t.Errorf("body %+v", b)
	}
}

func FuzzBody(f *testing.F) {
	f.Add(`multipart/mixed; boundary="b"`, twoParts)
	f.Add("application/sdp", "v=0")
	f.Fuzz(func(t *testing.T, kind, body string) {
		if b := bodyOf(kind, body); b != nil && (len(b.Bytes) > len(body) || b.Type != strings.ToLower(b.Type)) {
			t.Fatalf("%+v", b)
		}
	})
}
