package media_test

import (
	"errors"
	"net/netip"
	"testing"

	"tandem/media"
	"tandem/media/mediatest"
)

func TestConfigIsChecked(t *testing.T) {
	loop := netip.MustParseAddr("127.0.0.1")
	for name, cfg := range map[string]media.Config{
		"no address for SDP": {},
		"ports backwards":    {Bind: loop, Ports: media.PortRange{First: 30000, Last: 20000}},
		"no even port":       {Bind: loop, Ports: media.PortRange{First: 20001, Last: 20002}},
	} {
		if e, err := media.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestFormatsAreChecked(t *testing.T) {
	e := engine(t)
	for name, formats := range map[string][]media.Format{
		"unknown codec": {{Name: "G729"}},
		"no voice":      {{Name: "telephone-event"}},
		"another clock": {{Name: "PCMA", ClockRate: 16000}},
		"none":          {},
	} {
		if _, err := e.Open(media.Opening{Formats: formats}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s, err := e.Open(media.Opening{Formats: []media.Format{{Name: "pcmu"}, {Name: "telephone-event", PayloadType: 120}}})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := s.Offer(media.RecvOnly)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(offer, "a=rtpmap", "a=recvonly"); got != "a=rtpmap:0 PCMU/8000\na=rtpmap:120 telephone-event/8000\na=recvonly" {
		t.Errorf("offered:\n%s", got)
	}
}

func TestPortsRunOut(t *testing.T) {
	e := engine(t, func(c *media.Config) { c.Ports = media.PortRange{First: 21000, Last: 21003} })
	a, b := open(t, e, 2), open(t, e, 3)
	if _, err := e.Open(media.Opening{}); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("a third session on two pairs of ports: %v", err)
	}
	if st := e.Stats(); st.PortsInUse != 2 || st.Sessions != 2 {
		t.Errorf("statistics: %+v", st)
	}
	a.Close()
	a.Close()
	b.Close()
	if st := e.Stats(); st.PortsInUse != 0 || st.Sessions != 0 {
		t.Errorf("statistics after the end: %+v", st)
	}
}

func TestClosedSessionDoesNothing(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	a.Close()
	a.Play(media.Play{ID: 1, Prompts: tones(440, 1000)})
	a.SendDigit('1', 0)
	a.Record(media.Record{ID: 4, Path: t.TempDir() + "/x.wav"})
	if end := await[media.RecordEnded](t, a.box); end.Why != media.RecordFailed || end.Err == nil {
		t.Errorf("a recording of nobody ended with %+v", end)
	}
	if _, err := a.Offer(media.SendRecv); err == nil {
		t.Error("a closed session offers")
	}
	if _, err := a.Answer(a.peer.SDP(mediatest.Sketch{})); err == nil {
		t.Error("a closed session answers")
	}
	if a.StopPlay() != 0 || a.Stats().Sent != 0 {
		t.Error("a closed session played")
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := e.Open(media.Opening{}); err == nil {
		t.Error("a closed engine opens a session")
	}
}

func TestATrunksListOfCodecsIsItsOrder(t *testing.T) {
	e := engine(t)
	s, err := e.Open(media.Opening{Codecs: []string{"pcmu", "PCMA", "PCMU"}})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := s.Offer(media.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(offer, "a=rtpmap"); got != "a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000" {
		t.Errorf("offered:\n%s", got)
	}
	if _, err = e.Open(media.Opening{Codecs: []string{"PCMA", "G729"}}); err == nil {
		t.Error("a codec that nobody speaks is accepted")
	}
}
