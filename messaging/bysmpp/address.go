package bysmpp

import (
	"strings"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
)

// addressOf is an address as the desk reads it, and the IMSI that it is, if it is one: OsmoMSC names a handset so (type of number 4, plan 6).
func addressOf(a smpp.Address) (address messaging.Address, imsi string) {
	const shortestNumber = 8 // digits: international ones have more; short codes are sometimes marked as international too
	n := strings.TrimSpace(a.Number)
	switch {
	case a.NPI == smpp.NPILandMobile && isDigits(n):
		return messaging.Address(n), n
	case a.TON == smpp.TONInternational && isDigits(n) && len(n) >= shortestNumber && !strings.HasPrefix(n, "0"):
		return messaging.Address("+" + n), ""
	}
	return messaging.Address(n), ""
}

// addressFor is an address as it is written on the wire.
func addressFor(a messaging.Address) smpp.Address {
	switch a.Kind() {
	case messaging.AddressInternational:
		return smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: strings.TrimPrefix(string(a), "+")}
	case messaging.AddressShort:
		return smpp.Address{TON: smpp.TONUnknown, NPI: smpp.NPIISDN, Number: string(a)} // as it would be dialled
	case messaging.AddressName:
	}
	return smpp.Address{TON: smpp.TONAlphanumeric, NPI: smpp.NPIUnknown, Number: string(a)}
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
