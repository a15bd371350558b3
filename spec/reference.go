package spec

import (
	_ "embed" // for the reference of keys
	"regexp"
	"strings"
	"sync"
)

// language is the page that teaches the language and lists every key.
//
//go:embed LANGUAGE.md
var language string

// KeyDoc returns what LANGUAGE.md says of a key of an object of the language, such as a "message", in plain text. It is empty
// if there is no such key.
func KeyDoc(kind, key string) string {
	docs := reference()
	if doc, ok := docs[kind][key]; ok {
		return doc
	}
	switch kind {
	case "field", "header field", "bit", "element":
		return docs["type"][key]
	}
	return ""
}

var (
	keyRow = regexp.MustCompile("(?m)^\\| (`[a-z_`, ]*`) \\| (.*) \\|$")
	link   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// reference reads the tables of keys out of the page, by kind of object and key.
var reference = sync.OnceValue(func() map[string]map[string]string {
	docs := map[string]map[string]string{}
	for _, section := range strings.Split(language, "\n## ")[1:] {
		kind, body, _ := strings.Cut(section, "\n")
		i := strings.Index(body, "| Key |")
		if i < 0 {
			continue
		}
		docs[kind] = map[string]string{}
		for _, m := range keyRow.FindAllStringSubmatch(body[i:], -1) {
			doc := strings.ReplaceAll(link.ReplaceAllString(m[2], "$1"), "`", "")
			for _, key := range strings.Split(m[1], ", ") {
				docs[kind][strings.Trim(key, "`")] = doc
			}
		}
	}
	return docs
})
