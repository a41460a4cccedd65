package g722

import (
	"math"
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// peer is another implementation: libspandsp's.
type peer struct{ encodeInit, encode, decodeInit, decode uintptr }

func loadPeer(t *testing.T) peer {
	t.Helper()
	lib, err := purego.Dlopen("libspandsp.so.2", purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		t.Skip("needs the Debian package libspandsp2")
	}
	var p peer
	for name, to := range map[string]*uintptr{
		"g722_encode_init": &p.encodeInit, "g722_encode": &p.encode, "g722_decode_init": &p.decodeInit, "g722_decode": &p.decode,
	} {
		if *to, err = purego.Dlsym(lib, name); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// encodes makes codes by the peer.
func (p peer) encodes(pcm []int16) []byte {
	out := make([]byte, len(pcm)/2)
	state, _, _ := purego.SyscallN(p.encodeInit, 0, 64000, 0)
	purego.SyscallN(p.encode, state, uintptr(unsafe.Pointer(&out[0])), uintptr(unsafe.Pointer(&pcm[0])), uintptr(len(pcm)))
	return out
}

// decodes makes samples by the peer.
func (p peer) decodes(codes []byte, bitrate uintptr) []int16 {
	out := make([]int16, 2*len(codes))
	state, _, _ := purego.SyscallN(p.decodeInit, 0, bitrate, 0)
	purego.SyscallN(p.decode, state, uintptr(unsafe.Pointer(&out[0])), uintptr(unsafe.Pointer(&codes[0])), uintptr(len(codes)))
	return out
}

// Both ends adapt by what the other has heard: one bit that differs once would be heard for long.
func TestSpandspMakesTheSameOfEveryBit(t *testing.T) {
	p := loadPeer(t)
	for name, pcm := range sounds() {
		ours := make([]byte, len(pcm)/2)
		NewEncoder().Encode(ours, pcm)
		theirs := p.encodes(pcm)
		for i := range ours {
			if ours[i] != theirs[i] {
				t.Errorf("%s: code %d is %#x, spandsp has %#x", name, i, ours[i], theirs[i])
				break
			}
		}
		back := make([]int16, len(pcm))
		NewDecoder(Mode64).Decode(back, theirs)
		for i, v := range p.decodes(theirs, 64000) {
			if back[i] != v && back[i] != math.MaxInt16 && back[i] != math.MinInt16 { // it does not saturate what is too loud
				t.Errorf("%s: sample %d is %d, spandsp has %d", name, i, back[i], v)
				break
			}
		}
	}
}
