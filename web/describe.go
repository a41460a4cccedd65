package web

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// apiVersion is the version of the API: it changes with what programs must know, not with every build.
const apiVersion = "2026-11-01"

// aboutAPI introduces the description.
const aboutAPI = "Everything that Tandem does, for programs: its own pages use nothing else.\n\n" +
	"* Times are UTC, RFC 3339 with milliseconds; phone numbers are E.164. Ids rise with time.\n" +
	"* Lists have pages: `limit` and `cursor`, and `next_cursor` in the answer, which is null on the last page.\n" +
	"* Errors are `application/problem+json` (RFC 9457). `code` is stable; the words follow `Accept-Language` (en, fr); `errors[].location` names the field.\n" +
	"* 401: who asks is not known. 403: they are known and may not. 422: the request, or a rule of the product, which is named.\n" +
	"* Every POST takes `Idempotency-Key`: for 24 hours a repeat with the same body gets the first answer, with `Idempotency-Replayed: true`.\n" +
	"* Objects have an `ETag`; a change with `If-Match` fails with 412 when somebody else was faster.\n" +
	"* Changes are `application/merge-patch+json` (RFC 7396): what is left out stays, null clears. Unknown fields and parameters are refused.\n" +
	"* `RateLimit` and `RateLimit-Policy` on every answer say how many requests are left; 429 comes with `Retry-After`.\n" +
	"* Within v1 things are only added."

// The parts of the API, in the order in which the description shows them.
func parts() []*huma.Tag {
	return []*huma.Tag{
		{Name: "session", Description: "Who one is."},
		{Name: "me", Description: "What is one's own."},
		{Name: "calls", Description: "Calls in the log and in progress, and what can be done to them."},
		{Name: "events", Description: "What happens, as a stream and as a log."},
		{Name: "notifications", Description: "What people are told of."},
		{Name: "users", Description: "People, their extensions and their availability."},
		{Name: "teams", Description: "Users who are rung as one."},
		{Name: "numbers", Description: "Phone numbers, shared or direct."},
		{Name: "flows", Description: "What happens to callers: drafts, versions, trials."},
		{Name: "contacts", Description: "Who is known outside, tags, and numbers that are not let in."},
		{Name: "trunks", Description: "Links to carriers."},
		{Name: "operators", Description: "Mobile networks that handsets are on."},
		{Name: "connectors", Description: "Ways of messages to carriers, operators and programs."},
		{Name: "webhooks", Description: "Addresses outside that are told of events."},
		{Name: "api-keys", Description: "Keys for programs."},
		{Name: "site", Description: "The whole office as a file."},
		{Name: "system", Description: "The running program."},
	}
}

// securitySchemes are the ways to prove who one is.
func (s *Server) securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key; it is also taken as the password of HTTP Basic, with any name."},
		"session": {
			Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "The session of a person, from POST /api/v1/session. By https its name begins with __Host-.",
		},
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
	s.doc = doc
	problems := s.problemSchema(doc.Components.Schemas)
	used := map[string]struct{}{}
	seen := map[*huma.Schema]struct{}{}
	for path, item := range doc.Paths {
		for method, o := range operations(item) {
			if _, open := o.Metadata[metaOpen]; open {
				s.open[method+" "+path] = struct{}{}
			}
			for _, t := range o.Tags {
				used[t] = struct{}{}
			}
			finish(method, o, problems)
			for _, p := range o.Parameters {
				nullInEnums(p.Schema, seen)
			}
		}
	}
	s.describeWebhooks(doc)
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // the framework's, in whose place there is ours
	delete(schemas, "ErrorDetail")
	for _, schema := range schemas {
		nullInEnums(schema, seen)
	}
	doc.Tags = slices.DeleteFunc(parts(), func(t *huma.Tag) bool {
		_, has := used[t.Name]
		delete(used, t.Name)
		return !has
	})
	for name := range used {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: name})
	}
	listed := len(doc.Tags) - len(used)
	slices.SortFunc(doc.Tags[listed:], func(a, b *huma.Tag) int { return cmp.Compare(a.Name, b.Name) })
}

// finish gives an operation what all of them have.
func finish(method string, o *huma.Operation, problems *huma.Schema) {
	for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
		if _, has := o.Responses[strconv.Itoa(status)]; !has {
			o.Responses[strconv.Itoa(status)] = &huma.Response{}
		}
	}
	// The framework gives bodies five seconds, and what it sets at the connection would end the request when they are over. Ours are read before it sees
	// them, but for uploads.
	if o.BodyReadTimeout = -1; o.RequestBody != nil && o.RequestBody.Content["multipart/form-data"] != nil {
		o.BodyReadTimeout = uploadWithin
	}
	if o.RequestBody != nil {
		for _, status := range []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity} {
			if _, has := o.Responses[strconv.Itoa(status)]; !has {
				o.Responses[strconv.Itoa(status)] = &huma.Response{}
			}
		}
	}
	for name, r := range o.Responses {
		status, err := strconv.Atoi(name)
		if err != nil {
			delete(o.Responses, name) // "default", where nothing else was named
			continue
		}
		if status < http.StatusBadRequest {
			continue
		}
		r.Description = cmp.Or(r.Description, http.StatusText(status))
		r.Content = map[string]*huma.MediaType{"application/problem+json": {Schema: problems}}
	}
	if _, open := o.Metadata[metaOpen]; method == http.MethodPost && !open {
		o.Parameters = append(o.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(maxRepeatKey)},
			Description: "A name for this request: a repeat with the same name is answered as the first was, for 24 hours.",
		})
	}
}

// problemSchema is the schema of problems, with the codes that there are.
func (s *Server) problemSchema(registry huma.Registry) *huma.Schema {
	ref := registry.Schema(reflect.TypeFor[ProblemError](), true, "Problem")
	schema := registry.SchemaFromRef(ref.Ref)
	codes := map[string]string{}
	for _, code := range s.words.codes() {
		codes[code] = s.words.meaning("en", code)
	}
	schema.Properties["code"].Extensions = map[string]any{"x-codes": codes}
	return ref
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
