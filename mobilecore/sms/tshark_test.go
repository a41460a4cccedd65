package sms_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tandem/mobilecore/sms"
)

// capture is a file of packets (libpcap's format): each RP message is the body of a MESSAGE in a datagram.
func capture(t *testing.T, bodies [][]byte) string {
	t.Helper()
	const rawIP, port, longest = 101, 5060, 65535
	var file bytes.Buffer
	words := func(order binary.ByteOrder, values ...any) {
		for _, v := range values {
			if err := binary.Write(&file, order, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	words(binary.LittleEndian, uint32(0xa1b2c3d4), uint16(2), uint16(4), uint32(0), uint32(0), uint32(longest), uint32(rawIP))
	for i, body := range bodies {
		head := fmt.Sprintf("MESSAGE sip:+33639980101@ims.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%[1]d\r\nFrom: <sip:a@ims.example>;tag=a\r\nTo: <sip:b@ims.example>\r\n"+
			"Call-ID: %[1]d\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Type: application/vnd.3gpp.sms\r\nContent-Length: %[2]d\r\n\r\n", i, len(body))
		const ip, udp = 20, 8
		size := uint32(ip + udp + len(head) + len(body))
		words(binary.LittleEndian, uint32(i), uint32(0), size, size)
		words(binary.BigEndian, uint16(0x4500), uint16(size), uint32(0), uint16(0x4011), uint16(0), uint32(0x7f000001), uint32(0x7f000001))
		words(binary.BigEndian, uint16(port), uint16(port), uint16(size-ip), uint16(0))
		file.WriteString(head)
		file.Write(body)
	}
	at := filepath.Join(t.TempDir(), "sms.pcap")
	if err := os.WriteFile(at, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// tshark runs it on a file, and wants it to have nothing to say against what is there.
func tshark(t *testing.T, file string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: scripts/deps test installs it")
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{"-r", file}, args...)...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C.UTF-8")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err = cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return out.String()
}

// emitted is an RP message that we write, and what tshark must read in it.
type emitted struct {
	rp   sms.RP
	want map[string]string
}

// plans are our messages of all texts, both ways, segment by segment.
func plans(t *testing.T) (all []emitted) {
	t.Helper()
	at := time.Date(2026, 11, 11, 18, 7, 59, 0, time.FixedZone("", 3600))
	reference := 0
	for name, text := range texts() {
		if name == "empty" || name == "nul" {
			continue // it shows no text then, or what comes before the NUL
		}
		for _, o := range []sms.Options{{Reference: uint16(len(all) & 0xff)}, {Long: sms.LongUDH16, Reference: uint16(0x4200 + len(all))}} {
			m, err := sms.Plan(text, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range m.Segments {
				data, err := sms.UserDataOf(m, s)
				if err != nil {
					t.Fatal(err)
				}
				reference++
				mr := byte(reference)
				want := map[string]string{"gsm_sms.sms_text": data.Text(), "gsm_sms.tp-dcs": strconv.Itoa(int(data.DCS)), "gsm_a.rp.rp_message_reference": hexa(mr)}
				if s.Concat.Total > 0 {
					want["gsm_sms.udh.mm.msg_id"] = strconv.Itoa(int(s.Concat.Reference))
					want["gsm_sms.udh.mm.msg_parts"], want["gsm_sms.udh.mm.msg_part"] = strconv.Itoa(s.Concat.Total), strconv.Itoa(s.Concat.Number)
				}
				submit := &sms.Submit{Reference: mr, To: sms.AddressOf("+33612345678"), Validity: sms.Validity{For: 24 * time.Hour}, Data: data, Report: true}
				deliver := &sms.Deliver{From: sms.AddressOf("+33639980101"), At: at, Data: data}
				all = append(all,
					emitted{carried(t, submit, sms.ToCentre, mr), with(want, "gsm_sms.tp-da", "33612345678", "gsm_sms.tp-mr", strconv.Itoa(int(mr)), "gsm_sms.tp-mti", "1", "gsm_sms.tp-srr", "1", "gsm_sms.tp-vpf", "2")},
					emitted{carried(t, deliver, sms.ToHandset, mr), with(want, "gsm_sms.tp-oa", "33639980101", "gsm_sms.tp-mti", "0", "gsm_sms.tp-mms", "1")})
			}
		}
	}
	return all
}

func with(base map[string]string, pairs ...string) map[string]string {
	out := maps.Clone(base)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func hexa(b byte) string { return fmt.Sprintf("0x%02x", b) }

func carried(t *testing.T, u sms.TPDU, w sms.Way, reference byte) sms.RP {
	t.Helper()
	b, err := u.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	rp := sms.RP{Kind: sms.RPData, Way: w, Reference: reference, Unit: b}
	if w == sms.ToCentre {
		rp.To = sms.AddressOf("+33609001390")
	} else {
		rp.From = sms.AddressOf("+33609001390")
	}
	return rp
}

// others are our answers, reports and names.
func others(t *testing.T) []emitted {
	t.Helper()
	at := time.Date(2026, 11, 11, 18, 7, 59, 0, time.UTC)
	answer := func(k sms.RPKind, w sms.Way, c sms.Cause, u sms.TPDU) sms.RP {
		rp := sms.RP{Kind: k, Way: w, Reference: 77, Cause: c}
		if u != nil {
			rp.Unit = carried(t, u, w, 77).Unit
		}
		return rp
	}
	return []emitted{
		{carried(t, &sms.Deliver{From: sms.AddressOf("LA POSTE"), At: at, Data: sms.UserData{Octets: []byte("Bonjour")}}, sms.ToHandset, 1), map[string]string{"gsm_sms.tp-oa": "LA POSTE", "gsm_sms.sms_text": "Bonjour"}},
		{carried(t, &sms.Deliver{From: sms.AddressOf("36105"), At: at, Data: sms.UserData{Octets: []byte("x")}, More: true}, sms.ToHandset, 1), map[string]string{"gsm_sms.tp-oa": "36105", "gsm_sms.tp-mms": "0"}},
		{carried(t, &sms.StatusReport{Reference: 200, To: sms.AddressOf("+33612345678"), At: at, Done: at, Status: sms.StatusExpired}, sms.ToHandset, 1), map[string]string{"gsm_sms.tp-mti": "2", "gsm_sms.tp-ra": "33612345678", "gsm_sms.tp-mr": "200", "gsm_sms.dis.field_st_reason": "6"}},
		{carried(t, &sms.Submit{Reference: 9, To: sms.AddressOf("114"), Validity: sms.Validity{Until: at}, Data: sms.UserData{Octets: []byte("sos")}, NoRepeats: true}, sms.ToCentre, 1), map[string]string{"gsm_sms.tp-da": "114", "gsm_sms.tp-vpf": "3", "gsm_sms.tp-rd": "1"}},
		{answer(sms.RPAck, sms.ToHandset, 0, &sms.SubmitReport{At: at}), map[string]string{"gsm_a.rp.msg_type": "0x03", "gsm_a.rp.rp_message_reference": hexa(77), "gsm_sms.tp-mti": "1"}},
		{answer(sms.RPError, sms.ToHandset, sms.CauseRejected, &sms.SubmitReport{Failure: sms.FailureUnspecified, At: at}), map[string]string{"gsm_a.rp.msg_type": "0x05", "gsm_a.rp.cause": "21", "gsm_sms.tp-fcs": "0xff"}},
		{answer(sms.RPAck, sms.ToCentre, 0, &sms.DeliverReport{}), map[string]string{"gsm_a.rp.msg_type": "0x02", "gsm_sms.tp-mti": "0"}},
		{answer(sms.RPError, sms.ToCentre, sms.CauseMemoryFull, &sms.DeliverReport{Failure: sms.FailureMemory}), map[string]string{"gsm_a.rp.msg_type": "0x04", "gsm_a.rp.cause": "22", "gsm_sms.tp-fcs": "0xd3"}},
		{sms.RP{Kind: sms.RPMemory, Way: sms.ToCentre, Reference: 3}, map[string]string{"gsm_a.rp.msg_type": "0x06", "gsm_a.rp.rp_message_reference": hexa(3)}},
	}
}

// TestTsharkReadsWhatWeWrite has an independent reader say what is in everything that we send: the text of each segment, the parties, the references.
func TestTsharkReadsWhatWeWrite(t *testing.T) {
	all := append(plans(t), others(t)...)
	var bodies [][]byte
	for _, e := range all {
		b, err := e.rp.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, b)
	}
	packets := dissected(t, tshark(t, capture(t, bodies), "-o", "gsm_sms.reassemble:FALSE", "-T", "json"))
	if len(packets) != len(all) {
		t.Fatalf("tshark read %d of %d", len(packets), len(all))
	}
	for i, p := range packets {
		for field, want := range all[i].want {
			if got := p[field]; len(got) == 0 || got[0] != want {
				t.Errorf("%x: tshark reads %s as %q, we wrote %q", bodies[i], field, got, want)
			}
		}
		for _, bad := range []string{"_ws.malformed", "gsm_a.rp.extraneous_data", "gsm_a.rp.missing_mandatory_element"} {
			if p[bad] != nil {
				t.Errorf("%x: tshark says %s", bodies[i], bad)
			}
		}
	}
	t.Logf("%d messages agree", len(all))
}

// dissected are the fields of each packet, with all values of each.
func dissected(t *testing.T, text string) (packets []map[string][]string) {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	for _, r := range raw {
		fields := map[string][]string{}
		gather(t, json.NewDecoder(bytes.NewReader(r)), "", fields)
		packets = append(packets, fields)
	}
	return packets
}

// gather reads one value: what encoding/json makes of an object has no room for two fields of one name.
func gather(t *testing.T, d *json.Decoder, name string, into map[string][]string) {
	t.Helper()
	token, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch v := token.(type) {
	case json.Delim:
		for d.More() {
			inner := name
			if v == '{' {
				key, broken := d.Token()
				if broken != nil {
					t.Fatal(broken)
				}
				inner, _ = key.(string)
			}
			gather(t, d, inner, into)
		}
		if _, err = d.Token(); err != nil {
			t.Fatal(err)
		}
		if into[name] == nil {
			into[name] = []string{}
		}
	case string:
		into[name] = append(into[name], v)
	default:
		into[name] = append(into[name], fmt.Sprint(v))
	}
}
