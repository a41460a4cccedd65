package routing

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/media"
)

// itemsOf lists a record's notes of some types, with what they say.
func itemsOf(r *CallRecord, kinds ...string) []TimelineItem {
	var out []TimelineItem
	for _, i := range r.Timeline {
		if slices.Contains(kinds, i.Type) {
			out = append(out, i)
		}
	}
	return out
}

// A party who is not heard is told of once, with the reason, and once more when they are heard again.
func TestOneWayAudioIsInTheRecord(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		caller.voice.talks.Store(true)
		alice.voice.talks.Store(true)
		from := netip.MustParseAddrPort("127.0.0.9:4000")
		ref := alice.voice.open.Ref
		alice.voice.post(media.AudioChanged{Leg: ref, Fault: media.FaultElsewhere, For: 4 * time.Second, From: from})
		synctest.Wait()
		alice.voice.post(media.AudioChanged{Leg: ref, For: 9 * time.Second})
		alice.voice.post(media.QualityChanged{Leg: ref, Way: media.WayOut, Sound: media.SoundPoor, MOS: 2.44, Loss: 0.125})
		alice.voice.post(media.QualityChanged{Leg: ref, Way: media.WayOut, MOS: 4.21})
		synctest.Wait()
		caller.does("BYE", bye())
		r := h.record()
		items := itemsOf(r, noteOneWay, noteHeard, noteDegraded, noteRestored, noteNoAudio)
		if len(items) != 4 || items[0].Type != noteOneWay || items[0].Args["reason"] != "elsewhere" || items[0].Args["from"] != from.String() ||
			items[0].Args["party"] != "callee" || items[0].Args["seconds"] != "4" || items[0].Leg != r.Legs[1].ID {
			t.Fatalf("timeline: %+v", items)
		}
		if items[1].Type != noteHeard || items[1].Args["seconds"] != "9" || items[3].Type != noteRestored || items[3].Args["mos"] != "4.2" {
			t.Errorf("timeline: %+v", items[1:])
		}
		if bad := items[2]; bad.Type != noteDegraded || bad.Args["way"] != "out" || bad.Args["mos"] != "2.4" || bad.Args["percent"] != "12.5" {
			t.Errorf("timeline: %+v", bad)
		}
		if r.Legs[1].Quality.Fault != "elsewhere" || r.Legs[0].Quality.Fault != "" {
			t.Errorf("legs: %+v", r.Legs)
		}
		if n := h.sw.Counters(); n.Unheard["elsewhere"] != 1 || n.Degraded["out"] != 1 {
			t.Errorf("counted: %v, %v", n.Unheard, n.Degraded)
		}
		if heard := strings.Join(h.ledger.heard(), ", "); !strings.Contains(heard, "call.quality_degraded") {
			t.Errorf("events: %s", heard)
		}
	})
}

// Where neither party is heard it is one thing that happened; before the conversation nobody is waited for.
func TestNoAudioAtAllIsOneThing(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199005678")
		caller.voice.post(media.AudioChanged{Leg: caller.voice.open.Ref, Fault: media.FaultNothing, For: 4 * time.Second})
		synctest.Wait()
		h.lines["alice"].does("200", answer("alice answer"))
		alice := h.lines["alice"]
		time.Sleep(5 * time.Second)
		for _, l := range []*fakeLine{caller, alice} {
			l.voice.post(media.AudioChanged{Leg: l.voice.open.Ref, Fault: media.FaultNothing, For: 4 * time.Second})
			synctest.Wait()
		}
		caller.does("BYE", bye())
		items := itemsOf(h.record(), noteOneWay, noteHeard, noteNoAudio)
		if len(items) != 1 || items[0].Type != noteNoAudio || items[0].Args["reason"] != "nothing" {
			t.Errorf("timeline: %+v", items)
		}
	})
}

// What media counted of a leg is in its record, in milliseconds and shares.
func TestALegsFiguresAreInItsRecord(t *testing.T) {
	var r LegRecord
	r.figures(&media.Stats{
		Received: 1000, Sent: 990, Lost: 10, Jitter: 4 * time.Millisecond, RTT: 60 * time.Millisecond, Codec: "PCMA",
		Quality: media.Quality{
			Worst: 3.5,
			In:    media.Stream{Packets: 1000, Lost: 10, Late: 10, Jitter: 4 * time.Millisecond, LongestLoss: 100 * time.Millisecond, BurstDensity: 0.5, MOS: 4.1},
			Out:   media.Stream{Packets: 980, Lost: 9, MOS: 3.9},
		},
	})
	r.figures(&media.Stats{Received: 5, Quality: media.Quality{Worst: 4.2}}) // media that took over, and was hardly used
	q := r.Quality
	if r.PacketsIn != 1005 || q.MOS() != 3.9 || q.WorstMOS != 3.5 || q.RTTMS != 60 || q.In.LongestLossMS != 100 || q.In.JitterMS != 4 || q.Out.Lost != 9 {
		t.Errorf("%+v", r)
	}
	if loss := q.In.Loss(); loss < 0.0198 || loss > 0.0199 {
		t.Errorf("loss %v", loss)
	}
}
