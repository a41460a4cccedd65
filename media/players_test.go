package media_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// playersEnv is how many players there are, and so for how long it is worth listening to them.
const playersEnv = "FIGURES_PLAYERS"

// TestFiguresOfPlayers has many Sessions play at once, on each back end: every frame goes out, and the wheel says how late it was. The
// figures of docs/performance.md are with FIGURES_PLAYERS=1000.
func TestFiguresOfPlayers(t *testing.T) {
	players, length := 40, 400*time.Millisecond
	if n, err := strconv.Atoi(os.Getenv(playersEnv)); err == nil {
		players, length = n, 10*time.Second
	}
	for _, backend := range []media.Backend{media.TransportNetpoll, media.TransportAuto} {
		t.Run(backend.String(), func(t *testing.T) {
			e := engine(t, func(c *media.Config) {
				c.Transport.Backend, c.Ports = backend, media.PortRange{First: 20000, Last: 29999}
			})
			peer := mediatest.NewPeer(t, e.at(2))
			offer := peer.SDP(mediatest.Sketch{})
			peer.Close() // nobody reads: the kernel's part of sending is the same
			box := make(mailbox, players)
			sound := tones(440, length)
			var all []*media.Session
			for i := range players {
				s, err := e.Open(media.Opening{Sink: box, Key: uint64(i)})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Answer(offer); err != nil {
					t.Fatal(err)
				}
				all = append(all, s)
				s.Play(media.Play{ID: 1, Prompts: sound})
			}
			for range players {
				select {
				case <-box:
				case <-time.NewTimer(length + 20*time.Second).C:
					t.Fatal("not every prompt has ended")
				}
			}
			for _, s := range all {
				if sent := s.Stats().Sent; sent != uint64(length/(20*time.Millisecond)) {
					t.Errorf("%d packets of %v", sent, length)
				}
			}
			t.Logf("%d players: p99 of the frames is %v late", players, e.Stats().LateP99)
		})
	}
}
