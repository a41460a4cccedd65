package charging_test

import (
	"testing"

	"tandem/mobilecore/charging/chargingtest"
)

// Random orders, repeats, reorderings, crashes, several sessions, credit added and months that end: no byte is lost, counted twice or made.
func TestCore_A10_NoOrderOfRequestsMakesAByte(t *testing.T) {
	for seed := range uint64(200) {
		chargingtest.Trial(t, chargingtest.NewMemory(), seed, 400)
	}
}
