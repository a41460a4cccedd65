package diameter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// request is a credit control request as a charging function sends it.
func request() *Message {
	m := NewRequest(CreditRequest, CreditControl,
		Text(SessionID, "smf.example.org;1;2;gy"), Text(OriginHost, "smf.example.org"), Text(OriginRealm, "example.org"), Text(DestinationRealm, "example.net"),
		Number(AuthApplicationID, uint64(CreditControl)), Text(ServiceContextID, "32251@3gpp.org"), Number(CCRequestType, uint64(UpdateRequest)),
		Number(CCRequestNumber, 1), Moment(EventTimestamp, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		Group(SubscriptionID, Number(SubscriptionIDType, uint64(EndUserIMSI)), Text(SubscriptionIDData, "208990000000001")),
		Group(SubscriptionID, Number(SubscriptionIDType, uint64(EndUserE164)), Text(SubscriptionIDData, "33612345678")),
		Number(MultipleServicesIndicator, 1),
		Group(MultipleServicesCreditControl, Number(RatingGroup, 1),
			Group(RequestedServiceUnit, Number(CCTotalOctets, 1_000_000)),
			Group(UsedServiceUnit, Number(ReportingReason, uint64(ReportExhausted)), Number(CCTime, 17), Number(CCInputOctets, 508392), Number(CCOutputOctets, 4608))),
		Group(ServiceInformation, Group(PSInformation, Text(CalledStationID, "internet"), Text(TGPPSGSNMCCMNC, "20899"), IP(HostIPAddress, netip.MustParseAddr("2001:db8::1")))),
	)
	m.HopByHop, m.EndToEnd = 7, 8
	return m
}

func wire(tb testing.TB, m *Message) []byte {
	tb.Helper()
	b, err := m.Append(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestAMessageIsReadAsItWasWritten(t *testing.T) {
	sent := wire(t, request())
	got, err := Parse(sent)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(wire(t, got), sent) {
		t.Error("what was read is written otherwise")
	}
	services := got.Group(MultipleServicesCreditControl)
	if used := services.Group(UsedServiceUnit); used.Number(CCInputOctets) != 508392 || used.Number(CCOutputOctets) != 4608 {
		t.Errorf("used: %v", used)
	}
	at, err := got.Find(EventTimestamp).Moment()
	if err != nil || !at.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("the time is %v, %v", at, err)
	}
	ip, err := got.Group(ServiceInformation).Group(PSInformation).Find(HostIPAddress).IP()
	if err != nil || ip != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("the address is %v, %v", ip, err)
	}
	var names []string
	for s := range got.All(SubscriptionID) {
		members, err := s.Members()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, members.Text(SubscriptionIDData))
	}
	if len(names) != 2 || names[1] != "33612345678" {
		t.Errorf("subscribers: %q", names)
	}
	if got.HopByHop != 7 || got.EndToEnd != 8 || got.Bits != Request|Proxiable || got.Command != CreditRequest || got.Application != CreditControl {
		t.Errorf("the header is %+v", got.Header)
	}
}

func TestTimesGoOnAfter2036(t *testing.T) {
	for _, want := range []time.Time{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2036, 2, 7, 6, 28, 15, 0, time.UTC), time.Date(2040, 6, 1, 0, 0, 0, 0, time.UTC)} {
		a := Moment(EventTimestamp, want)
		if got, err := a.Moment(); err != nil || !got.Equal(want) {
			t.Errorf("%v was read as %v, %v", want, got.UTC(), err)
		}
	}
}

// patched is the request with one thing broken.
func patched(tb testing.TB, change func(b []byte) []byte) []byte {
	tb.Helper()
	return change(wire(tb, request()))
}

func TestBrokenMessagesAreRefusedByTheProtocolsOwnError(t *testing.T) {
	raw := func(avps ...AVP) []byte {
		return wire(t, NewRequest(CreditRequest, CreditControl, avps...))
	}
	nested := Number(CCTime, 1)
	for range 12 {
		nested = Group(RequestedServiceUnit, nested)
	}
	for name, c := range map[string]struct {
		b      []byte
		want   Result
		failed Attribute
	}{
		"shorter than a header":     {make([]byte, 12), InvalidMessageLength, 0},
		"length and octets differ":  {patched(t, func(b []byte) []byte { return b[:len(b)-4] }), InvalidMessageLength, 0},
		"another version":           {patched(t, func(b []byte) []byte { b[0] = 2; return b }), UnsupportedVersion, 0},
		"a request with E":          {patched(t, func(b []byte) []byte { b[4] |= byte(Fault); return b }), InvalidHeaderBits, 0},
		"an AVP beyond the message": {patched(t, func(b []byte) []byte { b[26] = 0x7f; return b }), InvalidAVPLength, SessionID},
		"an AVP shorter than itself": {patched(t, func(b []byte) []byte {
			b[25], b[26], b[27] = 0, 0, 7
			return b
		}), InvalidAVPLength, SessionID},
		"V with vendor 0": {raw(AVP{Attribute: tgpp | 1, Payload: []byte("2089")}), 0, 0},
		"an unknown mandatory AVP": {
			raw(AVP{Attribute: AttributeOf(99999, 7), Flags: Mandatory, Payload: []byte("x")}), AVPUnsupported, AttributeOf(99999, 7),
		},
		"one inside a group": {
			raw(Group(MultipleServicesCreditControl, AVP{Attribute: 60000, Flags: Mandatory})), AVPUnsupported, 60000,
		},
		"a number of three octets": {raw(Octets(CCRequestNumber, []byte{1, 2, 3})), InvalidAVPLength, CCRequestNumber},
		"a counter of four octets": {raw(Group(UsedServiceUnit, Octets(CCTotalOctets, []byte{1, 2, 3, 4}))), InvalidAVPLength, CCTotalOctets},
		"a group cut short":        {raw(Octets(UsedServiceUnit, []byte{0, 0, 1, 0x9c, 0x40, 0, 0, 40})), InvalidAVPLength, CCInputOctets},
		"text that is not UTF-8":   {raw(Octets(SessionID, []byte{0xff, 0xfe})), InvalidAVPValue, SessionID},
		"an empty host":            {raw(Text(OriginHost, "")), InvalidAVPValue, OriginHost},
		"groups without end":       {raw(nested), InvalidAVPValue, RequestedServiceUnit},
		"too many AVPs":            {raw(make([]AVP, mostAVPs+1)...), AVPOccursTooManyTimes, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.b)
			if c.want == 0 {
				if err != nil {
					t.Fatal(err)
				}
				binary.BigEndian.PutUint32(c.b[28:], 0)
				_, err = Parse(c.b)
				c.want, c.failed = InvalidAVPBits, 1
			}
			refused, is := errors.AsType[*RefusalError](err)
			if !is || refused.Result != c.want {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.failed != 0 && (len(refused.Failed) != 1 || refused.Failed[0].Attribute != c.failed) {
				t.Errorf("Failed-AVP shows %v, want %v", refused.Failed, c.failed)
			}
		})
	}
}

func TestWhatIsUnknownAndNotMandatoryIsKept(t *testing.T) {
	m := request()
	m.Add(AVP{Attribute: AttributeOf(99999, 7), Payload: []byte("x")})
	got, err := Parse(wire(t, m))
	if err != nil || got.Text(AttributeOf(99999, 7)) != "x" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAMessageOfOurOwnIsNeverTooLong(t *testing.T) {
	m := NewRequest(CreditRequest, CreditControl, Octets(Class, make([]byte, LongestMessage)))
	if _, err := m.Append(nil); err == nil {
		t.Error("it was written")
	}
}

func TestAStreamOfMessages(t *testing.T) {
	one := wire(t, request())
	r := bytes.NewReader(append(append([]byte{}, one...), one...))
	for range 2 {
		if _, err := Read(r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(r); err == nil {
		t.Error("there was a third")
	}
	long := append([]byte{}, one...)
	long[1] = 0xff
	if _, err := Read(bytes.NewReader(long)); err == nil {
		t.Error("a message of 16 MB was taken")
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(wire(f, request()))
	f.Add(wire(f, NewRequest(CapabilitiesExchange, Common, Text(OriginHost, "a.b"), IP(HostIPAddress, netip.MustParseAddr("127.0.0.1")))))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Parse(b); err != nil && len(b) >= headerSize { // most break at the length: with a right one the rest is read
			b = bytes.Clone(b[:len(b)&^3])
			b[0], b[1], b[2], b[3] = wireVersion, byte(len(b)>>16), byte(len(b)>>8), byte(len(b))
		}
		m, err := Parse(b)
		if err != nil {
			if refused, is := errors.AsType[*RefusalError](err); !is || refused.Result < firstProtocol {
				t.Fatalf("no result of the protocol: %v", err)
			}
			return
		}
		again, err := Parse(wire(t, m))
		if err != nil {
			t.Fatalf("what we wrote of it cannot be read: %v", err)
		}
		if !bytes.Equal(wire(t, again), wire(t, m)) {
			t.Fatal("it is written otherwise the second time")
		}
	})
}

func FuzzAVP(f *testing.F) {
	f.Add([]byte{0, 0, 1, 7, 0x40, 0, 0, 12, 'a', 'b', 'c', 'd'})
	f.Add([]byte{0, 0, 3, 0x65, 0xc0, 0, 0, 16, 0, 0, 0x28, 0xaf, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := readSet(b)
		left := mostAVPs
		_ = set.check(0, &left)
		for i := range set {
			_, _ = set[i].IP()
			_, _ = set[i].Moment()
			_, _ = set[i].Number()
			_, _ = set[i].Members()
		}
		if err != nil {
			return
		}
		var again []byte
		for i := range set {
			again = set[i].append(again)
		}
		if reread, err := readSet(again); err != nil || len(reread) != len(set) {
			t.Fatalf("%d AVPs became %d: %v", len(set), len(reread), err)
		}
	})
}
