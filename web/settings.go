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
}

type settingsPatch struct {
	Name      optional[string]  `json:"name,omitzero"`
	Language  optional[string]  `json:"language,omitzero"`
	Country   optional[string]  `json:"country,omitzero"`
	Timezone  optional[string]  `json:"timezone,omitzero" doc:"null: Europe/Paris."`
	AwayAfter optional[int]     `json:"away_after_missed,omitzero"`
	Grace     optional[float64] `json:"offline_after_seconds,omitzero" doc:"null: 10."`
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

func showAccount(_ *provisioning.State, a *provisioning.Account) accountObject {
	is := a.Settings
	return accountObject{
		ID: string(a.ID), Name: a.Name, Language: a.Language, Country: a.Country, Timezone: cmp.Or(is.Timezone, usualTimezone), AwayAfter: is.AwayAfter,
		Grace: cmp.Or(is.Grace, usualGrace).Seconds(),
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
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
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
		return st.Put(&next)
	})
	if err != nil {
		return nil, err
	}
	return &objectAnswer[accountObject]{ETag: etag(&next), Body: showAccount(nil, &next)}, nil
}
