package charging

import "strings"

// RoamingIn says what a package is worth in a country, by its mobile country code (ITU E.212). Home is France and wherever roaming costs what home does: the European
// Economic Area (Regulation (EU) 2022/612), and Ukraine and Moldova since 2026. Networks for tests and private ones (001, 999) are at home.
func RoamingIn(mcc string) Roaming {
	switch mcc {
	case "":
		return Untold
	case "208", "340", "647", // France, with its departments overseas
		"232", "206", "284", "219", "280", "230", "238", "248", "244", "262", "202", "216", "274", "272", "222", "247", "295", "246", "270", "278", "204",
		"242", "260", "268", "226", "231", "293", "214", "240",
		"255", "259",
		"001", "999":
		return AtHome
	}
	return FarAway
}

// accessPoint is an access point name or DNN without its operator identifier, in lower case (TS 23.003 section 9.1).
func accessPoint(name string) string {
	name = strings.ToLower(name)
	if at := strings.LastIndex(name, ".mnc"); at > 0 && strings.HasSuffix(name, ".gprs") {
		return name[:at]
	}
	return name
}

// servingCountry is the mobile country code of a network that is told as its five or six digits (3GPP-SGSN-MCC-MNC); empty: not told.
func servingCountry(network string) string {
	if (len(network) == 5 || len(network) == 6) && digits(network) {
		return network[:3]
	}
	return ""
}

// locationCountry is the mobile country code of a 3GPP-User-Location-Info (TS 29.061 section 16.4.7.2); empty: it tells none. Every kind of place begins with its network.
func locationCountry(place []byte) string {
	const kind, network = 1, 3
	if len(place) < kind+network {
		return ""
	}
	switch place[0] {
	case 0, 1, 2, 128, 129, 130, 135, 136, 137: // CGI, SAI, RAI, TAI, ECGI, both, NCGI, 5GS TAI, both
	default:
		return ""
	}
	mcc := []byte{'0' + place[1]&0xf, '0' + place[1]>>4, '0' + place[2]&0xf}
	if !digits(string(mcc)) {
		return ""
	}
	return string(mcc)
}

// msisdn is the digits of a subscriber's number that is told as a number or a URI; empty: it has none.
func msisdn(told string) string {
	for _, scheme := range []string{"sip:", "sips:", "tel:"} {
		if len(told) > len(scheme) && strings.EqualFold(told[:len(scheme)], scheme) {
			told = told[len(scheme):]
			break
		}
	}
	if end := strings.IndexAny(told, "@;"); end >= 0 {
		told = told[:end]
	}
	told = strings.TrimPrefix(told, "+")
	const longest = 15 // ITU E.164
	if len(told) > longest || !digits(told) {
		return ""
	}
	return told
}

// digits says whether a text is digits and nothing else.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// masked is a number or an IMSI of somebody, as logs have it: the country and the last two digits stay.
func masked(number string) string {
	const shortest, country = 6, 3
	if len(number) < shortest {
		return "••"
	}
	return number[:country] + "••••" + number[len(number)-2:]
}
