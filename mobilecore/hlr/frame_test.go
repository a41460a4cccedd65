package hlr

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x00\x0f\xee\x00ERROR 1 refused"))
	f.Add([]byte("\x00\x01\xfe\x00\x00\x09\xee\x00TRAP 0 a"))
	f.Add([]byte("\xff\xff\xee"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := readFrame(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, ErrProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		if r, err := parseReply(text); err == nil && (r.verb == "" || r.id == "") {
			t.Errorf("%q was read as %+v", text, r)
		}
		_, _ = parseInfo(text)
		var again bytes.Buffer
		if err := writeFrame(&again, text); err != nil {
			t.Fatal(err)
		}
		if twice, err := readFrame(&again); err != nil || twice != text {
			t.Errorf("%q came back as %q, %v", text, twice, err)
		}
	})
}
