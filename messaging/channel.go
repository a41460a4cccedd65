package messaging

// Channel is a way to write and read messages (SPEC M1).
type Channel string

// The channels. Screens read what the store has and hear of it by the stream of events; the others are delivered to.
const (
	ChannelNetwork   Channel = "network"   // somebody outside, by a carrier or the mobile core
	ChannelNative    Channel = "native"    // native messaging of the handset
	ChannelWorkspace Channel = "workspace" // a screen
	ChannelCTI       Channel = "cti"       // a screen
	ChannelApp       Channel = "app"       // a screen
	ChannelAPI       Channel = "api"       // a program
	ChannelFlow      Channel = "flow"      // the node send_sms of a flow
	ChannelSIPPhone  Channel = "sip_phone" // a registered SIP phone, by MESSAGE (RFC 3428)
)

// Channels are all of them.
func Channels() []Channel {
	return []Channel{ChannelNetwork, ChannelNative, ChannelWorkspace, ChannelCTI, ChannelApp, ChannelAPI, ChannelFlow, ChannelSIPPhone}
}

// Direction says which way a message goes, as its number sees it.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// State is how far a message is (SPEC M7). Of an inbound one it is always StateReceived: what became of its way to the handset is in its deliveries.
type State string

// The states. Those of an outbound message only ever go down this list, but that a message in doubt may still turn out sent, delivered or failed.
const (
	StateReceived  State = "received"
	StateAccepted  State = "accepted"  // we have it, for good
	StateSent      State = "sent"      // the network has it
	StateUnknown   State = "unknown"   // in doubt: it was perhaps sent when we or the line went down
	StateDelivered State = "delivered" // the other's phone has it
	StateFailed    State = "failed"    // it never will; the reason says why
)
