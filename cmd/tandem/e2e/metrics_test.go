package e2e

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tandem/loadtest/pcap"
	"tandem/loadtest/softphone"
)

// reporter is the RTCP of a party.
type reporter struct {
	o    *office
	conn *net.UDPConn
	came chan []byte
}

// reports opens the RTCP of a party, at an address of its own.
func (o *office) reports(at netip.Addr) *reporter {
	o.t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, 0)))
	o.ok(err)
	o.t.Cleanup(func() { _ = conn.Close() })
	r := &reporter{o: o, conn: conn, came: make(chan []byte, 64)}
	go func() {
		for {
			b := make([]byte, 1500)
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			r.came <- b[:n]
		}
	}()
	return r
}

// lines are what a description says of it: where it is, and that metrics are wanted.
func (r *reporter) lines() []string {
	return []string{fmt.Sprintf("a=rtcp:%d", r.conn.LocalAddr().(*net.UDPAddr).Port), "a=rtcp-xr:voip-metrics"} // a UDP socket
}

// tells sends what a party says of the stream that it hears: a receiver report (RFC 3550 section 6.4.2) and VoIP metrics (RFC 3611 section 4.7).
func (r *reporter) tells(c *softphone.Call) {
	r.o.t.Helper()
	be, of, own := binary.BigEndian, c.Audio.Stream().SSRC, uint32(0x50686f6e)
	b := be.AppendUint32([]byte{0x81, 201, 0, 7}, own)
	b = be.AppendUint32(b, of)
	b = append(b, 25, 0, 0, 2) // a tenth lost since the last report, two packets in all
	for _, v := range []uint32{100, 80, 0, 0} {
		b = be.AppendUint32(b, v)
	}
	b = be.AppendUint32(append(b, 0x80, 207, 0, 10), own)
	b = be.AppendUint32(append(b, 7, 0, 0, 8), of)
	b = append(b, 13, 0, 128, 0) // lost, discarded, in bursts, in gaps
	for _, v := range []uint16{60, 900, 30, 50} {
		b = be.AppendUint16(b, v) // burst, gap, round trip, end system
	}
	b = append(b, 127, 127, 127, 16, 80, 127, 40, 38, 0, 0)
	for range 3 {
		b = be.AppendUint16(b, 40)
	}
	to := c.Audio.Remote()
	_, err := r.conn.WriteToUDPAddrPort(b, netip.AddrPortFrom(to.Addr(), to.Port()+1))
	r.o.ok(err)
}

// Both parties of a call are offered metrics of their streams and get them when they ask; what they say themselves is in the record. tshark reads what is sent.
func TestMetricsOfVoiceGoBothWays(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed: scripts/deps test installs it")
	}
	onBoth(t, demoSite, func(o *office) {
		caller := o.reports(netip.MustParseAddr(o.net + ".2"))
		carrier := o.phoneAt(softphone.Config{Bind: netip.MustParseAddrPort(o.net + ".2:0"), User: "+33639980101", Lines: caller.lines()})
		chloe := o.phone("chloe-desk")
		call := o.call(carrier, numberAlone)
		rung := o.rings(chloe)
		if sdp := string(rung.Invite.Body); !strings.Contains(sdp, "a=rtcp-xr:voip-metrics\r\n") {
			t.Errorf("the phone is offered\n%s", sdp)
		}
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		if sdp := string(call.Final().Body); !strings.Contains(sdp, "a=rtcp-xr:voip-metrics\r\n") {
			t.Errorf("the carrier is answered\n%s", sdp)
		}
		o.talk(call, rung)
		caller.tells(call)
		call.Audio.Wait(o.ctx, 50*softphone.FrameTime) // until it is read: nothing tells of that
		o.ok(call.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))

		var report []byte
		select {
		case report = <-caller.came: // the last one, with which our leg says goodbye, if not one before
		case <-o.ctx.Done():
			t.Fatal("no report came")
		}
		o.reads(report, "rtcp.xr.voipmetrics.gmin=16", "rtcp.xr.bt=7", "rtcp.xr.voipmetrics.signallevel=127", "rtcp.ssrc.identifier=")

		var told struct {
			Data []struct {
				Party string
				Out   struct {
					Lost         int
					BurstMS      float64 `json:"burst_ms"`
					GapMS        float64 `json:"gap_ms"`
					BurstDensity float64 `json:"burst_density"`
					MOS          float64
				}
			}
		}
		o.read("/api/v1/calls/"+o.log(1)[0].ID+"/quality", &told)
		if out := told.Data[0].Out; out.Lost != 2 || out.BurstMS != 60 || out.GapMS != 900 || out.BurstDensity != 0.5 || out.MOS < 1 {
			t.Errorf("the record of the caller's leg is %+v", out)
		}
	})
}

// reads has tshark read a report, and wants those fields of it.
func (o *office) reads(report []byte, fields ...string) {
	o.t.Helper()
	path := filepath.Join(o.dir, "report.pcap")
	f, err := os.Create(path)
	o.ok(err)
	o.ok(pcap.Write(f, softphone.FrameTime, [][]byte{report}))
	o.ok(f.Close())
	for _, want := range fields {
		field, value, _ := strings.Cut(want, "=")
		out, err := exec.CommandContext(o.ctx, "tshark", "-r", path, "-d", "udp.port==6002,rtcp", "-T", "fields", "-e", field).CombinedOutput()
		got := strings.Split(strings.TrimSpace(string(out)[strings.LastIndexByte(strings.TrimSpace(string(out)), '\n')+1:]), ",")
		if err != nil || got[0] == "" || value != "" && !strings.Contains(strings.Join(got, " "), value) {
			o.t.Errorf("tshark reads %s as %q (%v), want %s", field, out, err, value)
		}
	}
}
