package routing

import (
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// aliceDirect is Alice's direct number: it lives on an eSIM.
const aliceDirect = "+33639980201"

// inMobileHouse runs a story in which Alice has a direct number on an eSIM, a desk phone and an App; Bruno is a colleague.
func inMobileHouse(t *testing.T, story func(h *house)) {
	t.Helper()
	inHouse(t, func(h *house) {
		h.change(func(s *Snapshot) {
			alice := s.Users["alice"]
			n := &Number{
				ID: "direct", Account: "acc", E164: aliceDirect, Kind: Direct, Flow: "direct", Users: []UserID{"alice"},
				Mobile: &Mobile{Operator: "moba", User: "alice", IMSI: "208990000000201", Active: true},
			}
			s.Numbers[aliceDirect] = n
			alice.Mobiles = []*Number{n}
			app := &Device{ID: "dev_app", User: "alice", Kind: App, AOR: "alice.app@tandem", Username: "alice.app"}
			alice.Devices = append(alice.Devices, app)
			s.Devices[app.AOR] = app
			s.Flows["direct"] = &flow.Flow{ID: "direct", Version: 1, Start: "ring", Nodes: map[flow.NodeID]*flow.Node{
				"ring":  {ID: "ring", RingTo: &flow.RingTo{Users: []UserID{"alice"}, RingForSeconds: 30}, Next: map[string]flow.NodeID{"unanswered": "leave"}},
				"leave": {ID: "leave", Voicemail: &flow.Voicemail{Greeting: "greeting", MaxSeconds: 60}},
			}}
			s.Trunks["core"] = &Trunk{ID: "core", Servers: []string{"sip:core.example"}, Domain: "ims.example", Country: "FR", Dial: DialPlus, Priority: 9, TrustPAI: true}
			s.Operators = map[OperatorID]*Operator{"moba": {ID: "moba", Trunk: "core", Attachment: AttachISC, Country: "FR", Confirm: ConfirmSuspect}}
		})
		h.phones["alice.app@tandem"] = 1
		h.sw.anchors = []byte("0123456789abcdef0123456789abcdef")
		h.forget()
		story(h)
	})
}

// change swaps the directory's snapshot for a changed copy.
func (h *house) change(f func(s *Snapshot)) {
	h.t.Helper()
	synctest.Wait() // Nobody reads it now.
	h.mu.Lock()
	f(h.snap)
	h.mu.Unlock()
	h.reload()
}

// reload makes the house read its directory again.
func (h *house) reload() {
	h.mu.Lock()
	next := *h.snap
	h.snap = &next
	h.mu.Unlock()
	h.sw.Reload()
	synctest.Wait()
}

// moba changes the operator.
func (h *house) moba(f func(o *Operator)) { h.change(func(s *Snapshot) { f(s.Operators["moba"]) }) }

// rung says which lines were dialled, sorted.
func (h *house) rung() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var names []string
	for name := range h.lines {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// wants fails unless exactly these were rung.
func (h *house) wants(names ...string) {
	h.t.Helper()
	if got := h.rung(); !slices.Equal(got, names) {
		h.t.Fatalf("rung: %v, want %v", got, names)
	}
}

// said is a head with these headers, in pairs.
func said(pairs ...string) dialog.Head {
	r := message.NewRequest(message.Head{Method: "INFO"})
	for i := 0; i+1 < len(pairs); i += 2 {
		message.Add(r, pairs[i], pairs[i+1])
	}
	return dialog.HeadOf(r)
}

// A core's replies.

func paged(pairs ...string) dialog.Progress {
	return dialog.Progress{Status: 180, Tag: "t", Head: said(pairs...)}
}

func takes(pairs ...string) dialog.Answered {
	return dialog.Answered{Body: message.SDP([]byte("core answer")), Head: said(pairs...)}
}

func refuses(status int, reason string) dialog.Failed {
	f := dialog.Failed{Status: status, Head: said("Reason", reason)}
	return f
}

// switchesOn is the core's word that Alice's phone has registered.
func (h *house) switchesOn(who string, expires time.Duration) {
	h.t.Helper()
	h.sw.CoreRegistered(sip.CoreRegistration{Trunk: "core", Who: message.Party{Scheme: "sip", User: who, Host: "ims.example"}, Expires: expires})
	synctest.Wait()
}

// handsetNotes are the states of handsets on the timeline of a record.
func handsetNotes(r *CallRecord) []string {
	var list []string
	for _, it := range r.Timeline {
		if it.Type == noteHandset {
			one := it.Args["state"]
			if it.Args["because"] != "" {
				one += ":" + it.Args["because"]
			}
			list = append(list, one)
		}
	}
	return list
}

// header is a header of a Dial; empty: it has none.
func header(d *sip.Dial, name string) string {
	for _, f := range d.Headers {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}
