package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"tandem/web"
)

// demoLinks are the one-click links of the demonstration: Alice's phone, the office, somebody else's page with her phone in it, and her mobile.
func demoLinks() []web.Link {
	const alice = "alice@demo.local"
	return []web.Link{
		{Key: rand.Text(), Email: alice, To: "/"},
		{Key: rand.Text(), Email: "admin@demo.local", To: "/dashboard"},
		{Key: rand.Text(), Email: alice, To: "/crm"},
		{Key: rand.Text(), Email: alice, To: "/handset"},
	}
}

// aboutLinks says where each link leads. The office has another name for this machine where it can: a browser keeps who is signed in by name, and so one
// browser is Alice and the administrator at once.
func aboutLinks(m *Main) string {
	var b strings.Builder
	b.WriteString("  Open these  (one click each, no password)\n")
	for _, l := range m.Links {
		name, who, host := "", "", m.Web().String()
		switch l.To {
		case "/":
			name, who = "Workspace", "Alice, extension 201: her phone in the browser"
		case "/dashboard":
			name, who, host = "Dashboard", "the administrator", otherName(m.Web())
		case "/crm":
			name, who = "CRM page", "Alice's phone in a page of somebody else's"
		case "/handset":
			name, who = "Handset", "Alice's mobile, with its own dialler and messages"
		}
		fmt.Fprintf(&b, "  %-11s http://%s/enter#k=%s   %s\n", name, host, l.Key, who)
	}
	return b.String()
}

// otherName is another name for an address of this machine alone; where there is none, the address.
func otherName(at netip.AddrPort) string {
	if at.Addr() != netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return at.String()
	}
	return net.JoinHostPort("localhost", fmt.Sprint(at.Port()))
}
