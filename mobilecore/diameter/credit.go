package diameter

// CreditControl is the application of RFC 8506: Gy and Ro.
const CreditControl Application = 4

// The attributes of credit control (RFC 8506 section 8).
const (
	CalledStationID               Attribute = 30
	CCCorrelationID               Attribute = 411
	CCInputOctets                 Attribute = 412
	CCOutputOctets                Attribute = 414
	CCRequestNumber               Attribute = 415
	CCRequestType                 Attribute = 416
	CCServiceSpecificUnits        Attribute = 417
	CCSessionFailover             Attribute = 418
	CCSubSessionID                Attribute = 419
	CCTime                        Attribute = 420
	CCTotalOctets                 Attribute = 421
	CreditControlFailureHandling  Attribute = 427
	FinalUnitIndication           Attribute = 430
	GrantedServiceUnit            Attribute = 431
	RatingGroup                   Attribute = 432
	RequestedAction               Attribute = 436
	RequestedServiceUnit          Attribute = 437
	ServiceIdentifier             Attribute = 439
	SubscriptionID                Attribute = 443
	SubscriptionIDData            Attribute = 444
	UsedServiceUnit               Attribute = 446
	ValidityTime                  Attribute = 448
	FinalUnitAction               Attribute = 449
	SubscriptionIDType            Attribute = 450
	MultipleServicesIndicator     Attribute = 455
	MultipleServicesCreditControl Attribute = 456
	ServiceContextID              Attribute = 461
)

// The attributes of 3GPP's charging that we act on (TS 32.299 section 7.2, TS 29.061 section 16.4.7).
const (
	TGPPIMSI             = tgpp | 1
	TGPPSGSNMCCMNC       = tgpp | 18
	TGPPRATType          = tgpp | 21
	TGPPUserLocation     = tgpp | 22
	VolumeQuotaThreshold = tgpp | 869
	TimeQuotaThreshold   = tgpp | 868
	QuotaHoldingTime     = tgpp | 871
	ReportingReason      = tgpp | 872
	ServiceInformation   = tgpp | 873
	PSInformation        = tgpp | 874
	IMSInformation       = tgpp | 876
)

// Kinds of request (CC-Request-Type, RFC 8506 section 8.3).
const (
	InitialRequest     uint32 = 1
	UpdateRequest      uint32 = 2
	TerminationRequest uint32 = 3
	EventRequest       uint32 = 4
)

// Kinds of subscriber's name (Subscription-Id-Type, RFC 8506 section 8.47).
const (
	EndUserE164   uint32 = 0
	EndUserIMSI   uint32 = 1
	EndUserSIPURI uint32 = 2
)

// Why usage is reported (Reporting-Reason, TS 32.299 section 7.2.175).
const (
	ReportThreshold    uint32 = 0
	ReportHoldingTime  uint32 = 1
	ReportFinal        uint32 = 2
	ReportExhausted    uint32 = 3
	ReportValidityTime uint32 = 4
)

// What an event asks for (Requested-Action, RFC 8506 section 8.41).
const (
	DirectDebiting uint32 = 0
	RefundAccount  uint32 = 1
	CheckBalance   uint32 = 2
	PriceEnquiry   uint32 = 3
)

// FinalUnitTerminate is the Final-Unit-Action that ends the session when the last units are used (RFC 8506 section 8.35).
const FinalUnitTerminate uint32 = 0

// creditKind knows RFC 8506.
func (a Attribute) creditKind() Kind {
	//exhaustive:ignore // A dictionary: what it does not name is unknown.
	switch a {
	case CalledStationID, CCCorrelationID, SubscriptionIDData, ServiceContextID,
		424, 435, 438: // Cost-Unit, Redirect-Server-Address, Restriction-Filter-Rule (IPFilterRule)
		return UTF8String
	case CCInputOctets, CCOutputOctets, CCServiceSpecificUnits, CCSubSessionID, CCTotalOctets:
		return Unsigned64
	case CCRequestNumber, CCTime, RatingGroup, ServiceIdentifier, ValidityTime,
		425, 453, 457: // Currency-Code, G-S-U-Pool-Identifier, G-S-U-Pool-Reference's identifier
		return Unsigned32
	case CCRequestType, CCSessionFailover, CreditControlFailureHandling, RequestedAction, FinalUnitAction, SubscriptionIDType, MultipleServicesIndicator,
		422, 426, 428, 433, 452, 454, 459: // Check-Balance-Result, Credit-Control, Direct-Debiting-Failure-Handling, Redirect-Address-Type, Tariff-Change-Usage, CC-Unit-Type, User-Equipment-Info-Type
		return Enumerated
	case FinalUnitIndication, GrantedServiceUnit, RequestedServiceUnit, SubscriptionID, UsedServiceUnit, MultipleServicesCreditControl,
		413, 423, 434, 440, 445, 458, 657: // CC-Money, Cost-Information, Redirect-Server, Service-Parameter-Info, Unit-Value, User-Equipment-Info
		return Grouped
	case 451: // Tariff-Time-Change
		return Time
	case 447: // Value-Digits
		return Integer64
	case 429: // Exponent
		return Integer32
	case 441, 442, 460: // Service-Parameter-Type and -Value, User-Equipment-Info-Value
		return OctetString
	}
	return Unknown
}

// chargingKind knows what we read of TS 32.299. The rest of its numbers is known too, and read by nobody: a charging function sends dozens of them, most of them
// mandatory, and a quota needs none.
func (a Attribute) chargingKind() Kind {
	//exhaustive:ignore // A dictionary: what it does not name is unknown.
	switch a {
	case TGPPIMSI, TGPPSGSNMCCMNC:
		return UTF8String
	case VolumeQuotaThreshold, TimeQuotaThreshold, QuotaHoldingTime:
		return Unsigned32
	case ReportingReason:
		return Enumerated
	case ServiceInformation, PSInformation, IMSInformation:
		return Grouped
	}
	c := a.Code()
	switch {
	case c >= 1 && c <= 30, // TS 29.061
		c >= 500 && c <= 599, c >= 1000 && c <= 1099, // Rx and Gx: QoS-Information and its kin
		c >= 823 && c <= 929, c >= 1200 && c <= 1299, c >= 2000 && c <= 2120, c >= 2300 && c <= 2350,
		c >= 2600 && c <= 2720, c >= 2800 && c <= 2899, c >= 3400 && c <= 3470, c >= 3900 && c <= 4020:
		return OctetString
	}
	return Unknown
}
