package browser

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Patience is how long anything on a page may take: what must happen is waited for, never slept for.
const Patience = 30 * time.Second

// Options are what a Chromium is started with.
type Options struct {
	Microphone string            // a WAV file that it hears over and over; empty: silence of the fake device
	NoDevice   bool              // it has no microphone at all
	Denied     bool              // the person says no to the microphone
	Asked      bool              // the person is asked for the microphone, and has not answered
	Hosts      map[string]string // where names lead, beside what the system says: "phone.local" to "127.0.0.1"
	Language   string            // "en-GB" when empty
	Insecure   []string          // origins that count as secure although they are plain http
	Strict     bool              // cookies of third parties are blocked, as browsers do more and more; certificates of a test's own are taken
}

// Chromium is one browser with a profile of its own. Pages are its tabs, which share cookies and storage.
type Chromium struct {
	t   testing.TB
	ctx context.Context //nolint:containedctx // the driver's own way: a browser is a context
}

// Find says where Chromium is; empty: it is not installed.
func Find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Start starts a browser that ends with the test.
func Start(tb testing.TB, o Options) *Chromium {
	tb.Helper()
	path := Find()
	if path == "" {
		tb.Skip("Chromium is not installed: run make deps")
	}
	flags := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(tb.TempDir())}, o.flags()...)
	within, release := context.WithTimeout(context.WithoutCancel(tb.Context()), 10*Patience) // it ends in order, after the test
	allocated, stop := chromedp.NewExecAllocator(within, flags...)
	ctx, end := chromedp.NewContext(allocated)
	tb.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // closes it in order, so that its profile can be removed
		end()
		stop()
		release()
	})
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("Chromium does not start: %v", err)
	}
	c := &Chromium{t: tb, ctx: ctx}
	if o.Denied {
		c.permit(browser.PermissionSettingDenied)
	}
	return c
}

func (o Options) flags() []chromedp.ExecAllocatorOption {
	language := o.Language
	if language == "" {
		language = "en-GB"
	}
	all := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
		chromedp.Flag("mute-audio", false),
		chromedp.Flag("accept-lang", language), chromedp.Flag("lang", language),
		chromedp.WSURLReadTimeout(Patience),
	)
	if !o.NoDevice {
		all = append(all, chromedp.Flag("use-fake-device-for-media-stream", true))
	}
	if o.Microphone != "" {
		all = append(all, chromedp.Flag("use-file-for-fake-audio-capture", o.Microphone))
	}
	if !o.Denied && !o.Asked {
		all = append(all, chromedp.Flag("use-fake-ui-for-media-stream", true))
	}
	var rules []string
	for name, at := range o.Hosts {
		rules = append(rules, fmt.Sprintf("MAP %s %s", name, at))
	}
	if len(rules) > 0 {
		all = append(all, chromedp.Flag("host-resolver-rules", strings.Join(rules, ",")))
	}
	if len(o.Insecure) > 0 {
		all = append(all, chromedp.Flag("unsafely-treat-insecure-origin-as-secure", strings.Join(o.Insecure, ",")))
	}
	if o.Strict {
		all = append(all, chromedp.Flag("test-third-party-cookie-phaseout", true), chromedp.Flag("ignore-certificate-errors", true))
	}
	return all
}

func (c *Chromium) permit(s browser.PermissionSetting) {
	c.t.Helper()
	_, err := chromedp.CallBrowser(c.ctx, browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "microphone"}, Setting: s})
	if err != nil {
		c.t.Fatalf("set the microphone's permission: %v", err)
	}
}
