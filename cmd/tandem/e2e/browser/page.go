package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed eyes.js
var eyes string // what finds controls by their names, and hears

// Page is one tab.
type Page struct {
	t   testing.TB
	ctx context.Context //nolint:containedctx // the driver's own way: a tab is a context

	mu   sync.Mutex
	said []string // errors of the console, exceptions and breaches of the Content-Security-Policy
}

// Page opens an address in a new tab.
func (c *Chromium) Page(url string) *Page {
	c.t.Helper()
	ctx, end := chromedp.NewContext(c.ctx)
	p := &Page{t: c.t, ctx: ctx}
	c.t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil {
		c.t.Fatalf("browser: a new tab: %v", err)
	}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		c.t.Fatalf("browser: listen: %v", err)
	}
	told(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: eyes})
	told(p, cdplog.Enable, cdp.Empty{})
	p.run(chromedp.EmulateViewport(1280, 800))
	p.Go(url)
	c.t.Cleanup(func() {
		if c.t.Failed() {
			c.t.Logf("the page at %s said %q and shows:\n%s", p.quiet("location.href"), p.Errors(), cut(p.quiet("document.body.innerText"), 3000))
		}
	})
	return p
}

func cut(s string, most int) string {
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// In says whose test the page is in from now on: a subtest's, for one.
func (p *Page) In(tb testing.TB) *Page { //nolint:thelper // it marks nothing: what it returns does
	p.t = tb
	return p
}

// hear collects what goes wrong in the page.
func (p *Page) hear(ev any) {
	if _, asks := ev.(*page.EventJavascriptDialogOpening); asks { // "leave this page?": the person means it
		go func() {
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		p.said = append(p.said, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" && e.Entry.Source != "network" { // what the server refuses is the page's to say
			p.said = append(p.said, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" && len(e.Args) > 0 {
			p.said = append(p.said, string(e.Args[0].Value)+e.Args[0].Description)
		}
	}
}

// Errors are what went wrong in the page since it was opened: exceptions, console errors, breaches of its policy.
func (p *Page) Errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// told gives the tab a command of the protocol.
func told[P, R any](p *Page, c cdp.Command[P, R], params P) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, c, params); err != nil {
		p.t.Fatalf("browser: %s: %v", c.Method, err)
	}
}

func (p *Page) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := p.try(actions...); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
}

func (p *Page) try(actions ...chromedp.Action[chromedp.Void]) error {
	_, err := got(p, chromedp.Steps(actions...))
	return err
}

func got[T any](p *Page, a chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	return chromedp.Run(ctx, a)
}

// quiet evaluates an expression for a report: what fails is empty.
func (p *Page) quiet(js string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), Patience/10)
	defer cancel()
	out, _ := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	return out
}

// Before has every document that is loaded from now on run a script before its own.
func (p *Page) Before(js string) {
	p.t.Helper()
	told(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: js})
}

// Go goes to an address.
func (p *Page) Go(url string) {
	p.t.Helper()
	p.run(chromedp.Navigate(url))
}

// Reload loads the page anew, as a person does in the middle of something.
func (p *Page) Reload() {
	p.t.Helper()
	p.run(chromedp.Reload())
}

// Back is the browser's button.
func (p *Page) Back() {
	p.t.Helper()
	p.run(chromedp.NavigateBack())
}

// Close closes the tab.
func (p *Page) Close() { _ = chromedp.Cancel(p.ctx) }

// URL is what the address bar shows.
func (p *Page) URL() string {
	p.t.Helper()
	at, err := got(p, chromedp.Location())
	if err != nil {
		p.t.Fatalf("browser: where it is: %v", err)
	}
	return at
}

// Size makes the window so many pixels wide and high.
func (p *Page) Size(wide, high int64) {
	p.t.Helper()
	p.run(chromedp.EmulateViewport(wide, high))
}

// Looks sets what the system prefers: dark or light, and less motion.
func (p *Page) Looks(scheme string) {
	p.t.Helper()
	told(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// Eval evaluates an expression, awaits it, and puts its value into out (nil: not asked for).
func (p *Page) Eval(js string, out any) {
	p.t.Helper()
	if err := p.eval(js, out); err != nil {
		p.t.Fatalf("browser: %s: %v", cut(js, 200), err)
	}
}

func (p *Page) eval(js string, out any) error {
	text, err := got(p, chromedp.Evaluate[string]("(async () => ("+js+"))().then(v => JSON.stringify(v ?? null))", chromedp.EvalAwaitPromise))
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal([]byte(text), out)
}

// Until waits until an expression is true.
func (p *Page) Until(what, js string) {
	p.t.Helper()
	end := time.Now().Add(Patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var yes bool
		err := p.eval("Boolean(await ("+js+"))", &yes)
		if err == nil && yes {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("browser: waited %v for: %s (%v)", Patience, what, err)
		}
		select {
		case <-tick.C:
		case <-p.ctx.Done():
			p.t.Fatalf("browser: %s: the page is gone", what)
		}
	}
}

// See waits until a text is in sight.
func (p *Page) See(text string) {
	p.t.Helper()
	p.Until("the text "+text, "eyes.sees("+quote(text)+")")
}

// ReadOn scrolls a long list, to the last row that is drawn again and again, until a row with the text is in sight. It gives how many rows are elements then.
func (p *Page) ReadOn(rows, text string) (drawn int) {
	p.t.Helper()
	const most = 200 // of such steps
	p.Eval("delete window.reached", nil)
	var there bool
	for range most {
		p.Until(text+", or what follows the last row", fmt.Sprintf(`(() => {
			const all = [...document.querySelectorAll(%[1]s)], last = all[all.length - 1], it = all.find((r) => r.textContent.includes(%[2]s));
			if (!last) return false;
			if (it) { it.scrollIntoView({ block: 'center' }); return (window.reached = true); }
			last.scrollIntoView({ block: 'end' });
			for (let b = last.parentElement; b; b = b.parentElement) b.scrollTop += 100; // what loads more lies below the last row
			return window.reached !== last.textContent && (window.reached = last.textContent);
		})()`, quote(rows), quote(text)))
		if p.Eval("window.reached === true", &there); there {
			break
		}
	}
	p.See(text)
	p.Eval("document.querySelectorAll("+quote(rows)+").length", &drawn)
	return drawn
}

// Miss waits until a text is not in sight.
func (p *Page) Miss(text string) {
	p.t.Helper()
	p.Until("no text "+text, "!eyes.sees("+quote(text)+")")
}

// Has says whether there is such a control in sight now.
func (p *Page) Has(role, name string) bool {
	p.t.Helper()
	var yes bool
	p.Eval(fmt.Sprintf("Boolean(eyes.find(%s, %s))", quote(role), quote(name)), &yes)
	return yes
}

// Wait waits for a control: its role (button, link, textbox, combobox, checkbox, switch, tab, dialog, alertdialog, menuitem, option, heading …) and the
// name that a screen reader tells, or a part of it.
func (p *Page) Wait(role, name string) {
	p.t.Helper()
	p.Until(role+" "+name, fmt.Sprintf("eyes.find(%s, %s)", quote(role), quote(name)))
}

// Click clicks a control with the mouse, once it is there and can be pressed. A press that met something else, since the page was drawn anew in that very moment,
// is made again.
func (p *Page) Click(role, name string) {
	p.t.Helper()
	for range 5 {
		// In one breath: what is ready may be drawn anew in the next moment.
		p.Until("to click "+role+" "+name, fmt.Sprintf("eyes.ready(%[1]s, %[2]s) && (eyes.point = eyes.aim(%[1]s, %[2]s))", quote(role), quote(name)))
		var at [2]float64
		p.Eval("eyes.point", &at)
		p.run(chromedp.MouseClickXY(at[0], at[1]))
		var met string
		if err := p.eval("globalThis.eyes?.pressed ?? ''", &met); err != nil || met == "it" || met == "" {
			return // without an answer, or in a new document, the press has led to another page
		}
	}
	p.t.Fatalf("browser: five presses of %s %s met something else", role, name)
}

// Focus gives the focus to the first element of a CSS selector, once it is there and nothing takes the focus away again: keys go to what has it.
func (p *Page) Focus(selector string) {
	p.t.Helper()
	p.Until("the focus on "+selector, "eyes.keepsFocus("+quote(selector)+")")
}

// Fill writes into a field, in place of what is there.
func (p *Page) Fill(name, text string) {
	p.t.Helper()
	p.Until("the field "+name, fmt.Sprintf("eyes.focus(%s)", quote(name)))
	p.Type(text)
}

// Choose chooses in a select by the words of the choice.
func (p *Page) Choose(name, choice string) {
	p.t.Helper()
	p.Until("the choice "+choice+" of "+name, fmt.Sprintf("eyes.choose(%s, %s)", quote(name), quote(choice)))
}

// Type writes where the focus is.
func (p *Page) Type(text string) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(text))
}

// Press presses keys as package kb of chromedp names them.
func (p *Page) Press(keys string, options ...chromedp.KeyOption) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(keys, options...))
}

// Text is what an element shows, by a CSS selector.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var s string
	p.Eval("(document.querySelector("+quote(selector)+")?.innerText ?? '').trim()", &s)
	return s
}

// Focused is the role and name of what has the focus: "button Save".
func (p *Page) Focused() string {
	p.t.Helper()
	var s string
	p.Eval("eyes.focused()", &s)
	return s
}

// Shot writes a picture of what is in sight.
func (p *Page) Shot(path string) {
	p.t.Helper()
	png, err := got(p, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("browser: a picture: %v", err)
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Violation is what axe-core finds wrong with a page.
type Violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Where []string `json:"where"`
}

// String names the rule that is broken, and where.
func (v Violation) String() string {
	return v.ID + ": " + v.Help + " at " + strings.Join(v.Where, " | ")
}

// Axe looks for barriers with axe-core, whose source it is given: WCAG 2.2 A and AA, and best practice.
func (p *Page) Axe(source string) []Violation {
	p.t.Helper()
	p.run(chromedp.Evaluate[chromedp.Void](source + ";void 0"))
	var all []Violation
	p.Eval(`axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
		.then(r => r.violations.map(v => ({id: v.id, help: v.help, where: v.nodes.slice(0, 4).map(n => n.html.slice(0, 160))})))`, &all)
	return all
}

func quote(s string) string {
	b, _ := json.Marshal(s) //nolint:errchkjson // a string
	return string(b)
}

// TabTo presses Tab until a control has the focus, as somebody does who has no mouse. It fails when the focus has gone round without it.
func (p *Page) TabTo(role, name string) {
	p.t.Helper()
	p.Until(role+" "+name+" to be ready", fmt.Sprintf("eyes.ready(%s, %s)", quote(role), quote(name)))
	const most = 150
	var been []string
	for range most {
		p.Press(kb.Tab)
		at := p.Focused()
		if strings.HasPrefix(at, role+" "+name) {
			return
		}
		been = append(been, at)
	}
	p.t.Fatalf("browser: Tab never came to %s %s; it was at %q", role, name, been)
}
