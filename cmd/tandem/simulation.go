package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tandem/configs"
	"tandem/media/prompt"
	"tandem/sim"
)

// world is the outside in a box: a carrier with customers, phones on the desks, and a mobile network with a handset, all over the wire.
type world struct {
	sim    *sim.World
	mobile *mobile
	texts  *smsWorld
	every  time.Duration // how often a customer calls; 0: only when asked

	welcome sync.Once   // the first page that is a phone is called at once
	first   *time.Timer // of that call; nil: there was none
}

// places are where the parts of the world are, and who vouches for them.
type places struct {
	carrier, core, credit, platform string
	carrierSMS, coreSMS             string
	crm                             string // empty: there are no pages
	trust                           trust
}

// carrierAddress is where the simulated carrier is, as configs/demo.toml says: an IP address of its own, so that what comes from there is the
// trunk's. Where the port is taken, another one takes its place in both.
const carrierAddress = "127.0.0.2:5090"

// coreAddress is where the core of the simulated mobile network is; creditAddress is where we give its gateway credit, at the port that the system chooses.
const (
	coreAddress   = "127.0.0.3:5095"
	creditAddress = "127.0.0.1:0"
)

// free finds where those parts of the world can be that are not somewhere yet.
func (at places) free(ctx context.Context, m *Main) (places, error) {
	at.credit = m.Diameter()[0].String()
	for _, part := range []struct {
		name, wanted string
		at           *string
	}{
		{"the simulated carrier", carrierAddress, &at.carrier},
		{"the simulated mobile network", coreAddress, &at.core},
		{"the simulated carrier of messages", carrierSMSAddress, &at.carrierSMS},
		{"the simulated short message centre", coreSMSAddress, &at.coreSMS},
		{"the simulated eSIM platform", platformAddress, &at.platform},
	} {
		var err error
		if *part.at, err = freeAddress(ctx, part.name, part.wanted); err != nil {
			return at, err
		}
	}
	return at, nil
}

// customers are the people who call, by their numbers.
func customers() []string {
	var out []string
	for i := range 12 {
		out = append(out, fmt.Sprintf("+336399801%02d", i+1))
	}
	return out
}

// startWorld starts the carrier and the phones of the demo.
func startWorld(ctx context.Context, m *Main, places places, every time.Duration) (*world, error) {
	tree, err := configs.Prompts()
	if err != nil {
		return nil, err
	}
	voices := prompt.NewLibrary()
	if err = voices.Load(tree); err != nil {
		return nil, fmt.Errorf("voices: %w", err)
	}
	voice, err := voices.Find("fr", "ewt_general")
	if err != nil {
		return nil, fmt.Errorf("voices: %w", err)
	}
	at, err := netip.ParseAddrPort(places.carrier)
	if err != nil {
		return nil, fmt.Errorf("simulated carrier: %w", err)
	}
	cfg := sim.Config{
		Server: m.SIP()[0].Bind, Realm: m.Config.SIP.Realm, Carrier: at,
		Customer: customers(), Numbers: []string{"+33199001234", "+33199005678", aliceNumber, "+33199002001", "+33199002002"},
		Every: every, Speech: []*prompt.Prompt{voice}, Seed: uint64(time.Now().UnixNano()),
		Log: m.Log.With(slog.String("node", "sim")),
	}
	for _, name := range []string{"Alice 201", "Bruno 202", "Chloé 203", "David 204", "Emma 205"} {
		who, extension, _ := strings.Cut(name, " ")
		password := "demo-" + extension
		too := sim.AnswersSometimes
		if extension == "201" {
			too = sim.NeverAnswers // whoever looks at the demonstration is Alice: nobody answers before them
		}
		cfg.Phones = append(cfg.Phones,
			sim.Phone{Name: who, Username: extension, Password: password, Answers: sim.NeverAnswers},
			sim.Phone{Name: who + " too", Username: "sim-" + extension, Password: password, Answers: too})
	}
	if cfg.Messages, err = openCarrierOfMessages(ctx, m, places); err != nil {
		return nil, err
	}
	w, err := sim.Start(ctx, cfg)
	if err != nil {
		cfg.Messages.Close()
		return nil, fmt.Errorf("simulation: %w", err)
	}
	phone, err := startMobile(ctx, m, places, voice)
	if err != nil {
		w.Close(ctx)
		cfg.Messages.Close()
		return nil, err
	}
	return &world{sim: w, mobile: phone, texts: &smsWorld{house: m, carrier: cfg.Messages, core: phone.core.SMSC()}, every: every}, nil
}

// customer makes a customer call Alice.
func (w *world) customer(ctx context.Context) { w.sim.Call(ctx, customers()[0], aliceNumber) }

// burst makes customers call Support.
func (w *world) burst(ctx context.Context, n int) {
	for i := range n {
		w.sim.Call(ctx, customers()[i%len(customers())], "+33199001234")
	}
}

// toggleLine takes the trunk down or brings it back, and says what there is to see.
func (w *world) toggleLine() string {
	if w.sim.Line() == sim.LineDown {
		w.sim.SetLine(sim.LineUp)
		return "  The carrier answers again: within five seconds the trunk is up."
	}
	w.sim.SetLine(sim.LineDown)
	return "  The carrier answers 503: within five seconds the trunk is seen to be down (page, tandem status, tandem_trunk_up). Calls in progress go on."
}

// close hangs everything up.
func (w *world) close(ctx context.Context) {
	w.welcome.Do(func() {}) // nobody is welcomed any more
	if w.first != nil {
		w.first.Stop()
	}
	w.mobile.close(ctx)
	w.sim.Close(ctx)
	w.texts.close()
}
