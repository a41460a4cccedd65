package bysip_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/bysip"
	mt "tandem/messaging/messagingtest"
	"tandem/sip"
)

// capture is a file of packets (libpcap's format) with one UDP datagram in it.
func capture(t *testing.T, datagram []byte) string {
	t.Helper()
	const rawIP, port, longest, ip, udp = 101, 5060, 65535, 20, 8
	var file bytes.Buffer
	words := func(order binary.ByteOrder, values ...any) {
		for _, v := range values {
			if err := binary.Write(&file, order, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	size := uint32(ip + udp + len(datagram))
	words(binary.LittleEndian, uint32(0xa1b2c3d4), uint16(2), uint16(4), uint32(0), uint32(0), uint32(longest), uint32(rawIP), uint32(0), uint32(0), size, size)
	words(binary.BigEndian, uint16(0x4500), uint16(size), uint32(0), uint16(0x4011), uint16(0), uint32(0x7f000001), uint32(0x7f000001))
	words(binary.BigEndian, uint16(port), uint16(port), uint16(size-ip), uint16(0))
	file.Write(datagram)
	at := filepath.Join(t.TempDir(), "sip.pcap")
	if err := os.WriteFile(at, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// TestSpec_M6_TsharkReadsWhatWeSend: a decoder of others finds the parties and the text, byte for byte.
func TestSpec_M6_TsharkReadsWhatWeSend(t *testing.T) {
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: scripts/deps test installs it")
	}
	h := build(t)
	carrier, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = carrier.Close() }()
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "raw", Servers: []string{"sip:" + carrier.LocalAddr().String()}, Domain: carriers}}})
	raw := bysip.OpenTrunk(t.Context(), bysip.TrunkConfig{Connector: "mcn_raw", Trunk: "raw", Desk: h.office, Wire: h.Stack, Sorter: h.sorter})
	ctx, cancel := context.WithCancel(t.Context())
	carried := make(chan messaging.Outcome, 1)
	go func() {
		carried <- raw.Carry(ctx, &messaging.Delivery{ID: 7, Message: "msg_1", From: mt.Desk, To: mt.Other, Body: awkward})
	}()
	if err = carrier.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 65536)
	n, _, err := carrier.ReadFromUDPAddrPort(buf)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if o := <-carried; o.Result != messaging.ResultUnknown || o.Delivery != 7 { // it was sent, and nobody answered
		t.Errorf("%+v", o)
	}
	raw.Close()
	at := capture(t, buf[:n])
	out, err := exec.CommandContext(t.Context(), program, "-r", at, "-T", "fields", "-E", "separator=|",
		"-e", "sip.Method", "-e", "sip.r-uri.user", "-e", "sip.from.user", "-e", "sip.Content-Type", "-e", "sip.Call-ID", "-e", "_ws.malformed").Output()
	if want := "MESSAGE|" + string(mt.Other) + "|" + string(mt.Desk) + "|text/plain;charset=UTF-8|msg_1-7|"; err != nil || strings.TrimSpace(string(out)) != want {
		t.Fatalf("tshark reads %q, want %q: %v", out, want, err)
	}
	out, err = exec.CommandContext(t.Context(), program, "-r", at, "-T", "jsonraw").Output()
	if err != nil || !strings.Contains(string(out), `"`+hex.EncodeToString([]byte(awkward))+`"`) {
		t.Fatalf("tshark finds another body: %s %v", out, err)
	}
}
