package flow_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tandem/routing/flow"
)

// judge checks a value against the part of JSON Schema that the flow's schema uses, and fails on any other.
type judge struct {
	t    *testing.T
	defs map[string]any
}

// refuse says why a schema refuses a value; empty: it does not.
func (j *judge) refuse(schema map[string]any, v any, at string) string {
	for _, key := range slices.Sorted(maps.Keys(schema)) {
		why := ""
		switch key {
		case "$schema", "$id", "$defs", "title", "description", "default", "properties":
		case "$ref":
			name := strings.TrimPrefix(schema[key].(string), "#/$defs/")
			why = j.refuse(j.defs[name].(map[string]any), v, at)
		case "const":
			if !reflect.DeepEqual(v, schema[key]) {
				why = fmt.Sprintf("is not %v", schema[key])
			}
		case "enum":
			if !slices.ContainsFunc(schema[key].([]any), func(e any) bool { return reflect.DeepEqual(e, v) }) {
				why = fmt.Sprintf("is none of %v", schema[key])
			}
		case "oneOf":
			why = j.oneOf(schema[key].([]any), v, at)
		case "type":
			why = ofType(schema[key].(string), v)
		default:
			switch v := v.(type) {
			case string:
				why = j.text(schema, key, v)
			case float64:
				if key == "minimum" && v < schema[key].(float64) || key == "maximum" && v > schema[key].(float64) {
					why = "is out of bounds"
				}
			case []any:
				why = j.list(schema, key, v, at)
			case map[string]any:
				why = j.object(schema, key, v, at)
			}
		}
		if why != "" {
			return at + " " + why
		}
	}
	return ""
}

func (j *judge) oneOf(all []any, v any, at string) string {
	fits, why := 0, ""
	for _, each := range all {
		if no := j.refuse(each.(map[string]any), v, at); no == "" {
			fits++
		} else {
			why = no
		}
	}
	if fits != 1 {
		return fmt.Sprintf("fits %d of its kinds: %s", fits, why)
	}
	return ""
}

func ofType(name string, v any) string {
	n, isNumber := v.(float64)
	is := map[string]bool{"integer": isNumber && n == float64(int(n)), "number": isNumber}
	switch v.(type) {
	case string:
		is["string"] = true
	case bool:
		is["boolean"] = true
	case []any:
		is["array"] = true
	case map[string]any:
		is["object"] = true
	}
	if !is[name] {
		return "is no " + name
	}
	return ""
}

func (j *judge) text(schema map[string]any, key, v string) string {
	n := float64(len([]rune(v)))
	switch key {
	case "minLength":
		if n < schema[key].(float64) {
			return "is too short"
		}
	case "maxLength":
		if n > schema[key].(float64) {
			return "is too long"
		}
	case "pattern":
		if !regexp.MustCompile(schema[key].(string)).MatchString(v) {
			return "has another form"
		}
	default:
		j.t.Fatalf("unknown keyword %s", key)
	}
	return ""
}

func (j *judge) list(schema map[string]any, key string, v []any, at string) string {
	switch key {
	case "items":
		for i, each := range v {
			if why := j.refuse(schema[key].(map[string]any), each, fmt.Sprintf("%s[%d]", at, i)); why != "" {
				return why
			}
		}
	case "minItems":
		if float64(len(v)) < schema[key].(float64) {
			return "has too few items"
		}
	case "maxItems":
		if float64(len(v)) > schema[key].(float64) {
			return "has too many items"
		}
	case "uniqueItems":
		for i := range v {
			if slices.Contains(v[:i], v[i]) {
				return "has an item twice"
			}
		}
	default:
		j.t.Fatalf("unknown keyword %s", key)
	}
	return ""
}

func (j *judge) object(schema map[string]any, key string, v map[string]any, at string) string {
	properties, _ := schema["properties"].(map[string]any)
	switch key {
	case "additionalProperties":
		for name, each := range v {
			rule, known := properties[name].(map[string]any)
			if other, is := schema[key].(map[string]any); !known && is {
				rule, known = other, true
			}
			if !known {
				return "has the unknown key " + name
			}
			if why := j.refuse(rule, each, at+"."+name); why != "" {
				return why
			}
		}
	case "required":
		for _, name := range schema[key].([]any) {
			if _, has := v[name.(string)]; !has {
				return fmt.Sprintf("lacks %s", name)
			}
		}
	case "minProperties":
		if float64(len(v)) < schema[key].(float64) {
			return "is empty"
		}
	case "maxProperties":
		if float64(len(v)) > schema[key].(float64) {
			return "is too large"
		}
	default:
		j.t.Fatalf("unknown keyword %s", key)
	}
	return ""
}

func TestTheSchemaTakesWhatParseTakes(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(flow.SchemaDocument(), &schema); err != nil || schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Fatal(err)
	}
	defs, _ := schema["$defs"].(map[string]any)
	for _, k := range flow.Kinds() {
		if defs[string(k)] == nil {
			t.Errorf("the schema does not name %s", k)
		}
	}
	if len(defs) != len(flow.Kinds())+1 { // and the id of a node
		t.Error("the schema names something else", len(defs))
	}
	j := &judge{t, defs}
	say := func(document string) string {
		var v any
		if err := json.Unmarshal([]byte(document), &v); err != nil {
			t.Fatal(err)
		}
		return j.refuse(schema, v, "$")
	}
	corpus := []string{support, everyNode, text(t, parsed(t, support)), text(t, parsed(t, everyNode)), `{"nodes":[]}`, `{}`}
	for _, tpl := range flow.Templates() {
		f, err := flow.FromTemplate(tpl.ID, flow.Filling{User: "alice", Team: "support"})
		if err != nil {
			t.Fatal(err)
		}
		corpus = append(corpus, text(t, f))
	}
	for _, l := range legacies() {
		l.Open = flow.OpenByHours
		corpus = append(corpus, text(t, flow.FromLegacy(l)))
	}
	for _, document := range corpus {
		if _, err := flow.Parse([]byte(document)); err != nil {
			t.Error(err)
		}
		if why := say(document); why != "" {
			t.Errorf("%s in %s", why, document)
		}
	}
	for _, document := range []string{
		`{"nodse":[]}`, `{"schema":"flow/v2"}`, `{"nodes":[{"id":"a"}]}`, `{"nodes":[{"id":"a","type":"audio"}]}`, `{"nodes":[{"id":"a","type":"hangup","config":{"x":1}}]}`,
		`{"nodes":[{"id":"a","type":"redirect","config":{"number":"n","external":"+33199001234"}}]}`, `{"nodes":[{"id":"a","type":"ring_to","config":{"target":{}}}]}`,
		`{"nodes":[{"id":"a","type":"ivr","config":{"audio":"a","options":[{"id":"k","key":"12"}]}}]}`, `{"nodes":[{"id":"a","type":"ring_to_api"}]}`,
		`{"nodes":[{"id":"a","type":"time_rule","config":{"branches":[{"id":"b","slots":[{"days":["mon"],"from":"9h","to":"18:00"}]}]}}]}`, `{"layout":{"a":[1]}}`,
		`{"nodes":[{"id":"a","type":"set","config":{}}]}`, `{"nodes":[{"id":"a","type":"ring_to","config":{"target":{"user":"u"}},"next":{"done":"b"}}]}`,
	} {
		if _, err := flow.Parse([]byte(document)); err == nil || say(document) == "" {
			t.Errorf("%v, %q: %s", err, say(document), document)
		}
	}
}
