package rtp

import (
	"testing"
	"time"
)

const ms = int64(time.Millisecond)

func TestSourcesFollowEachOtherInOneStream(t *testing.T) {
	q := NewSequencer(42, 65534, 1000)
	check := func(what string, m Mark, seq uint16, ts uint32, marker bool) {
		t.Helper()
		if m.Seq != seq || m.Timestamp != ts || m.Marker != marker || m.SSRC != 42 {
			t.Errorf("%s: %+v, want %d at %d, marker %v", what, m, seq, ts, marker)
		}
	}
	now := 100 * ms
	check("first of a prompt", q.Next(now, 160), 65534, 1000, true)
	check("second", q.Next(now+20*ms, 160), 65535, 1160, false)
	// The bridge begins 107 ms after the second packet was due: the gap is what the clock says, in whole frames.
	h := Header{Seq: 9, Timestamp: 77, SSRC: 1}
	m, ok := q.Map(&h, now+127*ms, 160)
	check("first of a peer", m, 0, 1160+160+640, true)
	h.Seq, h.Timestamp = 11, 77+320
	m, ok2 := q.Map(&h, now+167*ms, 160)
	check("after a loss", m, 2, 1960+320, false)
	h.Seq, h.Timestamp = 10, 77+160
	m, ok3 := q.Map(&h, now+168*ms, 160)
	check("the late one", m, 1, 1960+160, false)
	h.Seq = 8
	if _, before := q.Map(&h, now+169*ms, 160); before || !ok || !ok2 || !ok3 {
		t.Error("a packet from before the beginning has no place")
	}
	check("a prompt again", q.Next(now+187*ms, 160), 3, 2440, true)
	q.Break()
	check("another source of our own", q.Next(now+400*ms, 160), 4, 2600+1600, true)
}

func TestPeerThatJumpsIsANewSource(t *testing.T) {
	q := NewSequencer(42, 10, 0)
	now := 100 * ms
	h := Header{Seq: 1, Timestamp: 0, SSRC: 1}
	q.Map(&h, now, 160)
	for i, jump := range []Header{
		{Seq: 2, Timestamp: 1 << 30, SSRC: 1},     // time
		{Seq: 40000, Timestamp: 1 << 30, SSRC: 1}, // numbers
		{Seq: 40001, Timestamp: 0, SSRC: 2},       // SSRC
	} {
		now += 20 * ms
		m, ok := q.Map(&jump, now, 160)
		if !ok || m.Seq != uint16(11+i) || m.Timestamp != uint32(i+1)*160 || !m.Marker {
			t.Errorf("jump %d: %+v", i, m)
		}
	}
	// Silence suppression is no jump: time goes on with the clock.
	h = Header{Seq: 40002, Timestamp: 160 + 50*160, SSRC: 2}
	now += 20*ms + 1000*ms
	if m, _ := q.Map(&h, now, 160); m.Timestamp != 3*160+51*160 || m.Marker {
		t.Errorf("after a second of silence: %+v", m)
	}
}

func TestLongEventIsSplitAndTimeGoesOn(t *testing.T) {
	q := NewSequencer(1, 0, 0)
	e := NewEventSender(5, 9*time.Second)
	now, b := 100*ms, make([]byte, EventSize)
	var lasted uint32
	packets, ends, stamps := 0, 0, map[uint32]bool{}
	for {
		m, more := e.Next(&q, b, now)
		if !more {
			break
		}
		ev, err := ParseEvent(b)
		if err != nil || ev.Code != 5 {
			t.Fatalf("event %+v: %v", ev, err)
		}
		packets++
		stamps[m.Timestamp] = true
		lasted = m.Timestamp + uint32(ev.Ticks)
		if ev.End {
			ends++
		}
		now += 20 * ms
	}
	if lasted != 9*Rate || ends != EventEnds || len(stamps) != 2 || packets != 450+2 {
		t.Errorf("%d packets, %d ends, %d parts, %d ticks", packets, ends, len(stamps), lasted)
	}
	if m := q.Next(now, 160); m.Timestamp < 9*Rate || m.Seq != uint16(packets) {
		t.Errorf("after it: %+v", m)
	}
}

func TestEventIsOneHoweverOftenItIsSent(t *testing.T) {
	var r EventReceiver
	now := 100 * ms
	for i, c := range []struct {
		ts    uint32
		ssrc  uint32
		event Event
		want  EventPhase
		wait  int64
	}{
		{1000, 1, Event{Code: 5}, EventBegins, 20},
		{1000, 1, Event{Code: 5, Ticks: 320}, EventGoes, 20},
		{1000, 1, Event{Code: 5, End: true}, EventCloses, 0},
		{1000, 1, Event{Code: 5, End: true}, EventNothing, 0},
		{1000, 1, Event{Code: 5}, EventNothing, 100},           // late
		{3000, 1, Event{Code: 5, End: true}, EventBegins, 50},  // its beginning was lost
		{1000, 1, Event{Code: 5, End: true}, EventNothing, 50}, // of the one before
		{4000, 1, Event{Code: 36}, EventNothing, 50},           // no key
		{4000, 1, Event{Code: 10}, EventBegins, 10},
		{5000, 1, Event{Code: 11}, EventNothing, 100}, // nobody is so fast
		{4000, 2, Event{Code: 10}, EventBegins, 0},    // another stream
	} {
		h := Header{SSRC: c.ssrc, Timestamp: c.ts}
		if got := r.Add(&h, c.event, now); got != c.want {
			t.Errorf("packet %d: phase %d, want %d", i, got, c.want)
		}
		now += c.wait * ms
	}
}
