// Package browser drives a real Chromium for the tests of the pages: as a person does, by what controls are called, by keyboard, by what is
// on the screen and what can be heard.
//
// Tests that use it are in package e2e, in files with the build tag !race (a page under test is the same with the race detector, and
// Chromium beside it is slow). o.passwords(), o.signedIn(c, email, path) and barriers(t, p, axe) of pages_test.go are where they begin:
//
//	c := browser.Start(t, browser.Options{Microphone: "tone.wav"})
//	p := o.signedIn(c, "alice@bakery.example", "/inbox")
//	p.Click("button", "Answer")
//	p.HearsTone(440)
package browser
