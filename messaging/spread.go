package messaging

import "slices"

// Table says of every message which channels it goes to (SPEC M1 to M9).
type Table []Rule

// Rule is a line of it: of messages of a direction that came from a channel by a path, To are the channels that they are delivered to, and Tell those that hear of
// them as they happen and read them in the store.
type Rule struct {
	Direction Direction
	From      Channel
	Path      Path // PathCopy: the operator delivers it itself, and we only hear of it
	To        []Channel
	Tell      []Channel
}

// Spread is the table. A message between two numbers of ours is two messages: an outbound one, of which nothing goes to the network, and an inbound one.
func Spread() Table {
	screens := []Channel{ChannelWorkspace, ChannelCTI, ChannelApp, ChannelAPI}
	return Table{
		// What comes from outside reaches the handset, SIP phones and programs, and every screen (M5). The copy of it is on the handset already.
		{Inbound, ChannelNetwork, PathInPath, []Channel{ChannelNative, ChannelSIPPhone, ChannelAPI}, screens},
		{Inbound, ChannelNetwork, PathCopy, []Channel{ChannelSIPPhone, ChannelAPI}, screens},
		// What is written on the handset is shown on every screen (M4). The copy of it left long ago.
		{Outbound, ChannelNative, PathInPath, []Channel{ChannelNetwork}, screens},
		{Outbound, ChannelNative, PathCopy, nil, screens},
		// What is written elsewhere leaves, is shown on every screen, and never on the handset (M3).
		{Outbound, ChannelWorkspace, PathInPath, []Channel{ChannelNetwork}, screens},
		{Outbound, ChannelCTI, PathInPath, []Channel{ChannelNetwork}, screens},
		{Outbound, ChannelApp, PathInPath, []Channel{ChannelNetwork}, screens},
		{Outbound, ChannelAPI, PathInPath, []Channel{ChannelNetwork}, screens},
		{Outbound, ChannelFlow, PathInPath, []Channel{ChannelNetwork}, screens},
		{Outbound, ChannelSIPPhone, PathInPath, []Channel{ChannelNetwork}, screens},
	}
}

// of finds the rule for a message; the zero rule sends it nowhere.
func (t Table) of(d Direction, from Channel, p Path) Rule {
	for _, r := range t {
		if r.Direction == d && r.From == from && r.Path == p {
			return r
		}
	}
	return Rule{}
}

// writes says whether a message may be written on a channel of ours other than the handset.
func (t Table) writes(c Channel) bool {
	return c != ChannelNative && slices.ContainsFunc(t, func(r Rule) bool { return r.Direction == Outbound && r.From == c })
}
