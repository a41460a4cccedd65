package metrics

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Registry is a set of metrics with different names. Its zero value is empty and ready.
type Registry struct {
	mu       sync.Mutex
	families []family
}

// family is one metric with all its label values.
type family interface {
	title() string
	write(w io.Writer)
}

// head is what every family begins with.
type head struct {
	name, help, kind string
	labels           []string
}

func (h head) title() string { return h.name }

func (h head) writeHead(w io.Writer) {
	help := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(h.help)
	_, _ = fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", h.name, help, h.name, h.kind)
}

// add keeps a family. Two of one name are a mistake of the program; the first is kept.
func (r *Registry) add(f family) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := slices.ContainsFunc(r.families, func(g family) bool { return g.title() == f.title() })
	if !known {
		r.families = append(r.families, f)
	}
}

// Counter makes a counter. Its name ends in _total.
func (r *Registry) Counter(name, help string, labels ...string) *Counter {
	c := &Counter{head: head{name, help, "counter", labels}, values: map[string]float64{}}
	if len(labels) == 0 {
		c.values[""] = 0
	}
	r.add(c)
	return c
}

// Histogram makes a histogram whose buckets end at the bounds, which rise.
func (r *Registry) Histogram(name, help string, bounds []float64, labels ...string) *Histogram {
	h := &Histogram{head: head{name, help, "histogram", labels}, bounds: bounds, values: map[string]*Buckets{}}
	r.add(h)
	return h
}

// Emit gives one value with its label values, in the order of the labels.
type Emit func(value float64, labels ...string)

// Gauge makes a gauge that is asked for its values each time somebody reads.
func (r *Registry) Gauge(name, help string, read func(Emit), labels ...string) {
	r.add(&asked{head: head{name, help, "gauge", labels}, read: read})
}

// CounterOf makes a counter that somebody else counts.
func (r *Registry) CounterOf(name, help string, read func(Emit), labels ...string) {
	r.add(&asked{head: head{name, help, "counter", labels}, read: read})
}

// EmitHistogram gives one histogram with its label values.
type EmitHistogram func(b Buckets, labels ...string)

// HistogramOf makes a histogram that somebody else keeps.
func (r *Registry) HistogramOf(name, help string, read func(EmitHistogram), labels ...string) {
	r.add(&askedHistogram{head: head{name, help, "histogram", labels}, read: read})
}

// WriteTo writes every metric, in the order in which they were made.
func (r *Registry) WriteTo(w io.Writer) (int64, error) {
	r.mu.Lock()
	families := slices.Clone(r.families)
	r.mu.Unlock()
	counted := &countingWriter{w: w}
	b := bufio.NewWriter(counted)
	for _, f := range families {
		f.write(b)
	}
	err := b.Flush()
	return counted.n, err
}

// ServeHTTP answers a scrape.
func (r *Registry) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = r.WriteTo(w)
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// join makes one text of label values; labels apart it is the key of a map.
func join(values []string) string { return strings.Join(values, "\xff") }

// series writes one line: name{labels} value.
func series(w io.Writer, name string, labels, values []string, v float64) {
	_, _ = io.WriteString(w, name)
	if len(labels) > 0 {
		_, _ = io.WriteString(w, "{")
		for i, l := range labels {
			sep, value := ",", ""
			if i == 0 {
				sep = ""
			}
			if i < len(values) {
				value = values[i]
			}
			_, _ = fmt.Fprintf(w, "%s%s=\"%s\"", sep, l, escape(value))
		}
		_, _ = io.WriteString(w, "}")
	}
	_, _ = fmt.Fprintf(w, " %s\n", number(v))
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(s, "�"))
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
