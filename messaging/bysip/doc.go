// Package bysip carries messages by the request MESSAGE (RFC 3428): to and from registered SIP phones, and by trunks. It keeps nothing that a crash may lose.
package bysip
