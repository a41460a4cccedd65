package bysip

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"tandem/messaging"
	"tandem/mobilecore/sms"
	"tandem/sip"
	"tandem/sip/message"
)

// taken are the kinds of body that are read.
const taken = "text/plain, message/cpim, message/imdn+xml"

// What a body can be wrong about.
var (
	errKind  = errors.New("a kind of body that is not read here")
	errText  = errors.New("a text that cannot be read in its alphabet")
	errEmpty = errors.New("a message without a text")
)

// content is what a MESSAGE says: a text, or what became of one of ours.
type content struct {
	text   string
	notice *notice
}

// contentOf reads a MESSAGE.
func contentOf(n *sip.Note) (content, error) {
	if n.Body == nil {
		return content{}, errEmpty
	}
	kind := n.Body.Type
	if v := n.Head.Values("Content-Type"); len(v) > 0 {
		kind = v[0]
	}
	return read(kind, n.Body.Bytes, enveloped)
}

// depth says how many envelopes may be around a text.
type depth int

const (
	bare      depth = iota // none
	enveloped              // one (RFC 3862)
)

func read(kind string, body []byte, within depth) (content, error) {
	name, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return content{}, errKind
	}
	switch {
	case name == "text/plain":
		text, err := decode(params["charset"], body)
		return content{text: text}, err
	case name == "message/cpim" && within == enveloped:
		return readCPIM(body)
	case name == "message/imdn+xml":
		notice, err := readNotice(body)
		return content{notice: notice}, err
	}
	return content{}, errKind
}

// decode is a text of an alphabet; where none is named it is UTF-8 (RFC 3428 section 4).
func decode(charset string, body []byte) (string, error) {
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii":
	case "iso-8859-1", "latin1":
		body = []byte(sms.DecodeLatin1(body))
	default:
		return "", errKind
	}
	switch {
	case !utf8.Valid(body):
		return "", errText
	case len(bytes.TrimSpace(body)) == 0:
		return "", errEmpty
	}
	return string(body), nil
}

// readCPIM takes a text out of its envelope (RFC 3862 section 2): headers, a blank line, the headers of the content, a blank line, the content. What the
// envelope says of the parties is not believed: the request says who they are.
func readCPIM(body []byte) (content, error) {
	in := textproto.NewReader(bufio.NewReader(bytes.NewReader(body)))
	if _, err := in.ReadMIMEHeader(); err != nil {
		return content{}, errText
	}
	head, err := in.ReadMIMEHeader()
	if err != nil {
		return content{}, errText
	}
	rest, err := io.ReadAll(in.R)
	if err != nil {
		return content{}, errText
	}
	kind := head.Get("Content-Type")
	if kind == "" {
		kind = "text/plain"
	}
	return read(kind, rest, bare)
}

// refuseBody answers a MESSAGE whose body is no use.
func refuseBody(n *sip.Note, err error) {
	if errors.Is(err, errKind) {
		n.Refuse(415, err.Error(), message.Field{Name: "Accept", Value: taken})
		return
	}
	n.Refuse(400, err.Error())
}

// bodyOf is a text as a segment of the shortest coding that has all its letters.
func bodyOf(text string) messaging.Body {
	if septets, missing := sms.EncodeGSM7(text); missing == nil {
		return messaging.Body{Coding: messaging.CodingGSM7, Octets: septets, Raw: []byte(text), Kind: "text"}
	}
	return messaging.Body{Coding: messaging.CodingUCS2, Octets: sms.EncodeUCS2(text), Raw: []byte(text), Kind: "text"}
}
