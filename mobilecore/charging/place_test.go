package charging

import "testing"

func TestWhereAPackageIsGood(t *testing.T) {
	for network, want := range map[string]Roaming{
		"20801": AtHome, "26202": AtHome, "64710": AtHome, "00101": AtHome, "22801": FarAway, "310260": FarAway, "23430": FarAway, "": Untold, "2080": Untold, "20x01": Untold,
	} {
		if got := RoamingIn(servingCountry(network)); got != want {
			t.Errorf("%q: %v, want %v", network, got, want)
		}
	}
	for _, c := range []struct {
		place []byte
		want  string
	}{
		{[]byte{130, 0x02, 0xf8, 0x99, 0, 1}, "208"},
		{[]byte{1, 0x13, 0x00, 0x62, 0, 1}, "310"},
		{[]byte{77, 0x02, 0xf8, 0x99}, ""},
		{[]byte{130, 0x02}, ""},
		{[]byte{130, 0xfa, 0xff, 0x99}, ""},
		{nil, ""},
	} {
		if got := locationCountry(c.place); got != c.want {
			t.Errorf("%x: %q, want %q", c.place, got, c.want)
		}
	}
}

func TestNamesAreReadAsPeersWriteThem(t *testing.T) {
	for told, want := range map[string]string{
		"33612345678": "33612345678", "+33612345678": "33612345678", "sip:+33612345678@ims.example.org;user=phone": "33612345678", "tel:+33612345678;phone-context=x": "33612345678",
		"sip:alice@example.org": "", "": "", "1234567890123456": "", "SIP:33612345678": "33612345678",
	} {
		if got := msisdn(told); got != want {
			t.Errorf("%q: %q, want %q", told, got, want)
		}
	}
	for name, want := range map[string]string{
		"Internet": "internet", "ims.mnc001.mcc208.gprs": "ims", "a.mncx": "a.mncx", ".mnc001.mcc208.gprs": ".mnc001.mcc208.gprs", "": "",
	} {
		if got := accessPoint(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
