package desk_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing/desk"
)

// clock is the beginning of every story.
func clock() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }

// story is one user's day: what happens, and what is told of it.
type story struct {
	t    *testing.T
	desk desk.Desk
	now  time.Time
	told []string
}

func begin(t *testing.T, r desk.Rules) *story {
	t.Helper()
	return &story{t: t, now: clock(), desk: desk.New(clock(), r, desk.Some)}
}

// after lets time pass, and every timer run out on the way.
func (s *story) after(d time.Duration) *story {
	end := s.now.Add(d)
	for due := s.desk.Wants(); !due.IsZero() && !due.After(end); due = s.desk.Wants() {
		s.now = due
		s.hears(s.desk.Tick(s.now))
	}
	s.now = end
	return s
}

func (s *story) hears(shift desk.Shift) *story {
	if shift.Tells != 0 {
		word := string(shift.Status)
		if shift.Reason != "" {
			word += ":" + string(shift.Reason)
		}
		s.told = append(s.told, fmt.Sprintf("%v %s %s", shift.At.Sub(clock()), word, strings.ReplaceAll(strings.Join(shift.Tells.Types(), ","), "user.", "")))
	}
	if shift.Away {
		s.told = append(s.told, "away")
	}
	return s
}

func (s *story) wants(lines ...string) {
	s.t.Helper()
	if !slices.Equal(s.told, lines) {
		s.t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(s.told, "\n\t"), strings.Join(lines, "\n\t"))
	}
	s.told = nil
}

// call is a call that rings for 5 s, is answered, and lasts a minute.
func (s *story) call(id desk.Call, on desk.Device, what desk.After) *story {
	s.t.Helper()
	shift, taken := s.desk.Offer(s.now, id, desk.OneCall)
	if !taken {
		s.t.Fatalf("%s is not offered", id)
	}
	s.hears(shift).after(5 * time.Second)
	s.hears(s.desk.Talk(s.now, id, on)).after(time.Minute)
	return s.hears(s.desk.Leave(s.now, id, what))
}

func TestSpec_A6_A7_WrapUpBeginsAtHangUpAndEndsByItsTimer(t *testing.T) {
	s := begin(t, desk.Rules{WrapUp: 20 * time.Second})
	s.call("c1", "workspace", desk.Work)
	if _, taken := s.desk.Offer(s.now.Add(time.Second), "c2", desk.SecondCall); taken {
		t.Error("a call rings during wrap-up")
	}
	if s.desk.Busy("") != desk.Wrapping {
		t.Error("the user is free during wrap-up")
	}
	s.after(time.Minute)
	s.wants(
		"0s ringing availability_changed", "5s in_call availability_changed", "1m5s after_call_work availability_changed,wrap_up_started",
		"1m25s available wrap_up_ended,availability_changed",
	)
	if got := s.desk.IdleSince(); !got.Equal(clock().Add(85 * time.Second)) {
		t.Errorf("idle since %v, want the end of the wrap-up (SPEC R17)", got)
	}
}

func TestSpec_A6_TheUserEndsTheWrapUpEarly(t *testing.T) {
	s := begin(t, desk.Rules{WrapUp: 20 * time.Second})
	if _, err := s.desk.EndWrapUp(s.now); !errors.Is(err, desk.ErrNoWrapUp) {
		t.Errorf("without a wrap-up: %v", err)
	}
	s.call("c1", "workspace", desk.Work).after(3 * time.Second)
	s.told = nil
	shift, err := s.desk.EndWrapUp(s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.hears(shift).after(time.Minute).wants("1m8s available wrap_up_ended,availability_changed")
}

func TestSpec_A8_TaggedWhileItLastedThereIsNoAfterCallWork(t *testing.T) {
	s := begin(t, desk.Rules{})
	shift, _ := s.desk.Offer(s.now, "c1", desk.OneCall)
	s.hears(shift).hears(s.desk.Talk(s.now, "c1", "cti")).hears(s.desk.Tag(s.now, "c1")).after(time.Minute).hears(s.desk.Leave(s.now, "c1", desk.WorkTags))
	s.wants("0s ringing availability_changed", "0s in_call availability_changed", "1m0s available availability_changed")
}

func TestSpec_A9_AnUntaggedCallKeepsTheUserInAfterCallWork(t *testing.T) {
	s := begin(t, desk.Rules{WrapUp: 10 * time.Second})
	s.call("c1", "workspace", desk.WorkTags)
	s.told = nil
	s.after(time.Hour).wants()
	if _, err := s.desk.EndWrapUp(s.now); !errors.Is(err, desk.ErrUntagged) {
		t.Errorf("ended without a tag: %v", err)
	}
	if status, _ := s.desk.Status(); status != desk.AfterCallWork || !slices.Equal(s.desk.Untagged(), []desk.Call{"c1"}) || !s.desk.WrapUpEnds().IsZero() {
		t.Errorf("after an hour: %s, to be tagged %v", status, s.desk.Untagged())
	}
	s.hears(s.desk.Tag(s.now, "c1")).wants("1h1m5s available wrap_up_ended,availability_changed")
	if !s.desk.IdleSince().Equal(s.now) {
		t.Error("the idle clock does not start when the tagging is done (SPEC R17)")
	}
}

func TestSpec_A10_HoursThatEndDuringACallLeaveItAlone(t *testing.T) {
	closing := clock().Add(30 * time.Second)
	s := begin(t, desk.Rules{Set: desk.ByHours, Turn: closing})
	shift, _ := s.desk.Offer(s.now, "c1", desk.OneCall)
	s.hears(shift).hears(s.desk.Talk(s.now, "c1", "workspace"))
	if got := s.desk.Wants(); !got.Equal(closing) {
		t.Fatalf("the next turn is at %v, want %v", got, closing)
	}
	s.now = closing
	s.hears(s.desk.Follow(s.now, desk.Rules{Set: desk.ByHours, Hours: desk.Outside, Turn: clock().Add(15 * time.Hour)}))
	s.after(time.Minute).hears(s.desk.Leave(s.now, "c1", desk.Work))
	s.wants("0s ringing availability_changed", "0s in_call availability_changed", "1m30s unavailable:outside_hours availability_changed")
}

func TestSpec_A11_AReloadDoesNotFlap(t *testing.T) {
	s := begin(t, desk.Rules{Grace: 10 * time.Second})
	s.hears(s.desk.Connect(s.now, desk.None)).after(9 * time.Second).hears(s.desk.Connect(s.now, desk.Some)).after(time.Minute).wants()
	s.hears(s.desk.Connect(s.now, desk.None)).after(5 * time.Second).hears(s.desk.Connect(s.now, desk.None)).after(time.Minute)
	s.hears(s.desk.Connect(s.now, desk.Some))
	s.wants("1m19s offline disconnected,availability_changed", "2m14s available connected,availability_changed")
}

func TestSpec_A12_ForwardingKeepsTheUserAvailable(t *testing.T) {
	s := begin(t, desk.Rules{Grace: 10 * time.Second, Forward: desk.Forwards})
	s.hears(s.desk.Connect(s.now, desk.None)).after(time.Minute).wants("10s available disconnected")
}

func TestSpec_A13_WhoDoesNotAnswerIsAway(t *testing.T) {
	s := begin(t, desk.Rules{AwayAfter: 3})
	rings := func(id desk.Call) {
		shift, _ := s.desk.Offer(s.now, id, desk.OneCall)
		s.hears(shift).after(30 * time.Second).hears(s.desk.Miss(s.now)).hears(s.desk.Leave(s.now, id, desk.Nothing))
	}
	rings("c1")
	rings("c2")
	s.desk.Decline() // somebody is there
	rings("c3")
	rings("c4")
	s.call("c5", "workspace", desk.Work) // and answers
	rings("c6")
	rings("c7")
	s.told = nil
	rings("c8")
	s.wants("4m5s ringing availability_changed", "away", "4m35s available availability_changed")
	s.hears(s.desk.Follow(s.now, desk.Rules{Set: desk.ByHand, Reason: "not_answering", AwayAfter: 3})).wants("4m35s unavailable:not_answering availability_changed")
	s.hears(s.desk.Follow(s.now, desk.Rules{AwayAfter: 3})).wants("4m35s available availability_changed")
	rings("c9") // It is counted from the beginning.
	s.wants("4m35s ringing availability_changed", "5m5s available availability_changed")

	off := begin(t, desk.Rules{})
	for range 100 {
		if off.desk.Miss(off.now).Away {
			t.Fatal("it is off, and somebody is away")
		}
	}
}

func TestSpec_A4_AnUnavailableUserCallsOut(t *testing.T) {
	s := begin(t, desk.Rules{Set: desk.ByHand, Reason: "lunch"})
	s.hears(s.desk.Talk(s.now, "out", "workspace")).after(time.Minute).hears(s.desk.Leave(s.now, "out", desk.Work))
	s.wants("0s in_call availability_changed", "1m0s unavailable:lunch availability_changed")
}

func TestSpec_E12_ACallOnTheHandsetOfAnUnavailableUser(t *testing.T) {
	s := begin(t, desk.Rules{Set: desk.ByHand, Reason: "lunch", WrapUp: time.Minute})
	s.call("c1", desk.Handset, desk.WorkTags)
	s.wants("5s in_call availability_changed", "1m5s unavailable:lunch availability_changed")
}

func TestSpec_X23_ACallThatWaitsLeavesTheStatusAlone(t *testing.T) {
	s := begin(t, desk.Rules{})
	s.hears(s.desk.Talk(s.now, "c1", "cti"))
	shift, taken := s.desk.Offer(s.now, "c2", desk.SecondCall)
	if !taken {
		t.Fatal("a second call is not taken")
	}
	s.hears(shift)
	if _, taken = s.desk.Offer(s.now, "c3", desk.SecondCall); taken {
		t.Error("a third call is taken")
	}
	s.wants("0s in_call availability_changed")
	if s.desk.Busy("c1") != desk.Alerted || s.desk.Busy("c2") != desk.Talking {
		t.Error("what others do is wrong")
	}
}

// A day of chance: at every moment there is exactly one status, it is the one that was told last, and the times between what was told sum to the day.
func TestSpec_A5_A14_OneStatusAtATimeAndTheTimesSum(t *testing.T) {
	for seed := range uint64(300) {
		randomDay(t, rand.New(rand.NewPCG(seed, 14)))
	}
}

func randomDay(t *testing.T, r *rand.Rand) {
	t.Helper()
	d := desk.New(clock(), desk.Rules{}, desk.Phones(r.IntN(2)))
	now, last, lastAt := clock(), first(d.Status()), clock()
	took := map[string]time.Duration{}
	for range 400 {
		now = now.Add(time.Duration(r.IntN(30)) * time.Second)
		for _, step := range [...]func(now time.Time) desk.Shift{func(now time.Time) desk.Shift { return anything(&d, r, now) }, d.Tick} {
			shift := step(now)
			is := first(d.Status())
			if (is != last) != (shift.Tells&desk.StatusNow != 0) {
				t.Fatalf("it is %s after %s, and told is %+v", is, last, shift)
			}
			if is != last {
				if shift.At != now || first(shift.Status, shift.Reason) != is {
					t.Fatalf("told is %+v, and it is %s", shift, is)
				}
				took[last] += now.Sub(lastAt)
				last, lastAt = is, now
			}
		}
		if due := d.Wants(); !due.IsZero() && !due.After(now) && !due.Equal(turn()) {
			t.Fatalf("the timer of %v is never over", due)
		}
	}
	took[last] += now.Sub(lastAt)
	sum := time.Duration(0)
	for status, part := range took {
		if !slices.Contains([]string{"available", "ringing", "in_call", "after_call_work", "unavailable:", "unavailable:lunch", "unavailable:outside_hours", "offline"}, status) {
			t.Errorf("%q is no status", status)
		}
		sum += part
	}
	if sum != now.Sub(clock()) {
		t.Errorf("the times sum to %v in a day of %v", sum, now.Sub(clock()))
	}
}

func first(s desk.Status, r desk.Reason) string {
	if s == desk.Unavailable {
		return string(s) + ":" + string(r)
	}
	return string(s)
}

func turn() time.Time { return clock().Add(time.Hour) }

// anything lets something happen.
func anything(d *desk.Desk, r *rand.Rand, now time.Time) desk.Shift {
	c := desk.Call(fmt.Sprint("c", r.IntN(4)))
	switch r.IntN(12) {
	case 0:
		return d.Follow(now, desk.Rules{
			Set: desk.Setting(r.IntN(3)), Reason: desk.Reason([]string{"", "lunch"}[r.IntN(2)]), Hours: desk.Hours(r.IntN(2)), Turn: turn(), Grace: 10 * time.Second,
			WrapUp: time.Duration(r.IntN(3)) * 10 * time.Second, AwayAfter: r.IntN(4), Forward: desk.Forward(r.IntN(2)),
		})
	case 1, 2:
		return d.Connect(now, desk.Phones(r.IntN(2)))
	case 3, 4:
		s, _ := d.Offer(now, c, desk.Second(r.IntN(2)))
		return s
	case 5, 6:
		return d.Talk(now, c, desk.Device([]string{"workspace", "native", ""}[r.IntN(3)]))
	case 7, 8:
		return d.Leave(now, c, desk.After(r.IntN(3)))
	case 9:
		return d.Tag(now, c)
	case 10:
		s, _ := d.EndWrapUp(now)
		return s
	}
	if r.IntN(2) == 0 {
		return d.Miss(now)
	}
	return d.Tick(now)
}
