// Package metrics counts and shows what Prometheus reads: counters, gauges and histograms in the text exposition format 0.0.4. Labels are
// bounded: no phone number and no call id is ever one. It knows no room; those who know give it numbers.
package metrics
