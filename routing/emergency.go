package routing

import "slices"

// emergency says whether digits are an emergency number in country (SPEC O4). The European ones reach somebody from every phone that we
// serve, so they hold in all countries; no extension of three digits may ever be one of these.
func emergency(digits, country string) bool {
	switch digits {
	case "112", "911":
		return true
	case "999", "000":
		return country == "GB" || country == "IE" || country == "AU"
	}
	switch country {
	case "FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "":
		return frenchEmergency(digits)
	case "BE", "LU", "CH", "DE", "IT", "ES", "AT":
		return digits == "110" || digits == "113" || digits == "115" || digits == "117" || digits == "118" || digits == "144" || digits == "100" || digits == "101"
	}
	return false
}

// EmergencyAnywhere says whether digits are an emergency number in any country that we know: for who must decide before it is known whose call
// it is. Such a call is never refused for load or because we are going down (SPEC O4).
func EmergencyAnywhere(digits string) bool {
	return slices.ContainsFunc([]string{"FR", "BE", "GB"}, func(country string) bool { return emergency(digits, country) })
}

// frenchEmergency lists the numbers that French law makes every operator carry to the local service: medical 15, police 17, fire 18, the
// deaf 114, homeless 115, children 119, sea rescue 196, air rescue 191, terror attacks 197.
func frenchEmergency(digits string) bool {
	switch digits {
	case "15", "17", "18", "114", "115", "116000", "116117", "119", "191", "196", "197":
		return true
	}
	return false
}
