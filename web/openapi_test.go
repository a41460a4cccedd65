package web

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tandem/provisioning"
)

// update rewrites openapi.yaml: go test ./web -run TestOpenAPI -update.
func update() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestOpenAPIFileIsWhatTheCodeSays(t *testing.T) {
	d := open(t, newOffice())
	_, got := ask(t, "GET", d.url+"/openapi.yaml", "")
	if update() {
		if err := os.WriteFile("openapi.yaml", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(want, []byte(got)) {
		return
	}
	old, now := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range min(len(old), len(now)) {
		if old[i] != now[i] {
			t.Fatalf("web/openapi.yaml is not what the code says: go test ./web -run TestOpenAPI -update\nline %d\n file %s\n code %s", i+1, old[i], now[i])
		}
	}
	t.Fatal("web/openapi.yaml is not what the code says: go test ./web -run TestOpenAPI -update")
}

// described is an operation of the description.
type described struct {
	ID          string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Tags        []string              `json:"tags"`
	Security    []map[string][]string `json:"security"`
	Parameters  []map[string]any      `json:"parameters"`
	RequestBody *struct {
		Content map[string]any `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct{ Schema map[string]any } `json:"content"`
	} `json:"responses"`

	method, path string
}

type description struct {
	OpenAPI    string
	Paths      map[string]map[string]*described
	Webhooks   map[string]map[string]*described
	Components struct{ Schemas map[string]map[string]any }
}

func (d description) operations() []*described {
	var out []*described
	for path, item := range d.Paths {
		for method, o := range item {
			o.method, o.path = strings.ToUpper(method), path
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *described) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return out
}

func describe(t *testing.T, d desk, path string) description {
	t.Helper()
	resp, text := ask(t, "GET", d.url+path, "")
	var doc description
	if err := json.Unmarshal([]byte(text), &doc); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
	return doc
}

func TestOpenAPIDescribesEveryOperationWhole(t *testing.T) {
	doc := describe(t, open(t, newOffice()), "/openapi.json")
	if doc.OpenAPI != "3.1.0" || len(doc.operations()) < 20 {
		t.Fatalf("OpenAPI %s with %d operations", doc.OpenAPI, len(doc.operations()))
	}
	for _, o := range doc.operations() {
		name := o.method + " " + o.path
		if o.ID == "" || o.Summary == "" || len(o.Tags) != 1 || o.Security == nil {
			t.Errorf("%s: id %q, summary %q, tags %v, security %v", name, o.ID, o.Summary, o.Tags, o.Security)
		}
		needed := []string{"500"}
		if len(o.Security) > 0 {
			needed = append(needed, "401", "403", "429")
		}
		for _, status := range needed {
			if o.Responses[status].Content["application/problem+json"].Schema["$ref"] != "#/components/schemas/ProblemError" {
				t.Errorf("%s: no problem is described for %s", name, status)
			}
		}
		if _, has := o.Responses["default"]; has {
			t.Errorf("%s: an answer without a status", name)
		}
		if o.method == http.MethodPatch && (o.RequestBody == nil || o.RequestBody.Content["application/merge-patch+json"] == nil) {
			t.Errorf("%s: a change that is no merge patch", name)
		}
		if o.method == http.MethodPost && len(o.Security) > 0 && !slices.ContainsFunc(o.Parameters, func(p map[string]any) bool { return p["name"] == "Idempotency-Key" }) {
			t.Errorf("%s: a POST without Idempotency-Key", name)
		}
		for _, hole := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(o.path, -1) {
			if !slices.ContainsFunc(o.Parameters, func(p map[string]any) bool { return p["name"] == hole[1] && p["in"] == "path" }) {
				t.Errorf("%s: %s is not described", name, hole[1])
			}
		}
	}
	for _, name := range provisioning.EventTypes() {
		o := doc.Webhooks[name]["post"]
		if o == nil || o.RequestBody == nil || o.Responses["2XX"].Content != nil {
			t.Errorf("webhook %s: %+v", name, o)
		}
	}
	codes, _ := doc.Components.Schemas["ProblemError"]["properties"].(map[string]any)["code"].(map[string]any)["x-codes"].(map[string]any)
	if len(codes) < 30 || codes["rate_limited"] == "" {
		t.Errorf("codes: %v", codes)
	}
}

// Everything that is referred to is there, what may be null may be so where values are listed, and each type is one that JSON Schema knows.
func TestOpenAPISchemasAreSound(t *testing.T) {
	for _, path := range []string{"/openapi.json", "/openapi-3.0.json"} {
		d := open(t, newOffice())
		_, text := ask(t, "GET", d.url+path, "")
		var doc map[string]any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		if is30 := path == "/openapi-3.0.json"; is30 != (doc["openapi"] == "3.0.3") || is30 == (doc["webhooks"] != nil) {
			t.Errorf("%s is %v", path, doc["openapi"])
		}
		walk(doc, "", func(at string, m map[string]any) { sound(t, path, doc, at, m) })
	}
}

func walk(v any, at string, f func(string, map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(at, v)
		for name, one := range v {
			walk(one, at+"/"+name, f)
		}
	case []any:
		for i, one := range v {
			walk(one, fmt.Sprint(at, "/", i), f)
		}
	}
}

func sound(t *testing.T, path string, doc map[string]any, at string, m map[string]any) {
	t.Helper()
	if ref, is := m["$ref"].(string); is {
		var to any = doc
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			in, _ := to.(map[string]any)
			to = in[part]
		}
		if to == nil {
			t.Errorf("%s: %s: %s is not there", path, at, ref)
		}
	}
	if strings.HasSuffix(at, "/properties") || strings.Contains(at, "/x-codes") {
		return // its names are those of fields
	}
	types, _ := m["type"].([]any)
	if one, is := m["type"].(string); is {
		types = []any{one}
	}
	for _, one := range types {
		known := []any{"string", "integer", "number", "boolean", "array", "object", "null", "http", "apiKey"}
		if path == "/openapi-3.0.json" {
			known = slices.DeleteFunc(known, func(k any) bool { return k == "null" })
		}
		if !slices.Contains(known, one) {
			t.Errorf("%s: %s: type %v", path, at, one)
		}
	}
	values, lists := m["enum"].([]any)
	if lists && path == "/openapi.json" && slices.Contains(types, any("null")) && !slices.Contains(values, nil) {
		t.Errorf("%s: %s may be null, but not by its values %v", path, at, values)
	}
}
