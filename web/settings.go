package web

import (
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

func showAccount(_ *provisioning.State, a *provisioning.Account) accountObject {
	is := a.Settings
	o := accountObject{ID: string(a.ID), Name: a.Name, Language: a.Language, Country: a.Country, Timezone: is.Timezone, AwayAfter: is.AwayAfter, Grace: is.Grace.Seconds()}
	if o.Timezone == "" {
		o.Timezone = "Europe/Paris"
	}
	if o.Grace == 0 {
		o.Grace = 10
	}
	return o
}
