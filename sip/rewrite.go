package sip

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

// Rewrite changes what is read of a trunk's request: change is given its headers, and what comes back takes their place. Who is called, who calls, and what
// the wire needs stay as they came: of headers that are made by us alone (isFraming) nothing is taken over. Nothing that is answered changes.
func (a *Attempt) Rewrite(change func([]message.Field) []message.Field) {
	if a.tx == nil {
		return
	}
	r := a.tx.Request()
	var fields []message.Field
	for _, h := range r.Headers() {
		if !isFraming(h.Name()) {
			fields = append(fields, message.Field{Name: h.Name(), Value: h.Value()})
		}
	}
	read := gosip.NewRequest(r.Method, r.Recipient)
	for _, h := range r.Headers() {
		if isFraming(h.Name()) {
			read.AppendHeader(h)
		}
	}
	for _, f := range change(fields) {
		if message.IsFieldName(f.Name) && isClean(f.Value) && !isFraming(f.Name) {
			read.AppendHeader(gosip.NewHeader(f.Name, f.Value))
		}
	}
	a.Head = dialog.HeadOf(read)
	a.Asserted, a.Diversion = parties(read, "P-Asserted-Identity"), diversions(read)
	a.Private = isPrivate(read) || a.From.User == "anonymous" || a.From.Host == "anonymous.invalid"
}
