package store_test

import (
	"fmt"
	"os"
	"testing"

	"tandem/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		work := victim
		switch os.Getenv(victimTrade) {
		case victimCharge:
			work = victimCredit
		case victimPost:
			work = victimMessages
		}
		fmt.Fprintln(os.Stderr, work(dir, os.Getenv(victimURL)))
		os.Exit(1)
	}
	os.Exit(storetest.Main(m))
}
