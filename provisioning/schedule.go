package provisioning

import (
	"fmt"

	"tandem/routing"
	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// WorkingHours are hours that an account named; users and legacy numbers point at them.
type WorkingHours struct {
	ID      routing.HoursID   `json:"id"`
	Account routing.AccountID `json:"account"`
	Name    string            `json:"name"` // unique in the account
	Hours   calendar.Hours    `json:"hours"`
}

// SpecialDate is a named set of days of an account (SPEC T7).
type SpecialDate struct {
	ID      flow.DateID       `json:"id"`
	Account routing.AccountID `json:"account"`
	Name    string            `json:"name"` // unique in the account
	Dates   calendar.Dates    `json:"dates"`
}

// Ref names the hours.
func (w *WorkingHours) Ref() Ref { return Ref{KindHours, string(w.ID), w.Account, w.Name} }

// Fields lists what the hours say.
func (w *WorkingHours) Fields() []Field {
	return []Field{text("name", w.Name), text("timezone", w.Hours.Timezone), list("slots", w.Hours.Slots)}
}

// Secrets is empty.
func (w *WorkingHours) Secrets() map[string]*Secret { return nil }

// Ref names the special date.
func (d *SpecialDate) Ref() Ref { return Ref{KindSpecialDate, string(d.ID), d.Account, d.Name} }

// Fields lists what the special date says.
func (d *SpecialDate) Fields() []Field {
	return []Field{
		text("name", d.Name), list("spans", d.Dates.Spans), text("holidays", fmt.Sprint(d.Dates.Holidays)), list("skip", d.Dates.Skip),
	}
}

// Secrets is empty.
func (d *SpecialDate) Secrets() map[string]*Secret { return nil }

func (*WorkingHours) record() {}
func (*SpecialDate) record()  {}
