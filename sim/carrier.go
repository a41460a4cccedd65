package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/sip"
	"tandem/sip/message"
)

const line sip.TrunkID = "product" // the carrier's only line

func (w *World) openCarrier(ctx context.Context) (*exchange, error) {
	who := callees{speech: w.cfg.Speech}
	if w.cfg.Messages != nil {
		who.writes = w.cfg.Messages.Text
	}
	x, err := open(ctx, w.cfg.Carrier, w.cfg.Log, who.magic)
	if err != nil {
		return nil, err
	}
	x.stack.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{
		ID: line, Sources: host(w.cfg.Server), Servers: []string{"sip:" + w.cfg.Server.String()}, Domain: "carrier.example",
	}}})
	return x, nil
}

// callees are the people outside whom the product calls.
type callees struct {
	speech []*prompt.Prompt
	writes func(from, to, text string) error // a message; nil: they write none
}

// magic is a callee that behaves as the last three digits of its number say.
func (w callees) magic(p *party, a *sip.Attempt) {
	number := a.RequestURI.User
	switch suffix := number[max(len(number)-3, 0):]; suffix {
	case "486", "404", "480", "503":
		p.note(p.leg.Reject(status(suffix), message.Reason{}, ""))
	case "408":
		_ = p.wait(3 * time.Minute) // it rings nowhere: not even a 180
	case "183":
		w.earlyMedia(p, a)
	case "600":
		w.talk(p, a, func() { p.note(media.Bridge(p.voice, p.voice)) })
	case "440":
		w.talk(p, a, func() { p.say(forEver, tone(440, time.Second)) })
	case "920":
		if p.answer(a.Offer) == nil {
			p.say(forEver, w.speech...)
			_ = p.wait(5 * time.Second)
		}
	case "930":
		w.talk(p, a, func() { w.holdAfter(p, 3*time.Second) })
	case "700":
		w.talk(p, a, func() {
			if p.wait(2*time.Second) == nil {
				p.voice.SendDigit('1', 120*time.Millisecond)
			}
		})
	case "999":
		w.talk(p, a, func() { w.writesBack(number, a.From.User) })
	case "800":
		w.talk(p, a, func() {
			p.say(once, append(w.speech[:min(1, len(w.speech))], tone(1000, 400*time.Millisecond))...)
		})
	default:
		w.talk(p, a, func() { p.say(forEver, w.speech...) })
	}
}

func status(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

func declined() message.Reason { return message.Reason{Protocol: "SIP", Cause: 603, Text: "Decline"} }

// talk rings for a moment, answers, and does what the callee does until the other side hangs up.
func (w callees) talk(p *party, a *sip.Attempt, what func()) {
	p.note(p.leg.Ring(180, nil))
	if p.wait(time.Second) != nil || p.answer(a.Offer) != nil {
		return
	}
	what()
	_ = p.wait(2 * time.Minute)
}

// writesBack sends a message to whoever called.
func (w callees) writesBack(number, caller string) {
	if w.writes != nil {
		_ = w.writes(international(number), international(caller), "Merci de votre appel.") // to a caller without a number none goes
	}
}

// earlyMedia lets a tone be heard before it answers.
func (w callees) earlyMedia(p *party, a *sip.Attempt) {
	if a.Offer == nil {
		w.talk(p, a, func() {})
		return
	}
	sdp, err := p.voice.Answer(a.Offer.Bytes)
	if err != nil {
		p.note(p.leg.Reject(488, message.Reason{}, err.Error()))
		return
	}
	p.note(p.leg.Ring(183, message.SDP(sdp)))
	p.say(forEver, tone(425, time.Second))
	if p.wait(4*time.Second) != nil {
		return
	}
	p.note(p.leg.Answer(message.SDP(sdp)))
	p.say(forEver, w.speech...)
	_ = p.wait(2 * time.Minute)
}

// holdAfter puts the other side on hold for three seconds.
func (w callees) holdAfter(p *party, d time.Duration) {
	for _, dir := range []media.Direction{media.SendOnly, media.SendRecv} {
		if p.wait(d) != nil {
			return
		}
		sdp, err := p.voice.Offer(dir)
		if err != nil {
			p.note(err)
			return
		}
		p.note(p.leg.Offer(message.SDP(sdp)))
	}
}

// tone makes a sine at a comfortable level.
func tone(hz float64, d time.Duration) *prompt.Prompt {
	pcm := make([]int16, int(d.Seconds()*prompt.Rate))
	for i := range pcm {
		pcm[i] = int16(6000 * math.Sin(2*math.Pi*hz*float64(i)/prompt.Rate))
	}
	return prompt.FromPCM(fmt.Sprintf("%.0f Hz", hz), pcm)
}

// keepCalling makes customers call for as long as the world lasts.
func (w *World) keepCalling(ctx context.Context) {
	t := time.NewTimer(2 * time.Second)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		w.Call(ctx, pick(w.dice, w.cfg.Customer), w.cfg.Numbers[n%len(w.cfg.Numbers)])
		t.Reset(w.dice.between(w.cfg.Every/2, w.cfg.Every*3/2))
	}
}

// Call makes a customer call a number: it listens, dials a key or an extension in one of the ways, talks, and hangs up in the end. While the
// line is down nobody gets through.
func (w *World) Call(ctx context.Context, from, to string) {
	if w.down.Load() {
		return
	}
	ctx, hangup := context.WithCancel(ctx)
	w.wg.Go(func() {
		defer hangup()
		select {
		case <-w.over:
		case <-ctx.Done():
		}
	})
	w.carrier.wg.Go(func() {
		defer hangup()
		p, err := w.carrier.newParty(ctx)
		if err != nil {
			w.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "customer has no line", slog.Any("err", err))
			return
		}
		err = p.dial(sip.Dial{
			Trunk: line, To: message.Party{Scheme: "sip", User: to}, From: message.Party{Scheme: "sip", User: from, Host: "carrier.example"},
		})
		if err == nil {
			w.behave(p)
		}
		p.hangup()
	})
}

// behave is a customer who has been answered.
func (w *World) behave(p *party) {
	if p.wait(w.dice.between(1500*time.Millisecond, 5*time.Second)) != nil {
		return
	}
	for _, key := range []byte(pick(w.dice, w.dialled())) {
		p.voice.SendDigit(key, 120*time.Millisecond)
	}
	p.say(forEver, w.cfg.Speech...)
	_ = p.wait(w.dice.between(20*time.Second, time.Minute))
}

// dialled lists what customers press: extensions of the phones, keys of a menu, an extension that nobody has, or nothing.
func (w *World) dialled() []string {
	out := []string{"", "1", "2", "999"}
	for _, p := range w.cfg.Phones {
		if len(p.Username) == 3 && strings.Trim(p.Username, "0123456789") == "" {
			out = append(out, p.Username)
		}
	}
	return out
}
