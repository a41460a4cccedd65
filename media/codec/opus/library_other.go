//go:build !linux || (!amd64 && !arm64)

package opus

// Library is libopus.
type Library struct{}

// Load fails: it is not known here where the library is.
func Load() (*Library, error) { return nil, ErrAbsent }

// Encoder makes packets of one stream.
type Encoder struct{}

// Encoder makes one.
func (*Library) Encoder() (*Encoder, error) { return nil, ErrAbsent }

// Encode makes a packet of 20 ms.
func (*Encoder) Encode([]byte, []int16) (int, error) { return 0, ErrAbsent }

// Decoder reads packets of one stream.
type Decoder struct{}

// Decoder makes one.
func (*Library) Decoder() (*Decoder, error) { return nil, ErrAbsent }

// Decode reads a packet.
func (*Decoder) Decode([]int16, []byte, Correction) (int, error) { return 0, ErrAbsent }

// Conceal invents what is missing.
func (*Decoder) Conceal([]int16) (int, error) { return 0, ErrAbsent }
