package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed page
var files embed.FS

// Languages that the pages and the problems speak; the first one stands in for those that they do not.
const languages = "en fr"

// catalogue is what we say, by language and by key. The pages load the same files.
type catalogue map[string]map[string]string

func readCatalogue() (catalogue, error) {
	c := catalogue{}
	for lang := range strings.FieldsSeq(languages) {
		text, err := files.ReadFile("page/i18n/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("read the words in %s: %w", lang, err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(text, &words); err != nil {
			return nil, fmt.Errorf("read the words in %s: %w", lang, err)
		}
		c[lang] = words
	}
	return c, nil
}

// say gives the sentence of a key; a key that is not there stands for itself.
func (c catalogue) say(lang, key string) string {
	if s, ok := c[lang][key]; ok {
		return s
	}
	return key
}

// language picks one of ours for an Accept-Language (RFC 9110 section 12.5.4): the first that we speak.
func language(accept string) string {
	for part := range strings.SplitSeq(accept, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if base == "en" || base == "fr" {
			return base
		}
	}
	return "en"
}
