package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"tandem/cmd/tandem/config"
)

// noun is a kind of thing that the API keeps in a list, as the command line shows it.
type noun struct {
	path    string   // of the list
	columns []string // of the table: the fields of an object, dots leading into it
	names   []string // fields by which people name one, beside its id
	prefix  string   // of its ids
}

// nouns are the things with commands of their own.
func nouns() map[string]noun {
	return map[string]noun{
		"user":   {"/api/v1/users", []string{"extension", "name", "email", "role", "availability", "id"}, []string{"email", "extension", "name"}, "usr_"},
		"team":   {"/api/v1/teams", []string{"name", "user_ids", "id"}, []string{"name"}, "team_"},
		"number": {"/api/v1/numbers", []string{"e164", "name", "kind", "flow", "users", "teams", "id"}, []string{"e164", "display", "name"}, "num_"},
		"trunk":  {"/api/v1/trunks", []string{"name", "status.up", "status.detail", "servers", "id"}, []string{"name"}, "trk_"},
		"operator": {
			"/api/v1/operators", []string{"name", "trunk", "attachment", "proven_clean", "probe.clean", "cards_free", "subscribers", "id"}, []string{"name"}, "op_",
		},
		"connector": {
			"/api/v1/connectors", []string{"name", "kind", "role", "status.up", "status.detail", "disabled", "id"}, []string{"name"}, "mcn_",
		},
		"message": {
			"/api/v1/messages", []string{"created_at", "direction", "channel", "from_display", "to_display", "body", "state", "reason", "id"}, nil, "msg_",
		},
		"conversation": {
			"/api/v1/conversations", []string{"last_at", "number", "contact", "peers", "status", "unread", "assignee", "last_message.body", "id"}, []string{"contact"}, "conv_",
		},
		"flow":    {"/api/v1/flows", []string{"name", "version", "has_draft", "id"}, []string{"name"}, "flow_"},
		"webhook": {"/api/v1/webhooks", []string{"name", "url", "types", "format", "disabled", "id"}, []string{"name", "url"}, "wh_"},
		"key":     {"/api/v1/api-keys", []string{"name", "hint", "scopes", "expires_at", "last_used_at", "id"}, []string{"name"}, "key_"},
	}
}

// nounOf is the noun of the command that was typed, and its word.
func nounOf(k *kong.Context) (word string, n noun) {
	word = k.Selected().Parent.Name
	return word, nouns()[word]
}

// nounOfField says what a field of a body names: "user_id" a user, "teams" teams; empty where it names nothing.
func nounOfField(field string) string {
	field = field[strings.LastIndexByte(field, '.')+1:]
	base := strings.TrimSuffix(strings.TrimSuffix(field, "_ids"), "_id")
	base = strings.TrimPrefix(strings.TrimSuffix(base, "s"), "outbound_")
	if base == field && !slices.Contains([]string{"users", "teams", "outbound_users"}, field) {
		return ""
	}
	if _, known := nouns()[base]; known {
		return base
	}
	return ""
}

// entries is a page of things, each as the API shows it.
type entries struct {
	Data       []map[string]any `json:"data"`
	NextCursor *string          `json:"next_cursor"`
}

// all lists everything of a noun, page by page, up to a limit; 0: no limit.
func (l *line) all(ctx context.Context, n noun, query url.Values, limit int) ([]map[string]any, error) {
	const most = 200
	var out []map[string]any
	for {
		size := most
		if limit > 0 {
			size = min(size, limit-len(out))
		}
		query.Set("limit", fmt.Sprint(size))
		var page entries
		if err := l.ask(ctx, "GET", n.path+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		out = append(out, page.Data...)
		if page.NextCursor == nil || (limit > 0 && len(out) >= limit) {
			return out, nil
		}
		query.Set("cursor", *page.NextCursor)
	}
}

// resolve finds the id of the thing that somebody named by its id, or as people call it.
func (l *line) resolve(ctx context.Context, word, ref string) (string, error) {
	n := nouns()[word]
	if strings.HasPrefix(ref, n.prefix) {
		return ref, nil
	}
	all, err := l.all(ctx, n, url.Values{}, 0)
	if err != nil {
		return "", err
	}
	for _, field := range n.names {
		var ids, called []string
		for _, one := range all {
			name := cell(one[field])
			called = append(called, name)
			if strings.EqualFold(name, ref) {
				ids = append(ids, cell(one["id"]))
			}
		}
		switch {
		case len(ids) == 1:
			return ids[0], nil
		case len(ids) > 1:
			return "", inputError{fmt.Errorf("%d are called %q: give the id of one: %s", len(ids), ref, strings.Join(ids, ", "))}
		case field == n.names[len(n.names)-1]:
			return "", inputError{fmt.Errorf("there is no %s %q%s", word, ref, config.Suggestion(ref, called))}
		}
	}
	return "", errors.New("nothing is named")
}

// cell is a value in a table: lists are joined, objects shown by their name.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = cell(one)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		for _, key := range []string{"name", "number_display", "id"} {
			if s, is := v[key].(string); is && s != "" {
				return s
			}
		}
		var parts []string
		for _, name := range inOrder(v) {
			if text := fieldText(name, v[name]); text != "" {
				parts = append(parts, name+"="+text)
			}
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(v)
}

// field finds a value by a path of names with dots.
func field(v map[string]any, path string) any {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return v[head]
	}
	inner, is := v[head].(map[string]any)
	if !is {
		return nil
	}
	return field(inner, rest)
}
