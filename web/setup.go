package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// setupLength is how long the link of the first run is good.
const setupLength = 30 * time.Minute

// firstRun is the key of the first run: whoever has it makes the first administrator, once.
type firstRun struct {
	mu    sync.Mutex
	key   string // empty: there is none
	until time.Time
}

// make makes a key; the one before is good no more.
func (f *firstRun) make(now time.Time) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.key, f.until = rand.Text(), now.Add(setupLength)
	return f.key
}

// is says whether a key is the one.
func (f *firstRun) is(key string, now time.Time) proof {
	f.mu.Lock()
	defer f.mu.Unlock()
	return proof(same(key, f.key) && now.Before(f.until))
}

// end takes the key away.
func (f *firstRun) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.key = ""
}

// setupObject is how far a new house is.
type setupObject struct {
	Open  bool        `json:"open" doc:"true: there is no administrator yet; the link of the first run makes one."`
	Steps []setupStep `json:"steps" doc:"What is best done next, in this order; for those who are signed in."`
}

type setupStep struct {
	Name string `json:"name" enum:"carrier,number,flow,people"`
	Done bool   `json:"done"`
	Path string `json:"path" doc:"The page of the Dashboard where it is done."`
}

type setupAnswer struct{ Body setupObject }

type setupRequest struct {
	Body struct {
		Token   string       `json:"token" minLength:"1" maxLength:"100" doc:"Of the link that the program printed; it is good for 30 minutes, and once."`
		Company setupCompany `json:"company"`
		Admin   setupAdmin   `json:"admin"`
	}
}

type setupCompany struct {
	Name     string `json:"name" maxLength:"200"`
	Language string `json:"language" enum:"fr,en" doc:"Of announcements, and of users who have none of their own."`
	Country  string `json:"country" maxLength:"2" doc:"ISO 3166: how national numbers are read."`
	Timezone string `json:"timezone,omitempty" maxLength:"64" doc:"IANA name; absent: Europe/Paris."`
}

type setupAdmin struct {
	Name     string `json:"name" maxLength:"200"`
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"1024" doc:"12 to 256 characters."`
}

type setupLink struct {
	Token   string `json:"token"`
	Expires string `json:"expires_at" format:"date-time"`
	Path    string `json:"path" doc:"Of the page, with the token after its #, which browsers send to nobody."`
}

type setupLinkAnswer struct{ Body setupLink }

func (s *Server) setupAPI(a huma.API) {
	huma.Get(a, "/api/v1/setup", s.showSetup, operation("setup", "get-setup", "Shows whether there is an administrator, and what is best done next", ""), forEverybody)
	huma.Post(a, "/api/v1/setup", s.setUp, operation("setup", "set-up", "Makes the company and its first administrator, who is signed in", "", http.StatusConflict), forEverybody)
	huma.Post(a, "/api/v1/setup/link", s.linkSetup,
		operation("setup", "create-setup-link", "Makes the link of the first run anew, while there is no administrator", provisioning.SystemWrite, http.StatusConflict))
}

func (s *Server) showSetup(ctx context.Context, _ *struct{}) (*setupAnswer, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	out := &setupAnswer{Body: setupObject{Open: !st.Administered(), Steps: []setupStep{}}}
	if i := who(ctx); i.account != "" {
		for _, step := range st.Steps(i.account) {
			out.Body.Steps = append(out.Body.Steps, setupStep{Name: step.Name, Done: step.Done, Path: map[string]string{
				"carrier": "/dashboard/trunks", "number": "/dashboard/numbers", "flow": "/dashboard/numbers", "people": "/dashboard/users",
			}[step.Name]})
		}
	}
	return out, nil
}

// SetupLink makes the path of the page of the first run, while there is no administrator; empty: there is one. The key in it is good for half an hour, once.
func (s *Server) SetupLink(ctx context.Context) (string, error) {
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		return "", fmt.Errorf("read the records: %w", err)
	}
	if st.Administered() {
		return "", nil
	}
	return "/setup#token=" + s.first.make(time.Now()), nil
}

func (s *Server) linkSetup(ctx context.Context, _ *struct{}) (*setupLinkAnswer, error) {
	path, err := s.SetupLink(ctx)
	if err != nil {
		return nil, s.failed(ctx, "make the link of the first run", err)
	}
	if path == "" {
		return nil, s.refusal(ctx, &provisioning.Refusal{Why: provisioning.Clash, Code: "setup_done", Text: "there is an administrator already: sign in"})
	}
	_, token, _ := strings.Cut(path, "=")
	return &setupLinkAnswer{Body: setupLink{Token: token, Path: path, Expires: *stamp(time.Now().Add(setupLength))}}, nil
}

// setUp makes the first administrator. Whoever has no key learns nothing of what there is.
func (s *Server) setUp(ctx context.Context, q *setupRequest) (*sessionAnswer, error) {
	right := s.first.is(q.Body.Token, time.Now())
	if wait := s.attempts.judge(who(ctx).source, right, time.Now()); wait > 0 {
		return nil, tooMany(wait, "too many wrong links: wait before you try again")
	}
	if right != rightKey {
		s.refused()
		return nil, problem(http.StatusUnauthorized, codeSetupLink, `this link was used already, or is older than half an hour: "tandem setup" prints another one`)
	}
	kept, err := s.newPassword(ctx, q.Body.Admin.Password)
	if err != nil {
		if r, is := errors.AsType[*provisioning.Refusal](err); is {
			r.Location = "body.admin.password"
		}
		return nil, s.refusal(ctx, err)
	}
	c, p := q.Body.Company, q.Body.Admin
	want := provisioning.FirstRun{
		Company: c.Name, Language: c.Language, Country: strings.ToUpper(c.Country), Timezone: c.Timezone, Name: p.Name, Email: cleanEmail(p.Email), Password: kept,
	}
	var owner *provisioning.User
	_, err = s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		changes, made, refused := st.SetUp(want, time.Now())
		owner = made
		return changes, refused
	})
	if err != nil {
		return nil, err
	}
	s.first.end()
	ring, err := s.keyring(ctx)
	if err == nil {
		err = s.sessions.open(ctx, s.keep)
	}
	if err != nil {
		return nil, s.failed(ctx, "sign in", err)
	}
	return s.begin(ring, owner, placeOwn), nil
}
