// Package message is the vocabulary of the sip room: bodies, parties, the headers that sipgo lacks, what builds requests and responses out
// of an allow-list, and the sanitiser of everything we send. It sends nothing.
//
// RFC 3261 sections 7.3.3, 8, 20 and 25; RFC 3262 section 7; RFC 3323; RFC 3325; RFC 3326; RFC 3891; RFC 3966; RFC 4028; RFC 4458;
// RFC 5806; RFC 7044.
package message
