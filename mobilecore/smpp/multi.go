package smpp

// Multi is submit_multi (section 4.5.1).
type Multi struct {
	SM           SM // its Command and Destination mean nothing here
	Destinations []Address
	Lists        []string // names of distribution lists, at most 20 characters
}

func (m *Multi) command() Command { return SubmitMulti }

// The values of dest_flag (section 4.5.1.1).
const (
	toAddress uint8 = 1
	toList    uint8 = 2
	mostDests       = 254
)

func (m *Multi) walk(w *walker) {
	s := &m.SM
	w.text(&s.ServiceType, field{"service_type", 6, RINVSERTYP})
	w.address(&s.Source, field{"source_addr", shortAddress, RINVSRCADR})
	m.walkDestinations(w)
	w.octet((*uint8)(&s.ESMClass))
	w.octet(&s.ProtocolID)
	w.octet(&s.Priority)
	w.moment(&s.Schedule, field{"schedule_delivery_time", 0, RINVSCHED})
	w.moment(&s.Validity, field{"validity_period", 0, RINVEXPIRY})
	w.octet((*uint8)(&s.Registered))
	w.octet(&s.Replace)
	w.octet(&s.DataCoding)
	w.octet(&s.DefaultID)
	w.octets(&s.Short, field{"short_message", MostShort, RINVMSGLEN})
	w.tlvs(&s.TLVs)
}

// walkDestinations goes through who gets it. Addresses are written first, then lists.
func (m *Multi) walkDestinations(w *walker) {
	number := field{"number_of_dests", mostDests, RINVNUMDESTS}
	dest, list := field{"destination_addr", shortAddress, RINVDSTADR}, field{"dl_name", shortAddress, RINVDLNAME}
	n := len(m.Destinations) + len(m.Lists)
	count := uint8(min(n, mostDests+1))
	w.octet(&count)
	if n = max(n, int(count)); n > mostDests || n == 0 {
		w.fail(number, "is not 1 to 254")
		return
	}
	if !w.reading {
		for _, a := range m.Destinations {
			w.out = append(w.out, toAddress)
			w.address(&a, dest)
		}
		for _, name := range m.Lists {
			w.out = append(w.out, toList)
			w.text(&name, list)
		}
		return
	}
	for range count {
		var flag uint8
		w.octet(&flag)
		switch flag {
		case toAddress:
			m.Destinations = append(m.Destinations, Address{})
			w.address(&m.Destinations[len(m.Destinations)-1], dest)
		case toList:
			m.Lists = append(m.Lists, "")
			w.text(&m.Lists[len(m.Lists)-1], list)
		default:
			w.fail(field{"dest_flag", 0, RINVDESTFLAG}, "is neither an address nor a list")
		}
		if w.err != nil {
			return
		}
	}
}

// MultiResponse answers submit_multi (section 4.5.2).
type MultiResponse struct {
	MessageID string
	Failed    []FailedDestination
	TLVs      TLVs
}

// FailedDestination is one that submit_multi did not reach.
type FailedDestination struct {
	Address Address
	Status  Status
}

func (m *MultiResponse) command() Command { return SubmitMultiResp }

func (m *MultiResponse) walk(w *walker) {
	w.text(&m.MessageID, field{"message_id", messageID, RINVMSGID})
	if len(m.Failed) > mostDests {
		w.fail(field{"no_unsuccess", 0, RINVNUMDESTS}, "is more than 254")
		return
	}
	count := uint8(len(m.Failed)) //nolint:gosec // At most 254.
	w.octet(&count)
	if w.reading && w.err == nil && count > 0 {
		m.Failed = make([]FailedDestination, count)
	}
	for i := range m.Failed {
		w.address(&m.Failed[i].Address, field{"destination_addr", shortAddress, RINVDSTADR})
		w.number((*uint32)(&m.Failed[i].Status))
	}
	w.tlvs(&m.TLVs)
}

// number walks four octets.
func (w *walker) number(v *uint32) {
	for shift := 24; shift >= 0; shift -= 8 {
		b := uint8(*v >> shift & 0xFF)
		w.octet(&b)
		*v = *v&^(0xFF<<shift) | uint32(b)<<shift
	}
}
