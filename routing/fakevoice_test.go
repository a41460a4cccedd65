package routing

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing/synctest"
	"time"

	"tandem/media"
)

// fakeVoice is media that writes down what it is told.
type fakeVoice struct {
	h      *house
	name   string
	open   media.Opening
	held   bool
	play   media.Play
	record media.Record
	closed bool
	talks  atomic.Bool   // audio comes
	length time.Duration // of the recording, when it ends

	heardAt string // the answer that was taken last
}

var errUnheard = errors.New("no ports left")

func (v *fakeVoice) Offer(media.Direction) ([]byte, error) { return []byte("offer to " + v.name), nil }

func (v *fakeVoice) Answer(offer []byte) ([]byte, error) {
	if strings.HasPrefix(string(offer), "bad") {
		return nil, &media.Refusal{Status: 488, Warning: "no codec in common"}
	}
	v.held = strings.HasPrefix(string(offer), "hold")
	return []byte("answer to " + string(offer)), nil
}

func (v *fakeVoice) Accept(answer []byte) error {
	if strings.HasPrefix(string(answer), "bad") {
		return &media.Refusal{Status: 488, Warning: "no codec in common"}
	}
	v.heardAt = string(answer)
	return nil
}
func (v *fakeVoice) Abandon()                {}
func (v *fakeVoice) Formats() []media.Format { return nil }
func (v *fakeVoice) HeldByPeer() bool        { return v.held }
func (v *fakeVoice) Unbridge()               { v.h.step("unbridge " + v.name) }
func (v *fakeVoice) Stats() media.Stats {
	s := media.Stats{Received: 50, Sent: 40, Codec: "PCMA"}
	if v.talks.Load() {
		s.LastPacket = time.Now()
	}
	return s
}

func (v *fakeVoice) SendDigit(k byte, _ time.Duration) {
	v.h.step(v.name + " hears key " + string(rune(k)))
}

func (v *fakeVoice) Info(_ string, body []byte) bool {
	v.post(media.Digit{Leg: v.open.Ref, Key: body[0], Path: media.DigitInfo})
	return true
}

func (v *fakeVoice) Play(p media.Play) {
	names := make([]string, len(p.Prompts))
	for i, x := range p.Prompts {
		names[i] = x.Name()
	}
	text := v.name + " hears " + strings.Join(names, "+")
	if p.Loop {
		text += " looped"
	}
	if p.From > 0 {
		text += " from " + p.From.String()
	}
	v.play = p
	v.h.step(text)
}

func (v *fakeVoice) StopPlay() time.Duration {
	if v.play.ID != 0 {
		v.h.step(v.name + " hears silence")
	}
	v.play = media.Play{}
	return 3 * time.Second
}

func (v *fakeVoice) Record(r media.Record) {
	v.record = r
	v.h.step(v.name + " is recorded")
}

func (v *fakeVoice) StopRecord() {
	if v.record.ID != 0 {
		v.post(media.RecordEnded{Leg: v.open.Ref, Record: v.record.ID, Why: media.RecordStopped, Length: v.length})
		v.record.ID = 0
	}
}

func (v *fakeVoice) Close() {
	v.closed = true
	v.StopRecord()
}

func (v *fakeVoice) post(e media.Event) { v.open.Sink.Post(e) }

// heard lets what plays come to its end.
func (v *fakeVoice) heard() {
	v.post(media.PlayEnded{Leg: v.open.Ref, Play: v.play.ID})
	synctest.Wait()
}

// presses lets the peer press keys.
func (v *fakeVoice) presses(keys string) {
	for i := range len(keys) {
		v.h.step(v.name + " -> key " + keys[i:i+1])
		v.post(media.Digit{Leg: v.open.Ref, Key: keys[i], Path: media.DigitRFC4733})
		synctest.Wait()
	}
}
