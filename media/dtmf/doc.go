// Package dtmf hears and makes the tones of a telephone's keys (ITU-T Q.23), reads keys out of SIP INFO bodies, and makes one stream of
// the keys that come by several ways. It works on 8 kHz samples and bytes; it knows no packets, no clock and no goroutine.
package dtmf
