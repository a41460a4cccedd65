package registrar

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// maxContacts is how many places one AOR may be reached at.
const maxContacts = 10

// Config is what a Registrar needs.
type Config struct {
	Bindings  Bindings                                              // NewMemory()
	Endpoint  *dialog.Endpoint                                      // builds the responses
	MinExpiry time.Duration                                         // 60 s
	MaxExpiry time.Duration                                         // 1 h
	Forbidden func(contact netip.AddrPort, from netip.Addr) Foreign // addresses that a phone there cannot have: ours and the trunks'
	Changed   func(aor message.AOR, registered Presence)            // the first binding came or the last went; it does not block
	Left      func(flow transport.FlowID)                           // a browser registered anew on another connection: this one is left behind. Nil: nobody asks
	Anew      func(aor message.AOR)                                 // a device registered, and not to refresh what it had: it was away, or has moved; it does not block. Nil: nobody asks
}

// Foreign says that an address is not the phone's.
type Foreign bool

// Presence says whether an AOR has a binding.
type Presence bool

// Registrar answers REGISTER. Safe for concurrent use.
type Registrar struct {
	Config

	mu     sync.Mutex
	timers map[message.AOR]*time.Timer // the next expiry of each AOR
	closed bool
}

// New makes one.
func New(cfg Config) *Registrar {
	if cfg.Bindings == nil {
		cfg.Bindings = NewMemory()
	}
	if cfg.MinExpiry == 0 {
		cfg.MinExpiry = time.Minute
	}
	if cfg.MaxExpiry == 0 {
		cfg.MaxExpiry = time.Hour
	}
	return &Registrar{Config: cfg, timers: make(map[message.AOR]*time.Timer)}
}

// Close stops the clocks. Bindings stay where they are.
func (r *Registrar) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for aor, t := range r.timers {
		t.Stop()
		delete(r.timers, aor)
	}
}

// Contacts lists the live bindings of an AOR, newest first.
func (r *Registrar) Contacts(aor message.AOR) []Binding {
	now := time.Now()
	var live []Binding
	for _, b := range r.Bindings.Get(aor) {
		if now.Before(b.Expires) {
			live = append(live, b)
		}
	}
	slices.SortStableFunc(live, func(a, b Binding) int { return b.At.Compare(a.At) })
	return live
}

// Register answers a REGISTER of the device whose AOR is who: it has proved that already.
func (r *Registrar) Register(tx dialog.Server, who message.AOR) {
	req := tx.Request()
	e := r.Endpoint
	if aorOf(req.To().Address) != who || aorOf(req.From().Address) != who {
		e.Respond(tx, 403, nil, e.Warning("These credentials are of another address")...)
		return
	}
	if bad := dialog.Unsupported(req, "path", "outbound"); bad != nil {
		e.Respond(tx, 420, nil, bad)
		return
	}
	w, status := r.read(req)
	if status == 423 {
		e.Respond(tx, 423, nil, gosip.NewHeader("Min-Expires", strconv.Itoa(int(r.MinExpiry/time.Second))))
		return
	}
	if status != 0 {
		e.Respond(tx, status, nil)
		return
	}
	if w.outbound() && !firstHopKnows(req) {
		e.Respond(tx, statusNoOutbound, nil)
		return
	}
	source := tx.Flow().Remote.Addr().Unmap()
	for _, one := range w.list {
		if why := r.foul(one, source); why != "" {
			e.Respond(tx, 403, nil, e.Warning(why)...)
			return
		}
	}
	r.apply(tx, who, w)
}

// apply changes the bindings, all or nothing (RFC 3261 section 10.3), and answers.
func (r *Registrar) apply(tx dialog.Server, who message.AOR, w wishes) {
	req := tx.Request()
	next := Binding{
		Instance: tx.Flow().Seat.Instance,
		Target:   dialog.Back(tx.Flow()), Flow: dialog.Back(tx.Flow()).Flow, At: time.Now(),
		CallID: string(*req.CallID()), CSeq: req.CSeq().SeqNo, Agent: message.Clean(headerValue(req, "User-Agent")), Path: paths(req),
	}
	status := 200
	var before, after []Binding
	r.Bindings.Update(who, func(old []Binding) []Binding {
		before = live(old, next.At)
		after, status = merge(before, w, next)
		if status != 200 {
			after = before
		}
		return after
	})
	r.arm(who, after)
	r.told(who, len(before), len(after))
	if status == 200 && r.Left != nil && tx.Flow().Seat.AOR != "" {
		for _, b := range before {
			if b.Flow != 0 && b.Flow != next.Flow && !uses(after, b.Flow) {
				r.Left(b.Flow)
			}
		}
	}
	if r.Anew != nil && status == 200 && len(after) > 0 && !slices.ContainsFunc(before, func(b Binding) bool { return b.CallID == next.CallID }) {
		r.Anew(who)
	}
	if status != 200 {
		r.Endpoint.Respond(tx, status, nil)
		return
	}
	r.Endpoint.Respond(tx, 200, nil, append(confirmation(after, next), w.granted()...)...)
}

// merge makes the new list of bindings. A request that is older than the binding it would change fails as a whole.
func merge(old []Binding, w wishes, next Binding) ([]Binding, int) {
	list := slices.Clone(old)
	if w.star {
		for _, b := range old {
			if stale(b, next) {
				return nil, 500
			}
		}
		return nil, 200
	}
	for _, one := range w.list {
		since := next.At
		i := slices.IndexFunc(list, func(b Binding) bool { return b.Key == one.key })
		if i >= 0 {
			if stale(list[i], next) {
				return nil, 500
			}
			if list[i].Flow == next.Flow {
				since = list[i].Since
			}
			list = slices.Delete(list, i, i+1)
		}
		if one.expiry == 0 {
			continue
		}
		b := next
		b.Key, b.URI, b.Q, b.Expires, b.Outbound = one.key, one.uri, one.q, next.At.Add(one.expiry), one.outbound
		b.Instance, b.Since = cmp.Or(next.Instance, one.instance), since
		list = append(list, b)
	}
	if len(list) > maxContacts && len(list) > len(old) {
		return nil, 403
	}
	return list, 200
}

// stale says that next is not newer than what made the binding (RFC 3261 section 10.3, step 7).
func stale(b, next Binding) bool { return b.CallID == next.CallID && next.CSeq <= b.CSeq }

func live(list []Binding, now time.Time) []Binding {
	var l []Binding
	for _, b := range list {
		if now.Before(b.Expires) {
			l = append(l, b)
		}
	}
	return l
}

// confirmation lists all bindings, as a 200 must (RFC 3261 section 10.3, step 8).
func confirmation(list []Binding, asked Binding) []gosip.Header {
	var headers []gosip.Header
	for _, b := range list {
		left := int(b.Expires.Sub(asked.At).Round(time.Second) / time.Second)
		v := "<" + b.URI + ">" + b.Outbound + ";expires=" + strconv.Itoa(left)
		if b.Q != "" {
			v += ";q=" + b.Q
		}
		headers = append(headers, gosip.NewHeader("Contact", v))
	}
	for _, p := range asked.Path {
		headers = append(headers, gosip.NewHeader("Path", "<"+p+">")) // RFC 3327 section 5.3
	}
	return headers
}

// paths reads the Path headers of a REGISTER, at most 8 of them.
func paths(req *gosip.Request) []string {
	var list []string
	for _, h := range req.GetHeaders("Path") {
		for v := range strings.SplitSeq(h.Value(), ",") {
			v = strings.TrimSpace(v)
			v, _, _ = strings.Cut(strings.TrimPrefix(v, "<"), ">")
			if _, err := message.ParseURI(v); err == nil && len(list) < 8 {
				list = append(list, v)
			}
		}
	}
	return list
}

// FlowClosed forgets the bindings of a connection that ended: there is no other way to them.
func (r *Registrar) FlowClosed(id transport.FlowID) {
	for _, aor := range r.Bindings.ByFlow(id) {
		r.drop(aor, func(b Binding) bool { return b.Flow == id })
	}
}

// Forget removes all bindings of an AOR, as when its device is deleted.
func (r *Registrar) Forget(aor message.AOR) { r.drop(aor, func(Binding) bool { return true }) }

func (r *Registrar) drop(aor message.AOR, gone func(Binding) bool) {
	var before, after int
	var left []Binding
	r.Bindings.Update(aor, func(old []Binding) []Binding {
		before = len(old)
		left = slices.DeleteFunc(slices.Clone(old), gone)
		after = len(left)
		return left
	})
	r.arm(aor, left)
	r.told(aor, before, after)
}

// arm sets the clock of an AOR to its next expiry.
func (r *Registrar) arm(aor message.AOR, list []Binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.timers[aor]; t != nil {
		t.Stop()
		delete(r.timers, aor)
	}
	if len(list) == 0 || r.closed {
		return
	}
	first := list[0].Expires
	for _, b := range list {
		if b.Expires.Before(first) {
			first = b.Expires
		}
	}
	r.timers[aor] = time.AfterFunc(time.Until(first), func() {
		now := time.Now()
		r.drop(aor, func(b Binding) bool { return !now.Before(b.Expires) })
	})
}

func (r *Registrar) told(aor message.AOR, before, after int) {
	if r.Changed != nil && (before == 0) != (after == 0) {
		r.Changed(aor, Presence(after > 0))
	}
}

func aorOf(u gosip.Uri) message.AOR { return message.PartyOf("", u).AOR() }
