package provisioning

import (
	"fmt"
	"slices"
	"time"

	"tandem/messaging"
)

// checkSMPP asks how a connector speaks SMPP.
func (s *State) checkSMPP(r *refuser, c *Connector) {
	p, server := c.Settings.SMPP, c.Settings.Kind == messaging.KindSMPPServer
	switch {
	case server && p.Address != "":
		r.no("connector_server_address", "body.smpp.address", "the other binds to us: there is no address to bind to", nil)
	case !server && !hostPort(p.Address):
		r.no("address_malformed", "body.smpp.address", `"{value}" is no address: write "host:port"`, map[string]string{"value": p.Address})
	}
	if !server && len(p.Sources) > 0 {
		r.no("connector_sources", "body.smpp.sources", "we bind to the other: nobody binds to us from anywhere", nil)
	}
	for _, f := range []struct {
		field, value string
		least, most  int
	}{
		{"system_id", p.SystemID, 1, longestSystemID},
		{"system_type", p.SystemType, 0, longestSystemType},
		{"service_type", p.ServiceType, 0, longestServiceType},
	} {
		if len(f.value) < f.least || len(f.value) > f.most || !printable(f.value) {
			r.no("smpp_text", "body.smpp."+f.field, "write {least} to {most} characters that can be printed, without accents",
				map[string]string{"least": fmt.Sprint(f.least), "most": fmt.Sprint(f.most)})
		}
	}
	if server {
		for _, o := range s.Connectors {
			if o.ID != c.ID && o.Settings.Kind == messaging.KindSMPPServer && o.Settings.SMPP != nil && o.Settings.SMPP.SystemID == p.SystemID {
				r.no("smpp_system_id_taken", "body.smpp.system_id", "the connector {connector} has this system_id already", map[string]string{"connector": o.Name})
			}
		}
	}
	checkSMPPWords(r, p)
	checkSMPPRanges(r, p)
}

// checkSMPPWords asks for values that there are.
func checkSMPPWords(r *refuser, p *SMPPSettings) {
	for _, f := range []struct {
		field, value string
		of           []string
	}{
		{"bind", string(p.Bind), []string{"", string(BindTransceiver), string(BindPair), string(BindTransmitter), string(BindReceiver)}},
		{"default", p.Default, []string{"", string(messaging.CodingGSM7), string(messaging.CodingLatin1)}},
		{"long", string(p.Long), []string{"", string(LongUDH), string(LongUDH16), string(LongSAR), string(LongPayload)}},
	} {
		if !slices.Contains(f.of, f.value) {
			r.all = append(r.all, notOneOf("body.smpp."+f.field, f.value))
		}
	}
}

// checkSMPPRanges asks about numbers, times and lists.
func checkSMPPRanges(r *refuser, p *SMPPSettings) {
	if p.Binds < 0 || p.Binds > mostBinds {
		r.all = append(r.all, outOfRange("body.smpp.binds", "0", "16"))
	}
	if p.Enquire != 0 && (p.Enquire < time.Second || p.Enquire > longestEnquire) {
		r.all = append(r.all, outOfRange("body.smpp.enquire_seconds", "1", "600"))
	}
	if p.Patience != 0 && (p.Patience < time.Second || p.Patience > longestPatience) {
		r.all = append(r.all, outOfRange("body.smpp.patience_seconds", "1", "120"))
	}
	r.all = append(r.all, tooMany("body.smpp.sources", len(p.Sources), mostSources)...)
	for i, text := range p.Sources[:min(len(p.Sources), mostSources)] {
		if _, err := ParsePrefix(text); err != nil {
			r.no("not_a_network", fmt.Sprintf("body.smpp.sources[%d]", i), err.Error(), map[string]string{"value": text})
		}
	}
	if why := checkPEM(p.Authority); why != "" {
		r.no("platform_authority", "body.smpp.authority", "{why}", map[string]string{"why": why})
	}
}

// checkHTTP asks about the templates of an HTTP connector.
func checkHTTP(r *refuser, h *HTTPSettings) {
	for _, f := range h.Check() {
		r.all = append(r.all, &Refusal{Code: f.Code, Location: "body.http." + f.Location, Args: map[string]string{"why": f.Text}, Text: f.Text})
	}
}
