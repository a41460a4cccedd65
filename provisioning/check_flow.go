package provisioning

import (
	"tandem/routing"
)

// checkFlow asks the rules of flows: what their documents say was asked where they were saved and published.
func (s *State) checkFlow(_, after *Flow) Refusals {
	return append(checkName(after.Name), nameTaken(s.Flows, after, "body.name")...)
}

// leaveFlow refuses while numbers have the flow, or are on their way to it.
func (s *State) leaveFlow(f *Flow) ([]Change, Refusals) {
	var where []string
	for _, n := range s.Numbers {
		if c := n.Settings.Conversion; n.Flow == f.ID || c != nil && c.Flow == f.ID {
			where = append(where, "the number "+string(n.E164))
		}
	}
	return nil, inUse(f, where)
}

// legacy says whether a number is from before flows.
func legacy(k routing.NumberKind) bool { return k == routing.LegacyClassic || k == routing.LegacyIVR }
