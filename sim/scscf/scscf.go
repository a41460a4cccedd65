package scscf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// ErrMissing says that Kamailio, or a part of it, is not installed here.
var ErrMissing = errors.New("kamailio is not installed")

// SCSCF is a running Kamailio.
type SCSCF struct {
	cfg  Config
	cmd  *exec.Cmd
	said *output
	done chan struct{}
}

// Start runs one; it serves when Start returns. The error wraps ErrMissing where there is none to run.
func Start(ctx context.Context, cfg Config) (*SCSCF, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	files, err := cfg.files()
	if err != nil {
		return nil, err
	}
	if err = os.CopyFS(filepath.Join(cfg.Dir, "tables"), os.DirFS("/usr/share/kamailio/dbtext/kamailio")); err != nil {
		return nil, fmt.Errorf("%w: its text tables: %w", ErrMissing, err)
	}
	for name, text := range files {
		if err = os.WriteFile(filepath.Join(cfg.Dir, name), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("start kamailio: %w", err)
		}
	}
	s := &SCSCF{cfg: cfg, said: &output{}, done: make(chan struct{})}
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, //nolint:gosec // Debian's own program
		"-f", filepath.Join(cfg.Dir, "kamailio.cfg"), "-DD", "-E", "-Y", cfg.Dir, "-w", cfg.Dir, "-P", filepath.Join(cfg.Dir, "pid"))
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its workers end with it
	if err = s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start kamailio: %w", err)
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.done)
	}()
	if err = s.ready(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("%w; kamailio said:\n%s", err, s.Log())
	}
	return s, nil
}

// find looks where Debian puts it, which is not in everybody's path.
func find() (string, error) {
	for _, name := range []string{"kamailio", "/usr/sbin/kamailio", "/usr/local/sbin/kamailio"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}

// ready waits until it answers OPTIONS.
func (s *SCSCF) ready(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", s.Addr().String())
	if err != nil {
		return fmt.Errorf("ask kamailio: %w", err)
	}
	defer func() { _ = conn.Close() }()
	answer := make([]byte, 2048)
	for n := 0; ; n++ {
		_, err = fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKready%[3]d\r\nFrom: <sip:test@%[2]s>;tag=a\r\nTo: <sip:%[1]s>\r\n"+
			"Call-ID: ready%[3]d@%[2]s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", s.Addr(), conn.LocalAddr(), n)
		if err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			if _, err = conn.Read(answer); err == nil {
				return nil
			}
		}
		pause := time.NewTimer(50 * time.Millisecond)
		select {
		case <-pause.C:
		case <-s.done:
			pause.Stop()
			return errors.New("kamailio ended")
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("kamailio does not answer: %w", context.Cause(ctx))
		}
	}
}

// Addr is where SIP reaches it.
func (s *SCSCF) Addr() netip.AddrPort { return netip.AddrPortFrom(s.cfg.Bind, SIPPort) }

// Log is what it has said.
func (s *SCSCF) Log() string { return s.said.String() }

// Close ends it and its workers.
func (s *SCSCF) Close() {
	group := -s.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	t := time.NewTimer(5 * time.Second)
	defer t.Stop()
	select {
	case <-s.done:
	case <-t.C:
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-s.done
}

// output keeps what was said last.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*output)(nil)

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	const most = 1 << 20
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.buf.Len() > most {
		o.buf.Reset()
	}
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
