// Package resample changes the sample rate of speech: polyphase windowed sinc filters, as a stream for the media loop (8, 16 and 48 kHz)
// and for whole sounds once, when they are loaded (22.05, 24, 44.1 kHz and the like). It knows mono 16-bit samples and nothing else.
package resample
