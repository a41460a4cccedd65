package scscf

import (
	_ "embed"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"text/template"
)

// The ports that it takes on its address.
const (
	SIPPort      = 6060
	DiameterPort = 3868
)

// Config is a mobile core with one S-CSCF.
type Config struct {
	Bind    netip.Addr     // an address that nobody else has
	Domain  string         // of the public identities
	HSS     netip.AddrPort // where Cx is
	HSSName string         // its Diameter host; it is looked up as a name: "localhost" needs no DNS
	Server  netip.Addr     // the application server's
	Outside netip.AddrPort // everybody who is no subscriber
	Own     string         // what subscribers' numbers begin with, "+3363998"
	Manners Manners        // towards the application server
	Dir     string         // for its files
}

// Manners is how an S-CSCF treats what the application server sends.
type Manners int

// The manners.
const (
	Regular   Manners = iota
	Forgetful         // it removes headers that it does not know and the original dialog id: whatever comes is new to it
)

//go:embed kamailio.cfg
var script string

//go:embed cx.xml
var peers string

// files writes what Kamailio reads, by name.
func (c *Config) files() (map[string]string, error) {
	modules, err := filepath.Glob("/usr/lib*/*/kamailio/modules/ims_isc.so")
	if err != nil || len(modules) == 0 {
		return nil, fmt.Errorf("%w: its IMS modules", ErrMissing)
	}
	values := map[string]any{
		"Modules": filepath.Dir(modules[0]), "Dir": c.Dir, "Host": c.Bind.String(), "Port": SIPPort, "Diameter": DiameterPort,
		"Domain": c.Domain, "HSS": c.HSSName, "HSSPort": c.HSS.Port(), "Server": c.Server.String(), "Outside": c.Outside.String(),
		"Own": strings.ReplaceAll(c.Own, "+", `\+`), "Forgetful": c.Manners == Forgetful,
	}
	out := map[string]string{}
	for name, text := range map[string]string{"kamailio.cfg": script, "cx.xml": peers} {
		t, err := template.New(name).Option("missingkey=error").Parse(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		var b strings.Builder
		if err = t.Execute(&b, values); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		out[name] = b.String()
	}
	return out, nil
}
