package hlr_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/hlr"
)

const subscriber hlr.IMSI = "208990000000001"

// patience is how long an answer may take that does come.
const patience = time.Minute

// register starts a real OsmoHLR on a loopback address of its own: its control port cannot be chosen.
func register(t *testing.T) hlr.Osmo {
	t.Helper()
	path, err := exec.LookPath("osmo-hlr")
	if err != nil {
		t.Skip("no osmo-hlr here: scripts/deps test installs it")
	}
	pid := os.Getpid()
	host := "127.71." + strconv.Itoa(pid>>8&0xff) + "." + strconv.Itoa(pid&0xff)
	dir := t.TempDir()
	settings := filepath.Join(dir, "hlr.cfg")
	text := "log stderr\n logging level main notice\nline vty\n bind " + host + " 4258\nctrl\n bind " + host + "\nhlr\n gsup\n  bind ip " + host + "\n"
	if err = os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "hlr.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path, "-c", settings, "-l", filepath.Join(dir, "hlr.db"))
	cmd.Stdout, cmd.Stderr = log, log
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("osmo-hlr said:\n%s", text)
		}
		_ = log.Close()
	})
	book := hlr.Osmo{Address: net.JoinHostPort(host, "4259"), Timeout: patience}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err = book.Info(ctx, subscriber); errors.Is(err, hlr.ErrUnknown) {
			return book
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("osmo-hlr does not answer: %v", err)
		}
	}
}

func TestARealRegisterKeepsASubscriber(t *testing.T) {
	book := register(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	is := func(want hlr.Subscriber) {
		t.Helper()
		got, err := book.Info(ctx, subscriber)
		must(err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	must(book.Create(ctx, subscriber))
	must(book.Create(ctx, subscriber)) // again: they are there
	must(book.SetMSISDN(ctx, subscriber, "+33612345678"))
	is(hlr.Subscriber{IMSI: subscriber, Number: "33612345678", Data: hlr.DataOn, Voice: hlr.DataOn})

	must(book.SetData(ctx, subscriber, hlr.DataOff)) // the 0 GB package
	must(book.SetData(ctx, subscriber, hlr.DataOff))
	is(hlr.Subscriber{IMSI: subscriber, Number: "33612345678", Data: hlr.DataOff, Voice: hlr.DataOn})
	must(book.SetData(ctx, subscriber, hlr.DataOn))
	must(book.SetVoice(ctx, subscriber, hlr.DataOff)) // suspended
	is(hlr.Subscriber{IMSI: subscriber, Number: "33612345678", Data: hlr.DataOn, Voice: hlr.DataOff})
	must(book.SetVoice(ctx, subscriber, hlr.DataOn))
	must(book.SetMSISDN(ctx, subscriber, ""))
	is(hlr.Subscriber{IMSI: subscriber, Data: hlr.DataOn, Voice: hlr.DataOn})

	must(book.Delete(ctx, subscriber))
	must(book.Delete(ctx, subscriber))
	for what, err := range map[string]error{
		"number": book.SetMSISDN(ctx, subscriber, "33612345678"), "data": book.SetData(ctx, subscriber, hlr.DataOff),
		"voice": book.SetVoice(ctx, subscriber, hlr.DataOff),
	} {
		if !errors.Is(err, hlr.ErrUnknown) {
			t.Errorf("%s of nobody: %v, want ErrUnknown", what, err)
		}
	}
}

func TestWhatARegisterCannotHoldIsNeverSent(t *testing.T) {
	book := hlr.Osmo{Address: "127.0.0.1:1"} // nobody is there: an attempt would fail otherwise
	for what, err := range map[string]error{
		"imsi with a command": book.Create(t.Context(), "208990000000001 \nSET 9"),
		"short imsi":          book.Delete(t.Context(), "12"),
		"letters":             book.SetMSISDN(t.Context(), subscriber, "none"),
		"a long number":       book.SetMSISDN(t.Context(), subscriber, "1234567890123456"),
		"no state of data":    book.SetData(t.Context(), subscriber, 0),
	} {
		if !errors.Is(err, hlr.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", what, err)
		}
	}
}

// broken is a register that answers each command with the bytes of a script, and "%" in them with the command's number.
func broken(t *testing.T, answers ...string) hlr.Osmo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			for i, a := range answers {
				var size [2]byte
				if _, err = io.ReadFull(conn, size[:]); err != nil {
					break
				}
				if _, err = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(size[:]))+1); err != nil {
					break
				}
				_, _ = io.WriteString(conn, strings.ReplaceAll(a, "%", strconv.Itoa(i+1)))
			}
			_ = conn.Close()
		}
	}()
	return hlr.Osmo{Address: l.Addr().String(), Timeout: patience}
}

func frame(text string) string {
	return string(binary.BigEndian.AppendUint16(nil, uint16(len(text)+1))) + "\xee\x00" + text
}

func TestABrokenRegisterIsAnErrorAndNothingElse(t *testing.T) {
	info := "subscriber.by-imsi-" + string(subscriber) + ".info"
	whole := frame("GET_REPLY % " + info + " \nimsi\t" + string(subscriber) + "\nnam_cs\t1\nnam_ps\t0")
	for name, c := range map[string]struct {
		answer string
		want   error
	}{
		"whole":                                 {whole, nil},
		"after a trap and a keep-alive":         {frame("TRAP 0 subscriber.change 1") + "\x00\x01\xfe\x00" + whole, nil},
		"after an answer to somebody else":      {frame("GET_REPLY 77 x y") + whole, nil},
		"a frame cut short":                     {whole[:20], io.ErrUnexpectedEOF},
		"a frame longer than can be":            {"\xff\xff\xee\x00", hlr.ErrProtocol},
		"a frame of nothing, for ever":          {strings.Repeat("\x00\x00\xee", 100), io.EOF},
		"traps for ever":                        {strings.Repeat(frame("TRAP 0 a b"), 100), hlr.ErrProtocol},
		"no reply":                              {frame("HELLO"), hlr.ErrProtocol},
		"a reply to another command":            {frame("SET_REPLY % " + info + " OK"), hlr.ErrProtocol},
		"another subscriber":                    {frame("GET_REPLY % " + info + " \nimsi\t208990000000002\nnam_cs\t1\nnam_ps\t0"), hlr.ErrProtocol},
		"a subscriber of whom nothing is known": {frame("GET_REPLY % " + info + " imsi\t" + string(subscriber)), hlr.ErrProtocol},
		"a refusal":                             {frame("ERROR % not \x1b[31mtoday\n"), hlr.ErrRefused},
		"silence":                               {"", io.EOF},
	} {
		_, err := broken(t, c.answer).Info(t.Context(), subscriber)
		if !errors.Is(err, c.want) || (c.want == nil && err != nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: the error carries the peer's control characters: %q", name, err)
		}
	}
}

// A register that takes the connection and says nothing is given up, whoever's patience ends first.
func TestASilentRegisterIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	book := hlr.Osmo{Address: l.Addr().String(), Timeout: 50 * time.Millisecond}
	if _, err = book.Info(t.Context(), subscriber); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("by our own limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	book.Timeout = time.Minute
	if err = book.Create(ctx, subscriber); !errors.Is(err, context.Canceled) {
		t.Errorf("by the caller's: %v", err)
	}
}
