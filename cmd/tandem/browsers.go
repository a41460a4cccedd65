package main

import (
	"net/http"

	"tandem/routing"
	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
	"tandem/web"
)

// browsers are the phones of pages: SIP over WebSocket through the front desk.
type browsers struct{ m *Main }

// ServePhone implements web.Phone.
func (b browsers) ServePhone(w http.ResponseWriter, r *http.Request, seat web.Seat) {
	if b.m.play != nil {
		b.m.play.entered(r.Context(), seat.AOR)
	}
	b.m.stack.ServeWebSocket(w, r, sip.Seat{AOR: message.AOR(seat.AOR), Instance: seat.Instance, Over: transport.Network(seat.Over)})
}

// Resumable implements web.Phone.
func (b browsers) Resumable(u routing.UserID) []web.Suspended {
	var out []web.Suspended
	for _, one := range b.m.sw.Suspended(u) {
		out = append(out, web.Suspended(one))
	}
	return out
}
