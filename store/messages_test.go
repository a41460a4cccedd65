package store_test

import (
	"testing"

	"tandem/messaging/messagingtest"
	"tandem/store"
	"tandem/store/storetest"
)

// What every store of messages must do, on both engines.
func TestSpec_M2_M7_M8_L18_L20_L21_MessagesAreKept(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			messagingtest.Suite(t, func(t *testing.T) messagingtest.Opened {
				t.Helper()
				cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
				s, err := store.Open(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = s.Close() })
				return messagingtest.Opened{Kept: s.Messages(), Again: func(t *testing.T) messagingtest.Kept {
					t.Helper()
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					return storetest.Open(t, cfg).Messages()
				}}
			})
		})
	}
}
