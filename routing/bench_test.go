package routing

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// treadmill is a wire on which every phone answers at once and every caller hangs up as soon as they are answered.
type treadmill struct {
	house

	done chan *CallRecord
}

type quickLine struct {
	fakeLine

	sink dialog.Sink
	ref  dialog.Ref
	gone bool
}

func (l *quickLine) Step(e dialog.Event) []dialog.Signal {
	if _, ended := e.(happened).signals[0].(dialog.Ended); ended {
		l.gone = true
	}
	return e.(happened).signals
}
func (l *quickLine) Over() bool                    { return l.gone }
func (l *quickLine) CallID() string                { return "id" }
func (l *quickLine) Hangup(message.Reason) error   { l.gone = true; return nil }
func (l *quickLine) Ring(int, *message.Body) error { return nil }
func (l *quickLine) Answer(*message.Body) error {
	l.sink.Post(happened{ref: l.ref, signals: []dialog.Signal{bye()}})
	return nil
}

func (m *treadmill) dial(_ sip.Dial, sink dialog.Sink, ref dialog.Ref) (line, error) {
	sink.Post(happened{ref: ref, signals: []dialog.Signal{ringing()}})
	sink.Post(happened{ref: ref, signals: []dialog.Signal{answer("sdp")}})
	return &quickLine{sink: sink, ref: ref}, nil
}

func (m *treadmill) accept(sink dialog.Sink, ref dialog.Ref) line {
	return &quickLine{sink: sink, ref: ref}
}

func (m *treadmill) instead(int, *message.Body, ...message.Field) {}

func (m *treadmill) refuse(int, string, time.Duration) {}

func (m *treadmill) contacts(aor message.AOR) []sip.Contact {
	return []sip.Contact{{AOR: aor, Target: transport.Target{Network: transport.UDP, Addr: netip.MustParseAddrPort("192.0.2.7:5060")}}}
}

func (m *treadmill) open(media.Opening) (voice, error) { return quietVoice{}, nil }
func (m *treadmill) bridge(_, _ voice) error           { return nil }
func (m *treadmill) inspect(context.Context, sip.TrunkID) (sip.Inspection, error) {
	return sip.Inspection{}, nil
}
func (m *treadmill) setPeers(*sip.Peers)     {}
func (m *treadmill) Begin(*CallRecord) error { return nil }
func (m *treadmill) NextNumber() int64       { return 1 }

func (m *treadmill) Finish(c *CallRecord) error {
	m.done <- c
	return nil
}

type quietVoice struct{ voice }

func (quietVoice) Offer(media.Direction) ([]byte, error) { return []byte("offer"), nil }
func (quietVoice) Answer([]byte) ([]byte, error)         { return []byte("answer"), nil }
func (quietVoice) Accept([]byte) error                   { return nil }
func (quietVoice) Formats() []media.Format               { return nil }
func (quietVoice) Stats() media.Stats                    { return media.Stats{Codec: "PCMA"} }
func (quietVoice) Close()                                {}

// BenchmarkCall is one call from a trunk to a user, from attempt to record, without wire and media: what the switchboard itself costs.
func BenchmarkCall(b *testing.B) {
	m := &treadmill{done: make(chan *CallRecord, 1)}
	m.snap = bakery()
	delete(m.snap.Teams, "sales")
	m.snap.Flows["sales"].Nodes["ring"].RingTo.Team = ""
	m.snap.Flows["sales"].Nodes["ring"].RingTo.Users = []UserID{"alice"}
	sw, err := newSwitch(Config{Directory: m, Ledger: m, Sounds: m, DataDir: b.TempDir(), Log: slog.New(slog.DiscardHandler)}, m)
	if err != nil {
		b.Fatal(err)
	}
	sw.start(m)
	offer := message.SDP([]byte("offer"))
	b.ReportAllocs()
	for b.Loop() {
		sw.invite(&sip.Attempt{
			CallID: "id", Trunk: "main", RequestURI: message.Party{User: "+33199005678"}, From: message.Party{User: "+33639980101"},
			Offer: offer, At: time.Now(),
		}, m)
		if r := <-m.done; r.Outcome != OutcomeAnswered {
			b.Fatalf("outcome %s", r.Outcome)
		}
	}
}

// Tell forgets.
func (m *treadmill) Tell(*CallEvent) error { return nil }

// Shift forgets.
func (m *treadmill) Shift(StatusChange) error { return nil }
