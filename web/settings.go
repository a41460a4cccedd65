package web

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// accountObject is an account in the API.
type accountObject struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Language  string  `json:"language" enum:"fr,en" doc:"Of announcements, and of users who have none of their own."`
	Country   string  `json:"country" doc:"ISO 3166: how national numbers are read."`
	Timezone  string  `json:"timezone" doc:"Of users and numbers that have none of their own."`
	AwayAfter int     `json:"away_after_missed" doc:"Unanswered offers in a row until a user is unavailable; 0: never."`
	Grace     float64 `json:"offline_after_seconds" doc:"Until a user whose phones have gone is offline."`
	Licences  *int    `json:"esim_licences" doc:"How many eSIMs there may be at once, as the owner bought them; null: nobody counts."`
	Used      int     `json:"esim_licences_used"`

	Origins []string `json:"allowed_origins" doc:"Whose pages may show the phone (/cti) in a frame, such as \"https://crm.example.fr\"; our own may always."`
}

type settingsPatch struct {
	Name      optional[string]  `json:"name,omitzero"`
	Language  optional[string]  `json:"language,omitzero"`
	Country   optional[string]  `json:"country,omitzero"`
	Timezone  optional[string]  `json:"timezone,omitzero" doc:"null: Europe/Paris."`
	AwayAfter optional[int]     `json:"away_after_missed,omitzero"`
	Grace     optional[float64] `json:"offline_after_seconds,omitzero" doc:"null: 10."`
	Licences  optional[int]     `json:"esim_licences,omitzero" doc:"For the owner alone. null: nobody counts."`

	Origins optional[[]string] `json:"allowed_origins,omitzero" doc:"Each a scheme and a host, with a port where it is not the usual one, and nothing behind them. Null: none."`
}

type settingsRequest struct {
	Account string `query:"account_id" maxLength:"64" doc:"Not needed where there is one only."`
}

type settingsChange struct {
	Account string        `query:"account_id" maxLength:"64" doc:"Not needed where there is one only."`
	IfMatch string        `header:"If-Match" maxLength:"100"`
	Body    settingsPatch `contentType:"application/merge-patch+json"`
}

// What an account says where nothing was set.
const (
	usualTimezone = "Europe/Paris"
	usualGrace    = 10 * time.Second // SPEC A11
)

func (s *Server) settingsAPI(a huma.API) {
	huma.Get(a, "/api/v1/settings", s.showSettings, operation("settings", "get-settings", "Shows the settings of the account", provisioning.SystemRead, http.StatusNotFound))
	huma.Patch(a, "/api/v1/settings", s.changeSettings,
		operation("settings", "update-settings", "Changes the settings of the account", provisioning.SystemWrite, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed))
}

func showAccount(st *provisioning.State, a *provisioning.Account) accountObject {
	is := a.Settings
	return accountObject{
		Licences: is.Licences, Used: st.LicencesUsed(a.ID, ""),
		ID: string(a.ID), Name: a.Name, Language: a.Language, Country: a.Country, Timezone: cmp.Or(is.Timezone, usualTimezone), AwayAfter: is.AwayAfter,
		Grace: cmp.Or(is.Grace, usualGrace).Seconds(), Origins: texts(is.Origins),
	}
}

// ownAccount is the account whose settings are asked for.
func ownAccount(ctx context.Context, st *provisioning.State, named string) (*provisioning.Account, error) {
	id, err := accountFor(ctx, st, named)
	if err != nil {
		return nil, err
	}
	return theirs[*provisioning.Account](ctx, st, provisioning.KindAccount, string(id))
}

func (s *Server) showSettings(ctx context.Context, q *settingsRequest) (*objectAnswer[accountObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	a, err := ownAccount(ctx, st, q.Account)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &objectAnswer[accountObject]{ETag: etag(a), Body: showAccount(st, a)}, nil
}

func (s *Server) changeSettings(ctx context.Context, q *settingsChange) (*objectAnswer[accountObject], error) {
	var next provisioning.Account
	st, err := s.edited(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		a, err := ownAccount(ctx, st, q.Account)
		if err != nil {
			return nil, err
		}
		if err = matches(q.IfMatch, a); err != nil {
			return nil, err
		}
		next = *a
		p, is := &q.Body, &next.Settings
		p.Name.set(&next.Name)
		next.Name = provisioning.Clean(next.Name)
		p.Language.set(&next.Language)
		p.Country.set(&next.Country)
		p.Timezone.set(&is.Timezone)
		p.AwayAfter.set(&is.AwayAfter)
		if p.Grace.Sent {
			is.Grace = seconds(p.Grace.Value)
		}
		if p.Origins.Sent {
			is.Origins = nil
			for _, o := range p.Origins.Value {
				is.Origins = append(is.Origins, provisioning.CleanOrigin(o))
			}
		}
		if err = setLicences(ctx, is, p.Licences); err != nil {
			return nil, err
		}
		return st.Put(&next)
	})
	if err != nil {
		return nil, err
	}
	return &objectAnswer[accountObject]{ETag: etag(&next), Body: showAccount(st, &next)}, nil
}

// setLicences takes how many eSIM licences the owner bought (SPEC E17). A program with the right to settings speaks for the owner.
func setLicences(ctx context.Context, is *provisioning.AccountSettings, sent optional[int]) error {
	if !sent.Sent {
		return nil
	}
	if me := who(ctx); me.user != "" && me.role != provisioning.RoleOwner {
		return problem(http.StatusForbidden, "licences_owner", "the owner says how many eSIM licences there are")
	}
	is.Licences = nil
	if !sent.Null {
		is.Licences = new(sent.Value)
	}
	return nil
}
