package rtp

// gmin is how many packets must come in a row between two losses that do not belong to one burst (RFC 3611 section 4.7.2).
const gmin = 16

// pattern is how the losses of a stream lie: alone, or in bursts (RFC 3611 section 4.7.2), and how many follow each other without a break.
type pattern struct {
	run     uint64 // packets that came since the last loss, or since the beginning
	inRow   uint64 // losses since the last packet that came
	longest uint64
	rows    uint64 // losses in a row, one or more, that are over or go on
	lost    uint64

	cluster, clusterLost uint64 // packets of what may become a burst, from its first loss to its last
	bursts               uint64
	burst, burstLost     uint64 // packets in bursts
	gap, gapLost         uint64 // packets outside
}

// fate is what became of a packet.
type fate int

const (
	missing fate = iota
	arrived
)

// count takes the next packet in order.
func (p *pattern) count(f fate) {
	switch f {
	case arrived:
		p.run, p.inRow = p.run+1, 0
	case missing:
		p.missed()
	}
}

// missed counts one that never came.
func (p *pattern) missed() {
	p.lost++
	if p.inRow++; p.inRow == 1 {
		p.rows++
	}
	p.longest = max(p.longest, p.inRow)
	if p.cluster == 0 || p.run >= gmin {
		p.close()
		p.gap += p.run
		p.cluster, p.clusterLost, p.run = 1, 1, 0
		return
	}
	p.cluster += p.run + 1
	p.clusterLost++
	p.run = 0
}

// close decides what the losses since the last long run without any were: one alone is part of a gap.
func (p *pattern) close() {
	if p.clusterLost > 1 {
		p.bursts++
		p.burst, p.burstLost = p.burst+p.cluster, p.burstLost+p.clusterLost
	} else {
		p.gap, p.gapLost = p.gap+p.cluster, p.gapLost+p.clusterLost
	}
	p.cluster, p.clusterLost = 0, 0
}

// Bursts is how the losses of a stream lie. Lengths are in packets, densities are shares of packets lost, 0 to 1.
type Bursts struct {
	Count                 uint64
	Density, GapDensity   float64
	MeanLength, GapLength float64
	LongestLoss           uint64  // packets lost in a row, the most
	Ratio                 float64 // BurstR of ITU-T G.107: 1 for losses by chance, more where they follow each other
}

// account is how things stand.
func (p *pattern) account() Bursts {
	now := *p // what goes on may still become a burst
	return now.sum()
}

// sum closes what goes on.
func (p *pattern) sum() Bursts {
	p.close()
	p.gap += p.run
	b := Bursts{Count: p.bursts, LongestLoss: p.longest, Ratio: 1}
	if p.burst > 0 {
		b.Density = float64(p.burstLost) / float64(p.burst)
		b.MeanLength = float64(p.burst) / float64(p.bursts)
	}
	if p.gap > 0 {
		b.GapDensity = float64(p.gapLost) / float64(p.gap)
		b.GapLength = float64(p.gap) / float64(p.bursts+1)
	}
	if all := p.burst + p.gap; p.lost > 0 && all > p.lost {
		mean := float64(p.lost) / float64(p.rows)
		b.Ratio = max(1, mean*(1-float64(p.lost)/float64(all)))
	}
	return b
}
