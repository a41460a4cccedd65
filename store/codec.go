package store

import (
	"encoding/binary"
	"math"
	"time"

	"tandem/routing"
)

// The first byte of an encoded call, and of its details. A change of the form is a new version, and the old one is still read.
const (
	codecVersion   = 2
	firstCodec     = 1 // without what a call was tagged and told with
	detailsVersion = 2
	firstDetails   = 1 // without how the legs sounded
)

// encoder appends values in the compact form of the spool: integers as varints, text with its length before it, times in milliseconds.
type encoder []byte

func (e *encoder) int(v int64)     { *e = binary.AppendVarint(*e, v) }
func (e *encoder) count(n int)     { *e = binary.AppendUvarint(*e, uint64(max(n, 0))) }
func (e *encoder) uint(v uint64)   { *e = binary.AppendUvarint(*e, v) }
func (e *encoder) float(v float64) { *e = binary.LittleEndian.AppendUint64(*e, math.Float64bits(v)) }

func (e *encoder) time(t time.Time) {
	e.int(millis(t))
}

func (e *encoder) text(s string) {
	e.count(len(s))
	*e = append(*e, s...)
}

func (e *encoder) truth(is bool) { //nolint:revive // It is the value that is written.
	n := 0
	if is {
		n = 1
	}
	e.count(n)
}

func (e *encoder) pairs(m map[string]string) {
	e.count(len(m))
	for k, v := range m {
		e.text(k)
		e.text(v)
	}
}

func (e *encoder) cause(c routing.Cause) {
	e.int(int64(c.Q850))
	e.int(int64(c.SIP))
	e.text(c.Text)
}

// millis is a time as it is kept: Unix milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment is a time that was kept.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// encodeCall appends the whole record; its details and its ladder come last, in the forms in which the database keeps them.
func (p *packer) encodeCall(to []byte, c *routing.CallRecord) []byte {
	e := encoder(encodeHead(to, c))
	e.details(c)
	if len(c.Ladder) == 0 {
		return e
	}
	p.plain = encodeLadder(p.plain[:0], c.Ladder)
	return p.pack(e, p.plain)
}

// encodeHead appends a record without details and ladder.
func encodeHead(to []byte, c *routing.CallRecord) []byte {
	e := encoder(append(to, codecVersion))
	for _, s := range [...]string{
		string(c.ID), string(c.Account), string(c.Direction), c.Status, string(c.Outcome), c.From, c.To, string(c.NumberID), string(c.User),
		c.Flow.ID, string(c.Trunk), c.EndedBy,
	} {
		e.text(s)
	}
	e.int(c.Number)
	e.int(int64(c.Flow.Version))
	e.truth(c.Anonymous)
	for _, t := range [...]time.Time{c.StartedAt, c.QueuedAt, c.AnsweredAt, c.EndedAt} {
		e.time(t)
	}
	e.cause(c.Cause)
	e.users(c.Notified)
	e.truth(c.Voicemail != nil)
	if c.Voicemail != nil {
		e.text(c.Voicemail.Path)
		e.int(int64(c.Voicemail.Length))
		e.users(c.Voicemail.For)
	}
	e.said(c)
	return e
}

// said appends what the call was tagged with, and what was said of it.
func (e *encoder) said(c *routing.CallRecord) {
	e.count(len(c.Tags))
	for _, t := range c.Tags {
		e.text(t)
	}
	e.pairs(c.Custom)
	e.count(len(c.Inputs))
	for i := range c.Inputs {
		e.text(c.Inputs[i].Node)
		e.text(c.Inputs[i].Title)
		e.text(c.Inputs[i].Value)
	}
	e.truth(c.ByExt)
	e.text(string(c.Missed))
	e.count(len(c.Teams))
	for _, t := range c.Teams {
		e.text(string(t))
	}
	e.text(string(c.AssignedTo))
	e.truth(c.Archived)
	e.count(len(c.Comments))
	for i := range c.Comments {
		e.text(c.Comments[i].ID)
		e.time(c.Comments[i].At)
		e.text(string(c.Comments[i].By))
		e.text(c.Comments[i].Text)
	}
	e.time(c.UpdatedAt)
}

// details appends timeline and legs, with their length before them.
func (e *encoder) details(c *routing.CallRecord) {
	start := len(*e)
	*e = append(*e, 0, 0, 0, 0, detailsVersion)
	e.count(len(c.Timeline))
	for i := range c.Timeline {
		e.item(&c.Timeline[i])
	}
	e.count(len(c.Legs))
	for i := range c.Legs {
		e.leg(&c.Legs[i])
	}
	binary.LittleEndian.PutUint32((*e)[start:], uint32(len(*e)-start-4)) //nolint:gosec // An entry of the spool is shorter.
}

func (e *encoder) users(ids []routing.UserID) {
	e.count(len(ids))
	for _, u := range ids {
		e.text(string(u))
	}
}

func (e *encoder) leg(l *routing.LegRecord) {
	for _, s := range [...]string{string(l.ID), l.Kind, string(l.Device), string(l.User), string(l.Trunk), l.SIPCallID, l.Codec} {
		e.text(s)
	}
	for _, t := range [...]time.Time{l.StartedAt, l.RingingAt, l.AnsweredAt, l.EndedAt} {
		e.time(t)
	}
	e.cause(l.Cause)
	e.uint(l.PacketsIn)
	e.uint(l.PacketsOut)
	e.uint(l.PacketsLost)
	e.float(l.JitterMS)
	q := &l.Quality
	e.stream(&q.In)
	e.stream(&q.Out)
	e.float(q.RTTMS)
	e.float(q.WorstMOS)
	e.text(q.Fault)
}

// stream appends how one direction sounded.
func (e *encoder) stream(q *routing.StreamQuality) {
	e.uint(q.Packets)
	if q.Packets == 0 {
		return
	}
	for _, n := range [...]uint64{q.Lost, q.Duplicate, q.Reordered, q.Late, q.Bursts} {
		e.uint(n)
	}
	for _, v := range [...]float64{q.JitterMS, q.MaxJitterMS, q.LongestLossMS, q.BurstMS, q.GapMS, q.BurstDensity, q.GapDensity, q.Rating, q.MOS} {
		e.float(v)
	}
}

func (e *encoder) item(t *routing.TimelineItem) {
	e.time(t.At)
	e.int(int64(t.Seq))
	e.text(t.Type)
	e.text(t.Node)
	e.text(string(t.User))
	e.text(string(t.Leg))
	e.pairs(t.Args)
}

// encodeLadder appends requests and responses, their times in microseconds: a ladder is read for its order.
func encodeLadder(to []byte, items []routing.LadderItem) []byte {
	e := encoder(to)
	e.count(len(items))
	for i := range items {
		l := &items[i]
		at := int64(0)
		if !l.At.IsZero() {
			at = l.At.UnixMicro()
		}
		e.int(at)
		e.text(string(l.Leg))
		e.text(l.From)
		e.text(l.To)
		e.text(l.Network)
		e.text(l.Raw)
	}
	return e
}
