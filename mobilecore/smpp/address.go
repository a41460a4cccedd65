package smpp

// TON is a type of number (section 5.2.5).
type TON uint8

// The types of number.
const (
	TONUnknown       TON = 0
	TONInternational TON = 1
	TONNational      TON = 2
	TONNetwork       TON = 3
	TONSubscriber    TON = 4 // with NPILandMobile an IMSI, as OsmoMSC writes it
	TONAlphanumeric  TON = 5
	TONAbbreviated   TON = 6
)

// NPI is a numbering plan (section 5.2.6).
type NPI uint8

// The numbering plans.
const (
	NPIUnknown    NPI = 0
	NPIISDN       NPI = 1 // E.164
	NPIData       NPI = 3
	NPITelex      NPI = 4
	NPILandMobile NPI = 6 // E.212
	NPINational   NPI = 8
	NPIPrivate    NPI = 9
	NPIERMES      NPI = 10
	NPIInternet   NPI = 14
	NPIWAP        NPI = 18
)

// Address is who sends or gets a message: at most 20 characters in submit_sm and deliver_sm, 64 in data_sm and alert_notification. It is not read here: nothing
// says that the number is one.
type Address struct {
	TON    TON
	NPI    NPI
	Number string
}

// address walks the three fields of an address.
func (w *walker) address(a *Address, f field) {
	w.octet((*uint8)(&a.TON))
	w.octet((*uint8)(&a.NPI))
	w.text(&a.Number, f)
}
