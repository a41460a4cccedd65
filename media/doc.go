// Package media gives each leg of a call one Session: offer and answer, RTP, RTCP, codecs and digits; it relays between Sessions, plays
// and records. It knows no SIP, no call, no account and no database: what it needs of them comes in as plain values.
package media
