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
	return n.ruleKind()
}

// ruleKind goes on with the nodes that decide, ask or keep something.
func (n *Node) ruleKind() Kind {
	switch {
	case n.TimeRule != nil:
		return KindTimeRule
	case n.DateRule != nil:
		return KindDateRule
	case n.CallerRule != nil:
		return KindCallerRule
	case n.Split != nil:
		return KindSplit
	case n.Input != nil:
		return KindInput
	case n.RingToAPI != nil:
		return KindRingToAPI
	case n.SendSMS != nil:
		return KindSendSMS
	case n.Set != nil:
		return KindSet
	}
	return ""
}

// Ports lists the node's ports, in the order in which an editor shows them. A terminal node has none.
func (n *Node) Ports() []string {
	switch n.Kind() {
	case KindAudioMessage, KindWaiting, KindSendSMS, KindSet:
		return []string{PortDone}
	case KindRingTo:
		return []string{PortUnanswered}
	case KindInput:
		return []string{PortInput, PortNoOrWrongInput}
	case KindRingToAPI:
		return []string{PortFallback}
	case KindDateRule:
		return []string{PortMatch, PortOtherwise}
	case KindIVR, KindTimeRule, KindCallerRule, KindSplit:
		branches := n.Branches()
		ports := make([]string, 0, len(branches)+1)
		for _, b := range branches {
			ports = append(ports, b.ID)
		}
		if rest := n.rest(); rest != "" {
			ports = append(ports, rest)
		}
		return ports
	case KindRedirect, KindVoicemail, KindHangup:
	}
	return nil
}

// Branch is a port that a node has because somebody gave it one: an option of an IVR, a branch of a rule.
type Branch struct{ ID, Title string }

// Branches lists the branches of a node that can have any number of them (SPEC F5, T2), in their order.
func (n *Node) Branches() []Branch {
	var all []Branch
	switch n.Kind() {
	case KindIVR:
		for _, o := range n.IVR.Options {
			all = append(all, Branch{o.ID, o.Title})
		}
	case KindTimeRule:
		for _, b := range n.TimeRule.Branches {
			all = append(all, Branch{b.ID, b.Title})
		}
	case KindCallerRule:
		for _, b := range n.CallerRule.Branches {
			all = append(all, Branch{b.ID, b.Title})
		}
	case KindSplit:
		for _, b := range n.Split.Branches {
			all = append(all, Branch{b.ID, b.Title})
		}
	case KindAudioMessage, KindWaiting, KindSendSMS, KindSet, KindRingTo, KindInput, KindRingToAPI, KindDateRule, KindRedirect, KindVoicemail, KindHangup:
	}
	return all
}

// rest is the port of a node with branches for what fits none of them; a split has none.
func (n *Node) rest() string {
	switch {
	case n.IVR != nil:
		return PortNoOrWrongInput
	case n.TimeRule != nil, n.CallerRule != nil:
		return PortOtherwise
	}
	return ""
}

// idle lists ports that a document may wire and that no walk follows: what comes after a terminal node (SPEC F3), and after a call that a program
// routed.
func (n *Node) idle() []string {
	switch {
	case n.Terminal():
		return []string{PortDone}
	case n.RingToAPI != nil:
		return []string{PortRouted}
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

// Kinds lists the types of node, in the order in which a palette shows them.
func Kinds() []Kind {
	return []Kind{
		KindRingTo, KindRedirect, KindRingToAPI, KindAudioMessage, KindIVR, KindInput, KindTimeRule, KindDateRule, KindWaiting, KindVoicemail,
		KindCallerRule, KindSplit, KindSendSMS, KindSet, KindHangup,
	}
}
