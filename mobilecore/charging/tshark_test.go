package charging_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/diameter"
)

// capture is a file of packets (libpcap's format) of one TCP connection between Gy and a peer.
func capture(t *testing.T, messages []*diameter.Message) string {
	t.Helper()
	const rawIP, server, peer, longest = 101, 3868, 50000, 65535
	var file bytes.Buffer
	words := func(order binary.ByteOrder, values ...any) {
		for _, v := range values {
			if err := binary.Write(&file, order, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	words(binary.LittleEndian, uint32(0xa1b2c3d4), uint16(2), uint16(4), uint32(0), uint32(0), uint32(longest), uint32(rawIP))
	next := map[bool]uint32{true: 1, false: 1}
	for i, m := range messages {
		b, err := m.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		from, to, toServer := uint16(server), uint16(peer), m.IsRequest()
		if toServer {
			from, to = to, from
		}
		const head = 40
		size := uint32(head + len(b))
		words(binary.LittleEndian, uint32(i), uint32(0), size, size)
		words(binary.BigEndian, uint16(0x4500), uint16(size), uint32(0), uint16(0x4006), uint16(0), uint32(0x7f000001), uint32(0x7f000001)) // IPv4
		words(binary.BigEndian, from, to, next[toServer], next[!toServer], uint16(0x5018), uint16(longest), uint32(0))                      // TCP
		file.Write(b)
		next[toServer] += uint32(len(b))
	}
	at := filepath.Join(t.TempDir(), "gy.pcap")
	if err := os.WriteFile(at, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTsharkReadsOurExchange(t *testing.T) {
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: scripts/deps test installs it")
	}
	c := &clerk{answer: charging.Answer{Result: charging.Granted, Grants: []charging.Grant{
		{Group: 7, Result: charging.Granted, Volume: 512000, Validity: time.Hour, Threshold: 102400, Final: true}, {Group: 8, Result: charging.LimitReached},
	}}}
	gy := open(t, c, nil)
	var exchange []*diameter.Message
	for _, m := range []*diameter.Message{
		ccr(diameter.InitialRequest, 0, service(diameter.Number(diameter.RatingGroup, 7), wants(1_000_000)), service(diameter.Number(diameter.RatingGroup, 8), wants(1))),
		ccr(diameter.UpdateRequest, 1, service(diameter.Number(diameter.RatingGroup, 7), wants(0), used(diameter.ReportExhausted, 508392, 4608))),
		ccr(9, 2), // refused
	} {
		m.HopByHop, m.EndToEnd = uint32(len(exchange)+1), 77
		answer := gy.ask(t, m)
		answer.HopByHop, answer.EndToEnd = m.HopByHop, m.EndToEnd
		exchange = append(exchange, m, answer)
	}
	out, err := exec.CommandContext(t.Context(), program, "-r", capture(t, exchange), "-d", "tcp.port==3868,diameter", "-V").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	for what, n := range map[string]int{
		"Command Code: Credit-Control (272)": 6, "CC-Total-Octets: 512000": 2, "Final-Unit-Action: TERMINATE (0)": 2, "Volume-Quota-Threshold: 102400": 2,
		"Result-Code: DIAMETER_CREDIT_LIMIT_REACHED (4012)": 1, "Result-Code: DIAMETER_INVALID_AVP_VALUE (5004)": 1, "CC-Input-Octets: 508392": 1,
		"Called-Station-Id: Internet": 3,
	} {
		if got := strings.Count(text, what); got != n {
			t.Errorf("tshark read %q %d times, want %d", what, got, n)
		}
	}
	for _, bad := range []string{"Malformed", "Expert Info (Error", "Expert Info (Warning", "Unknown AVP", "Data too short"} {
		if strings.Contains(text, bad) {
			t.Errorf("tshark says %s", bad)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
