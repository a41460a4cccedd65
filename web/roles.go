package web

import (
	"slices"

	"tandem/provisioning"
)

// scopesOf is what a person may do by their role (API.md section 2). Everybody may do what they like with what is theirs.
func scopesOf(r provisioning.Role) []provisioning.Scope {
	own := []provisioning.Scope{provisioning.Own}
	switch r {
	case provisioning.RoleOwner, provisioning.RoleAdmin: // what tells them apart is who may change whom: rules of users
		return append(own, "calls:*", "recordings:*", "messages:*", "contacts:*", "users:*", "numbers:*", "flows:*", "trunks:*", "webhooks:*",
			"analytics:*", "system:*")
	case provisioning.RoleSupervisor:
		return append(own, "calls:*", "messages:*", "contacts:*", provisioning.RecordingsRead, provisioning.UsersRead, provisioning.NumbersRead,
			provisioning.FlowsRead, provisioning.AnalyticsRead)
	case provisioning.RoleAgent, "":
		return append(own, "calls:*", "messages:*", "contacts:*", provisioning.UsersRead, provisioning.NumbersRead)
	case provisioning.RoleReadonly:
		return append(own, provisioning.CallsRead, provisioning.RecordingsRead, provisioning.MessagesRead, provisioning.ContactsRead, provisioning.UsersRead,
			provisioning.NumbersRead, provisioning.FlowsRead, provisioning.TrunksRead, provisioning.WebhooksRead, provisioning.AnalyticsRead,
			provisioning.SystemRead)
	case provisioning.RoleCarrier: // trunks and traces for the carrier's engineer
		return append(own, provisioning.CallsRead, provisioning.TrunksRead)
	}
	return own
}

// ofUser is the identity of a person.
func ofUser(u *provisioning.User) identity {
	i := identity{account: u.Account, user: u.ID, role: u.Settings.Role, scopes: scopesOf(u.Settings.Role)}
	if i.role == "" {
		i.role = provisioning.RoleAgent
	}
	if i.role == provisioning.RoleSupervisor {
		i.teams = slices.Clone(u.Settings.Teams)
	}
	return i
}

// ofKey is the identity of a program.
func ofKey(k *provisioning.Key) identity {
	return identity{account: k.Account, key: k.ID, scopes: k.Scopes, numbers: k.Numbers, teams: k.Teams}
}
