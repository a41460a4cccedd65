//go:build linux && (amd64 || arm64)

package transport

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refusing is a kernel that does not make rings.
func refusing(err error) func(uint32, *ringParams) (int, error) {
	return func(uint32, *ringParams) (int, error) { return -1, err }
}

func TestWhereRingsAreRefusedItFallsBack(t *testing.T) {
	cfg := Config{Bind: netip.MustParseAddr("127.82.9.1"), Ports: Range{20000, 29999}, Now: new(clock).now, Rings: 2}
	for _, refusal := range []error{unix.EPERM, unix.ENOSYS, unix.EINVAL, unix.ENOMEM} {
		before := descriptorsOpen(t)
		cfg.setup, cfg.Backend = refusing(refusal), Auto
		n, choice, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if choice.Backend != Goroutines || !strings.Contains(choice.Why, refusal.Error()) {
			t.Errorf("%v: %+v", refusal, choice)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		cfg.Backend = IOUring
		if _, _, err := New(cfg); !errors.Is(err, refusal) {
			t.Errorf("it is asked for, and refused with %v: %v", refusal, err)
		}
		if after := descriptorsOpen(t); after > before {
			t.Errorf("%v: %d descriptors before, %d after", refusal, before, after)
		}
	}
}

// A kernel that makes the ring but lacks a feature, or refuses one of its operations, is found out too.
func TestOldKernelsAreFoundOut(t *testing.T) {
	made := 0
	for name, setup := range map[string]func(uint32, *ringParams) (int, error){
		"lacks features": func(n uint32, p *ringParams) (int, error) {
			fd, err := setupRing(n, p)
			p.Features = 0
			return fd, err
		},
		"no ring at all": func(uint32, *ringParams) (int, error) {
			return unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
		},
		"the second ring fails": func(n uint32, p *ringParams) (int, error) {
			if made++; made > 1 {
				return -1, unix.ENOMEM
			}
			return setupRing(n, p)
		},
	} {
		before := descriptorsOpen(t)
		n, choice, err := New(Config{Bind: netip.MustParseAddr("127.82.9.2"), Ports: Range{20000, 29999}, Now: new(clock).now, Rings: 2, setup: setup})
		if err != nil {
			t.Fatal(err)
		}
		if choice.Backend != Goroutines {
			t.Errorf("%s: %+v", name, choice)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if after := descriptorsOpen(t); after > before {
			t.Errorf("%s: %d descriptors before, %d after", name, before, after)
		}
	}
}

const filtered = "TRANSPORT_UNDER_FILTER"

// Containers forbid io_uring by a filter of system calls, so a child puts itself under one and chooses.
func TestUnderAFilterOfSystemCallsItFallsBack(t *testing.T) {
	if os.Getenv(filtered) != "" {
		forbidRings(t)
		n, choice, err := New(Config{Bind: netip.MustParseAddr("127.82.9.3"), Ports: Range{20000, 29999}, Now: new(clock).now, Rings: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("chose %s: %s", choice.Backend, choice.Why)
		_ = n.Close()
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUnderAFilterOfSystemCallsItFallsBack$", "-test.v")
	child.Env = append(os.Environ(), filtered+"=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !bytes.Contains(out, []byte("chose netpoll: io_uring_setup: operation not permitted")) {
		t.Errorf("it said %s", out)
	}
}

// forbidRings has io_uring_setup fail with EPERM in the whole process from now on.
func forbidRings(t *testing.T) {
	t.Helper()
	const (
		load, equal, ret = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
		refuse, allow    = 0x00050000 | uint32(unix.EPERM), 0x7fff0000 // SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW
		filterMode, sync = 1, 1                                        // SECCOMP_SET_MODE_FILTER, for all threads
	)
	program := []unix.SockFilter{
		{Code: load, K: 0}, // the number of the call
		{Code: equal, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: ret, K: refuse},
		{Code: ret, K: allow},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, no := unix.Syscall(unix.SYS_SECCOMP, filterMode, sync, uintptr(unsafe.Pointer(&f))); no != 0 {
		t.Fatal(no)
	}
}

func FuzzAddress(f *testing.F) {
	f.Add([]byte{})
	for _, a := range []string{"127.0.0.1:20000", "[2001:db8::1]:65535"} {
		b := make([]byte, addressSize)
		f.Add(b[:putAddress(b, netip.MustParseAddrPort(a))])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a := readAddress(b)
		if !a.IsValid() {
			return
		}
		again := make([]byte, addressSize)
		if back := readAddress(again[:putAddress(again, a)]); back != netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) {
			t.Errorf("%v became %v", a, back)
		}
	})
}
