// Package resolve finds the addresses of a SIP server by its name, as far as RFC 3263 is needed towards carriers: digits, a name with a
// port, SRV, then A and AAAA. NAPTR is not asked. It knows no transaction and no trunk.
package resolve
