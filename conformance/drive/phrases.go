package drive

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/script"
)

// Phrases are how a client is driven that speaks no JSON: what to write on its standard input for an action, and what lines on its
// standard output mean. [ParsePhrases] reads them.
type Phrases struct {
	file  string
	write map[string]string
	hear  []pattern
}

// A pattern says what a line means.
type pattern struct {
	event  string // "ok", "failed", or the name of an event
	action string // of ok: only if this is the oldest command
	re     *regexp.Regexp
}

// ParsePhrases reads a file of phrases. Each line is one of these; empty lines and lines that begin with # are skipped:
//
//	do ACTION TEXT           write TEXT for this action; {name} is an argument, \n a new line. Arguments that are missing are empty
//	ok [ACTION] PATTERN      a line that matches the regular expression says that the oldest command is done; with ACTION only if it is that
//	failed PATTERN           it was refused or failed; a group (?P<error>…) is the name of the error
//	message PATTERN          a message was delivered: (?P<from>…) and (?P<text>…)
//	logged_out PATTERN, ended PATTERN
//
// The first pattern that matches decides; a line that none matches says nothing. Without a phrase for sync, it is over when the results of
// the commands before it are there: less is seen then.
func ParsePhrases(file, src string) (*Phrases, error) {
	p := &Phrases{file: file, write: map[string]string{}}
	for i, line := range strings.Split(src, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	if len(p.write) == 0 {
		return nil, fmt.Errorf("%s has no phrase: write do ACTION TEXT", file)
	}
	return p, nil
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func (p *Phrases) line(line string) error {
	kind, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch kind {
	case "do":
		name, text, _ := strings.Cut(rest, " ")
		i := slices.IndexFunc(actions, func(a action) bool { return a.name == name })
		if i < 0 {
			return fmt.Errorf("there is no action %q", name)
		}
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(actions[i].args, func(w word) bool { return w.name == m[1] }) {
				return fmt.Errorf("%s has no argument %q", name, m[1])
			}
		}
		p.write[name] = strings.TrimSpace(text)
		return nil
	case "ok", "failed", "message", "logged_out", "ended":
	default:
		return fmt.Errorf("%q begins no line: there are do, ok, failed, message, logged_out and ended", kind)
	}
	h := pattern{event: kind}
	if name, after, ok := strings.Cut(rest, " "); ok && kind == "ok" && slices.ContainsFunc(actions, func(a action) bool { return a.name == name }) {
		h.action, rest = name, strings.TrimSpace(after)
	}
	re, err := regexp.Compile(rest)
	if err != nil || rest == "" {
		return fmt.Errorf("%q is no regular expression", rest)
	}
	for _, need := range map[string][]string{"message": {"from", "text"}}[kind] {
		if re.SubexpIndex(need) < 0 {
			return fmt.Errorf("a message needs a group (?P<%s>…)", need)
		}
	}
	h.re = re
	p.hear = append(p.hear, h)
	return nil
}

// lacks says why a case cannot be judged with these phrases, "" if it can.
func (p *Phrases) lacks(c *run.Case) string {
	if p == nil {
		return ""
	}
	for _, line := range c.Script.Lines() {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case strings.Contains(line, `\n`):
			return "a text of several lines cannot be told line by line"
		case words[0] == "do" && p.write[words[1]] == "":
			return p.file + " has no phrase for " + words[1]
		case words[0] == "expect-event" && !slices.ContainsFunc(p.hear, func(h pattern) bool { return h.event == words[1] }) && words[1] != "ended":
			return p.file + " does not say how " + words[1] + " is told"
		}
	}
	return ""
}

// speaker returns the dialect for one client.
func (p *Phrases) speaker() dialect { return &speaker{p: p} }

// A speaker is the dialect of phrases. It remembers which commands have no result yet.
type speaker struct {
	p  *Phrases
	mu sync.Mutex
	// open are the commands without a result, in order; a sync is over when it is the oldest.
	open []asked
}

type asked struct {
	ref    int
	action string
}

func (s *speaker) command(ref int, action string, args [][2]string) (string, error) {
	text, ok := s.p.write[action]
	if !ok {
		return "", fmt.Errorf("%s has no phrase for %s", s.p.file, action)
	}
	s.mu.Lock()
	s.open = append(s.open, asked{ref, action})
	s.mu.Unlock()
	given := map[string]string{}
	for _, a := range args {
		given[a[0]] = strings.NewReplacer("\n", " ", "\r", " ").Replace(a[1])
	}
	if _, ok := given["again"]; !ok {
		given["again"] = given["password"]
	}
	text = strings.ReplaceAll(text, `\n`, "\n")
	return placeholder.ReplaceAllStringFunc(text, func(m string) string { return given[strings.Trim(m, "{}")] }), nil
}

func (s *speaker) told(line string) (script.Told, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line = strings.TrimRight(line, "\r")
	for _, h := range s.p.hear {
		m := h.re.FindStringSubmatch(line)
		if m == nil || h.action != "" && (len(s.open) == 0 || s.open[0].action != h.action) {
			continue
		}
		t := script.Told{Event: h.event, Line: line, Partial: true, Fields: map[string]any{}}
		for i, name := range h.re.SubexpNames() {
			if name != "" {
				t.Fields[name] = m[i]
			}
		}
		if h.event == "ok" || h.event == "failed" {
			if len(s.open) == 0 {
				continue
			}
			t.Event, t.Ref, t.OK = "result", s.open[0].ref, h.event == "ok"
			t.Error, _ = t.Fields["error"].(string)
			s.open = s.open[1:]
		}
		return t, true, nil
	}
	return script.Told{}, false, nil
}
