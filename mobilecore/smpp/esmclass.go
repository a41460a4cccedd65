package smpp

// ESMClass is an esm_class (section 5.2.12).
type ESMClass uint8

// Parts of it: the mode, what kind of message it is, and features of GSM.
const (
	ModeDatagram    ESMClass = 0x01
	ModeTransaction ESMClass = 0x02
	ModeStore       ESMClass = 0x03

	TypeReceipt   ESMClass = 0x04 // in deliver_sm: an SMSC's delivery receipt
	TypeAck       ESMClass = 0x08 // of an SME
	TypeManualAck ESMClass = 0x10
	TypeAbort     ESMClass = 0x18 // of a conversation
	TypeInterim   ESMClass = 0x20 // in deliver_sm: an intermediate notification

	FeatureUDHI      ESMClass = 0x40 // the body begins with a user data header
	FeatureReplyPath ESMClass = 0x80
)

// typeBits are those that say what kind of message it is.
const typeBits ESMClass = 0x3C

// Type is what kind of message it is; 0: an ordinary one.
func (e ESMClass) Type() ESMClass { return e & typeBits }

// UDHI says whether the body begins with a user data header (TS 23.040 section 9.2.3.24).
func (e ESMClass) UDHI() bool { return e&FeatureUDHI != 0 }
