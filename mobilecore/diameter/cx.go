package diameter

// Cx is the application between a call session control function and the home subscriber server (TS 29.229).
const Cx Application = 16777216

// The commands of Cx (TS 29.229 section 6.1).
const (
	UserAuthorization  Command = 300
	ServerAssignment   Command = 301
	LocationInfo       Command = 302
	MultimediaAuth     Command = 303
	RegistrationEnding Command = 304
	PushProfile        Command = 305
)

// The attributes of Cx (TS 29.229 section 6.3).
const (
	VisitedNetworkIdentifier = tgpp | 600
	PublicIdentity           = tgpp | 601
	ServerName               = tgpp | 602
	ServerCapabilities       = tgpp | 603
	MandatoryCapability      = tgpp | 604
	OptionalCapability       = tgpp | 605
	UserProfile              = tgpp | 606 // User-Data
	SIPNumberAuthItems       = tgpp | 607
	SIPAuthenticationScheme  = tgpp | 608
	SIPAuthenticate          = tgpp | 609
	SIPAuthorization         = tgpp | 610
	SIPAuthenticationContext = tgpp | 611
	SIPAuthItem              = tgpp | 612 // SIP-Auth-Data-Item
	SIPItemNumber            = tgpp | 613
	ServerAssignmentType     = tgpp | 614
	DeregistrationReason     = tgpp | 615
	ReasonCode               = tgpp | 616
	ReasonText               = tgpp | 617 // Reason-Info
	ChargingInformation      = tgpp | 618
	UserAuthorizationType    = tgpp | 623
	ProfileAlreadyAvailable  = tgpp | 624 // User-Data-Already-Available
	ConfidentialityKey       = tgpp | 625
	IntegrityKey             = tgpp | 626
	SupportedFeatures        = tgpp | 628
	FeatureListID            = tgpp | 629
	FeatureList              = tgpp | 630
	AssociatedIdentities     = tgpp | 632
	OriginatingRequest       = tgpp | 633
	UARFlags                 = tgpp | 637
	LooseRouteIndication     = tgpp | 638
)

// Results of Cx, in an Experimental-Result of 3GPP (TS 29.229 section 6.2).
const (
	CxFirstRegistration      Result = 2001
	CxSubsequentRegistration Result = 2002
	CxUnregisteredService    Result = 2003
	CxUserUnknown            Result = 5001
	CxIdentitiesDontMatch    Result = 5002
	CxIdentityNotRegistered  Result = 5003
	CxRoamingNotAllowed      Result = 5004
)

// cxKind knows TS 29.229.
func (a Attribute) cxKind() Kind {
	//exhaustive:ignore // A dictionary: what it does not name is unknown.
	switch a {
	case PublicIdentity, ServerName, SIPAuthenticationScheme, ReasonText:
		return UTF8String
	case VisitedNetworkIdentifier, UserProfile, SIPAuthenticate, SIPAuthorization, SIPAuthenticationContext, ConfidentialityKey, IntegrityKey,
		tgpp | 634, tgpp | 636: // Wildcarded-Public-Identity, Wildcarded-IMPU
		return OctetString
	case tgpp | 619, tgpp | 620, tgpp | 621, tgpp | 622: // names of charging functions
		return Identity
	case MandatoryCapability, OptionalCapability, SIPNumberAuthItems, SIPItemNumber, FeatureListID, FeatureList, UARFlags:
		return Unsigned32
	case ServerAssignmentType, ReasonCode, UserAuthorizationType, ProfileAlreadyAvailable, OriginatingRequest, LooseRouteIndication:
		return Enumerated
	case ServerCapabilities, SIPAuthItem, DeregistrationReason, ChargingInformation, SupportedFeatures, AssociatedIdentities,
		tgpp | 631, tgpp | 635: // Supported-Applications, SIP-Digest-Authenticate
		return Grouped
	case tgpp | 639, tgpp | 640, tgpp | 641, tgpp | 642, tgpp | 643, tgpp | 644, tgpp | 645, tgpp | 646, tgpp | 647, tgpp | 648, tgpp | 649, tgpp | 650:
		return OctetString
	}
	return Unknown
}
