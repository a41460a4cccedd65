package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"

	"tandem/provisioning"
)

// OpenAPIVersion is a version of the language that APIs are described in.
type OpenAPIVersion string

// The versions that we write.
const (
	OpenAPI31 OpenAPIVersion = "3.1"
	OpenAPI30 OpenAPIVersion = "3.0" // for tools that know no other; it has no webhooks
)

// Description is the description of the API as JSON.
func (s *Server) Description(v OpenAPIVersion) ([]byte, error) {
	text, err := json.Marshal(s.doc)
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	if v == OpenAPI31 {
		return text, nil
	}
	if text, err = s.doc.Downgrade(); err != nil {
		return nil, fmt.Errorf("describe the API in 3.0: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("describe the API in 3.0: %w", err)
	}
	delete(doc, "webhooks")
	withoutNullType(doc)
	return json.Marshal(doc)
}

// DescriptionYAML is the description of the API as YAML.
func (s *Server) DescriptionYAML(v OpenAPIVersion) ([]byte, error) {
	text, err := s.Description(v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := yaml.Convert(&out, bytes.NewReader(text)); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return out.Bytes(), nil
}

// withoutNullType writes what may be null as 3.0 does: it has no type of that name.
func withoutNullType(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range []string{"oneOf", "anyOf"} {
			kept, nullable := withoutNull(v[name])
			if !nullable {
				continue
			}
			v["nullable"] = true
			if delete(v, name); len(kept) == 1 {
				v["allOf"] = kept
			} else {
				v[name] = kept
			}
		}
		for _, one := range v {
			withoutNullType(one)
		}
	case []any:
		for _, one := range v {
			withoutNullType(one)
		}
	}
}

func withoutNull(v any) (kept []any, nullable bool) {
	list, _ := v.([]any)
	for _, one := range list {
		if m, is := one.(map[string]any); is && m["type"] == "null" {
			nullable = true
			continue
		}
		kept = append(kept, one)
	}
	return kept, nullable
}

// descriptions serves the description in each form. It is written when somebody asks for it first.
func (s *Server) descriptions() {
	for path, write := range map[string]func() ([]byte, error){
		"/openapi.json":     func() ([]byte, error) { return s.Description(OpenAPI31) },
		"/openapi.yaml":     func() ([]byte, error) { return s.DescriptionYAML(OpenAPI31) },
		"/openapi-3.0.json": func() ([]byte, error) { return s.Description(OpenAPI30) },
		"/openapi-3.0.yaml": func() ([]byte, error) { return s.DescriptionYAML(OpenAPI30) },
	} {
		kind := "application/openapi+json"
		if strings.HasSuffix(path, ".yaml") {
			kind = "application/openapi+yaml"
		}
		written := sync.OnceValues(write)
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			text, err := written()
			if err != nil {
				s.refuse(w, r, s.broken(r.Context(), "describe the API", err))
				return
			}
			digest := sha256.Sum256(text)
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("ETag", `"`+hex.EncodeToString(digest[:8])+`"`)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text)) // answers If-None-Match
		})
	}
}

// describeWebhooks describes each event as what a webhook is sent.
func (s *Server) describeWebhooks(doc *huma.OpenAPI) {
	registry := doc.Components.Schemas
	envelope := registry.Schema(reflect.TypeFor[eventObject](), true, "Event")
	doc.Webhooks = map[string]*huma.PathItem{}
	for _, t := range provisioning.EventTypes() {
		family, _, _ := strings.Cut(t, ".")
		body := &huma.Schema{AllOf: []*huma.Schema{
			envelope,
			{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
				"type": {Type: huma.TypeString, Enum: []any{t}}, "data": s.dataSchema(registry, family),
			}},
		}}
		doc.Webhooks[t] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "webhook-" + strings.ReplaceAll(t, ".", "-"), Tags: []string{"webhooks"}, Summary: t, Security: []map[string][]string{},
			Parameters: webhookHeaders(),
			RequestBody: &huma.RequestBody{
				Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body}},
			},
			Responses: map[string]*huma.Response{"2XX": {Description: "Received. Anything else is tried again later; 410 disables the webhook."}},
		}}
	}
}

func webhookHeaders() []*huma.Param {
	text := &huma.Schema{Type: huma.TypeString}
	return []*huma.Param{
		{Name: "webhook-id", In: "header", Required: true, Schema: text, Description: "The id of the event: the key against repeats."},
		{Name: "webhook-timestamp", In: "header", Required: true, Schema: text, Description: "Unix seconds; take nothing older than five minutes."},
		{Name: "webhook-signature", In: "header", Required: true, Schema: text, Description: "v1,<base64 of HMAC-SHA256(secret, id.timestamp.body)>; there can be several."},
	}
}

// dataSchema is the schema of what the events of a family are about.
func (s *Server) dataSchema(registry huma.Registry, family string) *huma.Schema {
	if family == "call" {
		return changed(registry.Schema(reflect.TypeFor[callObject](), true, "Call"), registry.Schema(reflect.TypeFor[callChange](), true, "CallChange"))
	}
	switch family {
	case "message":
		return changed(registry.Schema(reflect.TypeFor[messageObject](), true, "Message"), registry.Schema(reflect.TypeFor[messageChange](), true, "MessageChange"))
	case "conversation":
		return changed(registry.Schema(reflect.TypeFor[conversationObject](), true, "Conversation"),
			registry.Schema(reflect.TypeFor[conversationChange](), true, "ConversationChange"))
	}
	object := s.objectOf(family)
	if object == nil {
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	}
	return changed(registry.Schema(object, true, family), registry.Schema(reflect.TypeFor[recordChange](), true, "RecordChange"))
}

// changed is the schema of an object with what changed.
func changed(object, change *huma.Schema) *huma.Schema {
	return &huma.Schema{AllOf: []*huma.Schema{object, {Type: huma.TypeObject, Properties: map[string]*huma.Schema{"change": change}}}}
}
