// Package softphone is a small phone with code of its own: it registers, calls, is called, sends digits in every way and says what it
// hears. The end-to-end tests use it as the other side, because a phone made of the product's own rooms would share their faults.
package softphone
