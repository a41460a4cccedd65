package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Running is a peer that was started, and how to stop it.
type Running struct {
	Peer

	cmds []*exec.Cmd
	env  []string // of what is started; nil: ours
}

// Stop ends the peer's processes, by the pids that were started here, and waits for them.
func (r *Running) Stop() {
	for _, c := range r.cmds {
		_ = c.Process.Signal(syscall.SIGTERM)
	}
	for _, c := range r.cmds {
		done := make(chan struct{})
		go func() {
			_ = c.Wait()
			close(done)
		}()
		t := time.NewTimer(setupLimit)
		select {
		case <-done:
		case <-t.C:
			_ = c.Process.Kill()
			<-done
		}
		t.Stop()
	}
}

// start runs a program with its output in a file of dir.
func (r *Running) start(ctx context.Context, dir, name string, args ...string) error {
	log, err := os.Create(filepath.Join(dir, filepath.Base(name)+".log"))
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env = log, log, r.env
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	r.cmds = append(r.cmds, cmd)
	r.PIDs = append(r.PIDs, cmd.Process.Pid)
	return nil
}

// Kamailio starts Debian's Kamailio, as its package configures memory; with relay, rtpengine in user space beside it.
func Kamailio(ctx context.Context, dir, config string, relay Relay) (*Running, error) {
	r := &Running{Peer: Peer{Name: "kamailio", User: "+33199001000"}}
	args := []string{"-DD", "-E", "-m", "512", "-M", "32", "-f", config, "-Y", dir}
	if relay == WithRTPEngine {
		r.Name = "kamailio+rtpengine"
		err := r.start(ctx, dir, "rtpengine", "--foreground", "--log-stderr", "--log-level=3", "--table=-1", "--interface=127.77.0.1",
			"--listen-ng=127.77.0.1:2223", "--port-min=30000", "--port-max=40000", "--timeout=60", "--silent-timeout=120",
			"--config-file=none", "--pidfile="+filepath.Join(dir, "rtpengine.pid"))
		if err != nil {
			return nil, err
		}
		args = append(args, "-A", "RELAY")
		sleep(ctx, time.Second)
	}
	if err := r.start(ctx, dir, "kamailio", args...); err != nil {
		r.Stop()
		return nil, err
	}
	return r, r.ready(ctx, dir)
}

// Relay says whether media passes through the peer.
type Relay bool

// With and without media.
const (
	SignallingOnly Relay = false
	WithRTPEngine  Relay = true
)

// Tandem starts the binary with a site made for the workloads: a number that leads to the callee by a trunk, and one with the IVR.
func Tandem(ctx context.Context, dir, binary, files string) (*Running, error) {
	r := &Running{Peer: Peer{Name: "tandem", User: "+33199001000", IVR: "+33199003000"}}
	config := filepath.Join(files, "tandem.toml")
	if err := certify(dir); err != nil {
		return nil, err
	}
	r.Dir = dir
	r.env = append(os.Environ(), "TANDEM_DATA_DIR="+dir, "TANDEM_SIP_TLS_CERT="+filepath.Join(dir, certFile), "TANDEM_SIP_TLS_KEY="+filepath.Join(dir, keyFile))
	apply := exec.CommandContext(ctx, binary, "apply", "-c", config, filepath.Join(files, "site.toml"))
	apply.Env = r.env
	if out, err := apply.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("apply the site: %w: %s", err, out)
	}
	if err := r.start(ctx, dir, binary, "serve", "-c", config); err != nil {
		return nil, err
	}
	return r, r.ready(ctx, dir)
}

// ready asks with OPTIONS until the peer answers anything.
func (r *Running) ready(ctx context.Context, dir string) error {
	answered := make(chan struct{}, 1)
	sock, err := open(ctx, netip.MustParseAddrPort("127.77.0.2:0"))
	if err != nil {
		r.Stop()
		return err
	}
	defer sock.close()
	sock.serve(func([]byte, netip.AddrPort, time.Time) {
		select {
		case answered <- struct{}{}:
		default:
		}
	})
	names := newSerial()
	for range 60 {
		sock.send([]byte("OPTIONS sip:ready@"+peerAddr+" SIP/2.0\r\nVia: SIP/2.0/UDP "+sock.local().String()+";branch=z9hG4bK"+names.next("b")+
			";rport\r\nMax-Forwards: 70\r\nFrom: <sip:load@127.77.0.2>;tag=1\r\nTo: <sip:ready@127.77.0.1>\r\nCall-ID: "+names.next("o")+
			"\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"), netip.MustParseAddrPort(peerAddr))
		t := time.NewTimer(timerT1)
		select {
		case <-answered:
			t.Stop()
			sleep(ctx, time.Second)
			return nil
		case <-t.C:
		}
	}
	r.Stop()
	return errors.Join(fmt.Errorf("%s does not answer OPTIONS", r.Name), tail(dir))
}

// tail gives the last lines of the logs, for the person who wonders why.
func tail(dir string) error {
	var errs []error
	logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, l := range logs {
		b, _ := os.ReadFile(l)
		errs = append(errs, fmt.Errorf("%s: %s", filepath.Base(l), strconv.Quote(string(b[max(len(b)-600, 0):]))))
	}
	return errors.Join(errs...)
}
