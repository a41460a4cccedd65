package media_test

import (
	"slices"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/prompt"
)

// tones is one prompt of a tone.
func tones(hz float64, d time.Duration) []*prompt.Prompt {
	return []*prompt.Prompt{prompt.FromPCM("tone", mediatest.Tone(d, hz))}
}

func TestPromptsPlayOneAfterTheOtherToTheirEnd(t *testing.T) {
	t.Parallel()
	for _, law := range []mediatest.Law{mediatest.ALaw, mediatest.MuLaw} {
		e := engine(t)
		a := join(t, e, 2, mediatest.Sketch{Laws: []mediatest.Law{law}})
		a.Play(media.Play{ID: 7, Prompts: append(tones(440, 200*time.Millisecond), tones(1000, 210*time.Millisecond)...)})
		if d := await[media.PlayEnded](t, a.box); d.Play != 7 || d.Cut || d.Leg != 2 {
			t.Errorf("ended: %+v", d)
		}
		ps := a.hear(t, "the prompts", enough(21))
		if len(ps) != 21 || ps[:10].Tone(440) != 10 || ps[10:20].Tone(1000) != 10 {
			t.Errorf("%d packets, %d of 440 Hz, %d of 1000 Hz", len(ps), ps.Tone(440), ps.Tone(1000))
		}
		if err := ps.Unbroken(); err != nil {
			t.Error(err)
		}
		if !ps[0].Marker || ps[1:].Marked() != 0 {
			t.Error("the marker belongs on the first packet alone")
		}
		for i := 1; i < len(ps); i++ {
			if step := ps[i].Timestamp - ps[i-1].Timestamp; step != 160 {
				t.Errorf("packet %d: the timestamp moves by %d", i, step)
			}
		}
	}
}

func TestNothingIsHeardBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := open(t, e, 2)
	offer, err := a.Offer(media.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	a.Play(media.Play{ID: 1, Prompts: tones(440, 100*time.Millisecond)})
	if err := a.peer.Take(offer); err != nil {
		t.Fatal(err)
	}
	waitSent(t, a.peer, 10)
	if n := len(a.peer.Heard()); n != 0 {
		t.Errorf("%d packets before the answer", n)
	}
	if err := a.Accept(a.peer.SDP(mediatest.Sketch{})); err != nil {
		t.Fatal(err)
	}
	if d := await[media.PlayEnded](t, a.box); d.Cut {
		t.Error("the prompt was cut")
	}
	a.hear(t, "the whole prompt", func(ps mediatest.Packets) bool { return ps.Tone(440) == 5 })
}

func TestSpec_Q4_MusicGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	// One second of 440 Hz and one of 1000 Hz, as one piece of music.
	music := []*prompt.Prompt{prompt.FromPCM("music", slices.Concat(mediatest.Tone(time.Second, 440), mediatest.Tone(time.Second, 1000)))}
	a.Play(media.Play{ID: 1, Prompts: music, Loop: true, From: 900 * time.Millisecond})
	a.hear(t, "both tones", func(ps mediatest.Packets) bool { return ps.Tone(1000) >= 3 })
	if n := a.peer.Heard().Tone(440); n != 5 {
		t.Errorf("from 0.9 s on there are 5 packets of the first tone, not %d", n)
	}
	at := a.StopPlay()
	if d := await[media.PlayEnded](t, a.box); !d.Cut || d.Play != 1 {
		t.Errorf("ended: %+v", d)
	}
	want := int((at - 900*time.Millisecond) / (20 * time.Millisecond))
	if heard := len(a.hear(t, "the last packet", enough(want))); heard != want {
		t.Errorf("%d packets were heard from 0.9 s on, and it stopped at %v", heard, at)
	}
	a.peer.Forget()
	a.Play(media.Play{ID: 2, Prompts: music, Loop: true, From: 1960 * time.Millisecond})
	ps := a.hear(t, "the loop", enough(6))
	if ps[:2].Tone(1000) != 2 || ps[2:6].Tone(440) != 4 {
		t.Error("the music does not begin again at its end")
	}
}

func TestReplacedPromptIsToldOf(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	a.Play(media.Play{ID: 1, Prompts: tones(440, time.Second)})
	a.Play(media.Play{ID: 2})
	for _, want := range []media.PlayEnded{{Leg: 2, Play: 1, Cut: true}, {Leg: 2, Play: 2}} {
		if got := await[media.PlayEnded](t, a.box); got != want {
			t.Errorf("ended: %+v, want %+v", got, want)
		}
	}
}

func TestOneStreamThroughEveryChangeOfSource(t *testing.T) {
	e := engine(t)
	a, b, c := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{}), join(t, e, 4, mediatest.Sketch{})
	b.peer.Always('B')
	c.peer.Always('C')
	for i, step := range []struct {
		what string
		do   func()
		want func(ps mediatest.Packets) bool
	}{
		{"a prompt", func() { a.Play(media.Play{ID: 1, Prompts: tones(440, time.Minute)}) }, func(ps mediatest.Packets) bool { return ps.Tone(440) > 5 }},
		{"B", func() { bridge(t, a, b) }, func(ps mediatest.Packets) bool { return ps.Letter('B') > 5 }},
		{"music", func() { a.Play(media.Play{ID: 2, Prompts: tones(1000, time.Minute)}) }, func(ps mediatest.Packets) bool { return ps.Tone(1000) > 5 }},
		{"B again", func() { a.StopPlay() }, func(ps mediatest.Packets) bool { return ps[len(ps)-1].Payload[0] == 'B' }},
		{"a key", func() { a.SendDigit('5', 60*time.Millisecond) }, func(ps mediatest.Packets) bool { return ps.Digits(101) == "5" }},
		{"B after the key", func() {}, func(ps mediatest.Packets) bool { return ps[len(ps)-1].Payload[0] == 'B' }},
		{"B with a new stream", func() { b.peer.NewStream() }, func(ps mediatest.Packets) bool { return ps.Marked() >= 6 }},
		{"C", func() { bridge(t, a, c) }, func(ps mediatest.Packets) bool { return ps.Letter('C') > 5 }},
		{"silence, then C", func() { c.peer.Always(0); waitSent(t, b.peer, 10); c.peer.Always('C') }, func(ps mediatest.Packets) bool { return ps.Letter('C') > 20 }},
	} {
		step.do()
		a.hear(t, step.what, func(ps mediatest.Packets) bool { return len(ps) > 0 && step.want(ps) })
		if err := a.peer.Heard().Unbroken(); err != nil {
			t.Fatalf("step %d, %s: %v", i, step.what, err)
		}
	}
	ps := a.peer.Heard()
	// The quickest of the first and of the last packets: a machine that is held up makes any one of them late.
	ahead := func(p mediatest.Packet) time.Duration {
		return p.At.Sub(ps[0].At) - time.Duration(p.Timestamp-ps[0].Timestamp)*time.Second/mediatest.Rate
	}
	quickest := func(some mediatest.Packets) time.Duration {
		least := ahead(some[0])
		for _, p := range some[1:] {
			least = min(least, ahead(p))
		}
		return least
	}
	if off := (quickest(ps[len(ps)-20:]) - quickest(ps[:20])).Abs(); off > 150*time.Millisecond {
		t.Errorf("the stream's time is off by %v in the end", off)
	}
	if b.peer.Heard().Letter('C') != 0 {
		t.Error("B hears C")
	}
}

func TestPlayersShareTheWheel(t *testing.T) {
	e := engine(t)
	parties := make([]party, 40)
	for i := range parties {
		parties[i] = join(t, e, byte(2+i), mediatest.Sketch{})
		parties[i].Play(media.Play{ID: 1, Prompts: tones(440, 500*time.Millisecond)})
	}
	for i := range parties {
		ps := parties[i].hear(t, "a prompt", enough(25))
		if err := ps.Unbroken(); err != nil || ps.Tone(440) != 25 {
			t.Errorf("player %d: %v, %d packets", i, err, ps.Tone(440))
		}
	}
	late := e.Stats().LateP99
	if late <= 0 {
		t.Error("nobody measures how late the wheel is")
	}
	t.Logf("lateness p99 of 40 players beside the other tests: %v", late)
}
