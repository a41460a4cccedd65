package rtp

import (
	"fmt"
	"time"

	"github.com/pion/rtcp"
)

// Report is what we tell a peer of both directions (RFC 3550 section 6.4).
type Report struct {
	SSRC      uint32
	CNAME     string // random, and kept for the call (RFC 7022)
	Sender    bool   // packets were sent since the last report
	At        time.Time
	Timestamp uint32 // of our stream at that moment
	Packets   uint64
	Octets    uint64
	Of        *Block   // nil: nothing was received
	Metrics   *Metrics // nil: not agreed, or nothing to tell
	Bye       bool     // the last one
}

// Block is what a report says of the peer's stream.
type Block struct {
	SSRC     uint32
	Fraction uint8
	Lost     uint32
	Highest  uint32
	Jitter   uint32 // ticks
	LastSR   uint32 // the middle of the NTP time of the peer's last SR; 0: none
	Delay    time.Duration
}

// Marshal writes a compound packet: SR or RR, then SDES, then XR where it was agreed (RFC 3611 section 2), then BYE with the last one.
func (r *Report) Marshal() ([]byte, error) {
	var blocks []rtcp.ReceptionReport
	if b := r.Of; b != nil {
		blocks = append(blocks, rtcp.ReceptionReport{
			SSRC: b.SSRC, FractionLost: b.Fraction, TotalLost: b.Lost, LastSequenceNumber: b.Highest,
			Jitter: b.Jitter, LastSenderReport: b.LastSR, Delay: short(b.Delay),
		})
	}
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: r.SSRC, Reports: blocks}
	if r.Sender {
		first = &rtcp.SenderReport{
			SSRC: r.SSRC, NTPTime: NTP(r.At), RTPTime: r.Timestamp, Reports: blocks,
			PacketCount: uint32(r.Packets & 0xFFFFFFFF), OctetCount: uint32(r.Octets & 0xFFFFFFFF),
		}
	}
	all := []rtcp.Packet{first, rtcp.NewCNAMESourceDescription(r.SSRC, r.CNAME)}
	if r.Metrics != nil {
		all = append(all, &rtcp.ExtendedReport{SenderSSRC: r.SSRC, Reports: []rtcp.ReportBlock{r.Metrics.block()}})
	}
	if r.Bye {
		all = append(all, &rtcp.Goodbye{Sources: []uint32{r.SSRC}})
	}
	b, err := rtcp.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("write rtcp: %w", err)
	}
	return b, nil
}

// Heard is what a compound packet of the peer says to us.
type Heard struct {
	LastSR uint32        // the middle of its NTP time; 0: it holds no SR
	RTT    time.Duration // 0: it does not tell
	Bye    bool

	Of      *Block   // of our stream, as it arrives there; nil: it does not tell
	Metrics *Metrics // the same in more words; nil: it does not tell
}

// ParseControl reads a compound packet that came at a moment; own is the SSRC that we send under.
func ParseControl(b []byte, own uint32, at time.Time) (Heard, error) {
	all, err := rtcp.Unmarshal(b)
	if err != nil {
		return Heard{}, fmt.Errorf("read rtcp: %w", err)
	}
	var h Heard
	for _, p := range all {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			h.LastSR = Middle(p.NTPTime)
			h.blocks(p.Reports, own, at)
		case *rtcp.ReceiverReport:
			h.blocks(p.Reports, own, at)
		case *rtcp.ExtendedReport:
			h.metrics(p.Reports, own)
		case *rtcp.Goodbye:
			h.Bye = true
		}
	}
	return h, nil
}

// blocks finds the round trip time (RFC 3550 section 6.4.1).
func (h *Heard) blocks(all []rtcp.ReceptionReport, own uint32, at time.Time) {
	for _, b := range all {
		if b.SSRC != own {
			continue
		}
		h.Of = &Block{SSRC: b.SSRC, Fraction: b.FractionLost, Lost: b.TotalLost, Highest: b.LastSequenceNumber, Jitter: b.Jitter, LastSR: b.LastSenderReport}
		if b.LastSenderReport == 0 {
			continue
		}
		trip := ticksAhead(Middle(NTP(at)), b.LastSenderReport+b.Delay)
		if trip >= 0 { // below: the clocks were set meanwhile
			h.RTT = max(time.Duration(trip)*time.Second>>16, 1)
		}
	}
}

// metrics finds what is said of our stream (RFC 3611 section 4.7).
func (h *Heard) metrics(all []rtcp.ReportBlock, own uint32) {
	for _, b := range all {
		if v, is := b.(*rtcp.VoIPMetricsReportBlock); is && v.SSRC == own {
			h.Metrics = metricsOf(v)
		}
	}
}

// ntpEpoch is 1900, in seconds before 1970.
const ntpEpoch = 2208988800

// NTP is a moment in the 64-bit format of RFC 3550 section 4.
func NTP(t time.Time) uint64 {
	fraction := int64(t.Nanosecond()) << 32 / int64(time.Second)
	return uint64((t.Unix()+ntpEpoch)<<32 | fraction) //nolint:gosec // the bits, whatever the sign
}

// Middle is the middle 32 bits of an NTP time, in 1/65536 s.
func Middle(ntp uint64) uint32 { return uint32(ntp >> 16 & 0xFFFFFFFF) }

func short(d time.Duration) uint32 {
	return uint32(max(d, 0) << 16 / time.Second & 0xFFFFFFFF)
}
