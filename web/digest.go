package web

import (
	"cmp"
	"context"
	"html"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/web/mail"
)

const (
	digestFor    = 2 * time.Hour    // after its time: who starts later than that is not told of the day any more
	digestRetry  = 10 * time.Minute // after an e-mail that did not leave
	digestShows  = 20               // missed calls; how many more there are is said
	digestCounts = 200
)

// digests is what the sender remembers: who is done for which day, and whose e-mail is tried again when.
type digests struct {
	at    time.Time // the time of day alone counts
	done  map[routing.UserID]string
	again map[routing.UserID]time.Time
}

// mailDigests tells people once a day by e-mail of the missed calls that nobody took care of (SPEC L12), until the context ends.
func (s *Server) mailDigests(ctx context.Context) {
	at, err := time.Parse("15:04", s.cfg.Digest)
	if err != nil || s.rooms.Mail == nil || s.rooms.Notices == nil {
		return
	}
	d := digests{at: at, done: map[routing.UserID]string{}, again: map[routing.UserID]time.Time{}}
	look := time.NewTicker(mailEvery)
	defer look.Stop()
	for {
		s.digestsDue(ctx, &d, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// digestsDue sends those that are due now.
func (s *Server) digestsDue(ctx context.Context, d *digests, now time.Time) {
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "records cannot be read", slog.Any("err", err))
		}
		return
	}
	for _, u := range st.Users {
		a, known := st.Find(provisioning.KindAccount, string(u.Account)).(*provisioning.Account)
		if !known || u.Email == "" || now.Before(d.again[u.ID]) || ctx.Err() != nil {
			continue
		}
		zone, err := time.LoadLocation(cmp.Or(u.Settings.Timezone, a.Settings.Timezone, usualTimezone))
		if err != nil {
			zone = time.UTC
		}
		begin, due := d.due(now.In(zone))
		day := begin.Format(time.DateOnly)
		if !due || d.done[u.ID] == day {
			continue
		}
		if err := s.digest(ctx, u, a, begin); err != nil {
			d.again[u.ID] = now.Add(digestRetry)
			s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "a user was not told of missed calls by e-mail", slog.String("user", string(u.ID)), slog.Any("err", err))
			continue
		}
		d.done[u.ID] = day
	}
}

// due says when the e-mail of a day is sent, and whether it is time for it.
func (d *digests) due(local time.Time) (time.Time, bool) {
	begin := time.Date(local.Year(), local.Month(), local.Day(), d.at.Hour(), d.at.Minute(), 0, 0, local.Location())
	return begin, !local.Before(begin) && local.Before(begin.Add(digestFor))
}

// digest sends the e-mail of one user, unless there is nothing to tell or it was sent before.
func (s *Server) digest(ctx context.Context, u *provisioning.User, a *provisioning.Account, begin time.Time) error {
	page, err := s.rooms.Notices.Notifications(ctx, provisioning.NotificationFilter{
		Account: u.Account, User: u.ID, Unread: true, Open: true, After: begin.AddDate(0, 0, -1), Limit: digestCounts,
	})
	if err != nil || len(page.Notifications) == 0 {
		return err
	}
	day := begin.Format(time.DateOnly)
	claimed, err := s.rooms.Notices.BeginDigest(ctx, u.ID, day)
	if err != nil || !claimed {
		return err
	}
	if err = s.rooms.Mail.Send(ctx, s.digestMail(u, a, page.Notifications, begin)); err != nil {
		if undo := s.rooms.Notices.GiveUpDigest(context.WithoutCancel(ctx), u.ID, day); undo != nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "a digest that did not leave counts as sent", slog.String("user", string(u.ID)), slog.Any("err", undo))
		}
	}
	return err
}

// digestMail writes the e-mail in the language of the user, the newest call first.
func (s *Server) digestMail(u *provisioning.User, a *provisioning.Account, missed []provisioning.Notification, begin time.Time) mail.Message {
	lang := cmp.Or(u.Settings.Language, a.Language, "en")
	say := func(key string, pairs ...string) string {
		return strings.NewReplacer(append(pairs, "{name}", u.Name, "{account}", a.Name, "{count}", strconv.Itoa(len(missed)))...).Replace(s.words.of(lang, key))
	}
	subject := "mail.digest_subject_many"
	if len(missed) == 1 {
		subject = "mail.digest_subject_one"
	}
	var lines []string
	for i := range missed[:min(len(missed), digestShows)] {
		lines = append(lines, s.digestLine(&missed[i], begin.Location(), say))
	}
	if more := len(missed) - len(lines); more > 0 {
		lines = append(lines, say("mail.digest_more", "{count}", strconv.Itoa(more)))
	}
	before, after := []string{say("mail.digest_hello"), say("mail.digest_intro")}, []string{say("mail.digest_why")}
	if s.cfg.PublicURL != "" {
		after = append([]string{say("mail.digest_link", "{link}", strings.TrimSuffix(s.cfg.PublicURL, "/")+"/inbox")}, after...)
	}
	out := mail.Message{ID: "digest-" + string(u.ID) + "-" + begin.Format(time.DateOnly), To: u.Email, Subject: say(subject)}
	out.Text = strings.Join(before, "\n\n") + "\n\n- " + strings.Join(lines, "\n- ") + "\n\n" + strings.Join(after, "\n\n") + "\n"
	var page strings.Builder
	write := func(tag string, texts []string) {
		for _, text := range texts {
			page.WriteString("<" + tag + ">" + html.EscapeString(text) + "</" + tag + ">\n")
		}
	}
	page.WriteString(`<!doctype html><html lang="` + lang + `"><body style="font-family:sans-serif">` + "\n")
	write("p", before)
	page.WriteString("<ul>\n")
	write("li", lines)
	page.WriteString("</ul>\n")
	write("p", after)
	page.WriteString("</body></html>\n")
	out.HTML = page.String()
	return out
}

// digestLine is one missed call: when, who and on which line.
func (s *Server) digestLine(n *provisioning.Notification, zone *time.Location, say func(key string, pairs ...string) string) string {
	o := s.teller().notice(n)
	who := o.FromDisplay
	switch {
	case n.Anonymous:
		who = say("mail.digest_hidden")
	case o.Contact != nil:
		who = o.Contact.Name + " (" + o.FromDisplay + ")"
	}
	line := ""
	if o.Number != nil {
		line = o.Number.Name
	}
	at := n.At.In(zone)
	return say("mail.digest_line", "{day}", at.Format("02/01"), "{time}", at.Format("15:04"), "{who}", who, "{line}", line)
}
