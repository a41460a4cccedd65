package smpp

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Receipt is what an SMSC says became of a message (appendix B). Its form is each vendor's own; what is read here is all that the known ones agree on and what each adds.
type Receipt struct {
	IDs       []string // what the message may have been called when it was taken, best first: by TLV, as written, then as other dialects write the same number. None: match by addresses
	State     MessageState
	Err       string       // "err" as written, or the code of Network; empty: none
	Network   NetworkError // by TLV
	Sub, Dlvd int          // messages submitted and delivered; -1: not said
	Submitted string       // dates as written: nothing may depend on them
	Done      string
	Text      string  // the beginning of the message
	Other     []Field // what nobody knows, in its order
}

// Field is a field of a receipt that has no meaning here.
type Field struct{ Name, Value string }

// NetworkError is network_error_code (section 5.3.2.31).
type NetworkError struct {
	Network uint8 // 1 ANSI-136, 2 IS-95, 3 GSM; others are the SMSC's own. 0: there is none
	Code    uint16
}

// ErrNoReceipt says that a message is no receipt, or one that says nothing.
var ErrNoReceipt = errors.New("it is no receipt")

// IsReceipt says whether a message is a receipt: by its esm_class (final and in between), or because it carries receipted_message_id or message_state. The text alone
// makes none: anybody can write that on a phone.
func (m *SM) IsReceipt() bool {
	if t := m.ESMClass.Type(); t == TypeReceipt || t == TypeInterim {
		return true
	}
	return m.Command != SubmitSM && (m.TLVs.Get(TagReceiptedMessageID) != nil || m.TLVs.Get(TagMessageState) != nil)
}

// ReadReceipt reads a receipt, whatever its dialect. The error is ErrNoReceipt.
func ReadReceipt(m *SM) (*Receipt, error) {
	if !m.IsReceipt() {
		return nil, ErrNoReceipt
	}
	r := &Receipt{State: StateUnknown, Sub: -1, Dlvd: -1}
	said := r.readText(receiptText(m))
	written := r.IDs
	r.IDs = nil
	for _, id := range append([]string{m.TLVs.Text(TagReceiptedMessageID)}, written...) {
		r.IDs = addID(r.IDs, id)
	}
	for _, id := range slices.Clone(r.IDs) {
		r.IDs = addVariants(r.IDs, id)
	}
	if v := m.TLVs.Get(TagMessageState); len(v) == 1 {
		r.State, said = MessageState(v[0]), true
	}
	if v := m.TLVs.Get(TagNetworkErrorCode); len(v) == 3 {
		r.Network = NetworkError{v[0], uint16(v[1])<<8 | uint16(v[2])}
		if r.Err == "" {
			r.Err = strconv.Itoa(int(r.Network.Code))
		}
	}
	if len(r.IDs) == 0 && !said {
		return nil, ErrNoReceipt
	}
	return r, nil
}

// receiptText is the text of a receipt, which is plain ASCII in every alphabet but UCS-2.
func receiptText(m *SM) string {
	_, b, err := m.UserData()
	if err != nil {
		b = m.Octets()
	}
	const ucs2 = 8
	if m.DataCoding == ucs2 {
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
		}
		return string(utf16.Decode(units))
	}
	return string(b)
}

// readText reads the fields of a text, and says whether it told a state.
func (r *Receipt) readText(text string) bool {
	fields, rest := splitFields(text)
	stated := r.readFields(fields)
	if r.Text = strings.TrimSpace(rest); stated && len(r.IDs) > 0 {
		return true
	}
	// Where the text comes first, the rest is behind it. What the message itself says is believed only for what nothing else said.
	behind, _ := splitFields(rest)
	late := Receipt{Sub: -1, Dlvd: -1}
	lateStated := late.readFields(behind)
	if len(r.IDs) == 0 {
		r.IDs = late.IDs
	}
	if !stated && lateStated {
		r.State, r.Err, stated = late.State, firstText(r.Err, late.Err), true
	}
	return stated
}

// readFields takes fields, the first of each name, and says whether there was a state.
func (r *Receipt) readFields(fields []Field) bool {
	stated := false
	for _, f := range fields {
		switch strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(f.Name)) {
		case "id", "msgid", "messageid":
			if len(r.IDs) == 0 && f.Value != "" {
				r.IDs = []string{f.Value}
			}
		case "stat", "status", "state":
			if !stated && f.Value != "" {
				r.State, stated = readState(f.Value), true
			}
		case "err", "error", "errorcode":
			r.Err = firstText(r.Err, f.Value)
		case "sub":
			r.Sub = readCount(r.Sub, f.Value)
		case "dlvrd", "dlvd":
			r.Dlvd = readCount(r.Dlvd, f.Value)
		case "submitdate":
			r.Submitted = firstText(r.Submitted, f.Value)
		case "donedate":
			r.Done = firstText(r.Done, f.Value)
		default:
			r.Other = append(r.Other, f)
		}
	}
	return stated
}

func firstText(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// readCount is a count; one that is no number is not said.
func readCount(before int, s string) int {
	n, err := strconv.ParseUint(s, 10, 16)
	if before >= 0 || err != nil {
		return before
	}
	return int(n)
}

// splitFields cuts a text into its fields, "name:value", up to the one that is the text of the message; what follows its colon is the rest. Names have two words where
// the first is "submit" or "done".
func splitFields(s string) (fields []Field, rest string) {
	at := 0
	for at < len(s) {
		word, next := nextWord(s, at)
		name, value, is := strings.Cut(word, ":")
		switch {
		case is && strings.EqualFold(name, "text"):
			return fields, s[next-len(value):]
		case is && isName(name):
			fields = append(fields, Field{firstWord(&fields) + name, value})
		case word != "" && len(fields) > 0: // it belongs to the value before
			last := &fields[len(fields)-1]
			last.Value = strings.TrimSpace(last.Value + " " + word)
		case word != "" && isFirstWord(word):
			fields = append(fields, Field{Value: word}) // its second is next
		}
		at = next + 1
	}
	return fields, ""
}

// nextWord is the word at a place in a text, and where it ends.
func nextWord(s string, at int) (word string, end int) {
	end = strings.IndexAny(s[at:], " \t\r\n,;")
	if end < 0 {
		return s[at:], len(s)
	}
	return s[at : at+end], at + end
}

// firstWord takes "submit " or "done " away from the value before, if that is how it ends.
func firstWord(fields *[]Field) string {
	if len(*fields) == 0 {
		return ""
	}
	last := &(*fields)[len(*fields)-1]
	cut := strings.LastIndexByte(last.Value, ' ') + 1
	word := last.Value[cut:]
	if !isFirstWord(word) {
		return ""
	}
	last.Value = strings.TrimSpace(last.Value[:cut])
	if last.Name == "" && last.Value == "" {
		*fields = (*fields)[:len(*fields)-1]
	}
	return word + " "
}

func isFirstWord(s string) bool {
	return strings.EqualFold(s, "submit") || strings.EqualFold(s, "done")
}

// isName says whether a word can be the name of a field.
func isName(s string) bool {
	const longest = 24
	if s == "" || len(s) > longest {
		return false
	}
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c != '_' && c != '-' && (c < '0' || c > '9'))) {
			return false
		}
	}
	return true
}
