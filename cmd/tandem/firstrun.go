package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"tandem/cmd/tandem/config"
	"tandem/provisioning"
)

// firstRun makes the administrator of the configuration, or says where the first person makes themselves one; it does nothing where there is one.
func (m *Main) firstRun(ctx context.Context, w io.Writer) error {
	if m.Config.Admin.Email != "" {
		return m.firstAdmin(ctx)
	}
	path, err := m.desk.SetupLink(ctx)
	if err != nil || path == "" || !m.Web().IsValid() {
		return err
	}
	_, err = fmt.Fprint(w, aboutSetup(pagesAt(m.Config, m.Web().String())+path))
	return err
}

// aboutSetup says what to do with the link of the first run.
func aboutSetup(link string) string {
	return "\n  Nobody is here yet. Open this link in a browser to make your company and yourself; it is good for 30 minutes, and once:\n\n    " + link +
		"\n\n  Another one: tandem setup\n\n"
}

// pagesAt is where people open the pages, without a slash at its end.
func pagesAt(c *config.Config, listening string) string {
	if host, port, err := net.SplitHostPort(listening); err == nil {
		if at, bad := netip.ParseAddr(host); bad != nil && host == "" || bad == nil && at.IsUnspecified() {
			listening = net.JoinHostPort("localhost", port) // every address of this machine
		}
	}
	return strings.TrimSuffix(cmp.Or(c.PublicURL, "http://"+listening), "/")
}

// firstAdmin makes the administrator of the configuration. The company is named for their address until they give it a name.
func (m *Main) firstAdmin(ctx context.Context) error {
	is := m.Config.Admin
	email := strings.ToLower(strings.TrimSpace(is.Email))
	name, company, _ := strings.Cut(email, "@")
	st, err := m.store.State(ctx)
	if err != nil {
		return fmt.Errorf("read the records: %w", err)
	}
	if st.Administered() {
		return nil
	}
	if err = provisioning.CheckNewPassword(is.Password.Reveal()); err != nil {
		return inputError{fmt.Errorf("admin.password: %w", err)}
	}
	kept, err := provisioning.HashPassword(is.Password.Reveal())
	if err != nil {
		return err
	}
	want := provisioning.FirstRun{Company: company, Language: "fr", Country: "FR", Name: name, Email: email, Password: kept}
	if len(st.Accounts) == 1 {
		a := st.Accounts[0]
		want.Company, want.Language, want.Country, want.Timezone = a.Name, a.Language, a.Country, a.Settings.Timezone
	}
	_, err = provisioning.Do(ctx, m.store, "configuration", func(st *provisioning.State) ([]provisioning.Change, error) {
		if st.Administered() {
			return nil, nil
		}
		changes, _, refused := st.SetUp(want, time.Now())
		return changes, refused
	})
	if err != nil {
		return inputError{fmt.Errorf("admin.email: %w", err)}
	}
	m.Log.LogAttrs(ctx, slog.LevelInfo, "the first administrator is there")
	return nil
}

// setupCommand prints the link of the first run anew.
type setupCommand struct {
	remote
}

// Run asks the running program for a link.
func (s setupCommand) Run(ctx context.Context, c console) error {
	l, err := s.running(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = l.close() }()
	var link struct{ Path string }
	if err = l.ask(ctx, http.MethodPost, "/api/v1/setup/link", nil, &link); err != nil {
		return err
	}
	base := l.base
	if l.local {
		cfg, broken := s.load()
		if broken != nil {
			return broken
		}
		base = pagesAt(cfg, cfg.HTTP.Listen.String())
	}
	_, err = fmt.Fprintln(c.out, base+link.Path)
	return err
}
