package diameter

// The attributes of the protocol itself (RFC 6733 section 4.5).
const (
	UserName                    Attribute = 1
	Class                       Attribute = 25
	SessionTimeout              Attribute = 27
	ProxyState                  Attribute = 33
	EventTimestamp              Attribute = 55
	HostIPAddress               Attribute = 257
	AuthApplicationID           Attribute = 258
	AcctApplicationID           Attribute = 259
	VendorSpecificApplicationID Attribute = 260
	SessionID                   Attribute = 263
	OriginHost                  Attribute = 264
	SupportedVendorID           Attribute = 265
	VendorID                    Attribute = 266
	FirmwareRevision            Attribute = 267
	ResultCode                  Attribute = 268
	ProductName                 Attribute = 269
	DisconnectCause             Attribute = 273
	AuthRequestType             Attribute = 274
	AuthSessionState            Attribute = 277
	OriginStateID               Attribute = 278
	FailedAVP                   Attribute = 279
	ProxyHost                   Attribute = 280
	ErrorMessage                Attribute = 281
	RouteRecord                 Attribute = 282
	DestinationRealm            Attribute = 283
	ProxyInfo                   Attribute = 284
	ReAuthRequestType           Attribute = 285
	DestinationHost             Attribute = 293
	TerminationCause            Attribute = 295
	OriginRealm                 Attribute = 296
	ExperimentalResult          Attribute = 297
	ExperimentalResultCode      Attribute = 298
	InbandSecurityID            Attribute = 299
)

// Kind is the format that the dictionary has for an attribute.
func (a Attribute) Kind() Kind {
	switch a.Vendor() {
	case 0:
		if k := a.baseKind(); k != Unknown {
			return k
		}
		return a.creditKind()
	case TGPP:
		if k := a.cxKind(); k != Unknown {
			return k
		}
		return a.chargingKind()
	}
	return Unknown
}

// baseKind knows RFC 6733, and of RFC 7155 what comes with credit control.
func (a Attribute) baseKind() Kind {
	//exhaustive:ignore // A dictionary: what it does not name is unknown.
	switch a {
	case UserName, SessionID, ProductName, ErrorMessage:
		return UTF8String
	case OriginHost, OriginRealm, DestinationHost, DestinationRealm, ProxyHost, RouteRecord:
		return Identity
	case 292, 294: // Redirect-Host, Error-Reporting-Host
		return Identity
	case HostIPAddress:
		return Address
	case EventTimestamp:
		return Time
	case DisconnectCause, AuthRequestType, AuthSessionState, ReAuthRequestType, TerminationCause,
		261, 271, 480, 483: // Redirect-Host-Usage, Session-Server-Failover, Accounting-Record-Type, Accounting-Realtime-Required
		return Enumerated
	case AuthApplicationID, AcctApplicationID, SupportedVendorID, VendorID, FirmwareRevision, ResultCode, OriginStateID, ExperimentalResultCode, InbandSecurityID,
		SessionTimeout, 85, 262, 270, 272, 276, 291, 485: // Acct-Interim-Interval, Redirect-Max-Cache-Time, Session-Binding, Multi-Round-Time-Out, Auth-Grace-Period, Authorization-Lifetime, Accounting-Record-Number
		return Unsigned32
	case 287: // Accounting-Sub-Session-Id
		return Unsigned64
	case VendorSpecificApplicationID, FailedAVP, ProxyInfo, ExperimentalResult, 300, 621, 623: // E2E-Sequence, OC-Supported-Features, OC-OLR
		return Grouped
	case Class, ProxyState, 44, 50, // Acct-Session-Id, Acct-Multi-Session-Id
		4, 5, 6, 7, 8, 9, 11, 22, 26, 31, 32, 61, 87, 94, 97, 98, 99, 100, 123: // of RADIUS, as RFC 7155 has them
		return OctetString
	}
	return Unknown
}
