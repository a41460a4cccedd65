// Command cmd runs the workloads on Tandem and, in the same run, on Kamailio with rtpengine, and prints what each used.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tandem/loadtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

type plan struct {
	peers  string
	w1     string
	w2     string
	w3     string
	tls    string
	soak   time.Duration
	secs   time.Duration
	append string
	attack int
	over   bool
	best   float64
	binary string
}

func run(ctx context.Context) error {
	var p plan
	flag.StringVar(&p.peers, "peers", "tandem,kamailio,kamailio+rtpengine", "what to measure, in this order")
	flag.StringVar(&p.w1, "w1", "100,500,1000", "W1: calls a second, one step each")
	flag.StringVar(&p.w2, "w2", "100,300,600", "W2: concurrent calls, one step each")
	flag.StringVar(&p.w3, "w3", "10,50,100", "W3: calls a second, one step each")
	flag.StringVar(&p.tls, "tls", "", "W1 over TLS, on Tandem alone: calls a second, one step each")
	flag.DurationVar(&p.soak, "soak", 0, "and 100 calls a second beside 100 calls with media, on Tandem alone, for so long")
	flag.DurationVar(&p.secs, "for", 10*time.Second, "length of each step")
	flag.StringVar(&p.append, "append", "", "append the table to this file")
	flag.IntVar(&p.attack, "attack", 0, "W2 alone, on Tandem: while RTP is measured, so many packets a second of garbage, strangers and RTP come from 50 addresses; 20000")
	flag.BoolVar(&p.over, "overload", false, "on Tandem: its best rate of W1, then twice and five times that")
	flag.Float64Var(&p.best, "best", 0, "overload: calls a second that are the best rate; 0 finds it")
	flag.StringVar(&p.binary, "binary", "", "measure this program; empty: Tandem as it is here, built first")
	flag.Parse()
	if p.attack > 0 {
		p.peers, p.w1, p.w3 = "tandem", "", ""
	}

	dir, err := os.MkdirTemp("", "tandem-load")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	binary, err := p.program(ctx, dir)
	if err != nil {
		return err
	}
	if p.over {
		return overload(ctx, dir, binary, p)
	}
	var results []loadtest.Result
	for _, load := range p.loads() {
		for peer := range strings.SplitSeq(p.peers, ",") {
			if !measures(peer, load) {
				continue
			}
			r, err := one(ctx, dir, binary, peer, load)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", load.Name, peer, err)
			}
			fmt.Println(loadtest.Line(r))
			results = append(results, r)
		}
	}
	table := loadtest.Table(results, commit(ctx))
	fmt.Print("\n", table)
	if p.append != "" {
		return loadtest.Append(p.append, table)
	}
	return nil
}

// program is what is measured.
func (p plan) program(ctx context.Context, dir string) (string, error) {
	if p.binary != "" {
		return filepath.Abs(p.binary)
	}
	binary := filepath.Join(dir, "tandem")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/tandem")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build tandem: %w", err)
	}
	return binary, nil
}

// overload offers Tandem too much.
func overload(ctx context.Context, dir, binary string, p plan) error {
	peer, err := loadtest.Tandem(ctx, dir, binary, "loadtest/peers")
	if err != nil {
		return err
	}
	defer peer.Stop()
	o, err := loadtest.Overload(ctx, peer.Peer, p.best, p.secs)
	fmt.Print(o)
	return err
}

// measures says whether a peer can do that workload: the Kamailio of the comparison has no media without rtpengine, and no IVR.
func measures(peer string, l loadtest.Load) bool {
	switch peer {
	case "kamailio":
		return l.Name == "w1"
	case "kamailio+rtpengine":
		return l.Name == "w1" || l.Name == "w2"
	}
	return true
}

func (p plan) loads() []loadtest.Load {
	var out []loadtest.Load
	for _, n := range numbers(p.w1) {
		out = append(out, loadtest.Load{Name: "w1", Rate: n, For: p.secs})
	}
	for _, n := range numbers(p.w2) {
		out = append(out, loadtest.Load{Name: "w2", Calls: int(n), For: p.secs, Flood: p.attack})
	}
	for _, n := range numbers(p.w3) {
		out = append(out, loadtest.Load{Name: "w3", Rate: n, For: p.secs})
	}
	for _, n := range numbers(p.tls) {
		out = append(out, loadtest.Load{Name: "tls", Rate: n, For: p.secs})
	}
	if p.soak > 0 {
		out = append(out, loadtest.Load{Name: "soak", Rate: 100, Calls: 100, For: p.soak})
	}
	return out
}

func numbers(list string) []float64 {
	var out []float64
	for s := range strings.SplitSeq(list, ",") {
		var n float64
		if _, err := fmt.Sscan(s, &n); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// one starts a fresh peer for one load.
func one(ctx context.Context, dir, binary, name string, l loadtest.Load) (loadtest.Result, error) {
	data, err := os.MkdirTemp(dir, "run")
	if err != nil {
		return loadtest.Result{}, fmt.Errorf("make a directory: %w", err)
	}
	var peer *loadtest.Running
	switch name {
	case "tandem":
		peer, err = loadtest.Tandem(ctx, data, binary, "loadtest/peers")
	case "kamailio":
		peer, err = loadtest.Kamailio(ctx, data, "loadtest/peers/kamailio.cfg", loadtest.SignallingOnly)
	case "kamailio+rtpengine":
		peer, err = loadtest.Kamailio(ctx, data, "loadtest/peers/kamailio.cfg", loadtest.WithRTPEngine)
	default:
		return loadtest.Result{}, fmt.Errorf("no peer %q: tandem, kamailio or kamailio+rtpengine", name)
	}
	if err != nil {
		return loadtest.Result{}, err
	}
	defer peer.Stop()
	return loadtest.Run(ctx, peer.Peer, l)
}

func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
