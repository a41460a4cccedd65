package routing

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tandem/sip/dialog"
)

func TestSpec_E8_AProbeTellsWhetherAMachineAnswers(t *testing.T) {
	type story struct {
		name  string
		plays func(h *house, core *fakeLine)
		want  ProbeResult
	}
	for _, s := range []story{
		{"nobody", func(h *house, _ *fakeLine) { h.later(25 * time.Second) }, ProbeResult{Found: ProbeClean, After: 25 * time.Second}},
		{"off", func(h *house, core *fakeLine) {
			h.later(time.Second)
			core.does("480", refuses(480, "Q.850;cause=18"))
		}, ProbeResult{Found: ProbeClean, After: time.Second}},
		{"at once", func(h *house, core *fakeLine) {
			h.later(300 * time.Millisecond)
			core.does("200", takes())
		}, ProbeResult{Found: ProbeMachine, After: 300 * time.Millisecond, Because: "no_ringing"}},
		{"at the timer", func(h *house, core *fakeLine) {
			h.later(2 * time.Second)
			core.does("180", paged())
			h.later(21 * time.Second)
			core.does("200", takes())
		}, ProbeResult{Found: ProbeMachine, After: 23 * time.Second, Rang: 2 * time.Second, Because: "answered"}},
		{"forwarded", func(h *house, core *fakeLine) {
			h.later(2 * time.Second)
			core.does("181", dialog.Progress{Status: 181, Head: said()})
		}, ProbeResult{Found: ProbeMachine, After: 2 * time.Second, Because: "forwarded"}},
		{
			"a core that is down", func(_ *house, core *fakeLine) { core.does("503", refuses(503, "")) },
			ProbeResult{Found: ProbeNothing, Because: "Service Unavailable"},
		},
	} {
		inMobileHouse(t, func(h *house) {
			found, failed := make(chan ProbeResult, 1), make(chan error, 1)
			go func() {
				r, err := h.sw.ProbeOperator(h.t.Context(), "moba", aliceDirect)
				found <- r
				failed <- err
			}()
			synctest.Wait()
			core := h.lines["trunk:core"]
			if core.dial.Asked == "" || core.dial.Offer == nil || header(&core.dial, "X-Tandem-Anchor") == "" {
				t.Fatalf("%s: the probe is %+v", s.name, core.dial)
			}
			s.plays(h, core)
			s.want.Number = aliceDirect
			if got, err := <-found, <-failed; err != nil || got != s.want {
				t.Errorf("%s: %+v, %v, want %+v", s.name, got, err, s.want)
			}
			if !core.over {
				t.Errorf("%s: the leg goes on", s.name)
			}
			if len(h.ledger.begun) != 0 || len(h.lines) != 1 {
				t.Errorf("%s: a probe is no call", s.name)
			}
		})
	}
}

func TestAProbeThatCannotBeMade(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		if _, err := h.sw.ProbeOperator(h.t.Context(), "nobody", aliceDirect); !errors.Is(err, ErrNoOperator) {
			t.Errorf("an unknown operator: %v", err)
		}
		if _, err := h.sw.ProbeOperator(h.t.Context(), "moba", "112"); !errors.Is(err, ErrNotANumber) {
			t.Errorf("no number: %v", err)
		}
		h.noPorts = true
		if _, err := h.sw.ProbeOperator(h.t.Context(), "moba", aliceDirect); !errors.Is(err, errUnheard) {
			t.Errorf("no ports: %v", err)
		}
		h.noPorts, h.dialErr = false, errUnheard
		if _, err := h.sw.ProbeOperator(h.t.Context(), "moba", aliceDirect); !errors.Is(err, errUnheard) {
			t.Errorf("no way: %v", err)
		}
		h.dialErr = nil
		ctx, cancel := context.WithTimeout(h.t.Context(), 5*time.Second)
		defer cancel()
		if _, err := h.sw.ProbeOperator(ctx, "moba", aliceDirect); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who asked has left: %v", err)
		}
		synctest.Wait()
		if !h.lines["trunk:core"].over {
			t.Error("the probe goes on without who asked for it")
		}
	})
}
