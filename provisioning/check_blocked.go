package provisioning

import "slices"

// checkBlocked asks the rules of blocked numbers.
func (s *State) checkBlocked(before, after *BlockedNumber) Refusals {
	out := checkText("body.note", after.Note, lengths{0, longestNote})
	if CheckE164(after.E164) != nil {
		return append(out, notE164("body.number", after.E164))
	}
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	same := func(o *BlockedNumber) bool {
		return o.ID != after.ID && o.Account == after.Account && o.E164 == after.E164
	}
	if slices.ContainsFunc(s.Blocked, same) {
		out = append(out, told(Refusal{
			Why: Clash, Code: "number_blocked", Location: "body.number", Args: map[string]string{"number": string(after.E164)}, Text: "{number} is blocked already",
		}))
	}
	return out
}
