package ims_test

import (
	"net/netip"
	"testing"
	"time"

	"tandem/mobilecore/ims"
)

func aliceHandset() ims.Handset {
	return ims.Handset{
		Same:         func(n string) bool { return n == "+33612345678" || n == "33612345678" || n == "0612345678" },
		MediaServers: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, NoReply: 15 * time.Second,
	}
}

func TestCore_A2_WhatAnswersInsteadOfTheHandsetBetraysItself(t *testing.T) {
	handset := head("Contact: <sip:alice@10.1.2.3:5060>", "P-Asserted-Identity: <sip:+33612345678@ims.example>", "P-Asserted-Identity: <tel:+33612345678>",
		"History-Info: <sip:+33612345678@ims.example>;index=1", "History-Info: <sip:alice@10.1.2.3>;index=1.1;rc=1")
	ringing := ims.Reply{Status: 180, Head: handset}
	for name, c := range map[string]struct {
		before []ims.Reply
		answer ims.Reply
		after  time.Duration
		want   ims.Sign
	}{
		"a person":                {[]ims.Reply{{Status: 100}, ringing}, ims.Reply{Status: 200, Head: handset, Media: []netip.Addr{netip.MustParseAddr("10.1.2.3")}}, 4 * time.Second, ims.NoSign},
		"a person, early media":   {[]ims.Reply{{Status: 183, Head: handset}}, ims.Reply{Status: 200, Head: handset}, 4 * time.Second, ims.NoSign},
		"a person, bare headers":  {[]ims.Reply{{Status: 180, Head: heads{}}}, ims.Reply{Status: 200, Head: heads{}}, 2 * time.Second, ims.NoSign},
		"181":                     {[]ims.Reply{ringing, {Status: 181, Head: heads{}}}, ims.Reply{Status: 200, Head: handset}, 4 * time.Second, ims.SignForwarded},
		"another target":          {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: head("History-Info: <sip:+33612345678@x>;index=1", "History-Info: <sip:888@x>;index=1.1")}, 4 * time.Second, ims.SignHistory},
		"a cause":                 {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: head("History-Info: <sip:vm@x;cause=408>;index=1.1")}, 4 * time.Second, ims.SignHistory},
		"a cause in a Reason":     {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: head("History-Info: <sip:+33612345678@x?Reason=SIP%3Bcause%3D486>;index=1")}, 4 * time.Second, ims.SignHistory},
		"another identity":        {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: head("P-Asserted-Identity: <sip:+33600000888@ims.example>")}, 4 * time.Second, ims.SignIdentity},
		"another contact":         {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: head("Contact: <sip:vm@10.9.9.9>")}, 4 * time.Second, ims.SignContact},
		"a diversion":             {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: head("Diversion: <tel:+33612345678>;reason=no-answer")}, 4 * time.Second, ims.SignDiversion},
		"a known voice":           {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: handset, Media: []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.7")}}, 4 * time.Second, ims.SignMediaServer},
		"in 300 ms":               {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: handset}, 300 * time.Millisecond, ims.SignTooSoon},
		"without ringing":         {[]ims.Reply{{Status: 100}}, ims.Reply{Status: 200, Head: handset}, 4 * time.Second, ims.SignNoRinging},
		"at the operator's timer": {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: handset}, 15*time.Second - 250*time.Millisecond, ims.SignOnTimer},
		"well before the timer":   {[]ims.Reply{ringing}, ims.Reply{Status: 200, Head: handset}, 14 * time.Second, ims.NoSign},
	} {
		w := ims.Watch{Handset: aliceHandset()}
		for _, r := range c.before {
			w.Saw(r)
		}
		same(t, name, w.Answered(c.answer, c.after), c.want)
	}
}

func FuzzDeflection(f *testing.F) {
	f.Add(200, "<sip:+33612345678@x?Reason=SIP%3Bcause%3D486>;index=1", "<sip:vm@[::1]:5060>")
	f.Fuzz(func(_ *testing.T, status int, history, contact string) {
		w := ims.Watch{Handset: aliceHandset()}
		h := heads{"history-info": {history}, "contact": {contact}, "p-asserted-identity": {contact}}
		w.Saw(ims.Reply{Status: status, Head: h})
		w.Answered(ims.Reply{Status: 200, Head: h}, time.Second)
	})
}
