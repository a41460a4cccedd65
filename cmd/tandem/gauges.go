package main

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"time"

	"tandem/media"
	"tandem/routing"
	"tandem/sip"
)

// watch adds what the rooms know when they are asked.
func (m *meters) watch(house *Main) {
	m.registry.MustRegister(processSource(house), callSource(house), sipSource(house, &m.wrongKeys), trunkSource(house), voiceSource(house), hookSource(house), creditSource(house), messageSource(house))
}

func processSource(house *Main) *source {
	s := &source{}
	s.gauge("tandem_build_info", "1, with what this program is.", func(e emit) { e(1, version, runtime.Version()) }, "version", "go")
	s.gauge("tandem_certificate_expiry_seconds", "How long a certificate of ours is good.", func(e emit) {
		for about, until := range lifetimes(house.Config) {
			e(time.Until(until).Seconds(), about)
		}
	}, "certificate")
	s.gauge("tandem_events_backlog", "Events that were not handed to webhooks yet.", func(e emit) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		defer house.meters.timed("counts", time.Now())
		if n, err := house.store.EventsDue(ctx); err == nil {
			e(float64(n))
		}
	})
	return s
}

func callSource(house *Main) *source {
	var now routing.Counters
	s := &source{read: func() { now = house.sw.Counters() }}
	s.gauge("tandem_calls_active", "Calls in progress.", func(e emit) {
		for d, n := range now.Active {
			e(float64(n), string(d))
		}
	}, "direction")
	s.counter("tandem_calls_total", "Calls that are over.", func(e emit) {
		for d, byOutcome := range now.Total {
			for o, n := range byOutcome {
				e(float64(n), string(d), string(o))
			}
		}
	}, "direction", "outcome")
	s.counter("tandem_attempts_refused_total", "Attempts that made no call.", func(e emit) { e(float64(now.Refused)) })
	s.counter("tandem_calls_cut_total", "Calls that ended because of this program: a fault in it, or too much to do.", func(e emit) {
		e(float64(now.Panics), "fault")
		e(float64(now.Overruns), "overrun")
	}, "reason")
	s.counter("tandem_audio_faults_total", "Parties who were not heard in a conversation, by the reason.", func(e emit) { byName(e, now.Unheard) }, "reason")
	s.counter("tandem_quality_degraded_total", "Times that the sound of a leg became bad, in: from its party, out: to it.", func(e emit) {
		byName(e, now.Degraded)
	}, "direction")
	s.counter("tandem_mobile_deflections_total", "Calls to handsets that a machine took, most often the operator's voicemail.", func(e emit) {
		for o, n := range now.Deflections {
			e(float64(n), string(o))
		}
	}, "operator")
	s.histogram("tandem_call_setup_seconds", "From INVITE to the first 180 or 200.", func(e func(spread, ...string)) {
		for d, h := range now.Setup {
			bounds := make([]float64, len(h.Bounds))
			for i, b := range h.Bounds {
				bounds[i] = b.Seconds()
			}
			e(spread{bounds, h.Counts, h.Sum.Seconds()}, string(d))
		}
	}, "direction")
	return s
}

func voiceSource(house *Main) *source {
	var now media.EngineStats
	s := &source{read: func() { now = house.engine.Stats() }}
	s.counter("tandem_rtp_packets_total", "RTP packets.", func(e emit) {
		e(float64(now.Received), "in")
		e(float64(now.Sent), "out")
	}, "direction")
	s.counter("tandem_rtp_refused_total", "Packets at our RTP ports that were not the peer's, or not RTP.", func(e emit) { e(float64(now.Refused)) })
	s.counter("tandem_rtp_unsent_total", "Packets that the kernel did not take from us.", func(e emit) { e(float64(now.Unsent)) })
	s.gauge("tandem_rtp_ports_in_use", "UDP ports of RTP and RTCP.", func(e emit) { e(float64(now.PortsInUse)) })
	s.gauge("tandem_media_sessions", "Legs with media.", func(e emit) { e(float64(now.Sessions)) })
	s.gauge("tandem_media_mixer_seconds", "How late the media clock ticks: 99 of 100 ticks of the last minute are better.", func(e emit) {
		e(now.LateP99.Seconds())
	})
	return s
}

func sipSource(house *Main, wrongKeys interface{ Load() uint64 }) *source {
	var now sip.Counters
	s := &source{read: func() { now = house.stack.Counters() }}
	s.counter("tandem_sip_requests_total", "SIP requests that were let through or sent, without repeats of ours.", func(e emit) {
		for r, n := range now.RequestsIn {
			e(float64(n), r.Method, "in", strings.ToLower(string(r.Network)))
		}
		for r, n := range now.RequestsOut {
			e(float64(n), r.Method, "out", strings.ToLower(string(r.Network)))
		}
	}, "method", "direction", "transport")
	s.counter("tandem_sip_responses_total", "SIP responses that came or were sent.", func(e emit) {
		for status, n := range now.ResponsesIn {
			e(float64(n), strconv.Itoa(status), "in")
		}
		for status, n := range now.ResponsesOut {
			e(float64(n), strconv.Itoa(status), "out")
		}
	}, "code", "direction")
	s.counter("tandem_sip_parse_errors_total", "What came to the SIP ports and could not be read.", func(e emit) { byName(e, now.Malformed) }, "reason")
	s.counter("tandem_sip_refused_total", "SIP messages that could be read and were not let through.", func(e emit) { byName(e, now.Refused) }, "reason")
	s.counter("tandem_sip_retransmissions_total", "Repeats of SIP requests and responses, in both directions.", func(e emit) { e(float64(now.Retransmissions)) })
	s.counter("tandem_sip_shed_total", "SIP requests answered 503 because too much waited.", func(e emit) { e(float64(now.Shed)) })
	s.gauge("tandem_sip_transactions_active", "SIP transactions in progress.", func(e emit) {
		e(float64(now.ClientTransactions), "client")
		e(float64(now.ServerTransactions), "server")
	}, "type")
	s.gauge("tandem_sip_connections", "TCP and TLS connections that are open.", func(e emit) { e(float64(now.Connections)) })
	s.counter("tandem_auth_failures_total", "Wrong passwords of SIP and wrong keys of the API.", func(e emit) {
		e(float64(now.WrongPasswords), "sip")
		e(float64(wrongKeys.Load()), "api")
	}, "realm")
	s.gauge("tandem_blocked_sources", "Addresses that SIP does not listen to for a while.", func(e emit) { e(float64(now.Blocked)) })
	s.gauge("tandem_registrations_active", "Bindings of devices.", func(e emit) {
		for network, n := range registrations(house) {
			e(float64(n.bindings), network)
		}
	}, "transport")
	return s
}

// byName gives counts that are kept by name.
func byName(e emit, counts map[string]uint64) {
	for name, n := range counts {
		e(float64(n), name)
	}
}

func trunkSource(house *Main) *source {
	var now []sip.TrunkState
	s := &source{read: func() { now = house.stack.Trunks() }}
	each := func(value func(sip.TrunkState) float64) func(emit) {
		return func(e emit) {
			for _, t := range now {
				e(value(t), string(t.ID))
			}
		}
	}
	s.gauge("tandem_trunk_up", "1: the trunk answers.", each(func(t sip.TrunkState) float64 {
		if t.Up {
			return 1
		}
		return 0
	}), "trunk")
	s.gauge("tandem_trunk_options_rtt_seconds", "Round trip of the last OPTIONS.", each(func(t sip.TrunkState) float64 { return t.RTT.Seconds() }), "trunk")
	s.gauge("tandem_trunk_registration_expiry_seconds", "How long our registration lasts; 0: there is none.", each(func(t sip.TrunkState) float64 {
		return max(0, time.Until(t.Until).Seconds())
	}), "trunk")
	s.gauge("tandem_trunk_calls", "Calls on a trunk that has any.", func(e emit) {
		for id, n := range house.sw.TrunkCalls() {
			e(float64(n), string(id))
		}
	}, "trunk")
	return s
}
