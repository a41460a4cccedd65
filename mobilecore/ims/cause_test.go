package ims_test

import (
	"testing"

	"tandem/mobilecore/ims"
)

// What a real exchange and handset were seen to answer, and what other cores say for the same.
func TestCore_A4_BusyRejectCoverageAndUnknownAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		reason string
		rang   ims.Alerting
		cause  int
		means  ims.Ending
	}{
		"in a call":                          {486, "Q.850;cause=17", ims.NotAlerted, 17, ims.EndingBusy},
		"switched off":                       {480, "Q.850;cause=18", ims.NotAlerted, 18, ims.EndingUnreachable},
		"unknown to the exchange":            {480, `Q.850;cause=18;text="No user responding"`, ims.NotAlerted, 18, ims.EndingUnreachable},
		"out of coverage":                    {502, "Q.850;cause=27", ims.NotAlerted, 27, ims.EndingUnreachable},
		"rejected while it rang":             {500, "Q.850;cause=16", ims.Alerted, 16, ims.EndingDeclined},
		"ended by us":                        {487, "Q.850;cause=16", ims.Alerted, 16, ims.EndingCancelled},
		"ended by us, nothing said":          {487, "", ims.Alerted, 16, ims.EndingCancelled},
		"declined on a VoLTE phone":          {603, "", ims.Alerted, 21, ims.EndingDeclined},
		"declined with the reason of a call": {603, "Q.850;cause=16", ims.NotAlerted, 16, ims.EndingDeclined},
		"call rejected":                      {480, "Q.850;cause=21", ims.Alerted, 21, ims.EndingDeclined},
		"barred before it rang":              {403, "Q.850;cause=21", ims.NotAlerted, 21, ims.EndingUnknown},
		"busy, the status alone":             {486, "", ims.NotAlerted, 17, ims.EndingBusy},
		"busy everywhere":                    {600, "", ims.Alerted, 17, ims.EndingBusy},
		"nobody answered":                    {480, "Q.850;cause=19", ims.Alerted, 19, ims.EndingNoAnswer},
		"nobody answered, the status alone":  {408, "", ims.Alerted, 102, ims.EndingNoAnswer},
		"no page answered":                   {408, "", ims.NotAlerted, 102, ims.EndingUnreachable},
		"unregistered":                       {404, "", ims.NotAlerted, 1, ims.EndingUnreachable},
		"absent subscriber":                  {480, "Q.850;cause=20", ims.NotAlerted, 20, ims.EndingUnreachable},
		"an unspecified reason":              {480, "Q.850;cause=31", ims.NotAlerted, 31, ims.EndingUnreachable},
		"the core is overloaded":             {503, "", ims.NotAlerted, 41, ims.EndingCore},
		"a reason of another protocol":       {486, `SIP;cause=200;text="x"`, ims.NotAlerted, 17, ims.EndingBusy},
		"a reason out of range":              {486, "Q.850;cause=900", ims.NotAlerted, 17, ims.EndingBusy},
		"a reason that is none":              {486, "Q.850;cause=-1", ims.NotAlerted, 17, ims.EndingBusy},
	} {
		var h heads
		if c.reason != "" {
			h = head("Reason: " + c.reason)
		}
		got := ims.CauseFrom(c.status, h, nil)
		same(t, name, got, c.cause)
		same(t, name+", its meaning", ims.Classify(c.status, got, c.rang), c.means)
	}
}

func TestAnOperatorsQuirkGoesBeforeEverything(t *testing.T) {
	quirks := []ims.Quirk{{Status: 480, Q850: 16, Means: 21}, {Status: 480, Q850: -1, Means: 20}, {Q850: 47, Means: 27}, {Status: 404, Means: 18}}
	for _, c := range []struct {
		status int
		reason string
		want   int
	}{
		{480, "Q.850;cause=16", 21}, {480, "", 20}, {480, "Q.850;cause=18", 18}, {503, "Q.850;cause=47", 27}, {404, "Q.850;cause=1", 18}, {404, "", 18}, {486, "", 17},
	} {
		var h heads
		if c.reason != "" {
			h = head("Reason: " + c.reason)
		}
		same(t, c.reason, ims.CauseFrom(c.status, h, quirks), c.want)
	}
}

func TestEveryFailureHasACause(t *testing.T) {
	for status := 400; status < 700; status++ {
		if c := ims.CauseFrom(status, heads{}, nil); c < 1 || c > 127 {
			t.Errorf("%d has the cause %d", status, c)
		}
	}
	same(t, "written", ims.ReasonOf(17).Value, "Q.850;cause=17")
	same(t, "not written", ims.ReasonOf(0).Value, "")
}

func FuzzReason(f *testing.F) {
	f.Add(500, `Q.850;cause=16;text="a;cause=17"`)
	f.Add(486, "q.850 ; cause=\"17\"")
	f.Fuzz(func(t *testing.T, status int, reason string) {
		if c := ims.CauseFrom(status, heads{"reason": {reason}}, nil); c < 0 || c > 127 {
			t.Errorf("cause %d", c)
		}
	})
}
