package web

import (
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// apiVersion is the version of the API: it changes with what programs must know, not with every build.
const apiVersion = "2026-11-01"

// securitySchemes are the ways to prove who one is.
func (s *Server) securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: "An API key; it is also taken as the password of HTTP Basic, with any name."},
		"session": {Type: "apiKey", In: "cookie", Name: s.cookieName(), Description: "The session of a person, from POST /api/v1/session."},
	}
}

// operations lists the operations of a path by their method.
func operations(p *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{
		http.MethodGet: p.Get, http.MethodPost: p.Post, http.MethodPut: p.Put, http.MethodPatch: p.Patch, http.MethodDelete: p.Delete,
	}
	for method, o := range all {
		if o == nil {
			delete(all, method)
		}
	}
	return all
}

// describe finishes the description once everything is mounted.
func (s *Server) describe(doc *huma.OpenAPI) {
	for path, item := range doc.Paths {
		for method, o := range operations(item) {
			if _, open := o.Metadata[metaOpen]; open {
				s.open[method+" "+path] = struct{}{}
			}
		}
	}
	for _, schema := range doc.Components.Schemas.Map() {
		nullInEnums(schema, map[*huma.Schema]struct{}{})
	}
}

// nullInEnums adds null to the values of what may be null: the framework leaves it out, and null would not be valid.
func nullInEnums(schema *huma.Schema, seen map[*huma.Schema]struct{}) {
	if schema == nil {
		return
	}
	if _, again := seen[schema]; again {
		return
	}
	seen[schema] = struct{}{}
	if schema.Nullable && len(schema.Enum) > 0 && !slices.Contains(schema.Enum, nil) {
		schema.Enum = append(schema.Enum, nil)
	}
	nullInEnums(schema.Items, seen)
	for _, p := range schema.Properties {
		nullInEnums(p, seen)
	}
	if extra, is := schema.AdditionalProperties.(*huma.Schema); is {
		nullInEnums(extra, seen)
	}
	for _, list := range [][]*huma.Schema{schema.OneOf, schema.AnyOf, schema.AllOf} {
		for _, one := range list {
			nullInEnums(one, seen)
		}
	}
}
