package smpp

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Tag names an optional parameter (section 5.3.2).
type Tag uint16

// The tags of SMPP 3.4.
const (
	TagDestAddrSubunit        Tag = 0x0005
	TagDestNetworkType        Tag = 0x0006
	TagDestBearerType         Tag = 0x0007
	TagDestTelematicsID       Tag = 0x0008
	TagSourceAddrSubunit      Tag = 0x000D
	TagSourceNetworkType      Tag = 0x000E
	TagSourceBearerType       Tag = 0x000F
	TagSourceTelematicsID     Tag = 0x0010
	TagQOSTimeToLive          Tag = 0x0017
	TagPayloadType            Tag = 0x0019
	TagAdditionalStatusInfo   Tag = 0x001D
	TagReceiptedMessageID     Tag = 0x001E
	TagMSMsgWaitFacilities    Tag = 0x0030
	TagPrivacyIndicator       Tag = 0x0201
	TagSourceSubaddress       Tag = 0x0202
	TagDestSubaddress         Tag = 0x0203
	TagUserMessageReference   Tag = 0x0204
	TagUserResponseCode       Tag = 0x0205
	TagSourcePort             Tag = 0x020A
	TagDestinationPort        Tag = 0x020B
	TagSARMsgRefNum           Tag = 0x020C
	TagLanguageIndicator      Tag = 0x020D
	TagSARTotalSegments       Tag = 0x020E
	TagSARSegmentSeqnum       Tag = 0x020F
	TagSCInterfaceVersion     Tag = 0x0210
	TagCallbackNumPresInd     Tag = 0x0302
	TagCallbackNumAtag        Tag = 0x0303
	TagNumberOfMessages       Tag = 0x0304
	TagCallbackNum            Tag = 0x0381
	TagDPFResult              Tag = 0x0420
	TagSetDPF                 Tag = 0x0421
	TagMSAvailabilityStatus   Tag = 0x0422
	TagNetworkErrorCode       Tag = 0x0423
	TagMessagePayload         Tag = 0x0424
	TagDeliveryFailureReason  Tag = 0x0425
	TagMoreMessagesToSend     Tag = 0x0426
	TagMessageState           Tag = 0x0427
	TagUSSDServiceOp          Tag = 0x0501
	TagDisplayTime            Tag = 0x1201
	TagSMSSignal              Tag = 0x1203
	TagMSValidity             Tag = 0x1204
	TagAlertOnMessageDelivery Tag = 0x130C
	TagITSReplyType           Tag = 0x1380
	TagITSSessionInfo         Tag = 0x1383
)

// TLV is an optional parameter as it stands on the wire. Tags that nobody knows are kept.
type TLV struct {
	Tag   Tag
	Value []byte // at most 65,535 octets
}

// TLVs are the optional parameters of a PDU in their order.
type TLVs []TLV //nolint:recvcheck // Only what changes it takes a pointer.

// Get is the value of the first with this tag; nil: there is none. One that is there and empty is not nil.
func (t TLVs) Get(tag Tag) []byte {
	for _, v := range t {
		if v.Tag == tag {
			return v.Value
		}
	}
	return nil
}

// Number is the value of the first with this tag, of one to four octets, or absent where there is none of that size.
func (t TLVs) Number(tag Tag, absent uint32) uint32 {
	v := t.Get(tag)
	if len(v) == 0 || len(v) > 4 {
		return absent
	}
	var n uint32
	for _, b := range v {
		n = n<<8 | uint32(b)
	}
	return n
}

// Text is the value of the first with this tag as a C-octet string, with or without its end; empty where there is none.
func (t TLVs) Text(tag Tag) string {
	v, _, _ := bytes.Cut(t.Get(tag), []byte{0})
	return string(v)
}

// Set puts a value in place of the first with this tag, or at the end.
func (t *TLVs) Set(tag Tag, value []byte) {
	if value == nil {
		value = []byte{}
	}
	for i := range *t {
		if (*t)[i].Tag == tag {
			(*t)[i].Value = value
			return
		}
	}
	*t = append(*t, TLV{tag, value})
}

// SetOctet puts a value of one octet.
func (t *TLVs) SetOctet(tag Tag, v uint8) { t.Set(tag, []byte{v}) }

// SetPair puts a value of two octets.
func (t *TLVs) SetPair(tag Tag, v uint16) { t.Set(tag, binary.BigEndian.AppendUint16(nil, v)) }

// SetText puts a C-octet string.
func (t *TLVs) SetText(tag Tag, s string) { t.Set(tag, append([]byte(s), 0)) }

// Delete takes all with this tag away.
func (t *TLVs) Delete(tag Tag) {
	*t = slices.DeleteFunc(*t, func(v TLV) bool { return v.Tag == tag })
}

// tlvs walks what is left of a PDU.
func (w *walker) tlvs(t *TLVs) {
	if !w.reading {
		w.writeTLVs(*t)
		return
	}
	const head = 4
	broken := field{"optional parameters", 0, RINVOPTPARSTREAM}
	for w.err == nil && len(w.in) > 0 {
		if len(w.in) < head {
			w.fail(broken, "what is left is too short for one")
			return
		}
		tag, n := Tag(binary.BigEndian.Uint16(w.in)), int(binary.BigEndian.Uint16(w.in[2:]))
		if n > len(w.in)-head {
			w.fail(broken, "one is longer than the PDU")
			return
		}
		*t = append(*t, TLV{tag, append([]byte{}, w.in[head:head+n]...)})
		w.in = w.in[head+n:]
	}
}

// writeTLVs appends parameters.
func (w *walker) writeTLVs(t TLVs) {
	for _, v := range t {
		if len(v.Value) > 0xFFFF {
			w.fail(field{"optional parameters", 0, RINVPARLEN}, "one is longer than 65,535 octets")
			return
		}
		w.out = binary.BigEndian.AppendUint16(w.out, uint16(v.Tag))
		w.out = binary.BigEndian.AppendUint16(w.out, uint16(len(v.Value))) //nolint:gosec // Checked above.
		w.out = append(w.out, v.Value...)
	}
}
