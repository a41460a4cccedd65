package main

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// source is metrics that a room counts for itself: they are read together, when somebody asks.
type source struct {
	read func() // takes the figures of this moment; nil: each series asks for itself

	mu     sync.Mutex // one reader at a time
	series []series
}

// series is one metric of a source.
type series struct {
	desc *prometheus.Desc
	tell func(ch chan<- prometheus.Metric)
}

// emit gives one value with its label values, in the order of the labels.
type emit func(value float64, labels ...string)

// counter adds what only rises.
func (s *source) counter(name, help string, tell func(emit), labels ...string) {
	s.add(prometheus.CounterValue, name, help, tell, labels...)
}

// gauge adds what rises and falls.
func (s *source) gauge(name, help string, tell func(emit), labels ...string) {
	s.add(prometheus.GaugeValue, name, help, tell, labels...)
}

// add adds a series of single values.
func (s *source) add(kind prometheus.ValueType, name, help string, tell func(emit), labels ...string) {
	desc := prometheus.NewDesc(name, help, labels, nil)
	s.series = append(s.series, series{desc, func(ch chan<- prometheus.Metric) {
		tell(func(v float64, values ...string) {
			m, err := prometheus.NewConstMetric(desc, kind, v, values...)
			if err != nil {
				m = prometheus.NewInvalidMetric(desc, err)
			}
			ch <- m
		})
	}})
}

// spread is a histogram as it stands.
type spread struct {
	bounds []float64 // upper bounds, rising
	counts []uint64  // of each bound, not summed, and one more for what is above them all
	sum    float64   // of all values
}

// histogram adds a histogram that a room keeps.
func (s *source) histogram(name, help string, tell func(func(spread, ...string)), labels ...string) {
	desc := prometheus.NewDesc(name, help, labels, nil)
	s.series = append(s.series, series{desc, func(ch chan<- prometheus.Metric) {
		tell(func(h spread, values ...string) {
			buckets, total := make(map[float64]uint64, len(h.bounds)), uint64(0)
			for i, n := range h.counts {
				if total += n; i < len(h.bounds) {
					buckets[h.bounds[i]] = total
				}
			}
			m, err := prometheus.NewConstHistogram(desc, total, h.sum, buckets, values...)
			if err != nil {
				m = prometheus.NewInvalidMetric(desc, err)
			}
			ch <- m
		})
	}})
}

// Describe implements prometheus.Collector.
func (s *source) Describe(ch chan<- *prometheus.Desc) {
	for _, one := range s.series {
		ch <- one.desc
	}
}

// Collect implements prometheus.Collector.
func (s *source) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read != nil {
		s.read()
	}
	for _, one := range s.series {
		one.tell(ch)
	}
}
