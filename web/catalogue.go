package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

//go:embed dist page words
var files embed.FS

// Languages that the pages and the problems speak; the first one stands in for those that they do not.
const languages = "en fr"

// catalogue is what we say, by language and by key: the words of the pages, which they load too, and those of the API, in a file for each part of it.
type catalogue map[string]map[string]string

func readCatalogue() (catalogue, error) {
	c := catalogue{}
	for lang := range strings.FieldsSeq(languages) {
		names, err := fs.Glob(files, "words/"+lang+"/*.json")
		if err != nil {
			return nil, fmt.Errorf("find the words in %s: %w", lang, err)
		}
		words := map[string]string{}
		for _, name := range append(names, "page/i18n/"+lang+".json") {
			text, err := files.ReadFile(name)
			if err == nil {
				err = json.Unmarshal(text, &words)
			}
			if err != nil {
				return nil, fmt.Errorf("read the words in %s: %w", name, err)
			}
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

// tell says what happened, for people. What is not in the catalogue is told as it is.
func (c catalogue) tell(lang string, i timelineItem) string {
	user := ""
	if i.User != nil {
		user = i.User.Name
	}
	sentence, known := c[lang][i.TextKey]
	if !known {
		words := []string{strings.ReplaceAll(i.Type, "_", " ")}
		for _, name := range slices.Sorted(maps.Keys(i.Args)) {
			words = append(words, name+" "+i.Args[name])
		}
		return strings.TrimSpace(strings.Join(words, ", ") + " " + user)
	}
	values := map[string]string{"user": user, "node": i.Node}
	for name, value := range i.Args {
		values[name] = value
		if word, known := c[lang]["word."+value]; known {
			values[name] = word
		}
	}
	return fill(sentence, values)
}
