package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/sms"
	"tandem/sim"
)

const secondCarrier = `
[[connectors]]
name = "Second carrier"
kind = "smpp"
in_doubt = "retry"
password = "secret"
smpp = {address = "{net}.211:2775", system_id = "tandem"}
`

// resident is how much memory the program has, in MiB.
func (o *office) resident() int {
	o.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.cmd.Process.Pid))
	o.ok(err)
	for line := range strings.Lines(string(b)) {
		if rest, is := strings.CutPrefix(line, "VmRSS:"); is {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			o.ok(err)
			return kib >> 10
		}
	}
	o.t.Fatal("the kernel says nothing of memory")
	return 0
}

// One carrier floods, with segments of messages of 255 that never come whole (T67): what another brings, and what Alice writes, goes on as if nothing was, and the
// program's memory stays.
func TestSpec_M6_M8_ConcatenationBombsDisturbNobody(t *testing.T) {
	onPost(t, messageSite(byCarrier, carrierSMS, operatorSMS, secondCarrier), func(o *office) *post {
		return o.messages(sim.BearerRadio, sim.PathIn, sim.Quirks{})
	}, func(p *post) {
		flooder, err := sim.OpenSMSC(p.ctx, sim.SMSCConfig{Bind: p.net + ".211:2775", ESMEs: []sim.ESME{{SystemID: "tandem", Password: "secret", Window: 100}}, Seed: 2})
		p.ok(err)
		p.t.Cleanup(flooder.Close)
		p.ok(flooder.Bound(p.ctx, 1))
		before := p.resident()
		const bombs, parts = 60, 50 // of each 255, the first ones
		for n := range bombs * parts {
			bomb, part := n/parts, n%parts
			p.ok(flooder.Piece(fmt.Sprintf("+336399829%02d", bomb%7), numberMobile, "boum", sms.Concat{Reference: uint16(bomb), Total: 255, Number: part + 1}))
		}
		var slowest time.Duration
		for n := range 10 {
			began := time.Now()
			p.ok(p.carrier.Text(numberReader, numberMobile, fmt.Sprintf("tranquille %d", n)))
			_, err := p.handset.Inbox(p.ctx, n+1)
			p.ok(err)
			slowest = max(slowest, time.Since(began))
		}
		left := flooder.Waiting("tandem")
		p.ok(p.handset.Text(numberReader, "moi aussi"))
		p.outside(1)
		after := p.resident()
		p.t.Logf("%d segments, %d still to come: the slowest message took %v, memory %d MiB before and %d after", bombs*parts, left, slowest.Round(time.Millisecond), before, after)
		if after > before+150 {
			p.t.Errorf("memory grew from %d to %d MiB", before, after)
		}
		if list := p.list(); len(list) < 11 {
			p.t.Errorf("the API has %d messages", len(list))
		}
	})
}
