package resolve

import (
	"net/netip"
	"os"
	"strings"

	"github.com/miekg/dns"
)

// settings are the name servers to ask, and what a short name may be short for. Both are read anew each time: they change when the
// machine moves to another network, and questions are few.
func (d *DNS) settings() (servers []string, names func(string) []string) {
	names = func(name string) []string { return []string{name} }
	for _, s := range d.servers {
		servers = append(servers, s.String())
	}
	if len(servers) > 0 {
		return servers, names
	}
	conf, err := dns.ClientConfigFromFile(d.conf)
	if err != nil {
		return nil, names
	}
	for _, s := range conf.Servers {
		if a, err := netip.ParseAddr(s); err == nil {
			servers = append(servers, netip.AddrPortFrom(a, dnsPort).String())
		}
	}
	return servers, conf.NameList
}

const dnsPort = 53

// hostsOf are the addresses that the machine lists for a name itself.
func hostsOf(path, name string) []netip.Addr {
	text, err := os.ReadFile(path) //nolint:gosec // the path is ours
	if err != nil {
		return nil
	}
	var list []netip.Addr
	name = strings.TrimSuffix(name, ".")
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		for i, w := range words {
			if i == 0 || !strings.EqualFold(strings.TrimSuffix(w, "."), name) {
				continue
			}
			if a, err := netip.ParseAddr(words[0]); err == nil {
				list = append(list, a.Unmap())
			}
		}
	}
	return list
}
