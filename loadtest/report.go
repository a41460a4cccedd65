package loadtest

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Line is one result for people who wait.
func Line(r Result) string {
	if e := r.Endurance; e != nil {
		return fmt.Sprintf("soak %s %.0f calls/s: %d ok, %d failed %v, %d of %d packets lost, memory %d MB, %d at most, %d at the end (%+.2f MB/h), "+
			"goroutines %d → %d, descriptors %d → %d, ports %d → %d", r.Peer, r.Rate, r.OK, r.Failed, r.Statuses, r.Lost, r.Packets+r.Lost, e.Start.PSS>>20, e.Most>>20,
			e.End.PSS>>20, e.Slope/(1<<20), e.Start.Goroutines, e.End.Goroutines, e.Start.Descriptors, e.End.Descriptors, e.Start.Ports, e.End.Ports)
	}
	if r.Load == "w2" {
		attack := ""
		if r.Attacked > 0 {
			attack = fmt.Sprintf(", %d calls cut under %d packets of an attack", r.Cut, r.Attacked)
		}
		return fmt.Sprintf("w2 %-19s %5d calls: %d failed, %.2f µs CPU a packet, %d of %d lost, latency p50 %v p99 %v, %d KB a call, generator late %v%s",
			r.Peer, r.OK, r.Failed, micros(r.CPUPerPacket), r.Lost, r.Packets+r.Lost, r.LatencyP50, r.LatencyP99, r.MemoryPerCall>>10, r.GeneratorLate.Round(time.Millisecond), attack)
	}
	return fmt.Sprintf("%s %-19s %5.0f calls/s: %d ok, %d failed %v, %.3f ms CPU a call, INVITE→200 p50 %v p99 %v, %d INVITEs repeated, %d MB",
		r.Load, r.Peer, r.Rate, r.OK, r.Failed, r.Statuses, millis(r.CPUPerCall), r.SetupP50.Round(10*time.Microsecond), r.SetupP99.Round(10*time.Microsecond),
		r.Retransmitted, r.MemoryEnd>>20)
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Table is the whole run as Markdown, with Tandem's ratio to each other peer at the same load.
func Table(results []Result, commit string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s, commit %s\n\n", time.Now().UTC().Format(time.DateOnly), commit)
	b.WriteString("| load | peer | offered | failed | CPU | against | p99 set-up / one-way latency | lost | memory |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		if e := r.Endurance; e != nil {
			fmt.Fprintf(&b, "| soak | %s | %.0f/s and calls with media, %d calls | %d | %.3f ms a call with its share of media | | %v | %d of %d | %+.2f MB an hour, at most %d MB |\n",
				r.Peer, r.Rate, r.OK+r.Failed, r.Failed, millis(r.CPUPerCall), r.LatencyP99, r.Lost, r.Packets+r.Lost, e.Slope/(1<<20), e.Most>>20)
			continue
		}
		if r.Load == "w2" {
			fmt.Fprintf(&b, "| W2 | %s | %d calls | %d | %.2f µs a packet | %s | %v | %d of %d | %d KB a call |\n",
				r.Peer, r.OK+r.Failed, r.Failed, micros(r.CPUPerPacket), against(r, results), r.LatencyP99, r.Lost, r.Packets+r.Lost, r.MemoryPerCall>>10)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %.0f/s | %d | %.3f ms a call | %s | %v | | %d MB at the end |\n",
			strings.ToUpper(r.Load), r.Peer, r.Rate, r.Failed, millis(r.CPUPerCall), against(r, results), r.SetupP99.Round(10*time.Microsecond), r.MemoryEnd>>20)
	}
	b.WriteString("\n")
	return b.String()
}

// against gives Tandem's CPU as a multiple of each other peer's at the same load.
func against(r Result, all []Result) string {
	if r.Peer != "tandem" {
		return ""
	}
	var out []string
	for _, o := range all {
		if o.Peer == r.Peer || o.Load != r.Load || o.Rate != r.Rate || (r.Load == "w2" && o.OK+o.Failed != r.OK+r.Failed) {
			continue
		}
		if mine, theirs := r.CPUPerCall+r.CPUPerPacket, o.CPUPerCall+o.CPUPerPacket; theirs > 0 {
			out = append(out, fmt.Sprintf("%.2f × %s", float64(mine)/float64(theirs), o.Peer))
		}
	}
	return strings.Join(out, ", ")
}

// Append adds a table to the end of a file.
func Append(path, table string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("append the figures: %w", err)
	}
	if _, err := f.WriteString(table); err != nil {
		_ = f.Close()
		return fmt.Errorf("append the figures: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("append the figures: %w", err)
	}
	return nil
}
