package store_test

import (
	"testing"

	"tandem/store/storetest"
)

func TestStoreOnBothEngines(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) { storetest.Suite(t, e) })
	}
}
