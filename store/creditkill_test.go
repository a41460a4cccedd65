package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
	"tandem/store"
	"tandem/store/storetest"
)

// victimTrade says what a victim does; victimCharge makes it an office of credit: it answers the requests that it reads.
const (
	victimTrade  = "TANDEM_TEST_VICTIM_TRADE"
	victimCharge = "credit"
)

const (
	victimNumber  = "num_1"
	victimPhone   = "33612345678"
	victimPackage = 20 * charging.Gigabyte
	victimGrant   = 40 * charging.Megabyte // so that the quota is there for a while
)

// asked is a request to a victim, and told is its answer. One without a session adds credit.
type asked struct {
	Request charging.Request
	TopUp   string
}

type told struct {
	Session string
	Number  uint32
	TopUp   string
	Answer  charging.Answer
}

func victimOffice(s *store.Store) *charging.Office {
	subs := &chargingtest.Subscribers{}
	subs.Put(charging.Subscriber{ID: victimNumber, Account: "acc_1", Package: victimPackage}, victimPhone)
	return charging.NewOffice(charging.Config{Ledger: s.Credit(), Subscribers: subs, Policy: charging.Policy{Most: victimGrant, Least: victimGrant / 4}})
}

// victimCredit answers, each request on its own, until it is killed.
func victimCredit(dir, url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url, DataDir: dir})
	if err != nil {
		return err
	}
	o := victimOffice(s)
	var mu sync.Mutex
	to := json.NewEncoder(os.Stdout)
	from := json.NewDecoder(os.Stdin)
	for {
		var q asked
		if err := from.Decode(&q); err != nil {
			return err
		}
		go func() {
			out := told{Session: q.Request.Session, Number: q.Request.Number, TopUp: q.TopUp}
			var err error
			if q.TopUp != "" {
				err = o.TopUp(context.Background(), charging.TopUp{ID: q.TopUp, Balance: victimNumber, Volume: charging.Gigabyte})
			} else {
				out.Answer, err = o.Control(context.Background(), q.Request)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			_ = to.Encode(out)
		}()
	}
}

// peer is a core whose sessions outlive every victim.
type peer struct {
	t        *testing.T
	sessions map[string]*peerSession
	born     int
	topUps   int
	wanted   bool // credit is being added
	allowed  charging.Bytes
	consumed charging.Bytes
	answers  int
	repeats  int
}

type peerSession struct {
	open    charging.Request // not answered yet
	before  charging.Request // the one before
	answer  charging.Answer  // to that
	again   bool             // that was sent again
	granted charging.Bytes
}

const peerSessions = 6

func (p *peer) attach() *peerSession {
	p.born++
	s := &peerSession{open: charging.Request{
		Peer: "smf", Session: fmt.Sprintf("s%d", p.born), Kind: charging.Initial, MSISDN: victimPhone, AccessPoint: "internet",
		Uses: []charging.Use{{Group: charging.NoGroup, Asks: true}},
	}}
	p.sessions[s.open.Session] = s
	return s
}

// hear takes an answer, and gives what is asked next.
func (p *peer) hear(a told) []asked {
	p.answers++
	if a.TopUp != "" {
		p.wanted = false
		p.allowed += charging.Gigabyte
		return nil
	}
	s := p.sessions[a.Session]
	if s == nil {
		return nil // A repeat of a session that is over.
	}
	if s.again && a.Number == s.before.Number {
		s.again = false
		p.repeats++
		if !reflect.DeepEqual(a.Answer, s.answer) {
			p.t.Errorf("%s %d was answered %+v, and again %+v", a.Session, a.Number, s.answer, a.Answer)
		}
		return nil
	}
	if a.Number != s.open.Number {
		return nil // A repeat of something older.
	}
	out := []asked{}
	s.before, s.answer, s.granted = s.open, a.Answer, 0
	for _, g := range a.Answer.Grants {
		s.granted += g.Volume
	}
	switch {
	case s.open.Kind == charging.Terminate, a.Answer.Result != charging.Granted:
		delete(p.sessions, a.Session)
		if a.Answer.Result != charging.Granted && a.Answer.Result != charging.LimitReached {
			p.t.Errorf("%s %d: %+v", a.Session, a.Number, a.Answer)
		}
		s = p.attach()
	default:
		next := s.open
		used := s.granted
		if rand.IntN(3) == 0 {
			used = charging.Bytes(rand.Int64N(int64(s.granted) + 1))
		}
		p.consumed += used
		next.Number++
		next.Kind, next.Uses = charging.Update, []charging.Use{{Group: charging.NoGroup, Asks: true, Used: used}}
		if s.granted == 0 || rand.IntN(20) == 0 {
			next.Kind, next.Uses[0].Asks = charging.Terminate, false
		}
		s.open = next
	}
	if a.Answer.Result == charging.LimitReached && !p.wanted {
		p.wanted = true
		p.topUps++
		out = append(out, p.credit())
	}
	out = append(out, asked{Request: s.open})
	if rand.IntN(8) == 0 && !s.again && s.before.Session == s.open.Session {
		s.again = true
		out = append(out, asked{Request: s.before})
	}
	return out
}

func (p *peer) credit() asked { return asked{TopUp: fmt.Sprintf("top%d", p.topUps)} }

// all is what was not answered when the last victim died, and repeats.
func (p *peer) all() []asked {
	var out []asked
	for _, s := range p.sessions {
		out = append(out, asked{Request: s.open})
		if s.again {
			out = append(out, asked{Request: s.before})
		}
	}
	if p.wanted {
		out = append(out, p.credit())
	}
	return out
}

// live starts a victim, talks with it, and kills it after so many answers and a moment.
func (p *peer) live(cfg store.Config, after int) {
	p.t.Helper()
	c := exec.CommandContext(p.t.Context(), os.Args[0])
	c.Env = append(os.Environ(), victimDir+"="+cfg.DataDir, victimURL+"="+cfg.URL, victimTrade+"="+victimCharge)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	to := json.NewEncoder(in)
	send := func(all []asked) {
		for i := range all {
			_ = to.Encode(all[i]) // To a dead one: it is sent again.
		}
	}
	send(p.all())
	r := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == after {
			defer time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, func() { _ = c.Process.Kill() }).Stop()
		}
		line, err := r.ReadBytes('\n')
		if err != nil {
			break // What has no end was not said.
		}
		var a told
		if err := json.Unmarshal(line, &a); err != nil {
			p.t.Errorf("a victim says %q", line)
			continue
		}
		send(p.hear(a))
	}
	_, _ = io.Copy(io.Discard, r)
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() == 1 {
		p.t.Fatalf("the victim ended by itself: %v", err)
	}
}

// The office of credit is killed again and again while sessions draw on one balance: what it answered it answers again, every byte is counted once, and none is
// granted twice.
func TestCore_A10_KilledDuringCreditControlNothingIsLostOrGrantedTwice(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 15
	}
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
			p := &peer{t: t, sessions: map[string]*peerSession{}, allowed: victimPackage}
			for range peerSessions {
				p.attach()
			}
			for i := 0; i < kills || i < mostLives*kills && !p.enough(kills); i++ {
				p.live(cfg, i%9*3) // Some while they open, most at work.
			}
			t.Logf("%d answers, %d repeats, %d sessions, %d times credit was added, %.1f GB used", p.answers, p.repeats, p.born, p.topUps, float64(p.consumed)/1e9)
			if !p.enough(kills) {
				t.Fatal("that shows nothing")
			}
			s := storetest.Open(t, cfg)
			p.end(victimOffice(s))
			p.check(s)
		})
	}
}

// enough says whether so much was asked that the answers show something.
func (p *peer) enough(kills int) bool { return p.answers >= 5*kills && p.repeats >= kills/2 }

// end ends all sessions with an office that nobody kills.
func (p *peer) end(o *charging.Office) {
	p.t.Helper()
	for p.wanted {
		if err := o.TopUp(p.t.Context(), charging.TopUp{ID: p.credit().TopUp, Balance: victimNumber, Volume: charging.Gigabyte}); err != nil {
			p.t.Fatal(err)
		}
		p.wanted, p.allowed = false, p.allowed+charging.Gigabyte
	}
	for _, s := range p.sessions {
		last := s.open
		for _, kind := range []charging.Kind{last.Kind, charging.Terminate} {
			a, err := o.Control(p.t.Context(), last)
			if err != nil || a.Result != charging.Granted && a.Result != charging.LimitReached {
				p.t.Fatalf("%+v: %+v %v", last, a, err)
			}
			if kind == charging.Terminate || a.Result == charging.LimitReached {
				break
			}
			last.Number++
			last.Kind, last.Uses = charging.Terminate, []charging.Use{{Group: charging.NoGroup}}
		}
	}
}

func (p *peer) check(s *store.Store) {
	p.t.Helper()
	v, err := s.Credit().Look(p.t.Context(), victimNumber, "")
	if err != nil {
		p.t.Fatal(err)
	}
	var days charging.Bytes
	for _, d := range v.Days {
		days += d.Used
	}
	if days != p.consumed || p.consumed > p.allowed || v.Balance.Reserved != 0 || len(v.Open) != 0 {
		p.t.Errorf("%d bytes were used of %d, %d are counted, %d reserved, in %d open sessions", p.consumed, p.allowed, days, v.Balance.Reserved, len(v.Open))
	}
	if v.Balance.ToppedUp != charging.Bytes(p.topUps)*charging.Gigabyte {
		p.t.Errorf("%d GB were added, there are %d bytes", p.topUps, v.Balance.ToppedUp)
	}
	if _, err := s.Credit().Session(p.t.Context(), "smf", "nobody"); !errors.Is(err, charging.ErrNoSession) {
		p.t.Error(err)
	}
}
