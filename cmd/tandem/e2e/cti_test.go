//go:build !race

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/cmd/tandem/e2e/browser"
)

// neighbour is a site of somebody else, in whose pages Alice has her phone: another origin than ours, which the account allows, and one that it does not.
type neighbour struct {
	*showroom

	chromium           *browser.Chromium
	phone, crm, banned string // origins
	alice              *browser.Page
}

// besides starts the demonstration under a name that the package takes, and a site of somebody else; scripts are files of that site.
func besides(t *testing.T, scripts map[string]string) *neighbour {
	t.Helper()
	r := show(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.HasSuffix(q.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		}
		_, _ = fmt.Fprint(w, scripts[q.URL.Path])
	}))
	t.Cleanup(site.Close)
	ours, err := url.Parse(r.at("Workspace"))
	if err != nil {
		t.Fatal(err)
	}
	_, theirs, err := net.SplitHostPort(site.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	n := &neighbour{showroom: r, phone: "http://phone.local:" + ours.Port(), crm: "http://crm.phone.local:" + theirs, banned: "http://other.phone.local:" + theirs}
	n.chromium = browser.Start(t, browser.Options{
		Hosts: map[string]string{"phone.local": "127.0.0.1", "*.phone.local": "127.0.0.1"}, Insecure: []string{n.phone, n.crm, n.banned},
	})
	n.allow()
	n.alice = n.chromium.Page(strings.Replace(r.links["Handset"], r.at("Handset"), n.phone, 1))
	n.alice.Until("the handset", "document.querySelector('.device')")
	return n
}

// allow puts the site on the account's list.
func (n *neighbour) allow() {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.ctx, http.MethodPatch, n.at("Workspace")+"/api/v1/settings", strings.NewReader(`{"allowed_origins": ["`+n.crm+`"]}`))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+n.key)
	req.Header.Set("Content-Type", "application/merge-patch+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		n.t.Fatalf("allow a site: %s", resp.Status)
	}
}

// customerCalls has a customer call Alice.
func (n *neighbour) customerCalls() {
	n.t.Helper()
	n.alice.Click("button", "A customer calls this number")
}

// registered waits until her phone in the panel can ring: the tabs of a phone tell each other how it stands.
func (n *neighbour) registered() {
	n.t.Helper()
	n.alice.Until("the phone to be connected", `new Promise((done) => {
		const tabs = new BroadcastChannel('phone-cti');
		const over = (on) => { tabs.close(); done(on); };
		tabs.onmessage = (e) => { if (e.data.kind === 'state') over(e.data.state.line === 'on'); };
		tabs.postMessage({ kind: 'hello' });
		setTimeout(over, 1000, false);
	})`)
}

// everywhere is the npm package, as it is, for a page without modules.
func everywhere(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "node_modules", "aircall-everywhere", "dist", "index.js"))
	if err != nil {
		t.Skip("aircall-everywhere is not installed: run npm ci in web")
	}
	return "var module = {};" + string(b) + "\n;window.AircallWorkspace = module.exports.default ?? module.exports;"
}

const levelOne = `<!doctype html><title>CRM</title><div id="phone"></div><script src="/everywhere.js"></script><script>
const told = [];
const workspace = new AircallWorkspace({ domToLoadWorkspace: '#phone', workspaceUrl: new URLSearchParams(location.search).get('at') + '/cti', onLogin: (x) => told.push(['login', x]), onLogout: () => told.push(['logout']) });
for (const name of ['incoming_call', 'call_end_ringtone', 'outgoing_call', 'outgoing_answered', 'call_ended', 'comment_saved', 'external_dial']) workspace.on(name, (x) => told.push([name, x]));
const asks = (name, data) => new Promise((done) => workspace.send(name, data, (ok, x) => done(ok ? 'yes' : x.code)));
const last = (name) => told.filter((x) => x[0] === name).at(-1)?.[1];
</script>`

// The package that pages use for another product drives ours as it is, from another origin; a page that is not on the list hears nothing.
func TestLevelOneWithTheRealPackage(t *testing.T) {
	t.Parallel()
	n := besides(t, map[string]string{"/": levelOne, "/everywhere.js": everywhere(t)})
	p := n.chromium.Page(n.crm + "/?at=" + url.QueryEscape(n.phone))
	p.Until("onLogin", "last('login')?.user.email === 'alice@demo.local' && last('login').user.first_name === 'Alice' && last('login').user.company_name === 'Boulangerie Dupont'")
	p.Until("isLoggedIn", "new Promise((done) => workspace.isLoggedIn(done))")
	n.registered()
	n.customerCalls()
	p.Until("incoming_call", "last('incoming_call')?.from === '+33639980101' && last('incoming_call').to === '+33639980007' && Number.isSafeInteger(last('incoming_call').call_id)")
	for command, want := range map[string]string{"dial_number": "in_call", "exit_keyboard": "in_call", "make_coffee": "does_not_exists"} {
		answers(t, p, fmt.Sprintf("asks(%q, {phone_number: '+33639980600'})", command), want)
	}
	n.alice.Click("button", "Decline")
	p.Until("call_end_ringtone", "last('call_end_ringtone')?.answer_status === 'disconnected' && last('call_end_ringtone').call_id === last('incoming_call').call_id")
	p.Until("call_ended", "last('call_ended')?.duration === 0 && last('call_ended').call_id === last('incoming_call').call_id")
	answers(t, p, "asks('dial_number', {phone_number: '+33639980600'})", "yes")
	answers(t, p, "asks('exit_keyboard')", "yes")
	answers(t, p, "asks('exit_keyboard')", "not_in_keyboard")

	stranger := n.chromium.Page(n.banned + "/?at=" + url.QueryEscape(n.phone))
	stranger.Until("the browser to have tried", "document.querySelector('iframe')")
	kept := func() bool {
		return slices.ContainsFunc(stranger.Errors(), func(e string) bool { return strings.Contains(e, "frame-ancestors") })
	}
	for tick := time.NewTicker(50 * time.Millisecond); !kept(); <-tick.C {
		if n.ctx.Err() != nil {
			t.Fatalf("the browser shows the panel in a page that is not allowed: %q", stranger.Errors())
		}
	}
	answers(t, stranger, "told.length === 0 ? 'nothing' : JSON.stringify(told)", "nothing")
}

const levelTwo = `<!doctype html><title>CRM</title><div id="phone"></div><script type="module">
const { Phone } = await import(new URLSearchParams(location.search).get('at') + '/embed.js');
const phone = await Phone.mount('#phone', { size: 'big', locale: 'en' });
window.told = [];
phone.on('*', (x, type) => told.push([type, x]));
phone.setContactMatcher((number) => ({ name: '<b>Mme Durand</b>', url: '/c/' + number, fields: [{ label: 'City', value: 'Niort' }] }));
phone.setCallLogger((x) => { told.push(['logged', x]); });
window.asks = (name, data) => phone.request(name, data).then((x) => x ?? 'yes', (e) => e.code);
window.last = (name) => told.filter((x) => x[0] === name).at(-1)?.[1];
</script>`

// A page of another origin calls, is told, and is asked who it is: the callee sees the direct number, whichever page asked (SPEC E4).
func TestSpec_E4_LevelTwoFromAPageOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	n := besides(t, map[string]string{"/": levelTwo})
	p := n.chromium.Page(n.crm + "/?at=" + url.QueryEscape(n.phone))
	p.Until("the loader", "window.asks")
	n.registered()
	p.Until("the state", "asks('get_state').then((s) => s.logged_in && s.line === 'on' && s.calls.length === 0)")
	answers(t, p, "asks('make_coffee')", "unknown_command")
	answers(t, p, "asks('hold')", "no_call")
	answers(t, p, "asks('complete_transfer')", "not_available_yet")
	answers(t, p, "asks('dial')", "invalid_request")
	p.Until("to dial", "asks('dial', {number: '0639980440', context: {ticket: 42}}).then((c) => c.direction === 'outbound')")
	p.Until("call.dialling", "last('call.dialling')?.from === '+33639980007' && last('call.dialling').context.ticket === 42")
	p.Until("screen_pop", "last('screen_pop')?.name === '<b>Mme Durand</b>'")
	p.Until("call.answered", "last('call.answered')?.call_number > 0")
	answers(t, p, "asks('hold')", "yes")
	p.Until("call.held", "last('call.held')")
	answers(t, p, "asks('unhold')", "yes")
	answers(t, p, "asks('add_note', {text: 'Two baguettes'})", "yes")
	answers(t, p, "asks('hangup')", "yes")
	p.Until("call.ended", "last('call.ended')?.call_number === last('call.answered').call_number")
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}

// One call rings the panel and the handset; answered in the panel it stops on the handset, which shows no missed call; declined in the panel it goes on there.
func TestSpec_E6_E7_ThePanelAndTheHandsetRingForOneCall(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	n := besides(t, nil)
	panel := n.chromium.Page(n.phone + "/cti?lang=en")
	panel.Size(376, 666)
	n.registered()
	barriers(t, panel, axe)
	barriers(t, n.alice, axe)
	n.customerCalls()
	n.alice.Wait("alertdialog", "The handset rings")
	panel.Wait("alertdialog", "06 39 98 01 01 is calling")
	barriers(t, panel, axe)
	panel.Click("button", "Answer")
	n.alice.Until("the handset to stop", "!document.querySelector('.talk')")
	panel.Until("sound", "eyes.hears().then((h) => h.packets > 50)")
	barriers(t, panel, axe)
	n.alice.Click("button", "Calls")
	n.alice.See("No calls yet")
	panel.Click("button", "Hang up")
	panel.Click("button", "Done")
	n.customerCalls()
	n.alice.Wait("alertdialog", "The handset rings")
	panel.Click("button", "Decline")
	panel.Until("the panel to be at rest", "!document.querySelector('[role=alertdialog]')")
	n.alice.Wait("alertdialog", "The handset rings") // who declines in the panel does so there alone
	n.alice.Click("button", "Decline")
	n.alice.Until("the handset to stop", "!document.querySelector('.talk')")
	n.alice.See("Declined")
	for _, e := range append(panel.Errors(), n.alice.Errors()...) {
		t.Errorf("a page complains: %s", e)
	}
}

// answers asks something of the panel through a page.
func answers(t *testing.T, p *browser.Page, js, want string) {
	t.Helper()
	var got any
	p.Eval(js, &got)
	if got != want {
		t.Errorf("%s: %v, not %s", js, got, want)
	}
}
