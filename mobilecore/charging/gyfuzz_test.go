package charging

import (
	"bytes"
	"testing"

	"tandem/mobilecore/diameter"
)

// fuzzSeeds are requests of each kind.
func fuzzSeeds(tb testing.TB) [][]byte {
	tb.Helper()
	var out [][]byte
	for _, kind := range []uint32{diameter.InitialRequest, diameter.UpdateRequest, diameter.TerminationRequest, diameter.EventRequest} {
		m := diameter.NewRequest(diameter.CreditRequest, diameter.CreditControl,
			diameter.Text(diameter.SessionID, "smf.example.org;1;2"), diameter.Text(diameter.OriginHost, "smf.example.org"), diameter.Text(diameter.OriginRealm, "example.org"),
			diameter.Number(diameter.AuthApplicationID, 4), diameter.Text(diameter.ServiceContextID, "32251@3gpp.org"), diameter.Number(diameter.CCRequestType, uint64(kind)),
			diameter.Number(diameter.CCRequestNumber, 1), diameter.Number(diameter.RequestedAction, 0),
			diameter.Group(diameter.SubscriptionID, diameter.Number(diameter.SubscriptionIDType, 0), diameter.Text(diameter.SubscriptionIDData, "33612345678")),
			diameter.Group(diameter.MultipleServicesCreditControl, diameter.Number(diameter.RatingGroup, 1), diameter.Number(diameter.ServiceIdentifier, 2),
				diameter.Group(diameter.RequestedServiceUnit, diameter.Number(diameter.CCTotalOctets, 1)),
				diameter.Group(diameter.UsedServiceUnit, diameter.Number(diameter.ReportingReason, 3), diameter.Number(diameter.CCTime, 4),
					diameter.Number(diameter.CCInputOctets, 5), diameter.Number(diameter.CCOutputOctets, 6))),
			diameter.Group(diameter.ServiceInformation, diameter.Group(diameter.PSInformation, diameter.Text(diameter.CalledStationID, "ims.mnc001.mcc208.gprs"),
				diameter.Octets(diameter.TGPPUserLocation, []byte{130, 2, 0xf8, 0x99, 0, 1}))))
		b, err := m.Append(nil)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func FuzzCreditRequest(f *testing.F) {
	for _, b := range fuzzSeeds(f) {
		f.Add(b)
	}
	us := diameter.Node{Identity: "tandem.example.net"}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := diameter.Parse(b); err != nil && len(b) > 20 { // Most break at the length: with a right one the rest is read.
			b = bytes.Clone(b[:len(b)&^3])
			b[0], b[1], b[2], b[3] = 1, byte(len(b)>>16), byte(len(b)>>8), byte(len(b))
		}
		m, err := diameter.Parse(b)
		if err != nil {
			return
		}
		c, err := readCreditRequest(m, "smf.example.org")
		if err != nil {
			return
		}
		if c.Session == "" || len(c.MSISDN) > 15 || len(c.IMSI) > longestIMSI || len(c.echoes) != len(c.Uses) {
			t.Fatalf("a request that is none: %+v", c.Request)
		}
		a := Answer{Result: Granted}
		for _, u := range c.Uses {
			if u.Used < 0 || u.Used > mostHeld || u.Wanted < 0 || u.Time < 0 {
				t.Fatalf("a use that is none: %+v", u)
			}
			a.Grants = append(a.Grants, Grant{Group: u.Group, Result: Granted, Volume: 1000, Final: true, Threshold: 1, Validity: 1})
		}
		answer := c.answer(us, m, a)
		if _, err = answer.Append(nil); err != nil {
			return // Too many services: the answer would be longer than messages are.
		}
		if answer.Result() != diameter.Success {
			t.Fatalf("the answer is %v", answer.Result())
		}
	})
}

func BenchmarkCreditRequest(b *testing.B) {
	wire := fuzzSeeds(b)[1]
	us := diameter.Node{Identity: "tandem.example.net"}
	a := Answer{Result: Granted, Grants: []Grant{{Group: 1, Result: Granted, Volume: 1 << 30, Validity: 3600e9, Threshold: 1 << 27}}}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		m, err := diameter.Parse(wire)
		if err != nil {
			b.Fatal(err)
		}
		c, err := readCreditRequest(m, "smf.example.org")
		if err != nil {
			b.Fatal(err)
		}
		if out, err = c.answer(us, m, a).Append(out[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
