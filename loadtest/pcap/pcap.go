// Package pcap writes captures of UDP, for players of RTP such as SIPp's.
package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

const (
	magic      = 0xa1b2c3d4 // microseconds, in the writer's byte order
	ethernet   = 1          // link type
	etherIPv4  = 0x0800
	protocol   = 17 // UDP
	srcPort    = 6000
	dstPort    = 6002
	headerSize = 14 + 20 + 8
)

// Write writes the payloads as UDP packets from 127.0.0.1 to itself, one every gap.
func Write(w io.Writer, gap time.Duration, payloads [][]byte) error {
	le, be := binary.LittleEndian, binary.BigEndian
	head := le.AppendUint32(nil, magic)
	head = le.AppendUint16(head, 2) // version 2.4
	head = le.AppendUint16(head, 4)
	head = append(head, make([]byte, 8)...) // time zone, accuracy
	head = le.AppendUint32(head, 65535)
	head = le.AppendUint32(head, ethernet)
	if _, err := w.Write(head); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	for i, p := range payloads {
		at := time.Duration(i) * gap
		size := uint32(headerSize + len(p))
		b := le.AppendUint32(nil, uint32(at/time.Second))
		b = le.AppendUint32(b, uint32(at%time.Second/time.Microsecond))
		b = le.AppendUint32(b, size)
		b = le.AppendUint32(b, size)
		b = append(b, make([]byte, 12)...) // addresses of Ethernet
		b = be.AppendUint16(b, etherIPv4)
		b = append(b, 0x45, 0)
		b = be.AppendUint16(b, uint16(20+8+len(p)))
		b = append(b, 0, 0, 0, 0, 64, protocol, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1)
		b = be.AppendUint16(b, srcPort)
		b = be.AppendUint16(b, dstPort)
		b = be.AppendUint16(b, uint16(8+len(p)))
		b = append(b, 0, 0) // no checksum
		if _, err := w.Write(append(b, p...)); err != nil {
			return fmt.Errorf("write capture: %w", err)
		}
	}
	return nil
}
