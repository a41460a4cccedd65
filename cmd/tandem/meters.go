package main

import (
	"bytes"
	"context"
	"runtime"
	"strconv"
	"strings"
	"time"

	"tandem/routing"
	"tandem/sip"
	"tandem/web/metrics"
)

// meters are what is counted outside of the rooms that count themselves.
type meters struct {
	registry  metrics.Registry
	durations *metrics.Histogram
	missed    *metrics.Counter
	lost      *metrics.Counter
	voicemail *metrics.Counter
	requests  *metrics.Counter
	responses *metrics.Counter
	refused   *metrics.Counter
}

func newMeters() *meters {
	m := &meters{}
	r := &m.registry
	m.durations = r.Histogram("tandem_call_duration_seconds", "Length of calls that somebody answered, from the answer to the end.",
		[]float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600}, "direction")
	m.missed = r.Counter("tandem_calls_missed_total", "Calls that came in and that nobody answered, by reason.", "reason")
	m.lost = r.Counter("tandem_rtp_lost_total", "RTP packets that never came, of legs that are over.")
	m.voicemail = r.Counter("tandem_voicemails_total", "Voicemails that were left.")
	m.requests = r.Counter("tandem_sip_requests_total", "SIP requests on the wire, repeats included.", "method", "direction", "transport")
	m.responses = r.Counter("tandem_sip_responses_total", "SIP responses on the wire, repeats included.", "method", "code", "direction")
	m.refused = r.Counter("tandem_auth_failures_total", "Wrong keys and passwords.", "realm")
	return m
}

// ledger counts calls as they are written.
func (m *meters) ledger(l routing.Ledger) routing.Ledger { return &countingLedger{Ledger: l, m: m} }

type countingLedger struct {
	routing.Ledger

	m *meters
}

// Finish writes the record, and counts it.
func (l *countingLedger) Finish(c *routing.CallRecord) error {
	if !c.AnsweredAt.IsZero() {
		l.m.durations.Observe(c.EndedAt.Sub(c.AnsweredAt).Seconds(), string(c.Direction))
	}
	if why := routing.Missed(c); why != routing.NotMissed {
		l.m.missed.Add(1, string(why))
	}
	if c.Voicemail != nil {
		l.m.voicemail.Add(1)
	}
	for i := range c.Legs {
		l.m.lost.Add(float64(c.Legs[i].PacketsLost))
	}
	return l.Ledger.Finish(c)
}

// tracer counts what is on the wire, and hands it on.
func (m *meters) tracer(next sip.Tracer) sip.Tracer { return countingTracer{next, m} }

type countingTracer struct {
	next sip.Tracer
	m    *meters
}

// Seen counts and hands on.
func (t countingTracer) Seen(s sip.Trace) {
	direction := "in"
	if s.Sent {
		direction = "out"
	}
	if status, isResponse := strings.CutPrefix(s.First, "SIP/2.0 "); isResponse {
		code, _, _ := strings.Cut(status, " ")
		t.m.responses.Add(1, knownMethod(cseqMethod(s.Raw)), knownCode(code), direction)
	} else {
		method, _, _ := strings.Cut(s.First, " ")
		t.m.requests.Add(1, knownMethod(method), direction, strings.ToLower(string(s.Network)))
	}
	t.next.Seen(s)
}

// cseqMethod finds the method of a response (RFC 3261 section 20.16).
func cseqMethod(raw []byte) string {
	for line := range bytes.Lines(raw) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found || !bytes.EqualFold(bytes.TrimSpace(name), []byte("CSeq")) {
			continue
		}
		if fields := bytes.Fields(value); len(fields) == 2 {
			return string(fields[1])
		}
	}
	return ""
}

// knownMethod keeps a stranger from choosing a label.
func knownMethod(m string) string {
	switch m {
	case "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "PUBLISH":
		return m
	}
	return "other"
}

func knownCode(c string) string {
	if n, err := strconv.Atoi(c); err == nil && n >= 100 && n <= 699 {
		return c
	}
	return "other"
}

// watch adds what the rooms know when they are asked.
func (m *meters) watch(house *Main) {
	r := &m.registry
	r.Gauge("tandem_build_info", "1, with what this program is.", func(emit metrics.Emit) { emit(1, version, runtime.Version()) }, "version", "go")
	m.watchCalls(house)
	m.watchWire(house)
	m.watchVoice(house)
	r.Gauge("tandem_events_backlog", "Events that are not delivered yet.", func(emit metrics.Emit) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if c, err := house.store.Counts(ctx); err == nil {
			emit(float64(c.EventsDue))
		}
	})
}

func (m *meters) watchCalls(house *Main) {
	r := &m.registry
	r.Gauge("tandem_calls_active", "Calls in progress.", func(emit metrics.Emit) {
		for d, n := range sorted(house.sw.Counters().Active) {
			emit(float64(n), string(d))
		}
	}, "direction")
	r.CounterOf("tandem_calls_total", "Calls that are over.", func(emit metrics.Emit) {
		for d, byOutcome := range sorted(house.sw.Counters().Total) {
			for o, n := range sorted(byOutcome) {
				emit(float64(n), string(d), string(o))
			}
		}
	}, "direction", "outcome")
	r.CounterOf("tandem_attempts_refused_total", "Attempts that made no call.", func(emit metrics.Emit) {
		emit(float64(house.sw.Counters().Refused))
	})
	r.HistogramOf("tandem_call_setup_seconds", "From INVITE to the first 180 or 200.", func(emit metrics.EmitHistogram) {
		for d, h := range sorted(house.sw.Counters().Setup) {
			bounds := make([]float64, len(h.Bounds))
			for i, b := range h.Bounds {
				bounds[i] = b.Seconds()
			}
			emit(metrics.Buckets{Bounds: bounds, Counts: h.Counts, Sum: h.Sum.Seconds()}, string(d))
		}
	}, "direction")
}

func (m *meters) watchWire(house *Main) {
	r := &m.registry
	r.Gauge("tandem_registrations_active", "Bindings of devices.", func(emit metrics.Emit) {
		for network, n := range sorted(registrations(house)) {
			emit(float64(n.bindings), network)
		}
	}, "transport")
	trunks := func(value func(sip.TrunkState) float64) func(metrics.Emit) {
		return func(emit metrics.Emit) {
			for _, t := range house.stack.Trunks() {
				emit(value(t), string(t.ID))
			}
		}
	}
	r.Gauge("tandem_trunk_up", "1: the trunk answers.", trunks(func(t sip.TrunkState) float64 {
		if t.Up {
			return 1
		}
		return 0
	}), "trunk")
	r.Gauge("tandem_trunk_options_rtt_seconds", "Round trip of the last OPTIONS.", trunks(func(t sip.TrunkState) float64 { return t.RTT.Seconds() }), "trunk")
	r.Gauge("tandem_trunk_registration_expiry_seconds", "How long our registration lasts; 0: there is none.", trunks(func(t sip.TrunkState) float64 {
		return max(0, time.Until(t.Until).Seconds())
	}), "trunk")
	r.Gauge("tandem_trunk_calls", "Calls on a trunk that has any.", func(emit metrics.Emit) {
		for id, n := range sorted(house.sw.TrunkCalls()) {
			emit(float64(n), string(id))
		}
	}, "trunk")
}

func (m *meters) watchVoice(house *Main) {
	r := &m.registry
	r.CounterOf("tandem_rtp_packets_total", "RTP packets.", func(emit metrics.Emit) {
		s := house.engine.Stats()
		emit(float64(s.Received), "in")
		emit(float64(s.Sent), "out")
	}, "direction")
	r.CounterOf("tandem_rtp_refused_total", "Packets at our RTP ports that were not the peer's, or not RTP.", func(emit metrics.Emit) {
		emit(float64(house.engine.Stats().Refused))
	})
	r.Gauge("tandem_rtp_ports_in_use", "UDP ports of RTP and RTCP.", func(emit metrics.Emit) { emit(float64(house.engine.Stats().PortsInUse)) })
	r.Gauge("tandem_media_sessions", "Legs with media.", func(emit metrics.Emit) { emit(float64(house.engine.Stats().Sessions)) })
	r.Gauge("tandem_media_mixer_seconds", "How late the media clock ticks: 99 of 100 ticks of the last minute are better.", func(emit metrics.Emit) {
		emit(house.engine.Stats().LateP99.Seconds())
	})
}
