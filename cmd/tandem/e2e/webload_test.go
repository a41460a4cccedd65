//go:build !race

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/media/mediatest"
	"tandem/media/mediatest/browser"
)

// pagesEnv is how many calls of pages there are to be at a time, for the figures.
const pagesEnv = "FIGURES_CALLS"

// cpu is what the program has used.
func (o *office) cpu() time.Duration {
	o.t.Helper()
	dir := fmt.Sprintf("/proc/%d/task", o.cmd.Process.Pid)
	all, err := os.ReadDir(dir)
	o.ok(err)
	sum := 0
	for _, d := range all {
		b, err := os.ReadFile(dir + "/" + d.Name() + "/schedstat")
		if err != nil {
			continue // the thread has ended
		}
		n, err := strconv.Atoi(strings.Fields(string(b))[0])
		o.ok(err)
		sum += n
	}
	return time.Duration(sum)
}

// Calls of pages through a trunk, all at once, each with voice both ways: none fails, and each page and each telephone hears the other. What it costs is
// printed for docs/performance.md.
func TestManyPagesTalkAtOnce(t *testing.T) {
	n := 4
	if s := os.Getenv(pagesEnv); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	o := open(t, "", demoSite)
	alice := o.signIn("Alice")
	carrier := o.carrierListens(".2:5060")
	page := alice.opens("workspace", office1)
	pages, fars := make([]*browser.Page, n), make([]*softphone.Call, n)
	used := o.cpu()
	took := make([]time.Duration, 0, n)
	for i := range n {
		began := time.Now()
		c := o.call(page.Phone, numberOutside)
		pages[i], fars[i] = <-page.pages, o.rings(carrier)
		fars[i].Answer()
		o.ok(c.Answered(o.ctx))
		o.ok(pages[i].AwaitConnected(o.ctx))
		took = append(took, time.Since(began))
	}
	setUp := o.cpu() - used
	for i := range n {
		fars[i].Audio.Say(1300)
		pages[i].SendTone(1900, time.Minute)
		pages[i].Forget()
	}
	used = o.cpu()
	began := time.Now()
	for i := range n {
		if _, err := pages[i].Await(o.ctx, func(ps mediatest.Packets) bool { return ps.Tone(1300) >= 100 }); err != nil {
			t.Fatalf("page %d: %v", i, err)
		}
		o.hears(fars[i], 1900)
	}
	voice, long := o.cpu()-used, time.Since(began)
	slices.Sort(took)
	t.Logf("%d calls: INVITE to keys p50 %v, p99 %v; %v CPU a call", n, took[n/2], took[n*99/100], setUp/time.Duration(n))
	t.Logf("%v CPU a packet in %v", voice/time.Duration(100*n)*time.Second/long, long)
}
