//go:build !race

package e2e

import (
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// A customer's SMS is on the handset and in the Workspace; an answer from the Workspace is there alone, and reaches the customer; what the handset writes is on both.
func TestSpec_M1_M2_M3_M4_M5_L14_L15_L22_MessagesOnEachScreen(t *testing.T) {
	t.Parallel()
	r := show(t)
	c := browser.Start(t, browser.Options{})
	w := r.enter(c, "Workspace", "/inbox?lang=en")
	h := r.enter(c, "Handset", "")
	h.Click("button", "A customer writes to it")
	h.Click("button", "Messages")
	h.See("deux baguettes")
	w.See("deux baguettes")
	// What is said in a corner is in sight too, maybe before the row is.
	w.Until("the conversation", "(a => a && !a.click())([...document.querySelectorAll('a.lead')].find(a => a.closest('li')?.innerText.includes('deux baguettes')))")
	w.Wait("textbox", "Message")
	w.Fill("Message", "Bien sûr, à 18 h 🥐")
	w.See("UCS-2")
	w.Click("button", "Send")
	w.Until("the answer in the thread", "document.querySelector('.thread-items')?.innerText.includes('Bien sûr, à 18 h')")
	w.See("Delivered")

	h.Until("the conversation", "(b => b && !b.click())([...document.querySelectorAll('.threads button.line')].find(b => b.innerText.includes('deux baguettes')))")
	h.Fill("Message", "Et une tarte aux fraises.")
	h.Press("\r")
	w.Until("what the handset wrote", "document.querySelector('.thread-items')?.innerText.includes('Et une tarte aux fraises.')")
	h.Until("its own message on the handset", "document.querySelector('.bubbles')?.innerText.includes('Et une tarte')")
	var texts string
	h.Eval("document.querySelector('.bubbles').innerText", &texts)
	if h.Has("listitem", "Bien sûr") {
		t.Errorf("the handset shows what the Workspace wrote: %q", texts)
	}
	var order []string
	w.Eval("[...document.querySelectorAll('.thread-items')].flatMap(e => e.innerText.match(/deux baguettes|Bien sûr|Et une tarte/g))", &order)
	if len(order) != 3 || order[0] != "deux baguettes" || order[1] != "Bien sûr" || order[2] != "Et une tarte" {
		t.Errorf("the thread is in the order %q", order)
	}
	w.Click("button", "Close")
	w.See("Conversation closed")
	for _, p := range []*browser.Page{w, h} {
		for _, e := range p.Errors() {
			t.Errorf("a page complains: %s", e)
		}
	}
}
