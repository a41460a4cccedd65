package store

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/routing"
)

// errEntry says that an entry is not of the spool's form.
var errEntry = errors.New("malformed entry")

// decoder reads what an encoder wrote. The first thing that is wrong stops it: everything read after that is zero, and bad is set.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) fail() {
	d.bad, d.rest = true, nil
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads a number of things, each of which takes a byte or more: a greater one than there are bytes is a lie.
func (d *decoder) count() int {
	v := d.uint()
	if v > uint64(len(d.rest)) {
		d.fail()
		return 0
	}
	return int(v) //nolint:gosec // Not above the length of a slice.
}

func (d *decoder) float() float64 {
	if len(d.rest) < 8 {
		d.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return math.Float64frombits(v)
}

func (d *decoder) time() time.Time { return moment(d.int()) }

// raw reads text as it was written.
func (d *decoder) raw() string {
	n := d.count()
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

// text reads text that a database takes: valid UTF-8 without NUL, whatever a peer sent.
func (d *decoder) text() string {
	s := d.raw()
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func (d *decoder) truth() bool { return d.uint() == 1 }

func (d *decoder) pairs() map[string]string {
	n := d.count()
	if n == 0 {
		return nil
	}
	m := make(map[string]string, min(n, sane))
	for range n {
		k := d.text()
		m[k] = d.text()
	}
	return m
}

func (d *decoder) cause() routing.Cause {
	return routing.Cause{Q850: int(d.int()), SIP: int(d.int()), Text: d.text()}
}

// decodeCall reads a record, all but its details and its ladder, which stay as they are.
func decodeCall(entry []byte) (finished, error) {
	d := decoder{rest: entry}
	c := d.head()
	head := entry[:len(entry)-len(d.rest)]
	f := finished{call: c, head: head, details: d.section(), ladder: d.rest}
	if d.bad || c.ID == "" {
		return finished{}, errEntry
	}
	return f, nil
}

// head reads a record without details and ladder.
func (d *decoder) head() *routing.CallRecord {
	c := &routing.CallRecord{}
	if len(d.rest) == 0 || (d.rest[0] != codecVersion && d.rest[0] != firstCodec) {
		d.fail()
		return c
	}
	version := d.rest[0]
	d.rest = d.rest[1:]
	*c = routing.CallRecord{
		ID: routing.CallID(d.text()), Account: routing.AccountID(d.text()), Direction: routing.Direction(d.text()), Status: d.text(),
		Outcome: routing.Outcome(d.text()), From: d.text(), To: d.text(), NumberID: routing.NumberID(d.text()), User: routing.UserID(d.text()),
		Flow: routing.FlowRef{ID: d.text()}, Trunk: routing.TrunkID(d.text()), EndedBy: d.text(),
	}
	c.Number = d.int()
	c.Flow.Version = int(d.int())
	c.Anonymous = d.truth()
	c.StartedAt, c.QueuedAt, c.AnsweredAt, c.EndedAt = d.time(), d.time(), d.time(), d.time()
	c.Cause = d.cause()
	c.Notified = d.users()
	if d.truth() {
		c.Voicemail = &routing.VoicemailRecord{Path: d.text(), Length: time.Duration(d.int()), For: d.users()}
	}
	if version != firstCodec {
		d.said(c)
	}
	return c
}

// said reads what the call was tagged with, and what was said of it.
func (d *decoder) said(c *routing.CallRecord) {
	for range d.count() {
		c.Tags = append(c.Tags, d.text())
	}
	c.Custom = d.pairs()
	for range d.count() {
		c.Inputs = append(c.Inputs, routing.InputRecord{Node: d.text(), Title: d.text(), Value: d.text()})
	}
	c.ByExt = d.truth()
	c.Missed = routing.MissedReason(d.text())
	for range d.count() {
		c.Teams = append(c.Teams, routing.TeamID(d.text()))
	}
	c.AssignedTo, c.Archived = routing.UserID(d.text()), d.truth()
	for range d.count() {
		c.Comments = append(c.Comments, routing.CallComment{ID: d.text(), At: d.time(), By: routing.UserID(d.text()), Text: d.text()})
	}
	c.UpdatedAt = d.time()
}

// section reads bytes with their length before them.
func (d *decoder) section() []byte {
	if len(d.rest) < 4 {
		d.fail()
		return nil
	}
	n := binary.LittleEndian.Uint32(d.rest)
	d.rest = d.rest[4:]
	if int64(n) > int64(len(d.rest)) {
		d.fail()
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

// decodeDetails gives a call its timeline and its legs.
func decodeDetails(details []byte, c *routing.CallRecord) error {
	if len(details) == 0 || (details[0] != detailsVersion && details[0] != firstDetails) {
		return errEntry
	}
	d := decoder{rest: details[1:]}
	if n := d.count(); n > 0 {
		c.Timeline = make([]routing.TimelineItem, 0, min(n, sane))
		for range n {
			c.Timeline = append(c.Timeline, d.item())
		}
	}
	if n := d.count(); n > 0 {
		c.Legs = make([]routing.LegRecord, 0, min(n, sane))
		for range n {
			c.Legs = append(c.Legs, d.leg(details[0]))
		}
	}
	if d.bad {
		return errEntry
	}
	return nil
}

// sane is for how many things room is made before they are there.
const sane = 256

// stepsOf is how many lines the timeline in details has.
func stepsOf(details []byte) int {
	if len(details) == 0 {
		return 0
	}
	d := decoder{rest: details[1:]}
	return d.count()
}

func (d *decoder) users() []routing.UserID {
	n := d.count()
	var out []routing.UserID
	for range n {
		out = append(out, routing.UserID(d.text()))
	}
	return out
}

func (d *decoder) leg(version byte) routing.LegRecord {
	l := routing.LegRecord{
		ID: routing.LegID(d.text()), Kind: d.text(), Device: routing.DeviceKind(d.text()), User: routing.UserID(d.text()),
		Trunk: routing.TrunkID(d.text()), SIPCallID: d.text(), Codec: d.text(),
	}
	l.StartedAt, l.RingingAt, l.AnsweredAt, l.EndedAt = d.time(), d.time(), d.time(), d.time()
	l.Cause = d.cause()
	l.PacketsIn, l.PacketsOut, l.PacketsLost = d.uint(), d.uint(), d.uint()
	l.JitterMS = d.float()
	if version != firstDetails {
		l.Quality = routing.LegQuality{In: d.stream(), Out: d.stream(), RTTMS: d.float(), WorstMOS: d.float(), Fault: d.text()}
	}
	return l
}

// stream reads how one direction sounded.
func (d *decoder) stream() routing.StreamQuality {
	q := routing.StreamQuality{Packets: d.uint()}
	if q.Packets == 0 {
		return q
	}
	q.Lost, q.Duplicate, q.Reordered, q.Late, q.Bursts = d.uint(), d.uint(), d.uint(), d.uint(), d.uint()
	q.JitterMS, q.MaxJitterMS, q.LongestLossMS, q.BurstMS, q.GapMS = d.float(), d.float(), d.float(), d.float(), d.float()
	q.BurstDensity, q.GapDensity, q.Rating, q.MOS = d.float(), d.float(), d.float(), d.float()
	return q
}

func (d *decoder) item() routing.TimelineItem {
	t := routing.TimelineItem{At: d.time(), Seq: int(d.int()), Type: d.text(), Node: d.text(), User: routing.UserID(d.text()), Leg: routing.LegID(d.text())}
	t.Args = d.pairs()
	return t
}

// decodeLadder reads what encodeLadder wrote.
func decodeLadder(b []byte) ([]routing.LadderItem, error) {
	d := decoder{rest: b}
	n := d.count()
	var out []routing.LadderItem
	for range n {
		var l routing.LadderItem
		if at := d.int(); at != 0 {
			l.At = time.UnixMicro(at).UTC()
		}
		l.Leg, l.From, l.To, l.Network, l.Raw = routing.LegID(d.raw()), d.raw(), d.raw(), d.raw(), d.raw()
		out = append(out, l)
	}
	if d.bad {
		return nil, errEntry
	}
	return out, nil
}
