// Package message is the vocabulary of the sip room: bodies, parties, headers that sipgo lacks, and the sanitiser of everything we send. It sends nothing.
package message
