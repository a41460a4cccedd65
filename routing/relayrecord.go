package routing

import (
	"log/slog"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
)

// noteEmergency is the type of the timeline's note on a call for help.
const noteEmergency = "emergency"

// noteAccess is the type of the note that says where a handset was: "network", "cell" and "visited". It never leaves this house by a leg.
const noteAccess = "access_network"

// relayRecord is the record of a call that we only passed through. The relay's goroutine owns it; a nil one keeps nothing.
type relayRecord struct{ rec CallRecord }

// emergencyRecord begins the record of a handset's call for help.
func (in *coreCall) emergencyRecord(account AccountID) *relayRecord {
	a := in.attempt
	k := &relayRecord{rec: CallRecord{
		ID: CallID(NewID("call", time.Now())), Account: account, Direction: Outbound, Status: "initiated", From: partyNumber(callerOf(a, in.trunk), in.trunk),
		To: printable(in.dialled), Anonymous: in.hidden, Trunk: in.trunk.ID, StartedAt: a.At,
	}}
	if in.number != nil {
		k.rec.From, k.rec.NumberID, k.rec.User = string(in.number.E164), in.number.ID, in.number.Mobile.User
	}
	if k.rec.StartedAt.IsZero() {
		k.rec.StartedAt = time.Now()
	}
	k.leg(LegRecord{Kind: "native", Device: Native, User: k.rec.User, Trunk: in.trunk.ID, SIPCallID: a.CallID, StartedAt: k.rec.StartedAt})
	k.note("started", nil)
	k.note(noteEmergency, nil)
	if args := accessArgs(ims.ReadAccess(a.Head)); args != nil {
		k.note(noteAccess, args)
	}
	return k
}

// accessArgs says where a handset was; nil: its network did not tell.
func accessArgs(at ims.Access) map[string]string {
	args := map[string]string{}
	for name, value := range map[string]string{"network": at.Network, "cell": at.Cell, "visited": at.Visited} {
		if value != "" {
			args[name] = value
		}
	}
	if len(args) == 0 {
		return nil
	}
	return args
}

func (k *relayRecord) leg(l LegRecord) {
	l.ID = LegID("leg_" + string(k.rec.ID[len("call_"):]) + "." + string(rune('0'+len(k.rec.Legs)%10)))
	k.rec.Legs = append(k.rec.Legs, l)
}

func (k *relayRecord) note(kind string, args map[string]string) {
	item := TimelineItem{At: time.Now(), Seq: len(k.rec.Timeline) + 1, Type: kind, User: k.rec.User, Args: args}
	k.rec.Timeline = append(k.rec.Timeline, item)
}

func (k *relayRecord) begin(s *Switch, a *sip.Attempt) {
	k.rec.Number = s.ledger.NextNumber()
	rec := k.rec // The ledger may keep what it is given; ours goes on.
	if err := s.ledger.Begin(&rec); err != nil {
		s.log.Error("call has no beginning in the ledger", slog.String("sip_call_id", a.CallID), slog.Any("err", err))
	}
}

// goesBy notes the way that is tried.
func (k *relayRecord) goesBy(t sip.TrunkID, sipCallID string) {
	if k == nil {
		return
	}
	k.rec.Trunk = TrunkID(t)
	k.leg(LegRecord{Kind: "trunk", Trunk: TrunkID(t), SIPCallID: sipCallID, StartedAt: time.Now()})
}

func (k *relayRecord) answered() {
	if k == nil {
		return
	}
	now := time.Now()
	k.rec.AnsweredAt = now
	k.rec.Legs[0].AnsweredAt, k.rec.Legs[len(k.rec.Legs)-1].AnsweredAt = now, now
	k.note("answered", nil)
}

func (k *relayRecord) ended(why Cause, by string) {
	if k == nil {
		return
	}
	now := time.Now()
	k.rec.EndedAt, k.rec.Cause, k.rec.EndedBy, k.rec.Status = now, why, by, "ended"
	for i := range k.rec.Legs {
		k.rec.Legs[i].EndedAt, k.rec.Legs[i].Cause = now, why
	}
	k.note("hungup", map[string]string{"by": by, "text": why.Text})
	k.rec.Outcome = outcomeOf(&k.rec)
}

// finish hands the record over.
func (k *relayRecord) finish(s *Switch) {
	if k.rec.EndedAt.IsZero() {
		k.ended(shuttingDown(), "system")
	}
	for _, l := range k.rec.Legs {
		k.rec.Ladder = append(k.rec.Ladder, s.ladder.take(l.SIPCallID, l.ID)...)
	}
	sortLadder(k.rec.Ladder)
	if err := s.ledger.Finish(&k.rec); err != nil {
		s.log.Error("call is not in the ledger", slog.String("call_id", string(k.rec.ID)), slog.Any("err", err))
	}
}
