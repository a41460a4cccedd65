package pcap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tandem/loadtest/pcap"
	"tandem/loadtest/softphone"
)

// tshark reads what we write, and finds the keys 2, 0 and 4 in it.
func TestTsharkReadsTheKeys(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("needs the Debian package tshark")
	}
	file := filepath.Join(t.TempDir(), "204.pcap")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err = pcap.Write(f, softphone.FrameTime, softphone.Script(softphone.ByEvent, 8, "204")); err != nil {
		t.Fatal(err)
	}
	if err = f.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", "-r", file, "-d", "udp.port==6002,rtp", "-o", "rtp.heuristic_rtp:TRUE",
		"-o", "rtpevent.event_payload_type_value:101", "-Y", "rtpevent.end_of_event==1", "-T", "fields", "-e", "rtpevent.event_id").CombinedOutput()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, out)
	}
	keys := ""
	for f := range strings.FieldsSeq(string(out)) {
		if len(f) == 1 && !strings.HasSuffix(keys, f) {
			keys += f
		}
	}
	if keys != "204" {
		t.Errorf("tshark found %q, want 204:\n%s", keys, out)
	}
}
