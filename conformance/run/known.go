package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Known is a list of failures that are known, as a file:
//
//	# Comments and empty lines stay where they are.
//	chat/list/regex-subset  "mismatch LIST: ERROR BAD_PATTERN, got ACCOUNTS"  we take all of RE2
//	chat/frame/*            "timeout*"  until=2027-03-31 flaky  the old box is slow
//
// On each line: an id or a pattern of ids as selectors have it; the signature of the failure as a Go string, in which * stands for
// anything; a day until which it holds, that day included; flaky, if the case may also pass; why.
type Known struct {
	File    string
	Entries []*Entry

	tail []string // comments after the last entry
}

// An Entry is a failure that is known.
type Entry struct {
	Line      int // of the file, 1-based; 0 if it is new
	ID        string
	Signature string
	Until     time.Time // zero: for ever
	Flaky     bool
	Reason    string

	above []string // comments and empty lines before it
}

const knownShape = `write ID "SIGNATURE" [until=YYYY-MM-DD] [flaky] REASON`

// ParseKnown reads a list of known failures. Entries that select no case are not errors: Apply tells of them.
func ParseKnown(file string, src []byte) (*Known, error) {
	k := &Known{File: file}
	at := map[string]int{}
	for i, line := range strings.Split(strings.TrimSuffix(string(src), "\n"), "\n") {
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(text, "#") {
			k.tail = append(k.tail, text)
			continue
		}
		e, err := parseEntry(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		if before, twice := at[e.ID]; twice {
			return nil, fmt.Errorf("%s:%d: %q stands in line %d already", file, i+1, e.ID, before)
		}
		at[e.ID] = i + 1
		e.Line, e.above, k.tail = i+1, k.tail, nil
		k.Entries = append(k.Entries, e)
	}
	if len(src) == 0 {
		k.tail = nil
	}
	return k, nil
}

func parseEntry(text string) (*Entry, error) {
	id, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	e := &Entry{ID: id}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil || quoted[0] != '"' {
		return nil, fmt.Errorf("%q has no signature: %s (--update-known writes it)", id, knownShape)
	}
	e.Signature, _ = strconv.Unquote(quoted)
	rest = rest[len(quoted):]
	for {
		word, after, _ := strings.Cut(strings.TrimSpace(rest), " ")
		day, dated := strings.CutPrefix(word, "until=")
		switch {
		case dated:
			if e.Until, err = time.Parse(time.DateOnly, day); err != nil {
				return nil, fmt.Errorf("until=%s is no day: write until=YYYY-MM-DD", day)
			}
		case word == "flaky":
			e.Flaky = true
		default:
			if e.Reason = strings.TrimSpace(rest); e.Reason == "" {
				return nil, fmt.Errorf("%q is known to fail, but not why: %s", id, knownShape)
			}
			return e, nil
		}
		rest = after
	}
}

// Bytes returns the list as a file, sorted by id. Comments go with the entry below them; those at the top of the file, up to an empty
// line, stay there.
func (k *Known) Bytes() []byte {
	var top []string
	entries := slices.Clone(k.Entries)
	if len(entries) > 0 {
		first := *entries[0]
		if i := slices.Index(first.above, ""); i >= 0 {
			top, first.above = first.above[:i+1], first.above[i+1:]
			entries[0] = &first
		}
	}
	slices.SortStableFunc(entries, func(a, b *Entry) int { return strings.Compare(a.ID, b.ID) })
	lines := slices.Clone(top)
	for _, e := range entries {
		lines = append(append(lines, e.above...), e.String())
	}
	lines = append(lines, k.tail...)
	if len(lines) == 0 {
		return nil
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// String returns the entry as a line.
func (e *Entry) String() string {
	s := fmt.Sprintf("%s  %q", e.ID, e.Signature)
	if !e.Until.IsZero() {
		s += " until=" + e.Until.Format(time.DateOnly)
	}
	if e.Flaky {
		s += " flaky"
	}
	return s + "  " + e.Reason
}

// expired reports whether the entry does not hold any more on the day of now.
func (e *Entry) expired(now time.Time) bool {
	return !e.Until.IsZero() && now.Format(time.DateOnly) > e.Until.Format(time.DateOnly)
}

// is reports whether a failure has the signature of the entry.
func (e *Entry) is(signature string) bool { return like(e.Signature, signature) }

// like matches a pattern in which * stands for any text.
func like(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[last])
}
