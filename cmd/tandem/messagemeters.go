package main

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/messaging"
	"tandem/store"
)

// newMessageCounter counts messages as they are kept, and as it is written what became of them.
func newMessageCounter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tandem_messages_total", Help: "Messages that were kept, and those of which it was written that they were sent, delivered, failed, or are in doubt.",
	}, []string{"direction", "status"})
}

// Messaged implements messaging.Watcher.
func (m *meters) Messaged(d messaging.Direction, s messaging.State) {
	m.messages.WithLabelValues(string(d), string(s)).Inc()
}

// kindOfPhones stands for the kind of connector where there is none: messages to SIP phones.
const kindOfPhones = "phone"

// messageSource is what the records know of messages on their way.
func messageSource(house *Main) *source {
	var now store.MessageFigures
	known := false
	s := &source{read: func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		defer house.meters.timed("messages", time.Now())
		figures, err := house.store.Messages().Figures(ctx)
		now, known = figures, err == nil
	}}
	s.gauge("tandem_message_deliveries_waiting", "Deliveries of messages that were not carried out yet, by what their connector speaks.", func(e emit) {
		if !known {
			return
		}
		for kind, n := range byKind(house.store.Post(), now.Waiting) {
			e(float64(n), kind)
		}
	}, "kind")
	s.gauge("tandem_messages_in_doubt", "Messages that were perhaps sent when a line or we went down.", func(e emit) {
		if known {
			e(float64(now.InDoubt))
		}
	})
	return s
}

// byKind sums what waits for each route by the kind of its connector. Every kind that there is a connector of has a figure, so that none is zero by silence.
func byKind(p *messaging.Snapshot, waiting map[messaging.Route]int64) map[string]int64 {
	out := map[string]int64{kindOfPhones: 0}
	for _, c := range p.Connectors {
		out[string(c.Kind)] += 0
	}
	for route, n := range waiting {
		c := p.Connectors[messaging.ConnectorID(route)]
		switch {
		case c != nil:
			out[string(c.Kind)] += n
		case strings.HasPrefix(string(route), "phone:"):
			out[kindOfPhones] += n
		default:
			out["gone"] += n // Its connector was deleted.
		}
	}
	return out
}
