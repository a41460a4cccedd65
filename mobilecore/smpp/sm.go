package smpp

// Limits of fields, with the octet that ends them.
const (
	shortAddress = 21
	longAddress  = 65
	messageID    = 65
	// MostShort is the length of the longest short_message in octets.
	MostShort = 254
)

// SM is a message on its way: submit_sm (section 4.4.1), deliver_sm (4.6.1) or data_sm (4.7.1), which are the same but for a few fields.
type SM struct {
	Command     Command // SubmitSM, DeliverSM or DataSM
	ServiceType string  // at most 5 characters
	Source      Address
	Destination Address
	ESMClass    ESMClass
	ProtocolID  uint8  // not in data_sm, like all that say so
	Priority    uint8  // not in data_sm
	Schedule    string // empty or 16 characters (section 7.1.1); not in data_sm
	Validity    string // empty or 16 characters; not in data_sm
	Registered  Registered
	Replace     uint8  // replace_if_present_flag; not in data_sm
	DataCoding  uint8  // section 5.2.19
	DefaultID   uint8  // sm_default_msg_id; not in data_sm
	Short       []byte // short_message, at most MostShort octets; not in data_sm. Octets and SetOctets know where a body stands
	TLVs        TLVs
}

func (m *SM) command() Command { return m.Command }

func (m *SM) walk(w *walker) {
	w.text(&m.ServiceType, field{"service_type", 6, RINVSERTYP})
	if m.Command == DataSM {
		m.walkData(w)
		return
	}
	w.address(&m.Source, field{"source_addr", shortAddress, RINVSRCADR})
	w.address(&m.Destination, field{"destination_addr", shortAddress, RINVDSTADR})
	w.octet((*uint8)(&m.ESMClass))
	w.octet(&m.ProtocolID)
	w.octet(&m.Priority)
	w.moment(&m.Schedule, field{"schedule_delivery_time", 0, RINVSCHED})
	w.moment(&m.Validity, field{"validity_period", 0, RINVEXPIRY})
	w.octet((*uint8)(&m.Registered))
	w.octet(&m.Replace)
	w.octet(&m.DataCoding)
	w.octet(&m.DefaultID)
	w.octets(&m.Short, field{"short_message", MostShort, RINVMSGLEN})
	w.tlvs(&m.TLVs)
}

// walkData goes through what data_sm has.
func (m *SM) walkData(w *walker) {
	w.address(&m.Source, field{"source_addr", longAddress, RINVSRCADR})
	w.address(&m.Destination, field{"destination_addr", longAddress, RINVDSTADR})
	w.octet((*uint8)(&m.ESMClass))
	w.octet((*uint8)(&m.Registered))
	w.octet(&m.DataCoding)
	if len(m.Short) > 0 {
		w.fail(field{"short_message", 0, RINVMSGLEN}, "data_sm has none")
	}
	w.tlvs(&m.TLVs)
}

// SMResponse answers a message.
type SMResponse struct {
	Command   Command // SubmitSMResp, DeliverSMResp or DataSMResp
	MessageID string  // at most 64 characters; of deliver_sm_resp unused
	TLVs      TLVs
}

func (r *SMResponse) command() Command { return r.Command }

func (r *SMResponse) walk(w *walker) {
	w.text(&r.MessageID, field{"message_id", messageID, RINVMSGID})
	w.tlvs(&r.TLVs)
}

// Registered is a registered_delivery (section 5.2.17).
type Registered uint8

// What may be asked for.
const (
	ReceiptNone      Registered = 0x00
	ReceiptFinal     Registered = 0x01 // delivered or failed
	ReceiptFailure   Registered = 0x02 // failed alone
	ReceiptSMEAck    Registered = 0x04
	ReceiptManualAck Registered = 0x08
	ReceiptInterim   Registered = 0x10 // buffered, in between
)
