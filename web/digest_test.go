package web_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// noon is a time zone in which it is between twelve and one, and the minute that has begun there.
func noon() (zone, at string) {
	now := time.Now().UTC()
	offset := 12 - now.Hour()
	return fmt.Sprintf("Etc/GMT%+d", -offset), fmt.Sprintf("12:%02d", now.Minute()) // those names count the other way round
}

// claims are records that tell when somebody claims a digest.
type claims struct {
	*store.Store

	asked chan bool
}

// BeginDigest implements provisioning.Notices.
func (c claims) BeginDigest(ctx context.Context, user routing.UserID, day string) (bool, error) {
	claimed, err := c.Store.BeginDigest(ctx, user, day)
	c.asked <- claimed
	return claimed, err
}

// posting runs another front desk on the same records, which sends what is due at a time of day. asked says for each claim whether it was the first.
func (h *house) posting(box *postbox, at string) (asked <-chan bool, stop func()) {
	h.t.Helper()
	c := claims{h.store, make(chan bool, 10)}
	s, err := web.New(web.Config{
		Version: "0.1.0", APIKey: key, PublicURL: "https://phone.acme.example", Digest: at, Log: slog.New(slog.DiscardHandler),
	}, web.Rooms{Records: h.store, Book: h.store, Directory: h.store, Notices: c, Keeper: h.store, Mail: box})
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	var run sync.WaitGroup
	run.Go(func() { _ = s.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		run.Wait()
	})
	h.t.Cleanup(stop)
	return c.asked, stop
}

// Once a day whoever was not there is told by e-mail of the missed calls that nobody took care of; not of those that were read or handled, nor twice, however many
// programs run on the same records; an e-mail that does not leave is not lost.
func TestSpec_L12_ADigestOfMissedCallsByEMail(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			zone, at := noon()
			h := openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, strings.Replace(bakery, "name = \"Acme\"\n", "name = \"Acme\"\nlanguage = \"en\"\ntimezone = \""+zone+"\"\n", 1))
			l := h.log()
			alice, bruno := l.user("Alice"), l.user("Bruno")
			l.missed("Support", func(r *routing.CallRecord) { r.From, r.Notified = "+33639980199", []routing.UserID{alice, bruno} })
			l.missed("Support", func(r *routing.CallRecord) { r.From, r.Anonymous, r.Notified = "", true, []routing.UserID{alice} })
			handled := l.missed("Support", func(r *routing.CallRecord) { r.Notified = []routing.UserID{alice, bruno} })
			if err := h.store.HandleCall(t.Context(), handled.ID, alice, time.Now()); err != nil {
				t.Fatal(err)
			}
			page, err := h.store.Notifications(t.Context(), provisioning.NotificationFilter{User: bruno, Open: true})
			if err != nil || len(page.Notifications) != 1 {
				t.Fatalf("%v, %v", page, err)
			}
			if err = h.store.ReadNotification(t.Context(), page.Notifications[0].ID, time.Now()); err != nil {
				t.Fatal(err)
			}

			shut := &postbox{came: make(chan struct{}, 1), shut: errors.New("the post office is closed")}
			asked, stop := h.posting(shut, at)
			<-shut.came
			stop()
			if !<-asked {
				t.Fatal("the first is not the first")
			}
			first, second := &postbox{came: make(chan struct{}, 1)}, &postbox{}
			asked, _ = h.posting(first, at)
			<-first.came
			if !<-asked {
				t.Fatal("an e-mail that did not leave is not tried again")
			}
			if asked, stop = h.posting(second, at); <-asked {
				t.Error("it is claimed twice")
			}
			stop()
			if second.tries != 0 {
				t.Error("it is sent twice")
			}
			h.digested(first)
		})
	}
}

// digested looks at the one e-mail that left.
func (h *house) digested(box *postbox) {
	h.t.Helper()
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.mails) != 1 {
		h.t.Fatalf("%d e-mails", len(box.mails))
	}
	m := box.mails[0]
	if m.To != "alice@acme.example" || m.Subject != "2 missed calls wait for you" {
		h.t.Errorf("it is to %s, %q", m.To, m.Subject)
	}
	for _, what := range []string{"Hello Alice", ": 06 39 98 01 99 called Support", ": a hidden number called Support", "https://phone.acme.example/inbox"} {
		if !strings.Contains(m.Text, what) || !strings.Contains(m.HTML, what) {
			h.t.Errorf("the text lacks %q: %s", what, m.Text)
		}
	}
}
