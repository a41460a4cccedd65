package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/media/prompt"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/sim"
)

// mobile is the mobile network of the demo: its core, its eSIM platform, the handsets, and a gateway through which Alice's uses data.
type mobile struct {
	core     *sim.Core
	profiles *profiles
	owners   []*owner
	held     *owner // whose handset the keys are of
	smf      *sim.SMF
	voice    *prompt.Prompt
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// owner is somebody with a handset.
type owner struct {
	name    string
	line    sim.Subscriber
	eid     string // of the chip in the handset
	handset *sim.Handset
}

// The direct numbers, as configs/demo.toml says.
const (
	aliceNumber = "+33639980007"
	brunoNumber = "+33639980009"
)

// owners are those with a handset. Alice's eSIM is in hers; Bruno has to be given one.
func owners() []*owner {
	return []*owner{
		{name: "Alice", line: sim.Subscriber{Number: aliceNumber, IMSI: "208010000000007"}, eid: "89049032123451234512345678901228"},
		{name: "Bruno", line: sim.Subscriber{Number: brunoNumber, IMSI: "208010000000009"}, eid: "89049032123451234512345678901235"},
	}
}

// startMobile opens the network, and switches on the handsets that have an eSIM.
func startMobile(ctx context.Context, m *Main, at places, voice *prompt.Prompt) (*mobile, error) {
	bind, err := netip.ParseAddrPort(at.core)
	if err != nil {
		return nil, fmt.Errorf("simulated mobile network: %w", err)
	}
	log := m.Log.With(slog.String("node", "sim"))
	p := &mobile{voice: voice, owners: owners()}
	if p.profiles, err = openProfiles(ctx, m, at); err != nil {
		return nil, err
	}
	if p.core, err = sim.OpenCore(ctx, sim.CoreConfig{
		Server: m.SIP()[0].Bind, Bind: bind, Subscribers: []sim.Subscriber{p.owners[0].line, p.owners[1].line}, Timing: sim.Timing{NoReply: 25 * time.Second},
		Bearer: sim.BearerRadio, SMSC: coreSMS(at),
		Speech: []*prompt.Prompt{voice}, Seed: uint64(time.Now().UnixNano()), Log: log,
	}); err != nil {
		p.profiles.smdp.Close()
		return nil, err
	}
	if p.smf, err = sim.OpenSMF(ctx, sim.SMFConfig{Server: at.credit, Log: log}); err == nil {
		err = p.switchOn(ctx)
	}
	if err != nil {
		p.core.Close(ctx)
		p.profiles.smdp.Close()
		return nil, err
	}
	ctx, p.cancel = context.WithCancel(ctx)
	p.wg.Go(func() { p.surf(ctx, log) })
	return p, nil
}

// switchOn switches on the handsets whose eSIM is enabled, and puts Alice's in the hand of whoever types.
func (p *mobile) switchOn(ctx context.Context) error {
	for _, o := range p.owners {
		o.handset = p.core.Handset(o.line.Number)
		e, err := p.profiles.of(ctx, o.line.Number)
		if err != nil {
			return err
		}
		if e != nil && e.State == provisioning.ESIMEnabled {
			o.handset.SetPower(sim.PowerOn)
		}
	}
	p.held = p.owners[0]
	return nil
}

// surf uses data: two and a half megabytes a second, until the package is spent.
func (p *mobile) surf(ctx context.Context, log *slog.Logger) {
	const gulp = 5_000_000
	data, err := p.smf.Attach(ctx, p.owners[0].line, "internet")
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for err == nil && !data.Over() {
		select {
		case <-t.C:
			_, err = data.Consume(ctx, gulp)
		case <-ctx.Done():
			if err = data.Detach(context.WithoutCancel(ctx)); err == nil {
				return
			}
		}
	}
	if err != nil && !errors.Is(err, sim.ErrNoCredit) {
		log.LogAttrs(ctx, slog.LevelWarn, "simulated data session ended", slog.Any("err", err))
	}
}

// close switches everything off.
func (p *mobile) close(ctx context.Context) {
	p.cancel()
	p.wg.Wait()
	_ = p.smf.Close(ctx) // the product notices by itself
	p.core.Close(ctx)
	p.profiles.smdp.Close()
}

// keysOfHandset says what can be typed for a handset.
func keysOfHandset() string {
	return "  The handset:  hc  a call by the mobile network,  ha  answer or hang up,  hr  reject,  hd  dial a customer,  ho  off or on,\n" +
		"                hv  the operator's voicemail on or off,  hl  its calls and messages,\n" +
		"                hq  scan Bruno's eSIM,  hw  whose handset it is, Alice's or Bruno's.\n"
}

// obey does what is typed for the handset, and says what came of it; empty: it is for nobody here.
func (p *mobile) obey(ctx context.Context, typed string) string {
	var said string
	var err error
	who := p.held
	key, text, _ := strings.Cut(typed, " ")
	switch key {
	case "hc":
		said = "  Somebody in the mobile network calls " + who.name + ": desk and handset ring, if nobody talks there. Answer with ha."
		var call *sim.Talk
		if call, err = p.core.Call("+33639980111", who.line.Number); err == nil {
			err = call.Speak(p.voice)
		}
	case "ha":
		said, err = p.pickUp()
	case "hr":
		said, err = "  Rejected on the handset: with it "+who.name+" declines everywhere.", sim.ErrIdle
		if t := who.handset.Talk(); t != nil {
			err = t.Reject()
		}
	case "hd":
		said = "  The handset dials 06 39 98 01 01: the carrier sees " + who.name + "'s direct number. ha hangs up."
		_, err = who.handset.Dial("0639980101")
	case "ho":
		said = p.togglePower()
	case "hv":
		said = p.toggleVoicemail()
	case "hs":
		said, err = p.write(ctx, text)
	case "hi":
		said = "  Somebody in the mobile network writes to " + who.name + ": its short message centre asks Tandem first. hs answers."
		err = p.core.Text("+33639980111", who.line.Number, "Votre commande est prête.")
	case "hl":
		said, err = p.lists(ctx)
	case "hq":
		said, err = p.scan(ctx)
	case "hw":
		p.held = p.owners[(slices.Index(p.owners, who)+1)%len(p.owners)]
		said = "  The keys are of " + p.held.name + "'s handset now."
	}
	if err != nil {
		return "  Not now: " + err.Error() + "."
	}
	return said
}

// scan has Bruno's handset scan the code of his eSIM; then it is the one in the hand.
func (p *mobile) scan(ctx context.Context) (string, error) {
	bruno := p.owners[1]
	err := p.profiles.scan(ctx, bruno)
	if errors.Is(err, errNoCode) {
		return "  There is nothing to scan: give Bruno's direct number an eSIM first, with\n  " + assigning(p.profiles.book), nil
	}
	if err != nil {
		return "", err
	}
	bruno.handset.SetPower(sim.PowerOn)
	p.held = bruno
	return "  Bruno's handset has scanned the code: downloaded, installed, enabled. It is on, calls to 06 39 98 00 09 ring it, and the keys are its own: try hc.", nil
}

// write sends a message from the handset: an answer to the last one that came, if there is one.
func (p *mobile) write(ctx context.Context, text string) (string, error) {
	h := p.held.handset
	inbox, err := h.Inbox(ctx, 0)
	if err != nil {
		return "", err
	}
	to := reader
	if n := len(inbox); n > 0 {
		to = inbox[n-1].Peer
	}
	if text == "" {
		text = "Merci, j'arrive. 🥖"
	}
	return "  " + p.held.name + " writes to " + spaced(to) + " on the handset: it goes through Tandem, and every screen shows it.", h.Text(to, text)
}

// assigning is the command that gives Bruno's number an eSIM.
func assigning(m *Main) string {
	return "tandem number esim assign " + brunoNumber + " --package 20 --set data_dir=" + m.Config.DataDir
}

// aboutESIMs says what there is to do with Bruno's eSIM.
func aboutESIMs(m *Main, base string) string {
	var id routing.NumberID
	if n := m.store.Snapshot().Numbers[brunoNumber]; n != nil {
		id = n.ID
	}
	at := base + "/api/v1/numbers/" + string(id) + "/esim"
	return "  Bruno's has none yet. Give it one from a simulated eSIM platform, look at its code, and scan that with  hq:\n" +
		"  Assign      " + assigning(m) + "\n" +
		"  QR code     " + strings.Replace(strings.Replace(assigning(m), "assign", "show", 1), " --package 20", "", 1) + "\n" +
		"              " + at + "/qr.png\n" +
		"  E-mail      " + at + "/mail   as its user would get it: there is no mail server here\n" +
		"  Data used   tandem number usage " + aliceNumber + " --set data_dir=" + m.Config.DataDir + "\n\n"
}

// pickUp answers what rings, and hangs up what goes on.
func (p *mobile) pickUp() (string, error) {
	t := p.held.handset.Talk()
	switch {
	case t == nil:
		return "", sim.ErrIdle
	case t.State() == sim.TalkRinging && bool(t.Incoming):
		if err := t.Answer(); err != nil {
			return "", err
		}
		return "  Answered on the handset: the desk stops, and the log says native.", t.Speak(p.voice)
	}
	return "  Hung up on the handset.", t.Hangup()
}

func (p *mobile) togglePower() string {
	if p.held.handset.Power() == sim.PowerOn {
		p.held.handset.SetPower(sim.PowerOff)
		return "  The handset is off: calls ring the desk alone, without a delay. Switched on while it rings, it joins."
	}
	p.held.handset.SetPower(sim.PowerOn)
	return "  The handset is on."
}

func (p *mobile) toggleVoicemail() string {
	if p.core.Voicemail(sim.WhenOff) != sim.NoVoicemail {
		p.core.SetVoicemail(sim.WhenOff, sim.NoVoicemail)
		p.core.SetVoicemail(sim.WhenBusy, sim.NoVoicemail)
		p.core.SetVoicemail(sim.WhenNoAnswer, sim.NoVoicemail)
		return "  The operator has no voicemail any more."
	}
	p.core.SetVoicemail(sim.WhenOff, sim.AnswersAtOnce)
	p.core.SetVoicemail(sim.WhenBusy, sim.AnswersAtOnce)
	p.core.SetVoicemail(sim.WhenNoAnswer, sim.AnswersAtTimer)
	return "  The operator's voicemail answers for the handset when it is busy, off or silent: it wins no call."
}

// lists are the handset's calls and messages.
func (p *mobile) lists(ctx context.Context) (string, error) {
	var out strings.Builder
	out.WriteString("  Calls on the handset:\n")
	calls, err := p.held.handset.Listed(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, c := range calls {
		fmt.Fprintf(&out, "    %s  %-8s  %s\n", c.At.Format(time.TimeOnly), c.Kind, c.Number)
	}
	out.WriteString("  Messages on the handset:\n")
	inbox, err := p.held.handset.Inbox(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, m := range inbox {
		fmt.Fprintf(&out, "    %s  from %s  %s\n", m.At.Format(time.TimeOnly), spaced(m.Peer), m.Text)
	}
	for _, m := range p.held.handset.Sent() {
		fmt.Fprintf(&out, "    %s  to   %s  %s  (%s)\n", m.At.Format(time.TimeOnly), spaced(m.Peer), m.Text, m.State)
	}
	return out.String(), nil
}
