package smpp_test

import (
	"errors"
	"slices"
	"testing"
	"time"
	"unicode/utf16"

	"tandem/mobilecore/smpp"
)

// receipt is a deliver_sm with this text that says it is one.
func receipt(text string, tlvs ...smpp.TLV) *smpp.SM {
	return &smpp.SM{Command: smpp.DeliverSM, ESMClass: smpp.TypeReceipt, Short: []byte(text), TLVs: tlvs}
}

// Each receipt names the message that a response called as it says, and its fate.
func TestCore_A9_ReceiptsOfTheFieldMatchTheirMessages(t *testing.T) {
	id := func(s string) smpp.TLV { return smpp.TLV{Tag: smpp.TagReceiptedMessageID, Value: append([]byte(s), 0)} }
	state := func(s smpp.MessageState) smpp.TLV {
		return smpp.TLV{Tag: smpp.TagMessageState, Value: []byte{uint8(s)}}
	}
	for _, c := range []struct {
		name     string
		receipt  *smpp.SM
		response string // message_id of the submit_sm_resp; empty: the receipt matches by addresses only
		state    smpp.MessageState
		err      string
	}{
		{"as in appendix B", receipt("id:1234567890 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000 text:Bonjour"), "1234567890", smpp.StateDelivered, "000"},
		{"undeliverable", receipt("id:a1b2-c3 sub:001 dlvrd:000 submit date:2611211200 done date:2611211201 stat:UNDELIV err:034 text:x"), "a1b2-c3", smpp.StateUndeliverable, "034"},
		{"OsmoMSC", receipt("id:00000003 sub:000 dlvrd:000 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000 text:"), "3", smpp.StateDelivered, "000"},
		{"OsmoMSC without an id", receipt("id:msg_id_not_implemented sub:000 dlvrd:000 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000 text:"), "", smpp.StateDelivered, "000"},
		{"hex in the response, decimal in the receipt", receipt("id:0195896320 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000 text:"), "bad2400", smpp.StateDelivered, "000"},
		{"upper-case hex of eight digits in the response", receipt("id:0195896320 stat:DELIVRD"), "0BAD2400", smpp.StateDelivered, ""},
		{"decimal in the response, hex in the receipt", receipt("id:BAD2400 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:EXPIRED err:254 text:"), "195896320", smpp.StateExpired, "254"},
		{"no counts, other order and case", receipt("Stat:REJECTD Err:8 Id:77 Done Date:2611211201"), "77", smpp.StateRejected, "8"},
		{"lower case, words with underscores, commas", receipt("msg_id:77,status:Delivered,error_code:0,done_date:26112112"), "77", smpp.StateDelivered, "0"},
		{"TLVs alone", receipt("", id("777"), state(smpp.StateDelivered)), "777", smpp.StateDelivered, ""},
		{"TLVs alone, with the network's error", receipt("", id("777"), state(smpp.StateUndeliverable), smpp.TLV{Tag: smpp.TagNetworkErrorCode, Value: []byte{3, 0, 27}}), "777", smpp.StateUndeliverable, "27"},
		{"TLVs know better than the text", receipt("id:1 stat:ACCEPTD err:000", id("777"), state(smpp.StateDelivered)), "777", smpp.StateDelivered, "000"},
		{"a TLV that does not end", receipt("stat:DELIVRD", smpp.TLV{Tag: smpp.TagReceiptedMessageID, Value: []byte("777")}), "777", smpp.StateDelivered, ""},
		{"seconds", receipt("id:5a sub:001 dlvrd:001 submit date:261121120000 done date:261121120103 stat:DELIVRD err:000 text:"), "5a", smpp.StateDelivered, "000"},
		{"four-digit years, colons and zones", receipt("id:5a sub:001 dlvrd:001 submit date:2026-11-21 12:00:00 +0100 done date:2026-11-21T12:01:03Z stat:DELIVRD err:000 text:"), "5a", smpp.StateDelivered, "000"},
		{"more fields than anybody knows", receipt("id:5a sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000 smsc:fr-1 price:0.045 mccmnc:20801 text:a b"), "5a", smpp.StateDelivered, "000"},
		{"the text first", receipt("text:hello id:5a stat:EXPIRED err:1"), "5a", smpp.StateExpired, "1"},
		{"spaces after the colons", receipt("id: 5a stat: DELIVRD err: 0"), "5a", smpp.StateDelivered, "0"},
		{"a text that looks like a receipt", receipt("id:5a stat:UNDELIV err:1 text:id:6b stat:DELIVRD err:000"), "5a", smpp.StateUndeliverable, "1"},
		{"no dates at all", receipt("id:5a stat:FAILED"), "5a", smpp.StateUndeliverable, ""},
		{"a word that nobody knows", receipt("id:5a stat:WHATEVER"), "5a", smpp.StateUnknown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := smpp.ReadReceipt(c.receipt)
			if err != nil {
				t.Fatal(err)
			}
			if r.State != c.state || r.Err != c.err {
				t.Errorf("it says %s, error %q; want %s, %q", r.State, r.Err, c.state, c.err)
			}
			switch {
			case c.response == "" && len(r.IDs) != 0:
				t.Errorf("it is called %q, want nothing", r.IDs)
			case c.response != "" && !slices.Contains(r.IDs, c.response):
				t.Errorf("it is called %q, and not %q", r.IDs, c.response)
			}
		})
	}
}

func TestTheBestNameOfAReceiptIsFirst(t *testing.T) {
	r, err := smpp.ReadReceipt(receipt("id:0000000016 stat:DELIVRD", smpp.TLV{Tag: smpp.TagReceiptedMessageID, Value: []byte("22\x00")}))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.IDs) < 4 || r.IDs[0] != "22" || r.IDs[1] != "0000000016" {
		t.Errorf("the order is %q", r.IDs)
	}
	if i, j := slices.Index(r.IDs, "16"), slices.Index(r.IDs, "10"); i < 0 || j < 0 {
		t.Errorf("the variants are %q", r.IDs)
	}
	for _, none := range []string{"", "0", "0000", "msg_id_not_implemented", " "} {
		if got := smpp.MessageIDs(none); len(got) != 0 {
			t.Errorf("%q names %q", none, got)
		}
	}
}

func TestEveryDialectIsReadAsItIsWritten(t *testing.T) {
	at := smpp.Dates{Submitted: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Done: time.Date(2026, 11, 21, 12, 1, 3, 0, time.UTC)}
	for _, d := range smpp.Dialects() {
		for _, s := range []smpp.MessageState{smpp.StateDelivered, smpp.StateUndeliverable, smpp.StateExpired, smpp.StateEnroute, smpp.StateRejected, smpp.StateAccepted} {
			m := &smpp.SM{Command: smpp.DeliverSM}
			sent := d.ResponseID(0xbad2400)
			(&smpp.Receipt{IDs: []string{sent}, State: s, Err: "034", Text: "ça va ?"}).Write(m, d, at)
			r, err := smpp.ReadReceipt(m)
			if err != nil {
				t.Fatalf("%s: %v", d, err)
			}
			if r.State != s {
				t.Errorf("%s: the state is %s, want %s", d, r.State, s)
			}
			if d != smpp.DialectOsmo && !slices.Contains(r.IDs, sent) {
				t.Errorf("%s: it is called %q, and not %q", d, r.IDs, sent)
			}
		}
	}
}

func TestWhatIsNoReceiptIsNone(t *testing.T) {
	ucs2 := receipt("")
	ucs2.DataCoding = 8
	for _, u := range utf16.Encode([]rune("id:5a stat:DELIVRD")) {
		ucs2.Short = append(ucs2.Short, byte(u>>8), byte(u))
	}
	if r, err := smpp.ReadReceipt(ucs2); err != nil || r.IDs[0] != "5a" {
		t.Errorf("one in UCS-2: %+v, %v", r, err)
	}
	spoofed := receipt("id:5a stat:DELIVRD")
	spoofed.ESMClass = 0
	for name, m := range map[string]*smpp.SM{"a text that somebody wrote": spoofed, "one that says nothing": receipt("hello"), "an empty one": receipt("")} {
		if r, err := smpp.ReadReceipt(m); !errors.Is(err, smpp.ErrNoReceipt) {
			t.Errorf("%s is read as %+v, %v", name, r, err)
		}
	}
}

func FuzzReceipt(f *testing.F) {
	f.Add("id:1234567890 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000 text:Bonjour", uint8(4), uint8(0), []byte("77\x00"))
	f.Add("id:00000003 sub:000 dlvrd:000 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000 text:", uint8(4), uint8(0), []byte(nil))
	f.Add("Stat:REJECTD Err:8 Id:77 Done Date:2611211201", uint8(0x20), uint8(1), []byte("0x00ff"))
	f.Add("submit date:submit done text:id:done date:", uint8(0x44), uint8(8), []byte{})
	f.Fuzz(func(t *testing.T, text string, class, coding uint8, id []byte) {
		m := receipt(text, smpp.TLV{Tag: smpp.TagReceiptedMessageID, Value: id})
		m.ESMClass, m.DataCoding = smpp.ESMClass(class), coding
		r, err := smpp.ReadReceipt(m)
		if err != nil {
			return
		}
		const most = 40
		if len(r.IDs) > most || slices.Contains(r.IDs, "") {
			t.Errorf("it is called %q", r.IDs)
		}
		seen := map[string]bool{}
		for _, id := range r.IDs {
			if seen[id] {
				t.Errorf("%q is there twice", id)
			}
			seen[id] = true
		}
	})
}
