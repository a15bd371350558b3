package spec

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, c := range []struct {
		name, line    string
		column        int
		shown, blanks string
	}{
		{"first", "abc", 1, "abc", ""},
		{"last", "abc", 3, "abc", "  "},
		{"behind the end", "abc", 9, "abc", "   "},
		{"no column", "abc", 0, "abc", ""},
		{"empty", "", 1, "", ""},
		{"tab", "\ta\tb", 4, "\ta\tb", "\t \t"},
		{"wide", "日本x", 3, "日本x", "    "},
		{"full width", "Ｂx", 2, "Ｂx", "  "},
		{"emoji", "\U0001F600x", 2, "\U0001F600x", "  "},
		{"combining", "e\u0301x", 3, "e\u0301x", " "},
		{"accent", "éx", 2, "éx", " "},
		{"control", "a\x1bb", 3, "a\uFFFDb", "  "},
		{"not UTF-8", "a\xffb", 3, "a\uFFFDb", "  "},
		{"long, at the start", long, 2, long[:120] + "…", " "},
		{"long, in the middle", long, 151, "…" + long[90:210] + "…", strings.Repeat(" ", 61)},
		{"long, at the end", long, 300, "…" + long[180:], strings.Repeat(" ", 120)},
	} {
		shown, blanks := excerpt(c.line, c.column)
		if shown != c.shown || blanks != c.blanks {
			t.Errorf("%s: %q, %q", c.name, shown, blanks)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	for s, want := range map[string]bool{
		"yes": true, "No": true, "ON": true, "off": true, "y": true, "true": true, "FALSE": true, "null": true, "~": true, "": true,
		"1": true, "010": true, "1_000": true, "0x1F": true, "0o7": true, "0b1": true, ".5": true, "5.": true, "-1": true, "+1": true,
		"1e3": true, "1.5e-3": true, ".inf": true, "-.inf": true, ".NaN": true, "12:30:45": true, "2026-01-02": true, "1,000": true,
		"a": false, "none": false, "1.0-beta": false, "example/1.0": false, "0x": true, "v1": false, "e3": false, "1st": false, "nothing": false,
	} {
		if got := ambiguous(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestCharSet(t *testing.T) {
	for text, want := range map[string]string{
		"a-c":           "abc",
		"-a":            "-a",
		"a-":            "-a",
		"+--":           "+,-",
		" -\"":          " !\"",
		"a-cx.":         ".abcx",
		`\x00-\x02\x7f`: "\x00\x01\x02\x7f",
		`\`:             `\`,
		`\xy`:           `\xy`,
	} {
		s, err := parseCharSet(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []byte
		for c := 0; c < 256; c++ {
			if s.Contains(byte(c)) {
				got = append(got, byte(c))
			}
		}
		if string(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	for _, bad := range []string{"", "c-a", "aa", "a-cb", "é", "a-é", "\t", `\x80`, `\x61a`, `a-\xff`} {
		if s, err := parseCharSet(bad); err == nil {
			t.Errorf("%q is accepted: %q", bad, s.Text)
		}
	}
}
