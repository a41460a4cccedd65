package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tandem/provisioning"
	"tandem/routing"
)

// busy is an office whose users have devices, numbers and a team.
type busy struct{ *office }

func (b busy) Snapshot() *routing.Snapshot {
	s := b.office.Snapshot()
	s.Users["usr_1"].Account = "acc_1"
	s.Users["usr_1"].Devices = []*routing.Device{{ID: "dev_app", User: "usr_1", Kind: routing.App}, {ID: "dev_desk", User: "usr_1", Kind: routing.SIPPhone}}
	s.Users["usr_2"] = &routing.User{ID: "usr_2", Account: "acc_1", Name: "Bruno"}
	s.Users["usr_9"] = &routing.User{ID: "usr_9", Account: "acc_9", Name: "Stranger"}
	s.Teams = map[routing.TeamID]*routing.Team{"team_1": {ID: "team_1", Account: "acc_1", Users: []routing.UserID{"usr_1"}}}
	s.Numbers = map[routing.E164]*routing.Number{
		"+33199001234": {ID: "num_1", Account: "acc_1", E164: "+33199001234", Users: []routing.UserID{"usr_1"}},
		"+33639980007": {
			ID: "num_esim", Account: "acc_1", E164: "+33639980007", Kind: routing.Direct, Users: []routing.UserID{"usr_1"},
			Mobile: &routing.Mobile{Operator: "op_gone", User: "usr_1", Active: true},
		},
		"+33639980008": {
			ID: "num_live", Account: "acc_1", E164: "+33639980008", Kind: routing.Direct, Users: []routing.UserID{"usr_1"},
			Mobile: &routing.Mobile{Operator: "op_1", User: "usr_1", Active: true},
		},
		"+33199005678": {ID: "num_team", Account: "acc_1", E164: "+33199005678", Teams: []routing.TeamID{"team_1"}},
		"+33199009999": {ID: "num_other", Account: "acc_1", E164: "+33199009999", Users: []routing.UserID{"usr_2"}},
		"+33199000000": {ID: "num_foreign", Account: "acc_9", E164: "+33199000000"},
	}
	s.Operators = map[routing.OperatorID]*routing.Operator{"op_1": {ID: "op_1"}}
	return s
}

func openBusy(t *testing.T) (*office, desk) {
	t.Helper()
	o := newOffice()
	d := open(t, o)
	d.rooms.Directory = busy{o}
	return o, d
}

// starts asks for a call and gives the status and the problem.
func (d desk) starts(body string) (int, ProblemError) {
	d.t.Helper()
	resp, text := ask(d.t, "POST", d.url+"/api/v1/calls", body, withKey, "Content-Type: application/json")
	var p ProblemError
	if resp.StatusCode >= http.StatusBadRequest {
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Title == "" || strings.HasPrefix(p.Title, "problem.") {
			d.t.Errorf("%s: no problem in words: %s", body, text)
		}
	}
	return resp.StatusCode, p
}

func TestSpec_E5_TheAPIAsksWhichWayACallOfTheAppGoes(t *testing.T) {
	o, d := openBusy(t)
	for _, device := range []string{"app", "dev_app"} {
		o.started = routing.Start{}
		status, p := d.starts(`{"user_id":"usr_1","to":"+33639980101","number_id":"num_esim","device":"` + device + `"}`)
		if status != 422 || p.Code != "call_path_required" || !slices.Equal(p.Choices, []string{"native", "voip"}) || p.Errors[0].Row != "E5" || o.started.To != "" {
			t.Errorf("%s: %d %+v, started %+v", device, status, p, o.started)
		}
	}
	o.shown = busy{o}.Snapshot().Numbers["+33639980007"] // Her own choice is the eSIM's number.
	if status, p := d.starts(`{"user_id":"usr_1","to":"+33639980101","device":"app"}`); status != 422 || p.Code != "call_path_required" {
		t.Errorf("with her own choice: %d %+v", status, p)
	}
	if status, _ := d.starts(`{"user_id":"usr_1","to":"+33639980101","number_id":"num_esim","device":"app","via":"voip"}`); status != 201 || o.started.Kind != routing.App || o.started.Show != "num_esim" {
		t.Errorf("by the App: %d, %+v", status, o.started)
	}
	if status, p := d.starts(`{"user_id":"usr_1","to":"+33639980101","number_id":"num_esim","device":"app","via":"native"}`); status != 409 || p.Code != "core_not_connected" {
		t.Errorf("by the native dialler of nobody's core: %d %+v", status, p)
	}
	if status, p := d.starts(`{"user_id":"usr_1","to":"+33639980101","number_id":"num_live","device":"app","via":"native"}`); status != 201 || o.started.Kind != routing.Native ||
		o.started.Show != "num_live" || o.started.Device != "" {
		t.Errorf("by the native dialler: %d %+v, started %+v", status, p, o.started)
	}
	if status, p := d.starts(`{"user_id":"usr_1","to":"+33639980101","number_id":"num_1","device":"app","via":"native"}`); status != 422 || p.Code != "no_esim" {
		t.Errorf("a number without an eSIM: %d %+v", status, p)
	}
}

func TestSpec_E14_AnyOtherCallerIDIsPlacedWithoutAQuestion(t *testing.T) {
	o, d := openBusy(t)
	if status, p := d.starts(`{"user_id":"usr_1","to":"+33639980101","from":"0199001234","device":"app"}`); status != 201 || o.started.Show != "num_1" {
		t.Errorf("%d %+v, started %+v", status, p, o.started)
	}
}

func TestSpec_O1_O2_O11_WhatStartsACall(t *testing.T) {
	o, d := openBusy(t)
	status, p := d.starts(`{"user_id":"usr_1","to":"202","device":"dev_desk","custom":{"ticket":"42"}}`)
	if status != 201 || o.started.User != "usr_1" || o.started.Device != "dev_desk" || o.started.Show != "" || o.started.Custom["ticket"] != "42" {
		t.Errorf("%d %+v, started %+v", status, p, o.started)
	}
	if status, _ = d.starts(`{"number_id":"num_esim","to":"202"}`); status != 201 || o.started.User != "usr_1" {
		t.Errorf("a direct number says who calls: %d, %+v", status, o.started)
	}
	for _, row := range []struct {
		name, body, code, location string
		says                       error
		status                     int
	}{
		{"nobody calls", `{"to":"202"}`, "caller_needed", "body.user_id", nil, 422},
		{"a stranger", `{"user_id":"usr_0","to":"202"}`, "not_found", "", nil, 404},
		{"no number of that id", `{"user_id":"usr_1","to":"202","number_id":"num_0"}`, "caller_id_refused", "body.number_id", nil, 422},
		{"no such number", `{"user_id":"usr_1","to":"202","from":"+33100000000"}`, "caller_id_refused", "body.from", nil, 422},
		{"another account's number", `{"user_id":"usr_1","to":"202","number_id":"num_foreign"}`, "not_found", "", nil, 404},
		{"no tag", `{"user_id":"usr_1","to":"","number_id":"num_1"}`, "invalid_request", "body.to", nil, 422},
		{"nothing to call", `{"user_id":"usr_1"}`, "invalid_request", "body", nil, 422},
		{"another way", `{"user_id":"usr_1","to":"202","via":"pigeon"}`, "invalid_request", "body.via", nil, 422},
		{"an unknown field", `{"user_id":"usr_1","to":"202","colour":"red"}`, "invalid_request", "body.colour", nil, 422},
		{"a long variable", `{"user_id":"usr_1","to":"202","custom":{"a":"` + strings.Repeat("x", 513) + `"}}`, "custom_long", "body.custom", nil, 422},
		{"O1", `{"user_id":"usr_1","to":"202"}`, "caller_id_refused", "body.number_id", &routing.StartError{Code: "caller_id_refused", Row: "O1", Field: "show", Text: "no"}, 422},
		{"no extension", `{"user_id":"usr_1","to":"299"}`, "extension_unknown", "body.to", &routing.StartError{Code: "extension_unknown", Field: "to", Text: "no"}, 422},
		{"no phone", `{"user_id":"usr_1","to":"202"}`, "user_unreachable", "body.user_id", &routing.StartError{Code: "user_unreachable", Field: "user", Text: "no"}, 409},
		{"in a call", `{"user_id":"usr_1","to":"202"}`, "user_busy", "body.user_id", &routing.StartError{Code: "user_busy", Field: "user", Text: "no"}, 409},
		{"full", `{"user_id":"usr_1","to":"202"}`, "unavailable", "", &routing.StartError{Code: "no_room", Text: "no"}, 503},
	} {
		o.started, o.startErr = routing.Start{}, row.says
		status, p := d.starts(row.body)
		location := ""
		if len(p.Errors) > 0 {
			location = p.Errors[0].Location
		}
		if status != row.status || p.Code != row.code || location != row.location {
			t.Errorf("%s: %d %s at %q, want %d %s at %q", row.name, status, p.Code, location, row.status, row.code, row.location)
		}
		if row.says == nil && o.started.User != "" {
			t.Errorf("%s: it reached the switchboard", row.name)
		}
	}
}

func TestSpec_L16_WhatEachRoleSeesOfCalls(t *testing.T) {
	_, d := openBusy(t)
	of := func(number routing.NumberID, user routing.UserID) LiveCall {
		return LiveCall{Record: &routing.CallRecord{Account: "acc_1", NumberID: number, User: user}}
	}
	rung := of("num_other", "usr_2")
	rung.Users = []routing.UserID{"usr_1"}
	assigned := of("num_other", "usr_2")
	assigned.Record.AssignedTo = "usr_1"
	foreign := of("num_foreign", "usr_9")
	foreign.Record.Account = "acc_9"
	agent := identity{account: "acc_1", user: "usr_1", role: provisioning.RoleAgent}
	for _, row := range []struct {
		name string
		who  identity
		call LiveCall
		want everything
	}{
		{"an agent: their number", agent, of("num_1", ""), true},
		{"an agent: their team's number", agent, of("num_team", ""), true},
		{"an agent: their own call on another line", agent, of("num_other", "usr_1"), true},
		{"an agent: one that rings at them", agent, rung, true},
		{"an agent: one that is assigned to them", agent, assigned, true},
		{"an agent: a colleague's", agent, of("num_other", "usr_2"), false},
		{"an agent: a colleague's without a number", agent, of("", "usr_2"), false},
		{"an administrator", identity{account: "acc_1", user: "usr_2", role: provisioning.RoleAdmin}, of("num_1", ""), true},
		{"an administrator of another account", identity{account: "acc_1", user: "usr_2", role: provisioning.RoleAdmin}, foreign, false},
		{"a supervisor of the team", identity{account: "acc_1", user: "usr_2", role: provisioning.RoleSupervisor, teams: []routing.TeamID{"team_1"}}, of("num_team", ""), true},
		{"a supervisor of no team", identity{account: "acc_1", user: "usr_2", role: provisioning.RoleSupervisor}, of("num_team", ""), false},
		{"a key", identity{account: "acc_1", key: "key_1"}, of("num_1", ""), true},
		{"a key for one number", identity{account: "acc_1", key: "key_1", numbers: []routing.NumberID{"num_other"}}, of("num_1", ""), false},
		{"a key for one team", identity{account: "acc_1", key: "key_1", teams: []routing.TeamID{"team_1"}}, of("num_team", ""), true},
		{"a key for one team: a call of no number", identity{account: "acc_1", key: "key_1", teams: []routing.TeamID{"team_1"}}, of("", ""), false},
	} {
		if got := d.seesCall(row.who, row.call); got != row.want {
			t.Errorf("%s: sees it %v", row.name, got)
		}
	}
}

func TestARedirectionSaysOnePlace(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	o.live[0].Status = "in_flow"
	for body, want := range map[string]string{
		`{}`: "target_needed", `{"to":"num_1","node_id":"n1"}`: "target_needed", `{"to":"","flow_id":""}`: "target_needed",
	} {
		if status, code := d.act("call_3", "redirect", body); status != 422 || code != want {
			t.Errorf("%s: %d %s", body, status, code)
		}
	}
	if status, _ := d.act("call_3", "redirect", `{"node_id":"n4"}`); status != 204 || o.ordered != (routing.Redirect{Node: "n4"}) {
		t.Errorf("another node: %d, %#v", status, o.ordered)
	}
	for body, want := range map[string]routing.Command{
		`{"to_user":"usr_2"}`: routing.Transfer{User: "usr_2"}, `{"to_team":"team_1"}`: routing.Transfer{Team: "team_1"},
	} {
		if status, _ := d.act("call_3", "transfer", body); status != 204 || o.ordered != want {
			t.Errorf("%s: %d, %#v", body, status, o.ordered)
		}
	}
	if status, code := d.act("call_3", "transfer", `{"to":"202","to_user":"usr_2"}`); status != 422 || code != "target_needed" {
		t.Errorf("two targets: %d %s", status, code)
	}
}
