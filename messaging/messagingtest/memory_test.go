package messagingtest_test

import (
	"testing"

	mt "tandem/messaging/messagingtest"
)

func TestMemoryIsAStore(t *testing.T) {
	mt.Suite(t, func(*testing.T) mt.Opened {
		m := mt.NewMemory()
		return mt.Opened{Kept: m, Again: func(*testing.T) mt.Kept {
			m.Reopen()
			return m
		}}
	})
}
