package line

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// verb is a command.
type verb struct {
	name    string
	args    string // as help shows them
	help    string
	aliases []string
	parse   func(r *request, rest string)
	do      action
}

// request is a command with its arguments, as a person typed it or a program wrote it.
type request struct {
	verb     *verb
	name     string
	password string
	again    string
	to       string
	text     string
	by       chat.Listing
	pattern  string
	ref      json.RawMessage
	line     int // where it stands in a pipe, from 1
}

// verbs is filled by init, because help looks at it. It is in the order of the help.
var verbs []*verb

func init() {
	verbs = []*verb{
		{"create", "NAME", "make an account; asks for its password, twice", []string{"register", "signup"}, parseName, (*app).create},
		{"login", "NAME", "log in; asks for the password", []string{"signin"}, parseName, (*app).login},
		{"send", "NAME TEXT", "send a message", []string{"msg", "tell", "say"}, parseSend, nil},
		{"to", "NAME", `talk to NAME: every line is sent; "/to" alone ends it`, []string{"talk", "chat"}, parseName, (*app).talk},
		{"list", "[PATTERN]", "list accounts: all, by wildcard (al*) or by expression (/^al/)", []string{"ls", "users", "who"}, parseList, (*app).list},
		{"delete", "NAME", "delete your account; its name confirms", nil, parseName, (*app).delete},
		{"logout", "", "log out", []string{"signout"}, parseNothing, (*app).logout},
		{"help", "", "show this", []string{"?", "h"}, parseNothing, (*app).help},
		{"exit", "", "leave", []string{"quit", "q", "bye"}, parseNothing, nil},
	}
}

func findVerb(word string) *verb {
	word = strings.ToLower(word)
	for _, v := range verbs {
		if v.name == word || slices.Contains(v.aliases, word) {
			return v
		}
	}
	return nil
}

// usageError is a command that cannot be understood; its text is a sentence for the user.
type usageError string

func (e usageError) Error() string { return string(e) }

// parse reads a line. With a partner, a line that does not begin with a slash is a message to that partner. An empty line is nil.
func parse(line, partner string) (*request, error) {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" {
		return nil, nil
	}
	rest, slash := strings.CutPrefix(trimmed, "/")
	if partner != "" && !slash {
		if v := findVerb(trimmed); v != nil && trimmed != "?" {
			return nil, usageError(fmt.Sprintf(`type "/%s" for the command; "/send %s %s" sends the word`, trimmed, partner, trimmed))
		}
		return &request{verb: findVerb("send"), to: partner, text: line}, nil
	}
	word, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimLeft(rest, " ")
	if low := strings.ToLower(word); low == "log" || low == "sign" {
		next, after, _ := strings.Cut(rest, " ")
		if v := findVerb(low + next); v != nil {
			word, rest = low+next, strings.TrimLeft(after, " ")
		}
	}
	v := findVerb(word)
	if v == nil {
		return nil, unknown(word)
	}
	r := &request{verb: v}
	v.parse(r, rest)
	return r, nil
}

func unknown(word string) error {
	shown := cleanWord(word)
	if like := nearest(strings.ToLower(word)); like != "" {
		return usageError(fmt.Sprintf("there is no command %q: did you mean %q?", shown, like))
	}
	return usageError(fmt.Sprintf("there is no command %q: type help to see them all", shown))
}

func parseNothing(*request, string)     {}
func parseName(r *request, rest string) { r.name = strings.TrimSpace(rest) }
func parseSend(r *request, rest string) { r.to, r.text, _ = strings.Cut(rest, " ") }

// parseList tells wildcards from /expressions/.
func parseList(r *request, rest string) {
	r.pattern = strings.TrimSpace(rest)
	switch expr, ok := strings.CutPrefix(r.pattern, "/"); {
	case ok:
		r.by, r.pattern = chat.ListingRegex, strings.TrimSuffix(expr, "/")
	case r.pattern != "":
		r.by = chat.ListingWildcard
	}
}

// nearest returns the name of a command that is like word, or "".
func nearest(word string) string {
	best, least := "", 3 // more than two slips are another word
	for _, v := range verbs {
		for _, name := range append([]string{v.name}, v.aliases...) {
			if d := distance(word, name); d < least && 2*d < len(name) {
				best, least = name, d
			}
		}
	}
	return best
}

// distance counts the letters to insert, drop, replace or swap to make a of b.
func distance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	two, one := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(one[j]+cost, one[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
