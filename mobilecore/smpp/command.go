package smpp

import "fmt"

// Command is a command_id (section 5.1.2.1).
type Command uint32

// The commands. A response has the top bit of its request's command set.
const (
	GenericNack         Command = 0x80000000
	BindReceiver        Command = 0x00000001
	BindReceiverResp    Command = 0x80000001
	BindTransmitter     Command = 0x00000002
	BindTransmitterResp Command = 0x80000002
	QuerySM             Command = 0x00000003
	QuerySMResp         Command = 0x80000003
	SubmitSM            Command = 0x00000004
	SubmitSMResp        Command = 0x80000004
	DeliverSM           Command = 0x00000005
	DeliverSMResp       Command = 0x80000005
	Unbind              Command = 0x00000006
	UnbindResp          Command = 0x80000006
	ReplaceSM           Command = 0x00000007
	ReplaceSMResp       Command = 0x80000007
	CancelSM            Command = 0x00000008
	CancelSMResp        Command = 0x80000008
	BindTransceiver     Command = 0x00000009
	BindTransceiverResp Command = 0x80000009
	Outbind             Command = 0x0000000B
	EnquireLink         Command = 0x00000015
	EnquireLinkResp     Command = 0x80000015
	SubmitMulti         Command = 0x00000021
	SubmitMultiResp     Command = 0x80000021
	AlertNotification   Command = 0x00000102
	DataSM              Command = 0x00000103
	DataSMResp          Command = 0x80000103
)

// response is the bit that makes a response of a request.
const response Command = 0x80000000

// IsResponse says whether a PDU of this command answers another; generic_nack does too.
func (c Command) IsResponse() bool { return c&response != 0 }

// Response is the command that answers this one. outbind and alert_notification have none: nothing answers them.
func (c Command) Response() Command { return c | response }

// answered says whether a request of this command wants a response.
func (c Command) answered() bool {
	return !c.IsResponse() && c != Outbind && c != AlertNotification
}

// String is the name in the specification, or the number of an unknown command.
func (c Command) String() string {
	switch c {
	case GenericNack:
		return "generic_nack"
	case BindReceiver:
		return "bind_receiver"
	case BindTransmitter:
		return "bind_transmitter"
	case QuerySM:
		return "query_sm"
	case SubmitSM:
		return "submit_sm"
	case DeliverSM:
		return "deliver_sm"
	case Unbind:
		return "unbind"
	case ReplaceSM:
		return "replace_sm"
	case CancelSM:
		return "cancel_sm"
	case BindTransceiver:
		return "bind_transceiver"
	case Outbind:
		return "outbind"
	case EnquireLink:
		return "enquire_link"
	case SubmitMulti:
		return "submit_multi"
	case AlertNotification:
		return "alert_notification"
	case DataSM:
		return "data_sm"
	case BindReceiverResp, BindTransmitterResp, QuerySMResp, SubmitSMResp, DeliverSMResp, UnbindResp, ReplaceSMResp, CancelSMResp,
		BindTransceiverResp, EnquireLinkResp, SubmitMultiResp, DataSMResp:
		return (c &^ response).String() + "_resp"
	}
	return fmt.Sprintf("command 0x%08x", uint32(c))
}
