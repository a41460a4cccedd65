package metrics

import (
	"net/http/httptest"
	"sync"
	"testing"
)

func TestScrape(t *testing.T) {
	var r Registry
	calls := r.Counter("tandem_calls_total", "Calls that ended.", "direction", "outcome")
	calls.Add(1, "outbound", "busy")
	calls.Add(2, "inbound", "answered")
	r.Counter("tandem_quiet_total", "Nothing yet.")
	h := r.Histogram("tandem_call_setup_seconds", "INVITE to 200.", []float64{0.1, 1}, "direction")
	for _, v := range []float64{0.05, 0.1, 0.5, 7} {
		h.Observe(v, "inbound")
	}
	r.Histogram("tandem_plain_seconds", "Without labels.", []float64{1}).Observe(2)
	r.Gauge("tandem_trunk_up", "1: up.", func(emit Emit) { emit(1, "a\"b\\c\nd") }, "trunk")

	r.HistogramOf("tandem_kept_seconds", "Kept elsewhere.", func(emit EmitHistogram) {
		emit(Buckets{Bounds: []float64{1, 2}, Counts: []uint64{1, 0, 2}, Sum: 9}, "x")
	}, "l")

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	want := `# HELP tandem_calls_total Calls that ended.
# TYPE tandem_calls_total counter
tandem_calls_total{direction="inbound",outcome="answered"} 2
tandem_calls_total{direction="outbound",outcome="busy"} 1
# HELP tandem_quiet_total Nothing yet.
# TYPE tandem_quiet_total counter
tandem_quiet_total 0
# HELP tandem_call_setup_seconds INVITE to 200.
# TYPE tandem_call_setup_seconds histogram
tandem_call_setup_seconds_bucket{direction="inbound",le="0.1"} 2
tandem_call_setup_seconds_bucket{direction="inbound",le="1"} 3
tandem_call_setup_seconds_bucket{direction="inbound",le="+Inf"} 4
tandem_call_setup_seconds_sum{direction="inbound"} 7.65
tandem_call_setup_seconds_count{direction="inbound"} 4
# HELP tandem_plain_seconds Without labels.
# TYPE tandem_plain_seconds histogram
tandem_plain_seconds_bucket{le="1"} 0
tandem_plain_seconds_bucket{le="+Inf"} 1
tandem_plain_seconds_sum 2
tandem_plain_seconds_count 1
# HELP tandem_trunk_up 1: up.
# TYPE tandem_trunk_up gauge
tandem_trunk_up{trunk="a\"b\\c\nd"} 1
# HELP tandem_kept_seconds Kept elsewhere.
# TYPE tandem_kept_seconds histogram
tandem_kept_seconds_bucket{l="x",le="1"} 1
tandem_kept_seconds_bucket{l="x",le="2"} 1
tandem_kept_seconds_bucket{l="x",le="+Inf"} 3
tandem_kept_seconds_sum{l="x"} 9
tandem_kept_seconds_count{l="x"} 3
`
	if got := w.Body.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := w.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
}

func TestManyCountAtOnce(t *testing.T) {
	var r Registry
	c := r.Counter("x_total", "x", "l")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				c.Add(1, "a")
			}
		})
	}
	wg.Wait()
	if got := c.values["a"]; got != 8000 {
		t.Errorf("got %v", got)
	}
}
