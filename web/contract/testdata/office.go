// Command office sets up an office with a client that was generated from the description of the API, as an administrator would on the first day, and stops at the
// first thing that is not as the description says.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"tandem/web/contract/office/client"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("the office stands")
}

// answered says whether an answer has the status that was wanted.
func answered(what string, resp *http.Response, body []byte, want int) error {
	if resp.StatusCode != want {
		return fmt.Errorf("%s: %s, not %d: %s", what, resp.Status, want, body)
	}
	return nil
}

// day carries what one step makes to the next.
type day struct {
	*client.ClientWithResponses

	alice, bruno, team, flow, line, mobile string
}

func run(ctx context.Context, address, key string) error {
	c, err := client.NewClientWithResponses(address, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	}))
	if err != nil {
		return err
	}
	d := &day{ClientWithResponses: c}
	for _, step := range []func(context.Context) error{d.account, d.people, d.lines, d.schedule, d.publish, d.direct, d.programs, d.mistakes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *day) account(ctx context.Context) error {
	site := "[[accounts]]\nname = \"Papeterie Roche\"\nlanguage = \"fr\"\ncountry = \"FR\"\n"
	r, err := d.ApplySiteWithBodyWithResponse(ctx, &client.ApplySiteParams{}, "application/toml", strings.NewReader(site))
	if err != nil {
		return err
	}
	return answered("make the account", r.HTTPResponse, r.Body, http.StatusOK)
}

func (d *day) people(ctx context.Context) error {
	for name, id := range map[string]*string{"Alice": &d.alice, "Bruno": &d.bruno} {
		r, err := d.CreateUserWithResponse(ctx, &client.CreateUserParams{}, client.UserCreate{Name: name, Email: strings.ToLower(name) + "@papeterie.example"})
		if err != nil {
			return err
		}
		if err := answered("make "+name, r.HTTPResponse, r.Body, http.StatusCreated); err != nil {
			return err
		}
		if len(r.JSON201.Extension) != 3 {
			return fmt.Errorf("%s has the extension %q", name, r.JSON201.Extension)
		}
		*id = r.JSON201.Id
	}
	r, err := d.CreateTeamWithResponse(ctx, &client.CreateTeamParams{}, client.TeamCreate{Name: "Ventes", UserIds: &[]string{d.alice, d.bruno}})
	if err != nil {
		return err
	}
	if err := answered("make a team", r.HTTPResponse, r.Body, http.StatusCreated); err != nil {
		return err
	}
	d.team = r.JSON201.Id
	return nil
}

func (d *day) lines(ctx context.Context) error {
	for number, id := range map[string]*string{"+33199004400": &d.line, "+33639980044": &d.mobile} {
		r, err := d.CreateNumberWithResponse(ctx, &client.CreateNumberParams{}, client.NumberCreate{E164: number})
		if err != nil {
			return err
		}
		if err := answered("make "+number, r.HTTPResponse, r.Body, http.StatusCreated); err != nil {
			return err
		}
		*id = r.JSON201.Id
	}
	r, err := d.SetNumberAssignmentsWithResponse(ctx, d.line, &client.SetNumberAssignmentsParams{}, client.Assignments{
		Users: &[]string{}, Teams: &[]string{d.team}, OutboundUsers: &[]string{d.bruno},
	})
	if err != nil {
		return err
	}
	return answered("assign the line", r.HTTPResponse, r.Body, http.StatusOK)
}

func (d *day) schedule(ctx context.Context) error {
	holidays := "FR"
	r, err := d.CreateSpecialDateWithResponse(ctx, &client.CreateSpecialDateParams{}, client.SpecialDateCreate{Name: "Jours fériés", Holidays: &holidays})
	if err != nil {
		return err
	}
	return answered("make a special date", r.HTTPResponse, r.Body, http.StatusCreated)
}

// publish begins a flow with a document, publishes it and gives it to the line.
func (d *day) publish(ctx context.Context) error {
	document := map[string]any{
		"schema": "flow/v1", "name": "Accueil", "start": "ring", "nodes": []any{
			map[string]any{
				"id": "ring", "type": "ring_to", "config": map[string]any{"target": map[string]any{"team": d.team}, "ring_for_seconds": 30},
				"next": map[string]any{"unanswered": "box"},
			},
			map[string]any{"id": "box", "type": "voicemail", "config": map[string]any{}},
		},
	}
	r, err := d.CreateFlowWithResponse(ctx, &client.CreateFlowParams{}, client.FlowCreate{Document: &document})
	if err != nil {
		return err
	}
	if err := answered("make a flow", r.HTTPResponse, r.Body, http.StatusCreated); err != nil {
		return err
	}
	d.flow = r.JSON201.Id
	p, err := d.PublishFlowWithResponse(ctx, d.flow, &client.PublishFlowParams{}, client.PublishRequestBody{})
	if err != nil {
		return err
	}
	if err := answered("publish it", p.HTTPResponse, p.Body, http.StatusOK); err != nil {
		return err
	}
	s, err := d.SetNumberFlowWithResponse(ctx, d.line, &client.SetNumberFlowParams{}, client.SetFlowRequestBody{FlowId: d.flow})
	if err != nil {
		return err
	}
	return answered("give it to the line", s.HTTPResponse, s.Body, http.StatusOK)
}

func (d *day) direct(ctx context.Context) error {
	now := true
	r, err := d.ConvertToDirectWithResponse(ctx, d.mobile, &client.ConvertToDirectParams{}, client.ConvertRequestBody{UserId: &d.alice, Publish: &now})
	if err != nil {
		return err
	}
	if err := answered("make the mobile direct", r.HTTPResponse, r.Body, http.StatusOK); err != nil {
		return err
	}
	n, err := d.GetNumberWithResponse(ctx, d.mobile)
	if err != nil {
		return err
	}
	if n.JSON200 == nil || n.JSON200.Kind != "direct" {
		return fmt.Errorf("the mobile is not direct: %s", n.Body)
	}
	return nil
}

func (d *day) programs(ctx context.Context) error {
	k, err := d.CreateApiKeyWithResponse(ctx, &client.CreateApiKeyParams{}, client.KeyCreate{Name: "CRM", Scopes: &[]string{"calls:read"}})
	if err != nil {
		return err
	}
	if err := answered("make a key", k.HTTPResponse, k.Body, http.StatusCreated); err != nil {
		return err
	}
	w, err := d.CreateWebhookWithResponse(ctx, &client.CreateWebhookParams{}, client.WebhookCreate{
		Name: "CRM", Url: "https://crm.example/hooks", Types: &[]string{"call.*"},
	})
	if err != nil {
		return err
	}
	return answered("make a webhook", w.HTTPResponse, w.Body, http.StatusCreated)
}

// mistakes are refused as the description says: with a problem that has a code and names the field.
func (d *day) mistakes(ctx context.Context) error {
	taken := "112"
	r, err := d.CreateUserWithResponse(ctx, &client.CreateUserParams{}, client.UserCreate{Name: "Chloé", Email: "chloe@papeterie.example", Extension: &taken})
	if err != nil {
		return err
	}
	p := r.ApplicationproblemJSON422
	if p == nil || p.Code == "" || p.Errors == nil || len(*p.Errors) == 0 || !bytes.Contains(r.Body, []byte("extension")) {
		return fmt.Errorf("an emergency number as an extension: %s %s", r.HTTPResponse.Status, r.Body)
	}
	return nil
}
