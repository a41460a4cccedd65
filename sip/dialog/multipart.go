package dialog

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"tandem/sip/message"
)

// Bounds of a multipart body: more is no honest INVITE.
const (
	maxParts    = 8
	maxPartSize = 65535
)

// sdpPart finds the session description in a multipart body (RFC 5621): carriers put ISUP or a location beside it. Nil when there is none.
func sdpPart(contentType string, body []byte) *message.Body {
	const prefix = "multipart/"
	if len(contentType) < len(prefix) || !strings.EqualFold(contentType[:len(prefix)], prefix) {
		return nil
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return nil
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range maxParts {
		part, err := reader.NextRawPart()
		if err != nil {
			return nil
		}
		one, _, _ := strings.Cut(part.Header.Get("Content-Type"), ";")
		if !strings.EqualFold(strings.TrimSpace(one), "application/sdp") {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, maxPartSize))
		if err != nil {
			return nil
		}
		return message.SDP(text)
	}
	return nil
}
