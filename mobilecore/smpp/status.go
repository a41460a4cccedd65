package smpp

import "fmt"

// Status is a command_status (section 5.1.3). The names are the specification's without "ESME_".
type Status uint32

// The statuses of SMPP 3.4. What is not listed is reserved, or the SMSC's own (0x400 to 0x4FF).
const (
	ROK              Status = 0x00
	RINVMSGLEN       Status = 0x01
	RINVCMDLEN       Status = 0x02
	RINVCMDID        Status = 0x03
	RINVBNDSTS       Status = 0x04
	RALYBND          Status = 0x05
	RINVPRTFLG       Status = 0x06
	RINVREGDLVFLG    Status = 0x07
	RSYSERR          Status = 0x08
	RINVSRCADR       Status = 0x0A
	RINVDSTADR       Status = 0x0B
	RINVMSGID        Status = 0x0C
	RBINDFAIL        Status = 0x0D
	RINVPASWD        Status = 0x0E
	RINVSYSID        Status = 0x0F
	RCANCELFAIL      Status = 0x11
	RREPLACEFAIL     Status = 0x13
	RMSGQFUL         Status = 0x14
	RINVSERTYP       Status = 0x15
	RINVNUMDESTS     Status = 0x33
	RINVDLNAME       Status = 0x34
	RINVDESTFLAG     Status = 0x40
	RINVSUBREP       Status = 0x42
	RINVESMCLASS     Status = 0x43
	RCNTSUBDL        Status = 0x44
	RSUBMITFAIL      Status = 0x45
	RINVSRCTON       Status = 0x48
	RINVSRCNPI       Status = 0x49
	RINVDSTTON       Status = 0x50
	RINVDSTNPI       Status = 0x51
	RINVSYSTYP       Status = 0x53
	RINVREPFLAG      Status = 0x54
	RINVNUMMSGS      Status = 0x55
	RTHROTTLED       Status = 0x58
	RINVSCHED        Status = 0x61
	RINVEXPIRY       Status = 0x62
	RINVDFTMSGID     Status = 0x63
	RXTAPPN          Status = 0x64
	RXPAPPN          Status = 0x65
	RXRAPPN          Status = 0x66
	RQUERYFAIL       Status = 0x67
	RINVOPTPARSTREAM Status = 0xC0
	ROPTPARNOTALLWD  Status = 0xC1
	RINVPARLEN       Status = 0xC2
	RMISSINGOPTPARAM Status = 0xC3
	RINVOPTPARAMVAL  Status = 0xC4
	RDELIVERYFAILURE Status = 0xFE
	RUNKNOWNERR      Status = 0xFF
)

// Temporary says whether the same PDU may well be taken later: the other is full, or has had too much of us, or is ill.
func (s Status) Temporary() bool {
	return s == RTHROTTLED || s == RMSGQFUL || s == RSYSERR || s == RXTAPPN
}

// String is what it means, with its number: "throttled (0x58)".
func (s Status) String() string {
	return fmt.Sprintf("%s (0x%02x)", s.Text(), uint32(s))
}

// Text is what it means.
func (s Status) Text() string {
	for _, part := range []func(Status) string{Status.textBind, Status.textAddress, Status.textField, Status.textResult} {
		if text := part(s); text != "" {
			return text
		}
	}
	if s >= 0x400 && s <= 0x4FF {
		return "the SMSC's own status"
	}
	return "unknown status"
}

// textBind is what statuses of links and frames mean.
func (s Status) textBind() string {
	switch s { //nolint:exhaustive // One of four.
	case ROK:
		return "ok"
	case RINVMSGLEN:
		return "message length is invalid"
	case RINVCMDLEN:
		return "command length is invalid"
	case RINVCMDID:
		return "unknown command"
	case RINVBNDSTS:
		return "not in this bind state"
	case RALYBND:
		return "already bound"
	case RSYSERR:
		return "system error"
	case RBINDFAIL:
		return "bind failed"
	case RINVPASWD:
		return "wrong password"
	case RINVSYSID:
		return "unknown system_id"
	case RINVSYSTYP:
		return "wrong system_type"
	}
	return ""
}

// textAddress is what statuses of addresses mean.
func (s Status) textAddress() string {
	switch s { //nolint:exhaustive // One of four.
	case RINVSRCADR:
		return "source address is invalid"
	case RINVDSTADR:
		return "destination address is invalid"
	case RINVSRCTON:
		return "TON of the source is invalid"
	case RINVSRCNPI:
		return "NPI of the source is invalid"
	case RINVDSTTON:
		return "TON of the destination is invalid"
	case RINVDSTNPI:
		return "NPI of the destination is invalid"
	case RINVNUMDESTS:
		return "number of destinations is invalid"
	case RINVDLNAME:
		return "name of the distribution list is invalid"
	case RINVDESTFLAG:
		return "dest_flag is invalid"
	}
	return ""
}

// textField is what statuses mean that name another field.
func (s Status) textField() string {
	switch s { //nolint:exhaustive // One of four.
	case RINVPRTFLG:
		return "priority_flag is invalid"
	case RINVREGDLVFLG:
		return "registered_delivery is invalid"
	case RINVMSGID:
		return "message_id is invalid"
	case RINVSERTYP:
		return "service_type is invalid"
	case RINVSUBREP:
		return "replace is not allowed here"
	case RINVESMCLASS:
		return "esm_class is invalid"
	case RINVREPFLAG:
		return "replace_if_present_flag is invalid"
	case RINVNUMMSGS:
		return "number of messages is invalid"
	case RINVSCHED:
		return "schedule_delivery_time is invalid"
	case RINVEXPIRY:
		return "validity_period is invalid"
	case RINVDFTMSGID:
		return "sm_default_msg_id is invalid"
	}
	return ""
}

// textResult is what became of a request, by the other statuses.
func (s Status) textResult() string {
	switch s { //nolint:exhaustive // One of four.
	case RCANCELFAIL:
		return "cancel failed"
	case RREPLACEFAIL:
		return "replace failed"
	case RMSGQFUL:
		return "message queue full"
	case RCNTSUBDL:
		return "cannot submit to the distribution list"
	case RSUBMITFAIL:
		return "submit failed"
	case RTHROTTLED:
		return "throttled"
	case RXTAPPN:
		return "temporary error of the receiver"
	case RXPAPPN:
		return "permanent error of the receiver"
	case RXRAPPN:
		return "the receiver rejects it"
	case RQUERYFAIL:
		return "query failed"
	case RINVOPTPARSTREAM:
		return "optional parameters are broken"
	case ROPTPARNOTALLWD:
		return "optional parameter is not allowed"
	case RINVPARLEN:
		return "parameter length is invalid"
	case RMISSINGOPTPARAM:
		return "optional parameter is missing"
	case RINVOPTPARAMVAL:
		return "value of an optional parameter is invalid"
	case RDELIVERYFAILURE:
		return "delivery failed"
	case RUNKNOWNERR:
		return "unknown error"
	}
	return ""
}
