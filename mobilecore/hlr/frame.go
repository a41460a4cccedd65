package hlr

import (
	"encoding/binary"
	"fmt"
	"io"
)

// What a frame of the control interface is made of: 16 bits of length, the stream, the extension, and text.
const (
	streamOsmo       = 0xee
	extensionControl = 0x00
	longestFrame     = 16 << 10 // a register's longest answer is a few hundred bytes
)

// writeFrame sends one command.
func writeFrame(w io.Writer, text string) error {
	if len(text)+1 > longestFrame {
		return fmt.Errorf("%w: a command of %d bytes", ErrProtocol, len(text))
	}
	frame := binary.BigEndian.AppendUint16(nil, uint16(len(text)+1)) //nolint:gosec // bounded above
	frame = append(frame, streamOsmo, extensionControl)
	_, err := w.Write(append(frame, text...))
	return err
}

// readFrame gives the next text of the control interface; frames of other streams (keep-alives) are passed over.
func readFrame(r io.Reader) (string, error) {
	for {
		var head [3]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return "", err
		}
		size := int(binary.BigEndian.Uint16(head[:2]))
		if size > longestFrame {
			return "", fmt.Errorf("%w: a frame of %d bytes", ErrProtocol, size)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(r, body); err != nil {
			return "", err
		}
		if head[2] == streamOsmo && size > 0 && body[0] == extensionControl {
			return string(body[1:]), nil
		}
	}
}
