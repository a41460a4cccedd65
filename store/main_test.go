package store_test

import (
	"os"
	"testing"

	"tandem/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		os.Exit(victim(dir, os.Getenv(victimURL)))
	}
	os.Exit(storetest.Main(m))
}
