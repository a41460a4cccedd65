package smpp

// Query is query_sm (section 4.8.1).
type Query struct {
	MessageID string
	Source    Address // as the message had it
}

func (q *Query) command() Command { return QuerySM }

func (q *Query) walk(w *walker) {
	w.text(&q.MessageID, field{"message_id", messageID, RINVMSGID})
	w.address(&q.Source, field{"source_addr", shortAddress, RINVSRCADR})
}

// QueryResponse answers query_sm (section 4.8.2).
type QueryResponse struct {
	MessageID string
	FinalDate string // empty or 16 characters
	State     MessageState
	ErrorCode uint8
}

func (q *QueryResponse) command() Command { return QuerySMResp }

func (q *QueryResponse) walk(w *walker) {
	w.text(&q.MessageID, field{"message_id", messageID, RINVMSGID})
	w.moment(&q.FinalDate, field{"final_date", 0, RQUERYFAIL})
	w.octet((*uint8)(&q.State))
	w.octet(&q.ErrorCode)
}

// Cancel is cancel_sm (section 4.9.1).
type Cancel struct {
	ServiceType string
	MessageID   string
	Source      Address
	Destination Address
}

func (c *Cancel) command() Command { return CancelSM }

func (c *Cancel) walk(w *walker) {
	w.text(&c.ServiceType, field{"service_type", 6, RINVSERTYP})
	w.text(&c.MessageID, field{"message_id", messageID, RINVMSGID})
	w.address(&c.Source, field{"source_addr", shortAddress, RINVSRCADR})
	w.address(&c.Destination, field{"destination_addr", shortAddress, RINVDSTADR})
}

// Replace is replace_sm (section 4.10.1).
type Replace struct {
	MessageID  string
	Source     Address
	Schedule   string
	Validity   string
	Registered Registered
	DefaultID  uint8
	Short      []byte
}

func (r *Replace) command() Command { return ReplaceSM }

func (r *Replace) walk(w *walker) {
	w.text(&r.MessageID, field{"message_id", messageID, RINVMSGID})
	w.address(&r.Source, field{"source_addr", shortAddress, RINVSRCADR})
	w.moment(&r.Schedule, field{"schedule_delivery_time", 0, RINVSCHED})
	w.moment(&r.Validity, field{"validity_period", 0, RINVEXPIRY})
	w.octet((*uint8)(&r.Registered))
	w.octet(&r.DefaultID)
	w.octets(&r.Short, field{"short_message", MostShort, RINVMSGLEN})
}

// Alert is alert_notification (section 4.12.1): a handset can be reached. Nothing answers it.
type Alert struct {
	Source Address // the handset: an MSISDN, or an IMSI
	ESME   Address // who wanted to know
	TLVs   TLVs    // ms_availability_status
}

func (a *Alert) command() Command { return AlertNotification }

func (a *Alert) walk(w *walker) {
	w.address(&a.Source, field{"source_addr", longAddress, RINVSRCADR})
	w.address(&a.ESME, field{"esme_addr", longAddress, RINVDSTADR})
	w.tlvs(&a.TLVs)
}

// Available says whether the handset can be reached: it can unless ms_availability_status (section 5.3.2.30) says no.
func (a *Alert) Available() bool { return a.TLVs.Number(TagMSAvailabilityStatus, 0) == 0 }
