package provisioning

// Scope is one thing that a key, or a person by their role, may do (API.md section 2). "messages:*" stands for every scope of messages.
type Scope string

// The scopes.
const (
	CallsRead        Scope = "calls:read"
	CallsControl     Scope = "calls:control"
	RecordingsRead   Scope = "recordings:read"
	RecordingsDelete Scope = "recordings:delete"
	MessagesRead     Scope = "messages:read"
	MessagesWrite    Scope = "messages:write"
	ContactsRead     Scope = "contacts:read"
	ContactsWrite    Scope = "contacts:write"
	UsersRead        Scope = "users:read"
	UsersWrite       Scope = "users:write"
	NumbersRead      Scope = "numbers:read"
	NumbersWrite     Scope = "numbers:write"
	FlowsRead        Scope = "flows:read"
	FlowsWrite       Scope = "flows:write"
	TrunksRead       Scope = "trunks:read"
	TrunksWrite      Scope = "trunks:write"
	WebhooksRead     Scope = "webhooks:read"
	WebhooksWrite    Scope = "webhooks:write"
	AnalyticsRead    Scope = "analytics:read"
	SystemRead       Scope = "system:read"
	SystemWrite      Scope = "system:write"
	// Own is what every person may do with what is theirs; no key has it.
	Own Scope = "own"
)

// Role is what a person is in their account.
type Role string

// The roles, from the one who may do most.
const (
	RoleOwner      Role = "owner"
	RoleAdmin      Role = "admin"
	RoleSupervisor Role = "supervisor"
	RoleAgent      Role = "agent"
	RoleReadonly   Role = "readonly"
	RoleCarrier    Role = "carrier"
)
