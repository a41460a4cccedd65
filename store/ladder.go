package store

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"

	"tandem/routing"
)

// longestLadder is what is unpacked of a ladder at most: an entry of the spool is no longer.
const longestLadder = longestEntry

// packer packs ladders for the database: requests and responses of a call repeat each other, so a tenth of the bytes remains, and packing
// costs less than writing the rest would.
type packer struct {
	out bytes.Buffer
	w   *flate.Writer
}

func newPacker() (*packer, error) {
	p := &packer{}
	w, err := flate.NewWriter(&p.out, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("pack ladders: %w", err)
	}
	p.w = w
	return p, nil
}

// pack packs one ladder (RFC 1951).
func (p *packer) pack(ladder []byte) ([]byte, error) {
	p.out.Reset()
	p.w.Reset(&p.out)
	_, err := p.w.Write(ladder)
	if err = errors.Join(err, p.w.Close()); err != nil {
		return nil, fmt.Errorf("pack ladder: %w", err)
	}
	return bytes.Clone(p.out.Bytes()), nil
}

// unpack reads a packed ladder.
func unpack(packed []byte) ([]routing.LadderItem, error) {
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), longestLadder))
	if err != nil {
		return nil, fmt.Errorf("unpack ladder: %w", err)
	}
	return decodeLadder(b)
}
