package provisioning

import (
	"fmt"
	"net/url"
	"strconv"
)

// Limits of webhooks.
const (
	mostWebhooks    = 100 // of an account
	longestURL      = 2048
	longestHookName = 100
	mostEventTypes  = 200
)

// checkWebhook asks the rules of webhooks.
func (s *State) checkWebhook(before, w *Webhook) Refusals {
	var out Refusals
	no := func(code, location, text string, args ...string) {
		r := &Refusal{Code: code, Location: location, Text: text, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			r.Args[args[i]] = args[i+1]
		}
		out = append(out, r)
	}
	out = append(out, checkName(w.Name)...)
	out = append(out, nameTaken(s.Webhooks, w, "body.name")...)
	mine := 0
	for _, o := range s.Webhooks {
		if o.Account != w.Account || o.ID == w.ID {
			continue
		}
		mine++
	}
	if before == nil && mine >= mostWebhooks {
		no("too_many_webhooks", "", fmt.Sprintf("an account has %d webhooks at most", mostWebhooks), "most", strconv.Itoa(mostWebhooks))
	}
	if why := checkWebhookURL(w.URL); why != "" {
		no("webhook_url_invalid", "body.url", why)
	}
	if len(w.Types) > mostEventTypes {
		no("too_many_event_types", "body.types", fmt.Sprintf("%d types at most: a star stands for a family", mostEventTypes), "most", strconv.Itoa(mostEventTypes))
	}
	for i, t := range w.Types[:min(len(w.Types), mostEventTypes)] {
		if !bool(KnownEventPattern(t)) {
			no("event_type_unknown", fmt.Sprintf("body.types[%d]", i), fmt.Sprintf("there is no event %q", t), "type", t)
		}
	}
	if w.Format != FormatStandard && w.Format != FormatAircall {
		no("webhook_format_unknown", "body.format", fmt.Sprintf("there is no format %q: standard or aircall", string(w.Format)), "format", string(w.Format))
	}
	return out
}

// checkWebhookURL says what is wrong with an address; empty: nothing.
func checkWebhookURL(address string) string {
	if len(address) > longestURL {
		return fmt.Sprintf("an address has %d characters at most", longestURL)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http":
		return "this is not an address such as https://example.com/hook"
	case u.User != nil:
		return "an address carries no user and no password: the signature says who we are"
	case u.Fragment != "":
		return "an address that is posted to has no part after #"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "this is not an address such as https://example.com/hook: its port is none"
		}
	}
	return ""
}
