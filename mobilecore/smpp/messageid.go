package smpp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MessageIDs are the ways in which one SMSC may write a message_id, in its response and in its receipts: as given first, then the same number in hex and in decimal,
// with and without leading zeros. An id that names nothing (empty, all zeros, OsmoMSC's "msg_id_not_implemented") has none. The later ones of short ids may be
// another message's: they are for what nothing before them matches.
func MessageIDs(id string) []string { return addVariants(addID(nil, id), id) }

// addID adds an id that names something and is not there yet.
func addID(ids []string, id string) []string {
	id = strings.TrimSpace(id)
	if strings.Trim(id, "0") == "" || strings.EqualFold(id, "msg_id_not_implemented") || slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

// addVariants adds the other ways to write an id.
func addVariants(ids []string, id string) []string {
	id = strings.TrimSpace(id)
	if len(addID(nil, id)) == 0 {
		return ids
	}
	const decimal, hex, bits = 10, 16, 64
	bare := strings.TrimLeft(strings.TrimPrefix(strings.ToLower(id), "0x"), "0")
	if n, err := strconv.ParseUint(bare, decimal, bits); err == nil {
		ids = addID(addID(ids, bare), fmt.Sprintf("%010d", n))
		for _, form := range []string{"%x", "%X", "%08x", "%08X"} {
			ids = addID(ids, fmt.Sprintf(form, n))
		}
	}
	if n, err := strconv.ParseUint(bare, hex, bits); err == nil {
		for _, form := range []string{"%d", "%010d", "%x", "%X", "%08x", "%08X"} {
			ids = addID(ids, fmt.Sprintf(form, n))
		}
	}
	return addID(addID(ids, strings.ToLower(id)), strings.ToUpper(id))
}
