package routing

import (
	"strings"
	"time"

	"tandem/sip"
	"tandem/sip/message"
)

// registerEvery is how long our registrations at trunks last.
const registerEvery = 10 * time.Minute

// PeersOf is what the wire must know of a snapshot.
func PeersOf(s *Snapshot) *sip.Peers {
	p := &sip.Peers{Trunks: make([]sip.Trunk, 0, len(s.Trunks)), Devices: make([]sip.Device, 0, len(s.Devices))}
	for _, t := range s.Trunks {
		p.Trunks = append(p.Trunks, sip.Trunk{
			ID: sip.TrunkID(t.ID), Sources: t.Sources, Refresh: t.refresh(), Reliable: t.reliable(),
			Username: t.InUsername, HA1: sip.HA1{MD5: t.InHA1MD5, SHA256: t.InHA1SHA256},
			Servers: t.Servers, AuthUser: t.OutUsername, AuthPass: sip.Secret(t.OutPassword), AuthRealm: t.OutRealm, Domain: t.Domain,
			Register: t.Register, RegisterExpiry: registerEvery, OptionsEvery: t.OptionsEvery, TLS: t.TLS.wire(),
		})
	}
	for _, d := range s.Devices {
		p.Devices = append(p.Devices, sip.Device{
			AOR: message.AOR(strings.ToLower(d.AOR)), Username: d.Username, HA1: sip.HA1{MD5: d.HA1MD5, SHA256: d.HA1SHA256},
		})
	}
	return p
}

// wire is what the wire must know of it.
func (t *TrunkTLS) wire() sip.TrunkTLS {
	return sip.TrunkTLS{
		Name: t.Name, Authority: t.Authority, Pins: t.Pins, Certificate: t.Certificate, MinVersion: t.MinVersion, Callers: t.Callers,
	}
}
