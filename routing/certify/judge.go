package certify

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// expiresSoon is how long before its end a certificate is named.
const expiresSoon = 21 * 24 * time.Hour

// Judge gives the verdict of each step that is wanted, in the order of Steps.
func Judge(seen *Seen, wanted []Step) []Result {
	var out []Result
	for _, s := range Steps() {
		if !slices.Contains(wanted, s) {
			continue
		}
		r := seen.judge(s)
		r.Step = s
		r.Name, r.Standard = s.about()
		out = append(out, r)
	}
	return out
}

func (s *Seen) judge(step Step) Result {
	switch step {
	case Options:
		return s.options()
	case Registration:
		return s.registration()
	case Certificate:
		return s.certificate()
	case Cancel:
		return s.tried(s.Cancel, (*CallSeen).cancelled)
	case Large:
		return s.tried(s.Large, (*CallSeen).largeTaken)
	case Wrong:
		if s.Wrong == nil && !s.NoTime {
			return skipped("no wrong number was given to be tried")
		}
		return s.tried(s.Wrong, (*CallSeen).wrongRefused)
	case Answer:
		return s.tried(s.Call, (*CallSeen).answer)
	case CallerID:
		return s.tried(s.Call, (*CallSeen).callerID)
	case Ringing:
		return s.tried(s.Call, (*CallSeen).ringing)
	case Reliable:
		return s.inCall((*CallSeen).reliable)
	case Codecs, Audio, Digits, Timer, Update, Hold, Resume, Fax, Hangup:
		return s.inCall(step.inside())
	}
	return skipped("nobody knows how this is tried")
}

// inside is how a step of an answered call is judged.
func (s Step) inside() func(*CallSeen) Result {
	switch s {
	case Codecs:
		return (*CallSeen).codecs
	case Audio:
		return (*CallSeen).audio
	case Digits:
		return (*CallSeen).digits
	case Timer:
		return (*CallSeen).timer
	case Update:
		return (*CallSeen).update
	case Hold:
		return (*CallSeen).hold
	case Resume:
		return (*CallSeen).resume
	case Fax:
		return (*CallSeen).fax
	case Hangup:
		return (*CallSeen).hangup
	case Options, Registration, Certificate, Answer, Ringing, CallerID, Reliable, Cancel, Large, Wrong:
	}
	return func(*CallSeen) Result { return skipped("it is no step of an answered call") }
}

func pass(seen string, args ...any) Result {
	return Result{Verdict: Pass, Seen: fmt.Sprintf(seen, args...)}
}

func skipped(seen string, args ...any) Result {
	return Result{Verdict: Skipped, Seen: fmt.Sprintf(seen, args...)}
}

func notOffered(seen string) Result {
	return Result{Verdict: NotOffered, Seen: seen}
}

func fail(advice, seen string, args ...any) Result {
	return Result{Verdict: Fail, Advice: advice, Seen: fmt.Sprintf(seen, args...)}
}

// tried judges a call that was to be made.
func (s *Seen) tried(c *CallSeen, how func(*CallSeen) Result) Result {
	switch {
	case c == nil && s.NoTime:
		return skipped("the time for the run was up")
	case c == nil:
		return skipped("no call was made for it")
	case c.Impossible != "":
		return skipped("no INVITE could be sent: %s", c.Impossible)
	}
	return how(c)
}

// inCall judges something that is tried in a call that was answered.
func (s *Seen) inCall(how func(*CallSeen) Result) Result {
	return s.tried(s.Call, func(c *CallSeen) Result {
		if !c.Answered {
			return skipped("the call was not answered")
		}
		r := how(c)
		if r.Verdict == Skipped && s.NoTime {
			r.Seen = "the time for the run was up"
		}
		return r
	})
}

func (s *Seen) options() Result {
	o := s.Options
	switch {
	case o == nil:
		return skipped("nobody was asked")
	case o.Status == 0:
		return fail("publish the name of the server in the DNS, or give its address", "no server was found by its name")
	case o.Status == statusSilence || o.RTT == 0:
		return fail("answer OPTIONS from our address, and let it through the firewall", "%s did not answer OPTIONS (%s)", o.Server, o.silence())
	case o.Status == statusUnavailable:
		return fail("the server says that it takes no calls: find out why", "%s answered OPTIONS with 503", o.Server)
	}
	return pass("%s answered OPTIONS with %d in %s", o.Server, o.Status, milliseconds(o.RTT))
}

func (o *OptionsSeen) silence() string {
	if o.Status == statusUnavailable {
		return "it could not be reached"
	}
	return "no answer came in time"
}

const (
	statusSilence     = 408
	statusUnavailable = 503
)

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func (s *Seen) registration() Result {
	r := s.Registration
	switch {
	case r == nil:
		return skipped("it was not looked at")
	case !r.Wanted:
		return skipped("this trunk does not register")
	case r.Until.After(s.At):
		return pass("registered until %s", r.Until.UTC().Format(time.RFC3339))
	}
	text := "we are not registered"
	if r.Detail != "" {
		text += ": " + r.Detail
	} else if r.Status != 0 {
		text += fmt.Sprintf(": the last status was %d", r.Status)
	}
	return fail("check the user name, the password and the realm that it gave us, and that REGISTER is allowed from our address", "%s", text)
}

func (s *Seen) certificate() Result {
	c := s.Certificate
	switch {
	case c == nil:
		return skipped("it was not looked at")
	case !c.TLS:
		return skipped("this trunk is not reached over TLS")
	case c.Refused != "" && c.Names == "":
		return fail("accept connections over TLS 1.2 or 1.3 from our address", "no connection over TLS: %s", c.Refused)
	case c.Refused != "":
		return fail("show a certificate that carries the name of the server and is signed by the authority agreed on", "it shows %s, and connections are refused: %s", c.Names, c.Refused)
	case c.Expires.Sub(s.At) < expiresSoon:
		return fail("renew the certificate", "it shows %s, which ends on %s", c.Names, c.Expires.UTC().Format(time.DateOnly))
	}
	return pass("it shows %s, good until %s", c.Names, c.Expires.UTC().Format(time.DateOnly))
}

// oneOf says whether a list of tokens has one, in any case.
func oneOf(list []string, token string) (has bool) {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, token) })
}
