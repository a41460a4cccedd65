package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tandem/media/sdp"
)

// voiceIn is the first line of voice in a description; nil: there is none.
func voiceIn(description []byte) *sdp.Media {
	d, err := sdp.Parse(description)
	if err != nil {
		return nil
	}
	for i := range d.Media {
		if d.Media[i].Kind == "audio" {
			return &d.Media[i]
		}
	}
	return nil
}

// codecsIn names the codecs of the first line of voice, each once.
func codecsIn(description []byte) []string {
	m := voiceIn(description)
	if m == nil {
		return nil
	}
	var out []string
	for _, number := range m.Formats {
		name := payloadName(m, number)
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// payloadName is the codec that a payload type stands for (RFC 3551 table 4 where a=rtpmap does not say).
func payloadName(m *sdp.Media, number string) string {
	n, err := strconv.ParseUint(number, 10, 7)
	if err != nil {
		return printable(number)
	}
	for _, one := range m.Maps {
		if uint64(one.PayloadType) != n {
			continue
		}
		if strings.EqualFold(one.Name, "telephone-event") {
			return "telephone-event"
		}
		return strings.ToUpper(printable(one.Name))
	}
	known := map[uint64]string{0: "PCMU", 3: "GSM", 4: "G723", 8: "PCMA", 9: "G722", 13: "CN", 15: "G728", 18: "G729"}
	if name, is := known[n]; is {
		return name
	}
	return "payload type " + number
}

// directionIn is the direction of the first line of voice, as SDP names it.
func directionIn(description []byte) string {
	m := voiceIn(description)
	if m == nil || m.Port == 0 {
		return "no voice"
	}
	switch m.Direction {
	case sdp.SendRecv:
		return "sendrecv"
	case sdp.SendOnly:
		return "sendonly"
	case sdp.RecvOnly:
		return "recvonly"
	case sdp.Inactive:
		return "inactive"
	}
	return ""
}

// faxOffer is an offer with T.38 in the place of its voice (ITU-T T.38 annex D), and the next version in its o= line (RFC 3264 section 8).
func faxOffer(offer []byte) []byte {
	var head, where, port string
	for line := range strings.Lines(string(offer)) {
		text := strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(text, "o="):
			head += nextVersion(text) + "\r\n"
		case strings.HasPrefix(text, "c="):
			where = text + "\r\n"
		case strings.HasPrefix(text, "m=audio ") && port == "":
			port, _, _ = strings.Cut(strings.TrimPrefix(text, "m=audio "), " ")
		case port == "" && !strings.HasPrefix(text, "a="):
			head += text + "\r\n"
		}
	}
	return fmt.Appendf(nil, "%sm=image %s udptl t38\r\n%sa=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxRateManagement:transferredTCF\r\n"+
		"a=T38FaxMaxDatagram:400\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n", head, port, where)
}

// nextVersion is an o= line of the description after this one.
func nextVersion(line string) string {
	fields := strings.Fields(line)
	const version = 2
	if len(fields) <= version {
		return line
	}
	n, err := strconv.ParseUint(fields[version], 10, 64)
	if err != nil {
		return line
	}
	fields[version] = strconv.FormatUint(n+1, 10)
	return strings.Join(fields, " ")
}

// takesImage says whether an answer takes the picture line.
func takesImage(answer []byte) (does bool) {
	for line := range strings.Lines(string(answer)) {
		if rest, is := strings.CutPrefix(line, "m=image "); is {
			return !strings.HasPrefix(rest, "0 ")
		}
	}
	return false
}
