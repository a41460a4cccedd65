package jitter

import (
	"math/rand/v2"
	"testing"
	"time"
)

const ms = int64(time.Millisecond)

// stream is one that is played. Packet i is made at i times 20 ms, and comes delay(i) ms later; below zero it is lost.
type stream struct {
	n     int
	delay func(i int) int
	rate  float64 // of the sender's clock against ours; 0: the same
	sound Sound
}

// played is what came out: for each turn of 20 ms a packet, or -1 for what is made up, -2 for a pause, -3 for nothing.
func play(j *Buffer, s stream) (all []int) {
	if s.rate == 0 {
		s.rate = 1
	}
	for turn := int64(0); turn < int64(s.n)*20+1000; turn++ {
		for i := max(0, int(turn/20)-30); i < min(s.n, int(turn/20)+30); i++ {
			if d := s.delay(i); d >= 0 && int64(float64(i)*20*s.rate)+int64(d) == turn {
				j.Add(Packet{Seq: uint16(i + 65500), Timestamp: uint32(i) * 160, SSRC: 9, Payload: []byte{byte(i), byte(i >> 8)}}, turn*ms+1)
			}
		}
		if turn%20 != 7 {
			continue
		}
		switch what, p := j.Pop(turn*ms+1, s.sound); what {
		case Heard:
			all = append(all, int(p.Payload[0])|int(p.Payload[1])<<8)
		case Missing:
			all = append(all, -1)
		case Pause:
			all = append(all, -2)
		case Nothing:
			all = append(all, -3)
		}
	}
	return all
}

// heard are the packets alone, which must be in order.
func heard(t *testing.T, all []int) (packets []int) {
	t.Helper()
	for _, v := range all {
		if v < 0 {
			continue
		}
		if n := len(packets); n > 0 && packets[n-1] >= v {
			t.Fatalf("%d is heard after %d", v, packets[n-1])
		}
		packets = append(packets, v)
	}
	return packets
}

func TestWhatComesInOrderIsHeardWholeAndSoon(t *testing.T) {
	j := New(8000)
	all := heard(t, play(j, stream{n: 500, delay: func(int) int { return 0 }}))
	if len(all) != 500 || j.Late+j.Lost != 0 {
		t.Errorf("%d of 500 heard; %d late, %d lost, %d dropped", len(all), j.Late, j.Lost, j.Dropped)
	}
	if aim := j.delay.target(); aim > int64(30*time.Millisecond) {
		t.Errorf("it still aims at %v on a way without jitter", time.Duration(aim))
	}
}

func TestItWaitsAsLongAsThePacketsNeed(t *testing.T) {
	for _, jitter := range []int{30, 80, 150} {
		j, r := New(8000), rand.New(rand.NewPCG(1, uint64(jitter)))
		late := make([]int, 1500)
		for i := range late {
			late[i] = r.IntN(jitter + 1)
		}
		all := play(j, stream{n: len(late), delay: func(i int) int { return late[i] }})
		if got := len(heard(t, all)); got < 1450 {
			t.Errorf("%d ms: %d of 1500 heard; %d late, %d lost, %d dropped", jitter, got, j.Late, j.Lost, j.Dropped)
		}
		aim := time.Duration(j.delay.target()) / time.Millisecond
		if int(aim) < jitter*9/10 || int(aim) > jitter+60 {
			t.Errorf("%d ms: it aims at %d ms", jitter, aim)
		}
	}
}

// One delay of the way's is followed at once, and forgotten slowly.
func TestItGrowsAtOnceAndShrinksSlowly(t *testing.T) {
	j := New(8000)
	delay := func(i int) int {
		if i >= 200 && i < 300 {
			return 120
		}
		return 0
	}
	all := play(j, stream{n: 1500, delay: delay, sound: Quiet})
	if got := len(heard(t, all)); got < 1470 {
		t.Errorf("%d of 1500 heard; %d late, %d lost, %d dropped", got, j.Late, j.Lost, j.Dropped)
	}
	if j.Dropped == 0 {
		t.Error("it never shrinks again")
	}
	if aim := time.Duration(j.delay.target()); aim > 60*time.Millisecond {
		t.Errorf("after 24 quiet seconds it still aims at %v", aim)
	}
}

// A clock that is 0.2 % off is a frame in ten seconds.
func TestAnotherClockIsFollowed(t *testing.T) {
	for _, rate := range []float64{0.998, 1.002} {
		j := New(8000)
		all := play(j, stream{n: 3000, delay: func(int) int { return 0 }, rate: rate})
		if got := len(heard(t, all)); got < 2985 || j.Late > 2 {
			t.Errorf("%v: %d of 3000 heard; %d late, %d dropped, %d put in", rate, got, j.Late, j.Dropped, j.Grown)
		}
		if j.held > 4 {
			t.Errorf("%v: %d packets still wait", rate, j.held)
		}
	}
}

func TestALostPacketIsMadeUpForOnceAndToldWithTheOneThatRepeatsIt(t *testing.T) {
	j := New(8000)
	all := play(j, stream{n: 100, delay: func(i int) int {
		if i%25 == 12 {
			return -1
		}
		return 0
	}})
	made := 0
	for i, v := range all {
		if v == -1 && i < 100 {
			made++
		}
	}
	if got := len(heard(t, all)); got != 96 || j.Lost != 4 || made != 4 {
		t.Errorf("%d heard, %d lost, %d made up", got, j.Lost, made)
	}
	j = New(48000)
	for _, seq := range []uint16{1, 2, 4} {
		j.Add(Packet{Seq: seq, Timestamp: uint32(seq) * 960, Payload: []byte{byte(seq)}}, int64(seq)*20*ms)
	}
	for range 2 {
		j.Pop(100*ms, Loud)
	}
	if what, p := j.Pop(120*ms, Loud); what != Missing || len(p.Payload) != 1 || p.Payload[0] != 4 {
		t.Errorf("turn %d with %v", what, p)
	}
	if what, p := j.Pop(140*ms, Loud); what != Heard || p.Payload[0] != 4 {
		t.Errorf("turn %d with %v", what, p)
	}
}

// A sender that says nothing in silence goes on in its own time; what it did not say is no loss.
func TestAPauseOfTheSenderIsNoLoss(t *testing.T) {
	j := New(8000)
	add := func(seq uint16, at int64) {
		j.Add(Packet{Seq: seq, Timestamp: uint32(at) * 8, Ticks: 160, Payload: []byte{byte(seq)}}, at*ms)
	}
	for i := range int64(10) {
		add(uint16(i), i*20)
	}
	add(10, 260) // 60 ms said nothing
	var turns []Turn
	for at := int64(260); at < 560; at += 20 {
		what, _ := j.Pop(at*ms, Loud)
		turns = append(turns, what)
	}
	paused := 0
	for _, v := range turns {
		if v == Pause {
			paused++
		}
	}
	if paused != 3 || j.Lost != 0 {
		t.Errorf("%d pauses and %d lost in %v", paused, j.Lost, turns)
	}
}

// After silence, after a jump, and under another SSRC it begins anew.
func TestItBeginsAnew(t *testing.T) {
	j := New(8000)
	put := func(ssrc uint32, seq uint16, ts uint32, at int64) {
		j.Add(Packet{Seq: seq, Timestamp: ts, SSRC: ssrc, Payload: []byte{byte(ssrc)}}, at*ms)
	}
	for i := range uint32(5) {
		put(1, uint16(i), i*160, int64(i)*20)
	}
	for i := range 20 {
		j.Pop(int64(100+i*20)*ms, Loud)
	}
	if what, _ := j.Pop(600*ms, Loud); what != Nothing {
		t.Errorf("turn %d in silence", what)
	}
	for n, c := range []struct {
		ssrc uint32
		seq  uint16
		ts   uint32
	}{{2, 7, 99}, {2, 20000, 99}, {2, 20003, 4000000000}} {
		at := int64(1000 + 1000*n)
		put(c.ssrc, c.seq, c.ts, at)
		put(c.ssrc, c.seq+1, c.ts+160, at+20)
		put(c.ssrc, c.seq+1, c.ts+160, at+20)
		if what, p := j.Pop((at+60)*ms, Loud); what != Heard || p.Seq != c.seq {
			t.Errorf("case %d: turn %d with %v", n, what, p)
		}
	}
	j.Add(Packet{Seq: 1, Payload: make([]byte, 2000)}, 1)
	if j.Dropped == 0 {
		t.Error("a giant is not counted")
	}
}

// FuzzBuffer gives it any numbers in any order.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 255, 255, 0, 0, 128, 0, 7, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		j := New(8000)
		for at := int64(0); len(b) >= 3; b, at = b[3:], at+20 {
			j.Add(Packet{Seq: uint16(b[0])<<8 | uint16(b[1]), Timestamp: uint32(b[2]) * 99999, Payload: []byte{1}}, at*ms)
			if what, p := j.Pop(at*ms, Sound(b[2]&1)); what == Heard && len(p.Payload) != 1 {
				t.Errorf("%d bytes", len(p.Payload))
			}
			if j.held < 0 || j.held > slots || j.delay.target() > int64(most) {
				t.Fatalf("%d held, aims at %d", j.held, j.delay.target())
			}
		}
	})
}

func BenchmarkPacket(b *testing.B) {
	j, payload := New(8000), make([]byte, 160)
	for i := 0; b.Loop(); i++ {
		j.Add(Packet{Seq: uint16(i), Timestamp: uint32(i) * 160, Payload: payload}, int64(i)*20*ms)
		j.Pop(int64(i)*20*ms+ms, Loud)
	}
}
