package main

import (
	"fmt"
	"log/slog"

	"tandem/web"
)

// openapiCommand prints the description of the API.
type openapiCommand struct {
	Old  bool `name:"3.0" help:"As OpenAPI 3.0, for tools that do not read 3.1; it has no webhooks."`
	YAML bool `name:"yaml" help:"As YAML instead of JSON."`
}

// Run prints the description.
func (o openapiCommand) Run(c console) error {
	desk, err := web.New(web.Config{Version: version, Log: slog.New(slog.DiscardHandler)}, web.Rooms{
		Switchboard: nobody{}, Trunks: nobody{}, System: nobody{},
	})
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	describe, v := desk.Description, web.OpenAPI31
	if o.YAML {
		describe = desk.DescriptionYAML
	}
	if o.Old {
		v = web.OpenAPI30
	}
	text, err := describe(v)
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	_, err = c.out.Write(text)
	return err
}
