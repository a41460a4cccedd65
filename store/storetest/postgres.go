// Package storetest is what tests of the store and of everything above it share: a throw-away PostgreSQL server, and the suite that both
// engines pass.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoPostgres says that the machine has no PostgreSQL; its Debian package is postgresql.
var ErrNoPostgres = errors.New("PostgreSQL is not installed: the Debian package is postgresql")

// binary is the server of this test binary, started when the first test asks for it.
var binary shared //nolint:gochecknoglobals // One server for all tests of a binary: starting one takes seconds.

type shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// Main runs the tests of a binary, and stops the server that they started. TestMain calls it: os.Exit(storetest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	binary.mu.Lock()
	defer binary.mu.Unlock()
	if binary.server != nil {
		binary.server.Stop()
	}
	return code
}

// Postgres gives the URL of a new, empty database, which goes when the test ends. Where PostgreSQL is not installed the test is skipped. The server
// is started once per test binary and ends with it.
func Postgres(tb testing.TB) string {
	tb.Helper()
	binary.mu.Lock()
	defer binary.mu.Unlock()
	if binary.server == nil && binary.err == nil {
		binary.server, binary.err = Start()
	}
	if errors.Is(binary.err, ErrNoPostgres) {
		tb.Skip(binary.err)
	}
	if binary.err != nil {
		tb.Fatal(binary.err)
	}
	return binary.server.Database(tb)
}

// Server is a PostgreSQL server of its own, at a loopback address of its own and a socket, in a directory of its own. It does not sync to disk.
type Server struct {
	bin, dir string
	host     string
	as       *syscall.Credential
	process  *exec.Cmd
	over     chan struct{} // closed: the process is
	count    int
}

// port is that of every server: no address is given to two, and nobody is given this port by chance, not even while the server is away.
const port = 25432

// servers counts those of this process, for their addresses.
var servers atomic.Int64 //nolint:gochecknoglobals // It is of the process.

// ownHost is a loopback address that no other server has.
func ownHost() string {
	const most = 8 // of one process
	n := int64(os.Getpid())*most + servers.Add(1)%most
	return fmt.Sprintf("127.%d.%d.%d", 64+n>>16&1, n>>8&0xff, n&0xff)
}

// Start makes a server and waits until it answers. It fails with ErrNoPostgres where there is none.
func Start() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tandem-pg-")
	if err != nil {
		return nil, fmt.Errorf("directory for PostgreSQL: %w", err)
	}
	s := &Server{bin: bin, dir: dir, host: ownHost()}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Run(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// binaries finds the newest server in Debian's directories, or the one on the PATH.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err == nil && len(found) > 0 {
		return filepath.Dir(slices.Max(found)), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", ErrNoPostgres
}

// prepare makes the cluster. PostgreSQL refuses root, so root gives the work to another user.
func (s *Server) prepare() error {
	if os.Getuid() == 0 {
		who, err := user.Lookup("postgres")
		if err != nil {
			who, err = user.Lookup("nobody")
		}
		if err != nil {
			return fmt.Errorf("a user for PostgreSQL: %w", err)
		}
		uid, err1 := strconv.ParseUint(who.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(who.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(s.dir, int(uid), int(gid))); err != nil {
			return fmt.Errorf("a user for PostgreSQL: %w", err)
		}
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	init := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "tandem", "-A", "trust", "-N", "--no-locale", "-E", "UTF8")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...) //nolint:gosec,noctx // The server outlives the test that started it.
	c.Dir = s.dir
	// Should the test binary end without stopping the server, the kernel interrupts it: PostgreSQL's fast shutdown.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGINT}
	return c
}

// Run starts the server again after Kill, at the same address. It does so again where the server ends at once: children of the one before may not have missed it yet.
func (s *Server) Run() error {
	const patience = 2 * time.Minute
	ctx, done := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // It belongs to the binary, not to one test.
	defer done()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if s.process == nil || s.isOver() {
			if err := s.launch(); err != nil {
				return err
			}
		}
		err := s.do(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			s.Kill()
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL does not answer: %w: %s", err, log)
		}
	}
}

// launch starts the process.
func (s *Server) launch() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of PostgreSQL: %w", err)
	}
	defer log.Close()
	s.process = s.command("postgres", "-D", filepath.Join(s.dir, "data"), "-F", "-k", s.dir, "-h", s.host, "-p", strconv.Itoa(port),
		"-c", "max_connections=200", "-c", "full_page_writes=off")
	s.process.Stdout, s.process.Stderr = log, log
	if err = startLocked(s.process); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	over, process := make(chan struct{}), s.process
	s.over = over
	go func() { // ends with the process
		_ = process.Wait() // How it ended is in its log.
		close(over)
	}()
	return nil
}

func (s *Server) isOver() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// startLocked starts a child from a thread that stays: the kernel takes the death of that thread for the death of the parent.
func startLocked(c *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- c.Start()
		select {}
	}()
	return <-started
}

// do runs a statement on the server's own database.
func (s *Server) do(ctx context.Context, text string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, text)
	return errors.Join(err, conn.Close(ctx))
}

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://tandem@%s:%d/%s?sslmode=disable", s.host, port, database)
}

// Database makes an empty database that goes when the test ends.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	s.count++
	name := fmt.Sprintf("t%d", s.count)
	if err := s.do(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatalf("make a database: %v", err)
	}
	tb.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), time.Minute) //nolint:forbidigo // The test's own has ended.
		defer done()
		if err := s.do(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Logf("drop the database of the test: %v", err)
		}
	})
	return s.url(name)
}

// Kill ends the server and its children at once, as a loss of power of its machine would.
func (s *Server) Kill() {
	s.end(syscall.SIGKILL)
}

// Stop ends the server and removes its directory.
func (s *Server) Stop() {
	s.end(syscall.SIGINT)
	_ = os.RemoveAll(s.dir)
}

func (s *Server) end(sig syscall.Signal) {
	if s.process == nil || s.isOver() {
		return
	}
	_ = s.process.Process.Signal(sig)
	<-s.over // The server's children end when they miss it.
}
