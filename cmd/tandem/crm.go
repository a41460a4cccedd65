package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// crmOrigin is where the customer list of the demonstration is, as configs/demo.toml says; it is another one where the port is taken.
const (
	crmPort   = 8090
	crmOrigin = "http://127.0.0.1:8090"
)

// openCRM opens the customer list of somebody else, and says where: beside the pages, at a port of its own, which makes it another origin for browsers.
func (m *Main) openCRM(ctx context.Context) (string, error) {
	web := m.Web()
	if !web.IsValid() {
		return "", nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(web.Addr().String(), strconv.Itoa(crmPort)))
	if err != nil {
		l, err = lc.Listen(ctx, "tcp", net.JoinHostPort(web.Addr().String(), "0"))
	}
	if err != nil {
		return "", fmt.Errorf("open the customer list: %w", err)
	}
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return "", fmt.Errorf("where the customer list is: %w", err)
	}
	m.run(&http.Server{Handler: m.desk.CRM("http://"+web.String(), "http://"+at.String()), ReadHeaderTimeout: 10 * time.Second}, l)
	return at.String(), nil
}
