package dtmf

import "math"

// Keys are the sixteen keys in the order of the keypad, row by row (ITU-T Q.23).
const Keys = "123A456B789C*0#D"

// Rate is the number of samples a second that everything here works on.
const Rate = 8000

// fullScale is the level of a sine that peaks at 32,767, in dBm0 (G.711).
const fullScale = 3.14

// Tones gives the two frequencies of a key in hertz, the low one first. A byte that is no key gives zeros.
func Tones(key byte) (low, high float64) {
	i, found := indexOf(key)
	if !found {
		return 0, 0
	}
	f := frequencies()
	return f[i/4], f[4+i%4]
}

// IsKey says whether the byte is one of Keys.
func IsKey(key byte) bool {
	_, found := indexOf(key)
	return found
}

func indexOf(key byte) (index int, found bool) {
	for i := range len(Keys) {
		if Keys[i] == key {
			return i, true
		}
	}
	return 0, false
}

// frequencies are the rows, then the columns.
func frequencies() [8]float64 { return [8]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633} }

// amplitude is the peak of a sine of that level in dBm0.
func amplitude(dBm0 float64) float64 { return 32767 * math.Pow(10, (dBm0-fullScale)/20) }

// ratio is a power ratio given in dB.
func ratio(dB float64) float32 { return float32(math.Pow(10, dB/10)) }
