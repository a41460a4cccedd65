package loadtest

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// Messages come out of a stream whole, however it was cut, and keep-alives between them are nothing.
func TestMessagesOfAStream(t *testing.T) {
	t.Parallel()
	one := "SIP/2.0 200 OK\r\nCall-ID: a\r\nContent-Length: 5\r\n\r\nhello"
	two := "BYE sip:a@b SIP/2.0\r\nCall-ID: b\r\nContent-Length: 0\r\n\r\n"
	r := bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(one+"\r\n\r\n"+two)), tlsHeader)
	for _, want := range []string{one, two} {
		got, err := message(r)
		if err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	if _, err := message(r); err == nil {
		t.Error("a message after the end")
	}
	for _, bad := range []string{"Content-Length: -1\r\n\r\n", "Content-Length: many\r\n\r\n", "Content-Length: 99999999\r\n\r\n", "Content-Length: 9\r\n\r\nshort"} {
		if got, err := message(bufio.NewReader(strings.NewReader(bad))); err == nil {
			t.Errorf("%q is %q", bad, got)
		}
	}
	if _, err := message(bufio.NewReader(io.LimitReader(strings.NewReader(one), 20))); err == nil {
		t.Error("half a message")
	}
}
