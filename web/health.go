package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// readyWithin is how long a condition of readiness may think.
const readyWithin = 3 * time.Second

// health mounts /healthz, which says that the process answers, and /readyz, which says that it takes calls.
func (s *Server) health() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	s.mux.HandleFunc("GET /readyz", s.ready)
}

// condition is one line of /readyz?verbose.
type condition struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text,omitempty"`
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	answer := struct {
		Ready  bool         `json:"ready"`
		Checks []condition  `json:"checks"`
		Trunks []trunkState `json:"trunks"`
	}{Ready: true, Trunks: []trunkState{}}
	for _, c := range s.rooms.Checks {
		line := condition{Name: c.Name, OK: true}
		if err := c.Ask(ctx); err != nil {
			line.OK, line.Text, answer.Ready = false, err.Error(), false
		}
		answer.Checks = append(answer.Checks, line)
	}
	status, word := http.StatusOK, "ready\n"
	if !answer.Ready {
		status, word = http.StatusServiceUnavailable, "not ready\n"
	}
	if !r.URL.Query().Has("verbose") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(word))
		return
	}
	for _, t := range s.rooms.Trunks.Trunks() {
		answer.Trunks = append(answer.Trunks, stateOf(t))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
