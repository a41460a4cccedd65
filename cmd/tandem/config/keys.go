package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// key is one thing that can be set.
type key struct {
	table, name string // name is the last word; table is empty at the top
	doc         string
	standard    string // its default, as text
	oneOf       []string
	secret      bool
	field       reflect.Value
}

// path is how a key is named everywhere but in the file: "sip.udp".
func (k key) path() string {
	if k.table == "" {
		return k.name
	}
	return k.table + "." + k.name
}

// variable is its environment variable: TANDEM_SIP_UDP.
func (k key) variable() string {
	return "TANDEM_" + strings.ToUpper(strings.ReplaceAll(k.path(), ".", "_"))
}

// keys lists every key of c, in the order of the reference file, with the fields that they set.
func keys(c *Config) []key { return keysOf(reflect.ValueOf(c).Elem(), "") }

func keysOf(v reflect.Value, table string) []key {
	var out []key
	for i := range v.NumField() {
		f, tag := v.Field(i), v.Type().Field(i).Tag
		if _, isKey := tag.Lookup("default"); !isKey {
			out = append(out, keysOf(f, tag.Get("toml"))...)
			continue
		}
		k := key{table: table, name: tag.Get("toml"), doc: tag.Get("doc"), standard: tag.Get("default"), field: f}
		if words := tag.Get("oneof"); words != "" {
			k.oneOf = strings.Split(words, "|")
		}
		switch f.Interface().(type) {
		case Secret, URL:
			k.secret = true
		}
		out = append(out, k)
	}
	return out
}

// tables lists the tables with what they are for.
func tables() (names []string, docs map[string]string) {
	t, docs := reflect.TypeFor[Config](), map[string]string{}
	for f := range t.Fields() {
		if _, isKey := f.Tag.Lookup("default"); !isKey {
			names = append(names, f.Tag.Get("toml"))
			docs[f.Tag.Get("toml")] = f.Tag.Get("doc")
		}
	}
	return names, docs
}

// set gives a key its value from text, as the environment, the command line and defaults have it.
func (k key) set(text string) error {
	switch p := k.field.Addr().Interface().(type) {
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a length of time, such as \"90s\", \"5m\" or \"4h\"", text)
		}
		*p = d
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not a whole number from 0 up", text)
		}
		*p = n
	case *bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*p = text == "true"
	case *string:
		if err := k.allowed(text); err != nil {
			return err
		}
		*p = text
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	default:
		return fmt.Errorf("a key of type %T cannot be set", p)
	}
	return nil
}

func (k key) allowed(text string) error {
	if len(k.oneOf) == 0 || slices.Contains(k.oneOf, text) {
		return nil
	}
	if len(k.oneOf) == 1 {
		return fmt.Errorf("%q is not possible: only %q is", text, k.oneOf[0])
	}
	return fmt.Errorf("%q is not one of %s%s", text, strings.Join(k.oneOf, ", "), Suggestion(text, k.oneOf))
}

// setTOML gives a key its value from the file, where it has a type of its own.
func (k key) setTOML(value any) error {
	switch v := value.(type) {
	case string:
		if k.field.Kind() == reflect.Int {
			return fmt.Errorf("want a number, without quotes, not %q", v)
		}
		if k.field.Kind() == reflect.Bool {
			return fmt.Errorf("want true or false, without quotes, not %q", v)
		}
		return k.set(v)
	case bool:
		if k.field.Kind() == reflect.Bool {
			return k.set(strconv.FormatBool(v))
		}
	case int64:
		if k.field.Kind() != reflect.Int {
			return fmt.Errorf("want text in quotes, such as %s, not the number %d", quoteTOML(k.example()), v)
		}
		return k.set(strconv.FormatInt(v, 10))
	case []any:
		if _, list := reflect.TypeAssert[Prefixes](k.field); !list {
			return fmt.Errorf("want text in quotes, such as %s, not a list", quoteTOML(k.example()))
		}
		words := make([]string, len(v))
		for i := range v {
			words[i] = fmt.Sprint(v[i])
		}
		return k.set(strings.Join(words, ","))
	}
	return fmt.Errorf("want text in quotes, such as %s, not %v", quoteTOML(k.example()), value)
}

// example is a value that would do.
func (k key) example() string {
	if k.standard != "" {
		return k.standard
	}
	switch k.field.Interface().(type) {
	case Listen:
		return ":5061"
	case Address:
		return "203.0.113.7"
	}
	return "…"
}

// text is the value now, as set would read it; a secret is masked.
func (k key) text() string {
	switch v := k.field.Interface().(type) {
	case time.Duration:
		return shortDuration(v)
	case fmt.Stringer:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// shortDuration writes 5m0s as 5m.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
