package web

import (
	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/calendar"
)

// awayReasonObject is why a user may be unavailable.
type awayReasonObject struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type reasonCreate struct {
	Name string `json:"name"`
}

type reasonPatch struct {
	Name optional[string] `json:"name,omitzero"`
}

// reasonsAPI mounts the reasons of an account (SPEC A2).
func (s *Server) reasonsAPI(a huma.API) {
	mount(s, a, shelf[*provisioning.Reason, awayReasonObject, reasonCreate, reasonPatch]{
		kind: provisioning.KindReason, path: "availability-reasons", tag: "users", one: "availability-reason", article: "an availability reason",
		read: provisioning.UsersRead, write: provisioning.UsersWrite,
		all: func(st *provisioning.State) []*provisioning.Reason { return st.Reasons },
		show: func(_ *provisioning.State, r *provisioning.Reason) awayReasonObject {
			return awayReasonObject{ID: string(r.ID), Name: r.Name}
		},
		make: func(c reasonCreate, b born) (*provisioning.Reason, error) {
			return &provisioning.Reason{ID: routing.ReasonID(b.id), Account: b.account, Name: provisioning.Clean(c.Name)}, nil
		},
		change: func(r *provisioning.Reason, p reasonPatch) (*provisioning.Reason, error) {
			next := *r
			p.Name.set(&next.Name)
			next.Name = provisioning.Clean(next.Name)
			return &next, nil
		},
	})
}

// hoursObject is working hours that users follow.
type hoursObject struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Timezone string       `json:"timezone" doc:"Such as Europe/Paris; empty: that of whoever follows them."`
	Slots    []slotObject `json:"slots"`
}

type slotObject struct {
	Days []string `json:"days" doc:"mon, tue, wed, thu, fri, sat, sun"`
	From string   `json:"from" example:"09:00" doc:"The first minute inside."`
	To   string   `json:"to" example:"18:00" doc:"The first minute outside; not after from: on the next day. 24:00 is the end of the day."`
}

type hoursCreate struct {
	Name     string       `json:"name"`
	Timezone string       `json:"timezone,omitempty"`
	Slots    []slotObject `json:"slots"`
}

type hoursPatch struct {
	Name     optional[string]       `json:"name,omitzero"`
	Timezone optional[string]       `json:"timezone,omitzero"`
	Slots    optional[[]slotObject] `json:"slots,omitzero"`
}

// hoursAPI mounts the working hours of an account (SPEC A1).
func (s *Server) hoursAPI(a huma.API) {
	mount(s, a, shelf[*provisioning.WorkingHours, hoursObject, hoursCreate, hoursPatch]{
		kind: provisioning.KindHours, path: "working-hours", tag: "users", one: "working-hours", article: "working hours",
		read: provisioning.UsersRead, write: provisioning.UsersWrite,
		all: func(st *provisioning.State) []*provisioning.WorkingHours { return st.Hours },
		show: func(_ *provisioning.State, w *provisioning.WorkingHours) hoursObject {
			out := hoursObject{ID: string(w.ID), Name: w.Name, Timezone: w.Hours.Timezone, Slots: []slotObject{}}
			for _, slot := range w.Hours.Slots {
				one := slotObject{From: string(slot.From), To: string(slot.To), Days: []string{}}
				for _, d := range slot.Days {
					one.Days = append(one.Days, string(d))
				}
				out.Slots = append(out.Slots, one)
			}
			return out
		},
		make: func(c hoursCreate, b born) (*provisioning.WorkingHours, error) {
			return &provisioning.WorkingHours{
				ID: routing.HoursID(b.id), Account: b.account, Name: provisioning.Clean(c.Name),
				Hours: calendar.Hours{Timezone: c.Timezone, Slots: slotsOf(c.Slots)},
			}, nil
		},
		change: func(w *provisioning.WorkingHours, p hoursPatch) (*provisioning.WorkingHours, error) {
			next := *w
			p.Name.set(&next.Name)
			p.Timezone.set(&next.Hours.Timezone)
			if p.Slots.Sent {
				next.Hours.Slots = slotsOf(p.Slots.Value)
			}
			next.Name = provisioning.Clean(next.Name)
			return &next, nil
		},
	})
}

// slotsOf reads the slots of a week; the rules of working hours say what is wrong with them.
func slotsOf(all []slotObject) []calendar.Slot {
	out := make([]calendar.Slot, 0, len(all))
	for _, one := range all {
		slot := calendar.Slot{From: calendar.Clock(one.From), To: calendar.Clock(one.To)}
		for _, d := range one.Days {
			slot.Days = append(slot.Days, calendar.Day(d))
		}
		out = append(out, slot)
	}
	return out
}
