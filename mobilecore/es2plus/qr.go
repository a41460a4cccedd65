package es2plus

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/skip2/go-qrcode"
)

// QR is a QR code: its modules with the quiet zone of four around them (ISO/IEC 18004 section 9.1). True is dark.
type QR struct{ modules [][]bool }

// NewQR makes the QR code of an activation code, as phones scan it: it carries the "LPA:" in front (SGP.22 section 4.1). It stays readable with 15 % of it
// damaged.
func NewQR(a Activation) (QR, error) {
	if err := a.Check(); err != nil {
		return QR{}, err
	}
	code, err := qrcode.New(a.String(), qrcode.Medium)
	if err != nil {
		return QR{}, fmt.Errorf("make a QR code: %w", err)
	}
	return QR{code.Bitmap()}, nil
}

// Size is how many modules there are on a side, quiet zone included.
func (q QR) Size() int { return len(q.modules) }

// PNG is the code as a picture in black and white; each module is so many pixels wide, 1 to 40.
func (q QR) PNG(scale int) ([]byte, error) {
	scale = min(max(scale, 1), 40)
	side := q.Size() * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if q.modules[y/scale][x/scale] {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("write a QR code: %w", err)
	}
	return out.Bytes(), nil
}

// SVG is the code as a drawing: one unit is one module.
func (q QR) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges">`, q.Size())
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path fill="#000" d="`, q.Size())
	for y, row := range q.modules {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			run := 1
			for x+run < len(row) && row[x+run] {
				run++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
			x += run
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// Text is the code for a terminal: each character is two modules, one above the other. Light modules are drawn, so that on a dark ground the code has its
// colours right, quiet zone and all.
func (q QR) Text() string {
	var b strings.Builder
	for y := 0; y < q.Size(); y += 2 {
		for x := range q.Size() {
			above, below := !q.modules[y][x], y+1 < q.Size() && !q.modules[y+1][x]
			switch {
			case above && below:
				b.WriteRune('█')
			case above:
				b.WriteRune('▀')
			case below:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
