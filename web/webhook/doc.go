// Package webhook brings events to addresses outside: it hands them to webhooks, signs them, dials with care, tries again, and gives up where nobody
// answers. It asks the same way where a flow wants to know where a call goes. It knows no records, no calls and no API: what an event says, and what is
// kept, is handed to it.
package webhook
