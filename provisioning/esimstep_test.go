package provisioning

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// told is the life of a profile in a phone, in the order in which it happened.
func toldLife(at time.Time) []ProfileNews {
	var out []ProfileNews
	for i, s := range []ESIMState{ESIMDownloaded, ESIMDownloaded, ESIMEnabled, ESIMDisabled, ESIMEnabled, ESIMDisabled, ESIMEnabled} {
		out = append(out, ProfileNews{Profile: s, At: at.Add(time.Duration(i) * time.Second), Key: fmt.Sprint(i), EID: "89049032123451234512345678901235"})
	}
	return out
}

// In whatever order the notifications come, and however often each: the eSIM is where the newest says, and a repeat of all of them changes nothing.
func TestNotificationsLateRepeatedOrSwappedEndTheSame(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 2000 {
		life := toldLife(at)
		want := ESIMEnabled
		if round%3 == 0 {
			life, want = append(life, ProfileNews{Profile: ESIMTerminated, At: at.Add(time.Minute), Key: "gone"}), ESIMTerminated
		}
		heard := append(append([]ProfileNews(nil), life...), life[rng.IntN(len(life))], life[rng.IntN(len(life))])
		rng.Shuffle(len(heard), func(i, j int) { heard[i], heard[j] = heard[j], heard[i] })
		e := ESIM{ID: "esim_1", State: ESIMReleased, Profile: ESIMReleased, Operator: "op", Address: "smdp.example.com", MatchingID: "ABC"}
		for _, n := range heard {
			e = e.After(n, at.Add(time.Hour))
		}
		if e.State != want {
			t.Fatalf("round %d: %v end %s", round, heard, e.State)
		}
		again := e
		for _, n := range heard {
			again = again.After(n, at.Add(2*time.Hour))
		}
		if !reflect.DeepEqual(again, e) {
			t.Fatalf("round %d: told once more, it is\n%+v\nin the place of\n%+v", round, again, e)
		}
	}
}

func TestADownloadThatFailsIsSaidAndForgotten(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	e := ESIM{State: ESIMReleased, Profile: ESIMReleased}
	e = e.After(ProfileNews{Fault: "no room", At: at, Key: "1"}, at)
	if e.State != ESIMReleased || e.Fault != "no room" {
		t.Errorf("a failed download makes it %+v", e)
	}
	e = e.After(ProfileNews{Profile: ESIMDownloaded, At: at.Add(time.Second), Key: "2"}, at)
	e = e.After(ProfileNews{Fault: "no room", At: at, Key: "1"}, at)
	if e.State != ESIMDownloaded || e.Fault != "" {
		t.Errorf("downloaded after all it is %+v", e)
	}
}

// A step's answer that comes after somebody else took the step up, or after it was done, changes nothing.
func TestLateAnswersOfStepsChangeNothing(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	op := &Operator{ID: "op", Settings: OperatorSettings{Platform: &ESIMPlatform{}}}
	e := ESIM{ID: "esim_1", State: ESIMRequested, Operator: "op", ICCID: "8988211000000000011", MatchingID: "ABC"}
	first := e.Claimed(e.NextStep(op), now)
	second := first.Claimed(StepOrder, now.Add(stepLease))
	if late := second.After(StepRefused{Step: StepOrder, Try: 1, Fault: "late"}, now); late.Fault != "" || late.State != ESIMRequested {
		t.Errorf("a late refusal makes it %+v", late)
	}
	done := second.After(StepDone{Step: StepOrder, ICCID: e.ICCID}, now)
	if again := done.After(StepDone{Step: StepOrder, ICCID: e.ICCID}, now); !reflect.DeepEqual(done, again) || done.NextStep(op) != StepConfirm {
		t.Errorf("done twice it is %+v", again)
	}
	ordered := done
	ordered.Want = WantTerminated
	if step := ordered.NextStep(op); step != StepCancel {
		t.Errorf("an order that nobody wants any more is ended by %q", step)
	}
}
