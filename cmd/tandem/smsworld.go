package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/routing"
	"tandem/sim"
)

// Where the simulated carrier and the simulated mobile network speak SMPP, as configs/demo.toml says, and the password of the program there.
const (
	carrierSMSAddress = "127.0.0.2:2775"
	coreSMSAddress    = "127.0.0.3:2775"
	smsPassword       = "demo-sms"
)

// reader is the customer who writes and reads messages; the last digits of others say what they do with one.
const reader = "+33639980101"

// smsWorld is the world of messages of the demo: the carrier's customers outside, and the short message centre of the mobile network.
type smsWorld struct {
	house    *Main
	carrier  *sim.SMSC
	core     *sim.SMSC
	screen   io.Writer
	stop     context.CancelFunc // of begin; nil before it
	wg       sync.WaitGroup
	answered map[string]string // by number: whom its owner wrote with last. The keyboard's goroutine owns it
	stories  int
}

// openCarrierOfMessages starts the carrier's centre.
func openCarrierOfMessages(ctx context.Context, m *Main, at places) (*sim.SMSC, error) {
	c, err := sim.OpenSMSC(ctx, sim.SMSCConfig{
		Bind: at.carrierSMS, ESMEs: []sim.ESME{{SystemID: "tandem", Password: smsPassword}}, Seed: uint64(time.Now().UnixNano()),
		Log: m.Log.With(slog.String("node", "sim")),
	})
	if err != nil {
		return nil, fmt.Errorf("simulated carrier of messages: %w", err)
	}
	return c, nil
}

// coreSMS is the centre of the mobile network: Tandem stands in the path of those with a handset, and while it is away the network goes on without it.
func coreSMS(at places) sim.SMSCConfig {
	return sim.SMSCConfig{Bind: at.coreSMS, ESMEs: []sim.ESME{{
		SystemID: "tandem", Password: smsPassword, Path: sim.PathIn, Numbers: []string{aliceNumber, brunoNumber}, Absent: sim.AbsentWithoutIt,
	}}, Quirks: sim.Quirks{Source: sim.SourceIMSI, AsDialled: sim.DialledAsTyped, Alerts: 1}}
}

// begin says on the screen what comes to handsets, and to people outside, until close.
func (x *smsWorld) begin(ctx context.Context) {
	ctx, x.stop = context.WithCancel(ctx)
	for _, c := range []*sim.SMSC{x.carrier, x.core} {
		x.wg.Go(func() {
			for n := 0; ; n++ {
				t, err := c.Next(ctx, n)
				if err != nil {
					return
				}
				if to := ownerOf(t.Peer); to != "" && c == x.core {
					x.say("%s's handset has a message from %s: %s", to, spaced(t.From), t.Text)
				} else if to == "" && x.house.store.Snapshot().Numbers[routing.E164(t.Peer)] == nil {
					x.say("%s has a message from %s: %s", spaced(t.Peer), called(t.From), t.Text)
				}
			}
		})
	}
}

func (x *smsWorld) say(format string, args ...any) {
	_, _ = fmt.Fprintf(x.screen, "  "+time.Now().Format(time.TimeOnly)+"  "+format+"\n", args...)
}

// ownerOf is whose handset a number is; empty: nobody's.
func ownerOf(number string) string {
	for _, o := range owners() {
		if o.line.Number == number {
			return o.name
		}
	}
	return ""
}

// called is a number as the screen says it.
func called(number string) string {
	if o := ownerOf(number); o != "" {
		return o + " (" + spaced(number) + ")"
	}
	return spaced(number)
}

// spaced writes a French number as people do.
func spaced(number string) string {
	const digits = 9
	rest, french := strings.CutPrefix(number, "+33")
	if !french || len(rest) != digits {
		return number
	}
	return "0" + rest[:1] + " " + rest[1:3] + " " + rest[3:5] + " " + rest[5:7] + " " + rest[7:]
}

// comes has somebody outside write to a direct number, by the carrier.
func (x *smsWorld) comes(to *owner) (string, error) {
	stories := []string{
		"Bonjour, deux baguettes et une tarte aux fraises pour ce soir, c'est possible ?",
		"Ça fait combien, les 12 croissants ? 🥐",
		"Merci beaucoup, à tout à l'heure !",
	}
	text := stories[x.stories%len(stories)]
	x.stories++
	x.with(to.line.Number, reader)
	return "  " + spaced(reader) + " writes to " + to.name + "'s direct number: it comes to the handset, the Workspace, the CTI, the App and the API.\n" +
		"  Answer it in the Workspace's name with  r  and a text, or on the handset with  hs.", x.carrier.Text(reader, to.line.Number, text)
}

func (x *smsWorld) with(number, peer string) {
	if x.answered == nil {
		x.answered = map[string]string{}
	}
	x.answered[number] = peer
}

// answers writes as a user in the Workspace, to whom they wrote with last.
func (x *smsWorld) answers(ctx context.Context, from *owner, text string) (string, error) {
	snap := x.house.store.Snapshot()
	n := snap.Numbers[routing.E164(from.line.Number)]
	if n == nil || len(n.Users) == 0 {
		return "", errors.New("this number is nobody's any more")
	}
	to, text := x.addressed(from, text)
	if text == "" {
		return "  Write  r  and a text, or  r NUMBER TEXT.", nil
	}
	stored, err := x.house.post.office.Send(ctx, messaging.Outgoing{
		Account: messaging.AccountID(n.Account), Number: messaging.NumberID(n.ID), To: messaging.Address(to), Body: text, Channel: messaging.ChannelWorkspace,
		User: messaging.UserID(n.Users[0]),
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("  %s writes to %s in the Workspace (%s, segments: %d): the handset never shows it, every screen does.",
		from.name, spaced(string(stored.Message.Peer)), stored.Message.ID, stored.Message.Segments), nil
}

// addressed is whom a text is for that was typed, and the text: a number before it, or whom they wrote with last.
func (x *smsWorld) addressed(from *owner, typed string) (to, text string) {
	first, rest, _ := strings.Cut(typed, " ")
	const shortest = 3
	if digits := strings.TrimPrefix(first, "+"); len(digits) >= shortest && strings.Trim(digits, "0123456789") == "" {
		x.with(from.line.Number, first)
		return first, strings.TrimSpace(rest)
	}
	if to = x.answered[from.line.Number]; to == "" {
		to = reader
	}
	return to, typed
}

// obey does what is typed for messages, and says what came of it; empty: it is for nobody here. ask asks whoever types for a line.
func (x *smsWorld) obey(ctx context.Context, who *owner, typed string, ask func(question string) string) string {
	var said string
	var err error
	key, text, _ := strings.Cut(typed, " ")
	switch key {
	case "m":
		said, err = x.comes(who)
	case "r":
		if text = strings.TrimSpace(text); text == "" {
			text = ask("  What shall " + who.name + " write in the Workspace? ")
		}
		said, err = x.answers(ctx, who, text)
	default:
		return ""
	}
	if err != nil {
		return "  Not now: " + err.Error() + "."
	}
	return said
}

// close ends the carrier; the centre of the mobile network ends with that.
func (x *smsWorld) close() {
	if x.stop != nil {
		x.stop()
	}
	x.carrier.Close()
	x.wg.Wait()
}

// keysOfMessages says what can be typed for messages.
func keysOfMessages() string {
	return "  Messages:     m  a customer writes to the handset's number,  r  answer as the Workspace does (r TEXT, r NUMBER TEXT),  hs  answer on the handset\n" +
		"                (hs TEXT),  hi  a message by the mobile network. 0639980600 sends back what it gets, 0639980999 answers, 0639980987 says STOP.\n"
}
