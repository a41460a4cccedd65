package flow

// Kind is the type of a node as the JSON of a flow names it.
type Kind string

// The kinds of node that a machine walks.
const (
	KindAudioMessage Kind = "audio_message"
	KindIVR          Kind = "ivr"
	KindWaiting      Kind = "waiting_experience"
	KindRingTo       Kind = "ring_to"
	KindRedirect     Kind = "redirect"
	KindVoicemail    Kind = "voicemail"
	KindHangup       Kind = "hangup"
	KindTimeRule     Kind = "time_rule"
	KindDateRule     Kind = "date_rule"
	KindCallerRule   Kind = "caller_rule"
	KindSplit        Kind = "split"
	KindInput        Kind = "input"
	KindRingToAPI    Kind = "ring_to_api"
	KindSendSMS      Kind = "send_sms"
	KindSet          Kind = "set"
)

// The ports of nodes, beside the ids of an IVR's options.
const (
	PortDone           = "done"
	PortUnanswered     = "unanswered"
	PortNoOrWrongInput = "no_or_wrong_input"
	PortOtherwise      = "otherwise"
	PortMatch          = "match"
	PortInput          = "input"
	PortRouted         = "routed"
	PortFallback       = "fallback"
)

// Kind says what the node is; the empty one for a node without content.
func (n *Node) Kind() Kind {
	switch {
	case n.AudioMessage != nil:
		return KindAudioMessage
	case n.IVR != nil:
		return KindIVR
	case n.Waiting != nil:
		return KindWaiting
	case n.RingTo != nil:
		return KindRingTo
	case n.Redirect != nil:
		return KindRedirect
	case n.Voicemail != nil:
		return KindVoicemail
	case n.Hangup != nil:
		return KindHangup
	}
	return ""
}

// Ports lists the node's ports, in the order in which an editor shows them. A terminal node has none.
func (n *Node) Ports() []string {
	switch n.Kind() {
	case KindAudioMessage, KindWaiting:
		return []string{PortDone}
	case KindRingTo:
		return []string{PortUnanswered}
	case KindIVR:
		ports := make([]string, 0, len(n.IVR.Options)+1)
		for _, o := range n.IVR.Options {
			ports = append(ports, o.ID)
		}
		return append(ports, PortNoOrWrongInput)
	case KindRedirect, KindVoicemail, KindHangup:
	}
	return nil
}

// Terminal says whether a walk ends in this node (SPEC F3).
func (n *Node) Terminal() bool {
	return n.Redirect != nil || n.Voicemail != nil || n.Hangup != nil
}

// option finds the option of a key.
func (v *IVR) option(key byte) (Option, Has) {
	for _, o := range v.Options {
		if o.Key == key {
			return o, true
		}
	}
	return Option{}, false
}

// or is the default of who can be reached.
func (e Extensions) or(standard Extensions) Extensions {
	if e == "" {
		return standard
	}
	return e
}
