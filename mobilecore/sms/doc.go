// Package sms is what short messages are made of: alphabets (TS 23.038), user data headers and segments, TPDUs (TS 23.040) and what carries them between a handset
// and its centre (RP, TS 24.011).
//
// It is codecs alone: it opens no socket, keeps nothing, and knows neither SMPP nor SIP. What it parses may come from anybody: it never panics, and takes no more
// memory than a few times what it was given.
package sms
