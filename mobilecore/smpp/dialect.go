package smpp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Dialect is a way to write receipts that is seen in the field.
type Dialect string

// The dialects.
const (
	DialectStandard   Dialect = "standard"    // appendix B, beside its TLVs
	DialectOsmo       Dialect = "osmo"        // OsmoMSC's: dates are their own masks, and the id is none that a response had
	DialectHexDecimal Dialect = "hex_decimal" // the response writes the id in hex, the receipt in decimal with ten digits; no TLVs
	DialectDecimalHex Dialect = "decimal_hex" // the other way round
	DialectTerse      Dialect = "terse"       // another order and case, no counts; no TLVs
	DialectTLV        Dialect = "tlv"         // TLVs alone
	DialectLong       Dialect = "long"        // dates of four-digit years and seconds, fields of its own; no TLVs
)

// Dialects are all of them.
func Dialects() []Dialect {
	return []Dialect{DialectStandard, DialectOsmo, DialectHexDecimal, DialectDecimalHex, DialectTerse, DialectTLV, DialectLong}
}

// ResponseID is how an SMSC of this dialect writes the number of a message in its response.
func (d Dialect) ResponseID(n uint64) string {
	switch d {
	case DialectOsmo:
		return "msg_id_not_implemented"
	case DialectHexDecimal:
		return fmt.Sprintf("%x", n)
	case DialectStandard, DialectDecimalHex, DialectTerse, DialectTLV, DialectLong:
	}
	return strconv.FormatUint(n, 10)
}

// receiptID is how it writes, in its receipts, the id that its response had. An id that is no number is written as it is.
func (d Dialect) receiptID(id string) string {
	switch d {
	case DialectHexDecimal:
		if n, err := strconv.ParseUint(id, 16, 64); err == nil {
			return fmt.Sprintf("%010d", n)
		}
	case DialectDecimalHex:
		if n, err := strconv.ParseUint(id, 10, 64); err == nil {
			return fmt.Sprintf("%X", n)
		}
	case DialectStandard, DialectOsmo, DialectTerse, DialectTLV, DialectLong:
	}
	return id
}

// Dates are when a message was taken, and when what its receipt says happened.
type Dates struct{ Submitted, Done time.Time }

// Write makes of m a receipt in a dialect: its esm_class, its body and its TLVs. The first of r.IDs is the id as the response had it. The addresses are the caller's:
// those of the message, swapped.
func (r *Receipt) Write(m *SM, d Dialect, at Dates) {
	m.ESMClass = TypeReceipt
	if !r.State.Final() {
		m.ESMClass = TypeInterim
	}
	id := ""
	if len(r.IDs) > 0 {
		id = d.receiptID(r.IDs[0])
	}
	m.SetOctets([]byte(r.line(d, id, at)))
	if d != DialectStandard && d != DialectTLV {
		return
	}
	m.TLVs.SetText(TagReceiptedMessageID, id)
	m.TLVs.SetOctet(TagMessageState, uint8(r.State))
	if n := r.Network; n.Network != 0 {
		m.TLVs.Set(TagNetworkErrorCode, []byte{n.Network, uint8(n.Code >> 8), uint8(n.Code)}) //nolint:gosec // Two octets of two.
	}
}

// line is the text of a receipt.
func (r *Receipt) line(d Dialect, id string, at Dates) string {
	const minutes, seconds = "0601021504", "20060102150405"
	failed := r.Err
	if failed == "" {
		failed = "000"
	}
	sub, dlvd := max(r.Sub, 0), max(r.Dlvd, 0)
	switch d {
	case DialectTLV:
		return ""
	case DialectOsmo:
		return fmt.Sprintf("id:%s sub:000 dlvrd:000 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:%s err:000 text:%s", padded(id), r.State, beginning(r.Text))
	case DialectTerse:
		return fmt.Sprintf("Stat:%s Err:%s Id:%s Done Date:%s", r.State, failed, id, at.Done.Format(minutes))
	case DialectLong:
		return fmt.Sprintf("id:%s sub:%03d dlvrd:%03d submit date:%s done date:%s stat:%s err:%s smsc:fr-1 price:0.045 text:%s",
			id, sub, dlvd, at.Submitted.Format(seconds), at.Done.Format(seconds), r.State, failed, beginning(r.Text))
	case DialectStandard, DialectHexDecimal, DialectDecimalHex:
	}
	return fmt.Sprintf("id:%s sub:%03d dlvrd:%03d submit date:%s done date:%s stat:%s err:%s text:%s",
		id, sub, dlvd, at.Submitted.Format(minutes), at.Done.Format(minutes), r.State, failed, beginning(r.Text))
}

// padded is an id of eight digits at least, as OsmoMSC writes it.
func padded(id string) string {
	const digits = 8
	return strings.Repeat("0", max(digits-len(id), 0)) + id
}

// beginning is the first twenty characters of a text, in ASCII.
func beginning(s string) string {
	const most = 20
	out := make([]byte, 0, most)
	for _, c := range s {
		if len(out) == most {
			break
		}
		if c < ' ' || c > '~' {
			c = '?'
		}
		out = append(out, byte(c))
	}
	return string(out)
}
