package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"tandem/configs"
	"tandem/media/prompt"
	"tandem/sim"
)

// world is the outside in a box: a carrier with customers, and phones on the desks, all over the wire.
type world struct{ sim *sim.World }

// carrierAddress is where the simulated carrier is, as configs/demo.toml says: an IP address of its own, so that what comes from there is the
// trunk's. Where the port is taken, another one takes its place in both.
const carrierAddress = "127.0.0.2:5090"

// customers are the people who call, by their numbers.
func customers() []string {
	var out []string
	for i := range 12 {
		out = append(out, fmt.Sprintf("+336399801%02d", i+1))
	}
	return out
}

// startWorld starts the carrier and the phones of the demo.
func startWorld(ctx context.Context, m *Main, carrier string, every time.Duration) (*world, error) {
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
	at, err := netip.ParseAddrPort(carrier)
	if err != nil {
		return nil, fmt.Errorf("simulated carrier: %w", err)
	}
	cfg := sim.Config{
		Server: m.SIP()[0].Bind, Realm: m.Config.SIP.Realm, Carrier: at,
		Customer: customers(), Numbers: []string{"+33199001234", "+33199005678", "+33639980007", "+33199002001", "+33199002002"},
		Every: every, Speech: []*prompt.Prompt{voice}, Seed: uint64(time.Now().UnixNano()),
		Log: m.Log.With(slog.String("node", "sim")),
	}
	for _, name := range []string{"Alice 201", "Bruno 202", "Chloé 203", "David 204", "Emma 205"} {
		who, extension, _ := strings.Cut(name, " ")
		password := "demo-" + extension
		cfg.Phones = append(cfg.Phones,
			sim.Phone{Name: who, Username: extension, Password: password, Answers: sim.NeverAnswers},
			sim.Phone{Name: who + " too", Username: "sim-" + extension, Password: password, Answers: sim.AnswersSometimes})
	}
	w, err := sim.Start(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("simulation: %w", err)
	}
	return &world{w}, nil
}

// customer makes a customer call Alice.
func (w *world) customer(ctx context.Context) { w.sim.Call(ctx, customers()[0], "+33639980007") }

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
func (w *world) close(ctx context.Context) { w.sim.Close(ctx) }
