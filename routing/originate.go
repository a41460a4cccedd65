package routing

import (
	"slices"
	"strings"
	"time"

	"tandem/routing/desk"
	"tandem/routing/flow"
	"tandem/sip/message"
)

// Start asks for a call: the user's own devices ring first, and then whoever is called (SPEC O11).
type Start struct {
	User   UserID
	Device DeviceID   // rung alone; empty: every device of theirs
	Kind   DeviceKind // devices of this kind are rung alone; empty: of every kind but the handset, which rings when Native is asked for (SPEC E5)
	To     string     // three digits, or a number as the account's users dial it
	Show   NumberID   // of the account, to be shown; empty: the user's own choice (SPEC O1, O2)
	Tags   []string   // ids
	Custom map[string]string
}

// StartError is why a call was not started; nothing rang.
type StartError struct {
	Code  string // "caller_id_refused" "no_caller_id" "extension_unknown" "own_extension" "number_invalid" "no_trunk" "direct_number_no_trunk" "user_unknown" "user_busy"
	Field string // of Start: "user" "device" "to" "show"; empty: none is at fault
	Row   string // of the product's specification; empty: none
	Text  string
}

// Error tells why.
func (e *StartError) Error() string { return e.Text }

// wanted is the first letter of a call that somebody wants to be started.
type wanted struct {
	user *User
	pick func(*Device) bool
	plan decision

	handset *Number // whose handset rings, in the place of devices; nil: none
}

func (wanted) own() {}

// Originate starts a call, and returns when its user's devices begin to ring. It fails with a *StartError.
func (s *Switch) Originate(want Start) (CallID, error) {
	snap := s.dir.Snapshot()
	u := snap.Users[want.User]
	if u == nil || snap.Accounts[u.Account] == nil {
		return "", &StartError{Code: "user_unknown", Field: "user", Text: "there is no such user"}
	}
	who := s.diallerOf(snap, u)
	if want.Show != "" {
		who.show = s.numberByID(snap, want.Show, u.Account)
		if who.show == nil || !snap.MayShow(u.ID, who.show) {
			return "", &StartError{Code: "caller_id_refused", Field: "show", Row: "O1", Text: "this user may not show this number: it is not theirs, nor a team's of theirs, nor one they may call out with"}
		}
	}
	plan := s.planDialled(snap, who, want.To)
	if err := s.startRefused(u, plan); err != nil {
		return "", err
	}
	var handset *Number
	var err error
	if want.Kind == Native {
		handset, err = s.ownHandset(snap, u, who.show)
	} else {
		err = s.canRing(u, want.picks)
	}
	if err == nil {
		err = s.notBusy(u)
	}
	if err != nil {
		return "", err
	}
	c := s.newCall(snap.Accounts[u.Account], Internal)
	c.dialled(u, want.To, plan)
	if out, is := plan.(dialOut); is && snap.Accounts[u.Account].Contacts[out.to] != nil {
		c.toDisplay = snap.Accounts[u.Account].Contacts[out.to].Name
	}
	c.rec.Tags, c.rec.Custom, c.rec.StartedAt = want.Tags, want.Custom, time.Now()
	c.box.post(letter{own: wanted{u, want.picks, plan, handset}})
	c.publish()
	s.admit(c)
	s.calls.Go(c.run)
	return c.id, nil
}

// picks says whether a device is one of those that are wanted.
func (w *Start) picks(d *Device) bool {
	return (w.Device == "" || d.ID == w.Device) && (w.Kind == "" || d.Kind == w.Kind)
}

// Shown is the number that a user's calls show where they choose none (SPEC O2); nil: none.
func (s *Switch) Shown(u UserID) *Number {
	snap := s.dir.Snapshot()
	if user := snap.Users[u]; user != nil {
		return s.callerID(snap, user)
	}
	return nil
}

// MayShow says whether a user may show a number to whom they call (SPEC O1): it is assigned to them, to a team of theirs, or they hold outbound rights.
func (s *Snapshot) MayShow(u UserID, n *Number) bool {
	return slices.Contains(n.Outbound, u) || slices.Contains(s.assigned(n), u)
}

// startRefused says why a call cannot be started that would go there.
func (s *Switch) startRefused(u *User, plan decision) error {
	urgent := false
	switch p := plan.(type) {
	case reject:
		return &StartError{Code: p.code, Field: "to", Row: p.row, Text: p.warning}
	case ringUser:
		if p.user.ID == u.ID {
			return &StartError{Code: "own_extension", Field: "to", Text: "this is the user's own extension"}
		}
	case dialOut:
		urgent = p.emergency
	case runFlow, ringTeam, announce:
	}
	if !urgent && (s.draining.Load() || s.full()) {
		return &StartError{Code: "no_room", Text: fullText}
	}
	return nil
}

// canRing says why a user's own devices cannot ring now.
func (s *Switch) canRing(u *User, picks func(*Device) bool) error {
	if !slices.ContainsFunc(u.Devices, picks) && len(u.Devices) > 0 {
		return &StartError{Code: "device_unknown", Field: "device", Text: "this user has no such device"}
	}
	registered := slices.ContainsFunc(u.Devices, func(d *Device) bool {
		return picks(d) && len(s.wire.contacts(message.AOR(strings.ToLower(d.AOR)))) > 0
	})
	if !registered {
		return &StartError{Code: "user_unreachable", Field: "user", Text: "no device of this user is registered now"}
	}
	return nil
}

// ownHandset is the number whose handset a user starts a call on: the one that they show.
func (s *Switch) ownHandset(snap *Snapshot, u *User, show *Number) (*Number, error) {
	if show == nil {
		show = s.callerID(snap, u)
	}
	if show == nil || !show.handsetOf(u.ID) || snap.Operators[show.Mobile.Operator] == nil {
		return nil, &StartError{Code: "device_unknown", Field: "device", Row: "E5", Text: "the number to show is on no eSIM of this user that works now"}
	}
	if s.handsets.off(show.E164, time.Now()) {
		return nil, &StartError{Code: "user_unreachable", Field: "user", Text: "this user's handset is switched off"}
	}
	return show, nil
}

// notBusy says why a user cannot be rung now for a call of their own.
func (s *Switch) notBusy(u *User) error {
	switch s.presence.state(u.ID, nil) {
	case desk.Talking, desk.Alerted:
		return &StartError{Code: "user_busy", Field: "user", Text: "this user is in a call, or rings for one"}
	case desk.Free, desk.Wrapping:
	}
	return nil
}

// beginWanted rings the devices of who wants the call. What they set for calls that come in does not count: it is they who call.
func (c *call) beginWanted(w wanted) {
	defer c.sw.starting.Add(-1)
	c.openRecord("")
	c.stage = alerting
	c.wants = w.plan
	f := c.newFork(forOpener, c.sw.ringTime)
	if c.sw.presence.offer(w.user.ID, c, desk.OneCall) {
		if w.handset != nil {
			c.ringHandset(f, w.user, w.handset)
		} else {
			c.ringDevices(f, w.user, w.pick)
		}
		if f.live == 0 {
			c.freeUser(w.user.ID)
		}
	}
	if f.live == 0 {
		f.worst = causeOfQ850(q850Absent)
		c.forkFailed(f)
		return
	}
	c.startRinging(f)
}

// opened goes on with the call, now that who wanted it has picked up.
func (c *call) opened(l *leg) {
	c.caller, c.opener = l, l
	c.sw.presence.talk(l.user.ID, c, l.rec.Device)
	c.note("opened", l, "device", string(l.rec.Device))
	c.after(clockDuration, 0, c.sw.maxDuration)
	c.goOn(c.wants)
}

// explain lets a caller who was answered hear why there is no conversation, and ends the call then.
func (c *call) explain(why Cause) {
	if c.explained != nil || c.stage == over {
		return
	}
	c.stopFlow()
	c.stage, c.explained = alerting, &why
	c.play(flow.Play{ID: -1, Audio: soundsFor(why)})
	c.publish()
}

// soundsFor are the sounds that say why.
func soundsFor(why Cause) []flow.AudioID {
	switch why.SIP {
	case statusBusy, statusBusyEverywhere:
		const times = 6
		return slices.Repeat([]flow.AudioID{"busy_fr"}, times)
	case statusNotFound, 410, 484, 604:
		return []flow.AudioID{"not_in_service"}
	case statusTimeout, statusUnavailable, statusTerminated:
		return []flow.AudioID{"no_answer"}
	case statusForbidden, statusDecline, 607, 608:
		return []flow.AudioID{"unavailable"}
	}
	return []flow.AudioID{"all_lines_busy"}
}
