package provisioning

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"tandem/mobilecore/es2plus"
)

// Limits of what an operator lets us do.
const (
	mostPeers     = 100
	mostCards     = 10_000
	longestPEM    = 256 << 10
	longestWorded = 200
)

// BookOsmo is the HLR of Osmocom.
const BookOsmo = "osmo"

// sideRefusals finds what is wrong with an operator's eSIM platform, HLR and charging.
func (o *Operator) sideRefusals() Refusals {
	r := &refuser{}
	if p := o.Settings.Platform; p != nil {
		checkPlatform(r, p)
	}
	if h := o.Settings.HLR; h != nil {
		if h.Kind != BookOsmo {
			r.all = append(r.all, notOneOf("body.hlr.kind", h.Kind))
		}
		if !hostPort(h.Address) {
			r.no("address_malformed", "body.hlr.address", `"{value}" is no address: write "host:port"`, map[string]string{"value": h.Address})
		}
	}
	if c := o.Settings.Charging; c != nil {
		checkCharging(r, c)
	}
	if n := o.Settings.TestNumber; n != "" && !isE164(n) {
		r.all = append(r.all, notE164("body.test_number", n))
	}
	return r.all
}

func checkPlatform(r *refuser, p *ESIMPlatform) {
	u, err := url.Parse(p.URL)
	args := map[string]string{"value": p.URL}
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(p.URL) > longestURL:
		r.no("platform_url", "body.platform.url", `"{value}" is no address of a platform: write "https://host:port"`, args)
	case u.Scheme != "https":
		r.no("platform_not_https", "body.platform.url", "a platform is asked over https alone: what it is told is worth a subscription", args)
	}
	if p.Requester == "" || len(p.Requester) > longestWorded || strings.Trim(p.Requester, "0123456789.") != "" {
		r.no("platform_requester", "body.platform.requester", `"{value}" is no object identifier: write the one that the platform knows us by, such as "1.3.6.1.4.1.1"`,
			map[string]string{"value": p.Requester})
	}
	if p.Address != "" && !hostname(p.Address) && !hostPort(p.Address) {
		r.no("address_malformed", "body.platform.address", `"{value}" is no address: write the host that phones ask`, map[string]string{"value": p.Address})
	}
	r.all = append(r.all, checkText("body.platform.profile_type", p.ProfileType, lengths{0, longestWorded})...)
	r.all = append(r.all, checkText("body.platform.notifier", p.Notifier, lengths{0, longestWorded})...)
	if why := checkPEM(p.Authority); why != "" {
		r.no("platform_authority", "body.platform.authority", "{why}", map[string]string{"why": why})
	}
}

// checkPEM says what is wrong with certificates; empty: nothing, or there are none.
func checkPEM(text string) string {
	if text == "" {
		return ""
	}
	if len(text) > longestPEM {
		return "these are more certificates than anybody has"
	}
	found, rest := 0, []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Sprintf("a %s is no certificate, and has no place here", strings.ToLower(block.Type))
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return "one of the certificates cannot be read"
		}
		found++
	}
	if found == 0 || strings.TrimSpace(string(rest)) != "" {
		return `these are no certificates: write them as PEM, from "-----BEGIN CERTIFICATE-----" on`
	}
	return ""
}

// lastCycleDay is the last day that every month has.
const lastCycleDay = 28

func checkCharging(r *refuser, c *ChargingSettings) {
	r.all = append(r.all, tooMany("body.charging.peers", len(c.Peers), mostPeers)...)
	r.all = append(r.all, tooMany("body.charging.free", len(c.Free), mostPeers)...)
	r.all = append(r.all, tooMany("body.charging.notify", len(c.Notify), mostPeers)...)
	if c.CycleDay < 0 || c.CycleDay > lastCycleDay {
		r.no("cycle_day_malformed", "body.charging.cycle_day", "packages cannot begin anew on day {value} of each month: take 1 to 28",
			map[string]string{"value": strconv.Itoa(c.CycleDay)})
	}
	for i, h := range c.Notify[:min(len(c.Notify), mostPeers)] {
		if !hostname(h) && !hostPort(h) && net.ParseIP(h) == nil {
			r.no("address_malformed", fmt.Sprintf("body.charging.notify[%d]", i), `"{value}" is no address: write the host that may be told`,
				map[string]string{"value": h})
		}
	}
	for i, p := range c.Peers[:min(len(c.Peers), mostPeers)] {
		if !hostname(p) {
			r.no("peer_malformed", fmt.Sprintf("body.charging.peers[%d]", i), `"{value}" is no name of a peer: write its Origin-Host, or its certificate's name`,
				map[string]string{"value": p})
		}
	}
	for i, name := range c.Free[:min(len(c.Free), mostPeers)] {
		if !hostname(name) || name != strings.ToLower(name) {
			r.no("access_point_malformed", fmt.Sprintf("body.charging.free[%d]", i), `"{value}" is no access point name: write it in small letters`,
				map[string]string{"value": name})
		}
	}
}

// hostPort says whether a text is "host:port".
func hostPort(s string) (is bool) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || !hostname(host) && net.ParseIP(host) == nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n <= 65535
}

// checkCards asks about the profiles that operators set aside: each card and each subscription is there once.
func (s *State) checkCards(o *Operator) Refusals {
	r := &refuser{all: tooMany("body.cards", len(o.Settings.Cards), mostCards)}
	if len(r.all) > 0 || len(o.Settings.Cards) == 0 {
		return r.all
	}
	had := map[string]bool{}
	for _, other := range s.Operators {
		for _, c := range other.Settings.Cards {
			if other.ID != o.ID {
				had[c.ICCID], had[c.IMSI] = true, true
			}
		}
	}
	const enough = 20 // problems that are told at once
	for i, c := range o.Settings.Cards {
		at := fmt.Sprintf("body.cards[%d]", i)
		switch {
		case !ICCIDValid(c.ICCID):
			r.no("iccid_malformed", at+".iccid", "{value} is no card number: 19 or 20 digits, of which the last is a check digit", map[string]string{"value": c.ICCID})
		case !IMSIValid(c.IMSI):
			r.no("imsi_malformed", at+".imsi", "{value} is no IMSI: 14 or 15 digits", map[string]string{"value": c.IMSI})
		case had[c.ICCID]:
			r.all = append(r.all, twice(at+".iccid", c.ICCID))
		case had[c.IMSI]:
			r.all = append(r.all, twice(at+".imsi", c.IMSI))
		}
		had[c.ICCID], had[c.IMSI] = true, true
		if len(r.all) >= enough {
			break
		}
	}
	return r.all
}

// ICCIDValid says whether a text is the number of a card, in digits alone (ITU-T E.118).
func ICCIDValid(s string) (is bool) {
	_, err := es2plus.ParseICCID(s)
	return err == nil && digits(s)
}

// IMSIValid says whether a text is the identity of a subscription: 14 or 15 digits (ITU-T E.212).
func IMSIValid(s string) (is bool) { return digits(s) && (len(s) == 14 || len(s) == 15) }
