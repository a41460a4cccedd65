package web

import "tandem/provisioning"

// legacyObject is the settings of a number from before flows.
type legacyObject struct {
	Open string `json:"open" enum:"always,never,hours"`
}

func showLegacy(n *provisioning.Number) *legacyObject {
	l := n.Settings.Legacy
	if l == nil {
		return nil
	}
	return &legacyObject{Open: string(l.Open)}
}
