// Package resolve finds the addresses of a SIP server by its name, as RFC 3263 has it: digits, a name with a port, NAPTR (RFC 3403), SRV
// (RFC 2782), then A and AAAA. Answers are kept for as long as the DNS says, and serve longer when it does not answer. It knows no
// transaction and no trunk.
package resolve
