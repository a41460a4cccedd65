package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Carry puts these headers into every response to the INVITE from now on, in the place of those that it was told before. It is for whoever passes a call on
// and must not hide what the far end says; the caller answers for them. Only on an inbound leg without a final response.
func (l *Leg) Carry(fields ...message.Field) {
	if l.waiting != nil {
		l.waiting.carried = fields
	}
}

// carry is what the leg was told to carry, cleaned of what would break a line.
func (w *waiting) carry() []gosip.Header {
	var list []gosip.Header
	for _, f := range w.carried {
		if v := message.Clean(f.Value); v != "" {
			list = append(list, gosip.NewHeader(f.Name, v))
		}
	}
	return list
}
