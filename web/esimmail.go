package web

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"log/slog"
	"strings"
	"time"

	"tandem/provisioning"
	"tandem/web/mail"
)

// mailShown is the e-mail that brings a user the code of their eSIM.
type mailShown struct {
	Body struct {
		To      string  `json:"to"`
		Subject string  `json:"subject"`
		Text    string  `json:"text"`
		HTML    string  `json:"html"`
		SentAt  *string `json:"sent_at" format:"date-time" doc:"null: it was not sent."`
		Sends   bool    `json:"sends" doc:"false: no e-mail leaves, since [mail] is not set up: give the code to the user yourself."`
		Tries   int     `json:"tries"`
		Fault   string  `json:"fault,omitempty"`
	}
}

// showESIMMail shows what is in it, whether it was sent or not.
func (s *Server) showESIMMail(ctx context.Context, q *idRequest) (*mailShown, error) {
	st, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	if err = releasedTo(ctx, n); err != nil {
		return nil, s.refusal(ctx, err)
	}
	m, err := s.esimMail(st, n)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	out := &mailShown{}
	b := &out.Body
	b.To, b.Subject, b.Text, b.HTML, b.Sends = m.To, m.Subject, m.Text, m.HTML, s.rooms.Mail != nil
	if sent := n.Settings.ESIM.Mail; sent != nil {
		b.SentAt, b.Tries, b.Fault = stamp(sent.Sent), sent.Tries, sent.Fault
	}
	return out, nil
}

// esimMail writes the e-mail in the language of the user.
func (s *Server) esimMail(st *provisioning.State, n *provisioning.Number) (mail.Message, error) {
	e := n.Settings.ESIM
	u, is := st.Find(provisioning.KindUser, string(e.User)).(*provisioning.User)
	a, known := st.Find(provisioning.KindAccount, string(n.Account)).(*provisioning.Account)
	if !is || !known {
		return mail.Message{}, provisioning.NotFound(provisioning.KindUser, string(e.User))
	}
	d, err := s.draw(e.Code)
	if err != nil {
		return mail.Message{}, err
	}
	lang := cmp.Or(u.Settings.Language, a.Language, "en")
	words := []string{
		"{name}", u.Name, "{account}", a.Name, "{number}", display(string(n.E164), a.Country), "{code}", e.Code, "{address}", e.Address, "{match}", e.MatchingID,
		"{package}", s.words.of(lang, fmt.Sprintf("mail.esim_package_%d", e.Package)),
	}
	say := func(key string) string { return strings.NewReplacer(words...).Replace(s.words.of(lang, key)) }
	out := mail.Message{ID: e.ID, To: u.Email, Subject: say("mail.esim_subject"), Picture: d.PNG}
	hello, ready, scan, hand := say("mail.esim_hello"), say("mail.esim_ready"), say("mail.esim_scan"), say("mail.esim_by_hand")
	secret := say("mail.esim_secret")
	out.Text = strings.Join([]string{hello, ready, scan, hand, "SM-DP+: " + e.Address + "\n" + say("mail.esim_code") + " " + e.MatchingID, e.Code, secret}, "\n\n") + "\n"
	paragraph := func(text string) string { return "<p>" + html.EscapeString(text) + "</p>\n" }
	out.HTML = `<!doctype html><html lang="` + lang + `"><body style="font-family:sans-serif">` + "\n" + paragraph(hello) + paragraph(ready) + paragraph(scan) +
		`<p><img src="cid:picture" alt="` + html.EscapeString(e.Code) + `"></p>` + "\n" + paragraph(hand) +
		"<p>SM-DP+: <b>" + html.EscapeString(e.Address) + "</b><br>" + html.EscapeString(say("mail.esim_code")) + " <b>" + html.EscapeString(e.MatchingID) + "</b></p>\n" +
		paragraph(secret) + "</body></html>\n"
	return out, nil
}

// of is a text of a language; of English where it has none.
func (c catalogue) of(lang, key string) string { return cmp.Or(c[lang][key], c["en"][key]) }

// mailEvery is how often it is looked whether an e-mail is due that no change told of.
const mailEvery = 30 * time.Second

// changing is records that tell when they are others.
type changing interface {
	// OnChange calls f after the records changed, until stop is called. f must not block.
	OnChange(f func()) (stop func())
}

// mailESIMs sends the codes of eSIMs that were released to their users, each once, until the context ends. Who else runs on the same records takes no e-mail
// that is on its way.
func (s *Server) mailESIMs(ctx context.Context) {
	look := time.NewTicker(mailEvery)
	defer look.Stop()
	grown := make(chan struct{}, 1) // one is enough: it says "look again"
	if records, tell := s.rooms.Records.(changing); tell {
		defer records.OnChange(func() {
			select {
			case grown <- struct{}{}:
			default:
			}
		})()
	}
	told := false
	for {
		told = s.mailDue(ctx, told)
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-grown:
		}
	}
}

// mailDue sends what is due now. Where no e-mail leaves it says so, once.
func (s *Server) mailDue(ctx context.Context, told bool) bool { //nolint:revive // It is what the loop remembers.
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "records cannot be read", slog.Any("err", err))
		}
		return told
	}
	for _, n := range st.Numbers {
		if !n.ESIMMailDue(time.Now()) {
			continue
		}
		if s.rooms.Mail == nil {
			if !told {
				s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "an eSIM is released, and no e-mail leaves: set up [mail], or give users their codes (tandem number esim show)")
			}
			return true
		}
		s.mailOne(ctx, n)
	}
	return told
}

// mailOne takes one e-mail, sends it, and keeps how that went.
func (s *Server) mailOne(ctx context.Context, n *provisioning.Number) {
	const actor = "mail"
	esim := n.Settings.ESIM.ID
	taken, err := provisioning.Do(ctx, s.rooms.Records, actor, provisioning.TakeESIMMail(n.ID, esim, time.Now()))
	if err != nil || len(taken) == 0 {
		return // Somebody else was faster, or the records are not to be had: it is looked at again.
	}
	st, err := s.rooms.Records.State(ctx)
	if err == nil {
		err = s.sendESIMMail(ctx, st, n)
	}
	keep := provisioning.ESIMMailSent(n.ID, esim, time.Now())
	if err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "an eSIM's code was not sent: it is tried again", slog.String("number", string(n.ID)), slog.Any("err", err))
		keep = provisioning.ESIMMailFailed(n.ID, esim, err.Error(), time.Now())
	}
	if _, err := provisioning.Do(context.WithoutCancel(ctx), s.rooms.Records, actor, keep); err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "it is not kept whether an eSIM's code was sent", slog.Any("err", err))
	}
}

func (s *Server) sendESIMMail(ctx context.Context, st *provisioning.State, n *provisioning.Number) error {
	m, err := s.esimMail(st, n)
	if err != nil {
		return err
	}
	return s.rooms.Mail.Send(ctx, m)
}
