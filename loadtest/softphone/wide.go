package softphone

import "tandem/media/codec/g722"

// wideType is the payload type of G.722 (RFC 3551).
const wideType = 9

// wide speaks G.722. What is said and heard has 8,000 samples a second all the same.
type wide struct {
	speaks bool
	out    *g722.Encoder
	in     *g722.Decoder
	last   int16
}

func newWide() *wide { return &wide{out: g722.NewEncoder(), in: g722.NewDecoder(g722.Mode64)} }

// encode puts a sample between every two.
func (w *wide) encode(dst []byte, pcm []int16) {
	up := make([]int16, 0, 2*len(pcm))
	for _, v := range pcm {
		up = append(up, int16((int(w.last)+int(v))/2), v)
		w.last = v
	}
	w.out.Encode(dst, up)
}

// decode leaves out every second sample.
func (w *wide) decode(heard []int16, codes []byte) []int16 {
	pcm := make([]int16, 2*len(codes))
	w.in.Decode(pcm, codes)
	for i := 0; i < len(pcm); i += 2 {
		heard = append(heard, pcm[i])
	}
	return heard
}
