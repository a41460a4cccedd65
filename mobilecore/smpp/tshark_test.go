package smpp_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tandem/mobilecore/smpp"
)

// capture is a file of packets (libpcap's format) of one TCP connection, one PDU in each.
func capture(t *testing.T, pdus []*smpp.PDU) string {
	t.Helper()
	const rawIP, server, peer, longest, heads = 101, 2775, 50000, 65535, 40
	var file bytes.Buffer
	words := func(order binary.ByteOrder, values ...any) {
		for _, v := range values {
			if err := binary.Write(&file, order, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	words(binary.LittleEndian, uint32(0xa1b2c3d4), uint16(2), uint16(4), uint32(0), uint32(0), uint32(longest), uint32(rawIP))
	next := uint32(1)
	for i, p := range pdus {
		b := encode(t, p)
		size := uint32(heads + len(b))
		words(binary.LittleEndian, uint32(i), uint32(0), size, size)
		words(binary.BigEndian, uint16(0x4500), uint16(size), uint32(0), uint16(0x4006), uint16(0), uint32(0x7f000001), uint32(0x7f000001)) // IPv4
		words(binary.BigEndian, uint16(peer), uint16(server), next, uint32(1), uint16(0x5018), uint16(longest), uint32(0))                  // TCP
		file.Write(b)
		next += uint32(len(b))
	}
	at := filepath.Join(t.TempDir(), "smpp.pcap")
	if err := os.WriteFile(at, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// shark is the program, or the test is skipped.
func shark(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: scripts/deps test installs it")
	}
	return program
}

// seen are the fields of a PDU as tshark names them; empty ones it does not list.
func seen(p *smpp.PDU) map[string]string {
	out := map[string]string{
		"command_id": fmt.Sprintf("0x%08x", uint32(p.Command())), "sequence_number": fmt.Sprint(p.Sequence), "command_length": "",
	}
	if p.Command().IsResponse() {
		out["command_status"] = fmt.Sprintf("0x%08x", uint32(p.Status))
	}
	tlvs := smpp.TLVs(nil)
	source := func(a smpp.Address) {
		out["source_addr"], out["source_addr_ton"], out["source_addr_npi"] = a.Number, fmt.Sprintf("0x%02x", uint8(a.TON)), fmt.Sprintf("0x%02x", uint8(a.NPI))
	}
	message := func(m *smpp.SM, to ...smpp.Address) {
		source(m.Source)
		numbers, tons := []string{}, []string{}
		for _, a := range to {
			numbers, tons = append(numbers, a.Number), append(tons, fmt.Sprintf("0x%02x", uint8(a.TON)))
		}
		out["destination_addr"], out["dest_addr_ton"] = strings.Join(numbers, "|"), strings.Join(tons, "|")
		out["service_type"], out["data_coding"] = cmp.Or(m.ServiceType, "(Default)"), fmt.Sprintf("0x%02x", m.DataCoding)
		out["esm.submit.msg_mode"], out["esm.submit.msg_type"] = fmt.Sprintf("0x%02x", uint8(m.ESMClass)&3), fmt.Sprintf("0x%02x", uint8(m.ESMClass)>>2&15)
		out["esm.submit.features"] = fmt.Sprintf("0x%02x", uint8(m.ESMClass)>>6)
		out["message"] = hex.EncodeToString(m.Short)
		if m.Command != smpp.DataSM {
			out["protocol_id"], out["priority_flag"] = fmt.Sprintf("0x%02x", m.ProtocolID), fmt.Sprintf("0x%02x", m.Priority)
			out["sm_length"], out["sm_default_msg_id"] = fmt.Sprint(len(m.Short)), fmt.Sprint(m.DefaultID)
		}
		out["regdel.receipt"], out["message_payload"] = fmt.Sprintf("0x%02x", uint8(m.Registered)&3), hex.EncodeToString(m.TLVs.Get(smpp.TagMessagePayload))
		if n := m.Reference(); n >= 0 {
			out["user_message_reference"] = fmt.Sprintf("0x%04x", n)
		}
		if s := m.SAR(); s.Total > 0 {
			out["sar_msg_ref_num"], out["sar_total_segments"], out["sar_segment_seqnum"] = fmt.Sprint(s.Reference), fmt.Sprint(s.Total), fmt.Sprint(s.Number)
		}
		tlvs = m.TLVs
	}
	switch b := p.Body.(type) {
	case *smpp.SM:
		message(b, b.Destination)
	case *smpp.Multi:
		message(&b.SM, b.Destinations...)
		out["dl_name"] = strings.Join(b.Lists, "|")
	case *smpp.SMResponse:
		out["message_id"], tlvs = b.MessageID, b.TLVs
	case *smpp.MultiResponse:
		out["message_id"] = b.MessageID
	case *smpp.Query:
		out["message_id"] = b.MessageID
		source(b.Source)
	case *smpp.QueryResponse:
		out["message_id"], out["message_state"], out["error_code"] = b.MessageID, fmt.Sprint(uint8(b.State)), fmt.Sprint(b.ErrorCode)
	case *smpp.Cancel:
		out["message_id"], out["destination_addr"] = b.MessageID, b.Destination.Number
		source(b.Source)
	case *smpp.Replace:
		out["message_id"], out["message"] = b.MessageID, hex.EncodeToString(b.Short)
		source(b.Source)
	case *smpp.Alert:
		source(b.Source)
		out["esme_addr"], tlvs = b.ESME.Number, b.TLVs
	case *smpp.Outbound:
		out["system_id"], out["password"] = b.SystemID, string(b.Password)
	case *smpp.BindRequest:
		out["system_id"], out["password"], out["system_type"], out["address_range"] = b.SystemID, string(b.Password), b.SystemType, b.Range.Number
		out["interface_version"] = fmt.Sprint(uint8(b.Version))
	case *smpp.BindResponse:
		out["system_id"], tlvs = b.SystemID, b.TLVs
	case *smpp.Plain, *smpp.Unknown:
	}
	tags := make([]string, len(tlvs))
	for i, v := range tlvs {
		tags[i] = fmt.Sprintf("0x%04x", uint16(v.Tag))
	}
	out["opt_param_tag"] = strings.Join(tags, "|")
	delete(out, "command_length")
	return out
}

func TestTsharkReadsEveryPDUAsWeMeanIt(t *testing.T) {
	program, pdus := shark(t), every()
	for _, d := range smpp.Dialects() {
		m := smpp.SM{Command: smpp.DeliverSM, Source: paris, Destination: brand}
		(&smpp.Receipt{IDs: []string{"77"}, State: smpp.StateDelivered, Err: "000", Text: "Bonjour", Network: smpp.NetworkError{Network: 3}}).Write(&m, d, smpp.Dates{})
		pdus = append(pdus, &smpp.PDU{Sequence: 500, Body: &m})
	}
	names := map[string]struct{}{}
	wants := make([]map[string]string, len(pdus))
	for i, p := range pdus {
		wants[i] = seen(p)
		for name := range wants[i] {
			names[name] = struct{}{}
		}
	}
	args := []string{"-r", capture(t, pdus), "-d", "tcp.port==2775,smpp", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", "-e", "_ws.expert.message"}
	order := make([]string, 0, len(names))
	for name := range names {
		order = append(order, name)
	}
	slices.Sort(order)
	for _, name := range order {
		args = append(args, "-e", "smpp."+name)
	}
	out, err := exec.CommandContext(t.Context(), program, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(lines) != len(pdus) {
		t.Fatalf("tshark saw %d PDUs, want %d", len(lines), len(pdus))
	}
	for i, line := range lines {
		got := strings.Split(line, "\t")
		if got[0] != "" {
			t.Errorf("%s: tshark says %q", pdus[i].Command(), got[0])
		}
		for j, name := range order {
			if want, is := wants[i][name]; is && got[j+1] != want {
				t.Errorf("%s: tshark reads %s as %q, want %q", pdus[i].Command(), name, got[j+1], want)
			}
		}
	}
}
