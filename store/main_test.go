package store_test

import (
	"fmt"
	"os"
	"testing"

	"tandem/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, victim(dir, os.Getenv(victimURL)))
		os.Exit(1)
	}
	os.Exit(storetest.Main(m))
}
