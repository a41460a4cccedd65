package main

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tandem/routing"
)

// meters are the metrics of this process: what the rooms count for themselves, read when somebody asks, and what is counted here. Labels are
// bounded: no phone number and no call id is ever one.
type meters struct {
	registry  *prometheus.Registry
	durations *prometheus.HistogramVec
	missed    *prometheus.CounterVec
	lost      prometheus.Counter
	jitter    prometheus.Histogram
	mos       *prometheus.HistogramVec
	voicemail prometheus.Counter
	queries   *prometheus.HistogramVec
	messages  *prometheus.CounterVec
	wrongKeys atomic.Uint64
}

func newMeters() *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tandem_call_duration_seconds", Help: "Length of calls that somebody answered, from the answer to the end.",
			Buckets: []float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600},
		}, []string{"direction"}),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_calls_missed_total", Help: "Calls that came in and that nobody answered, by reason.",
		}, []string{"reason"}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_rtp_lost_total", Help: "RTP packets that never came, of legs that are over.",
		}),
		jitter: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tandem_rtp_jitter_seconds", Help: "Interarrival jitter of what peers sent (RFC 3550), at the end of each leg.",
			Buckets: []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2},
		}),
		mos: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tandem_call_mos", Help: "How a direction of a leg sounded, 1 to 4.5 (ITU-T G.107), at the end of the leg; in: what its party sent, out: what it reports to have heard.",
			Buckets: []float64{1.5, 2, 2.5, 2.8, 3.1, 3.4, 3.6, 3.8, 4, 4.1, 4.2, 4.3, 4.4},
		}, []string{"direction"}),
		voicemail: prometheus.NewCounter(prometheus.CounterOpts{Name: "tandem_voicemails_total", Help: "Voicemails that were left."}),
		queries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tandem_db_query_seconds", Help: "How long the records take to answer whoever waits for them.",
			Buckets: []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5},
		}, []string{"op"}),
	}
	m.messages = newMessageCounter()
	m.registry.MustRegister(m.messages, m.durations, m.missed, m.lost, m.jitter, m.mos, m.voicemail, m.queries,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler answers a scrape. A metric that cannot be read is logged and left out; the others are shown.
func (m *meters) handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	})
}

// timed counts how long a query took that began at a moment.
func (m *meters) timed(op string, since time.Time) {
	m.queries.WithLabelValues(op).Observe(time.Since(since).Seconds())
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
		l.m.durations.WithLabelValues(string(c.Direction)).Observe(c.EndedAt.Sub(c.AnsweredAt).Seconds())
	}
	if why := routing.Missed(c); why != routing.NotMissed {
		l.m.missed.WithLabelValues(string(why)).Inc()
	}
	if c.Voicemail != nil {
		l.m.voicemail.Inc()
	}
	for i := range c.Legs {
		leg := &c.Legs[i]
		l.m.lost.Add(float64(leg.PacketsLost))
		if leg.PacketsIn > 1 {
			l.m.jitter.Observe(leg.JitterMS / 1000)
		}
		l.m.sounded(&leg.Quality)
	}
	return l.Ledger.Finish(c)
}

// sounded counts how a leg sounded, where enough of it was heard to tell.
func (m *meters) sounded(q *routing.LegQuality) {
	const enough = 50 // packets: a second
	if q.In.Packets >= enough {
		m.mos.WithLabelValues("in").Observe(q.In.MOS)
	}
	if q.Out.Packets >= enough {
		m.mos.WithLabelValues("out").Observe(q.Out.MOS)
	}
}
