package trunk

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transaction"
)

// registration is ours at the trunk's registrar (RFC 3261 section 10.2).
type registration struct {
	callID string
	tag    string
	seq    uint32
	expiry time.Duration // to ask for
	until  time.Time     // when the binding ends; zero: none
	at     int           // which server's turn it is
	server Hop           // where the binding is
	fails  int           // in a row
	busy   bool          // a REGISTER is under way
	timer  *time.Timer   // when to send the next one
}

// backoff bounds the time between attempts that fail.
const (
	firstRetry = 2 * time.Second
	maxRetry   = 5 * time.Minute
)

// Renew registers now, where the trunk registers at all. It returns at once.
func (t *Trunk) Renew() {
	if t.Register {
		t.post((*Trunk).register)
	}
}

// register sends a REGISTER to the server whose turn it is.
func (t *Trunk) register() {
	hops := *t.known.Load()
	if t.reg.busy {
		return
	}
	if len(hops) == 0 {
		t.resolve()
		t.retryRegister(0)
		return
	}
	h := hops[t.reg.at%len(hops)]
	t.reg.busy = true
	t.sendRegister(h, t.reg.expiry, func(t *Trunk, o transaction.Reply, rtt time.Duration) { t.registered(h, o, rtt) })
}

func (t *Trunk) sendRegister(h Hop, expiry time.Duration, done func(*Trunk, transaction.Reply, time.Duration)) {
	if t.reg.callID == "" {
		t.reg.callID = dialog.NewCallID()
		t.reg.tag = t.Tags.New(t.reg.callID)
	}
	t.reg.seq += 1 + maxTries // room for the same request with credentials
	contact := t.Contact(h.Target)
	contact.User = t.identity(contact.Host).User
	me := t.identity(contact.Host)
	registrar := me
	registrar.User = ""
	r := message.NewRequest(message.Head{
		Method: gosip.REGISTER, URI: registrar,
		From: message.Address{URI: me, Tag: t.reg.tag}, To: message.Address{URI: me},
		CallID: t.reg.callID, CSeq: t.reg.seq, Contact: &contact,
	})
	message.Add(r, "Expires", strconv.Itoa(int(expiry/time.Second)))
	t.send(r, h, done)
}

// registered takes the answer.
func (t *Trunk) registered(h Hop, o transaction.Reply, rtt time.Duration) {
	t.reg.busy = false
	code := status(o)
	t.note(code, rtt)
	t.Health.Report(h.Target, code, dialog.ReadRetryAfter(o.Response))
	switch {
	case code/100 == 2:
		granted := t.granted(o.Response)
		t.reg.fails = 0
		t.reg.until = time.Now().Add(granted)
		t.reg.server = h
		t.reg.timer.Reset(granted * 8 / 10)
		t.publish("")
	case code == 423 && t.longer(o.Response):
		t.register()
	default:
		if time.Now().After(t.reg.until) {
			t.reg.until = time.Time{}
		}
		t.reg.at++
		t.retryRegister(dialog.ReadRetryAfter(o.Response))
		t.publish("REGISTER: " + strconv.Itoa(code) + " " + message.Phrase(code))
	}
}

// longer takes the Min-Expires of a 423 (RFC 3261 section 10.3), when it asks for more than we did and for no more than a day.
func (t *Trunk) longer(r *gosip.Response) bool {
	h := r.GetHeader("Min-Expires")
	if h == nil {
		return false
	}
	n, err := strconv.Atoi(strings.TrimSpace(h.Value()))
	least := time.Duration(n) * time.Second
	if err != nil || least <= t.reg.expiry || least > 24*time.Hour {
		return false
	}
	t.reg.expiry = least
	return true
}

// retryRegister waits longer after each failure, with some chance in it, so that a carrier's restart does not bring everybody at once.
func (t *Trunk) retryRegister(atLeast time.Duration) {
	wait := firstRetry << min(t.reg.fails, 8)
	t.reg.fails++
	wait = max(min(wait, maxRetry), atLeast)
	half := wait / 2
	t.reg.timer.Reset(half + rand.N(half+1)) //nolint:gosec // nobody gains by guessing it
}

// granted is how long the registrar keeps our binding: the expires of our Contact, else Expires, else what we asked for; between 10 s
// and a day.
func (t *Trunk) granted(r *gosip.Response) time.Duration {
	seconds := -1
	if h := r.GetHeader("Expires"); h != nil {
		if n, err := strconv.Atoi(strings.TrimSpace(h.Value())); err == nil {
			seconds = n
		}
	}
	for _, h := range r.GetHeaders("Contact") {
		c, ok := h.(*gosip.ContactHeader)
		if !ok || c.Address.User != t.AuthUser {
			continue
		}
		v, _ := c.Params.Get("expires")
		if n, err := strconv.Atoi(v); err == nil {
			seconds = n
			break
		}
	}
	if seconds < 0 {
		return t.reg.expiry
	}
	return min(max(time.Duration(seconds)*time.Second, 10*time.Second), 24*time.Hour)
}

// leave takes our binding back before the trunk is forgotten.
func (t *Trunk) leave() {
	if t.reg.until.IsZero() || t.reg.server.Target.Addr.Port() == 0 {
		return
	}
	over := false
	t.sendRegister(t.reg.server, 0, func(*Trunk, transaction.Reply, time.Duration) { over = true })
	patience := time.NewTimer(2 * time.Second)
	defer patience.Stop()
	for !over {
		select {
		case e := <-t.mailbox:
			e(t)
		case <-patience.C:
			return
		}
	}
}
