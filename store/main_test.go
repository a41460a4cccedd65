package store_test

import (
	"os"
	"testing"

	"tandem/store/storetest"
)

func TestMain(m *testing.M) {
	os.Exit(storetest.Main(m))
}
