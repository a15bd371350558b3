package line

import (
	"strings"
	"testing"
	"time"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "hello, bob", "hello, bob"},
		{"letters", "Grüße, Владимир, 日本語", "Grüße, Владимир, 日本語"},
		{"emoji", "👩‍💻 👍🏽 ❤️", "👩‍💻 👍🏽 ❤️"},
		{"lines", "a\nb\r\nc", "a\nb\nc"},
		{"carriage return", "safe\revil", "safe␍evil"},
		{"escape", "\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"},
		{"tab", "a\tb", "a b"},
		{"nul, backspace, delete", "\x00\b\x7f", "␀␈␡"},
		{"c1", "\u009b2J\u0085", "\ufffd2J\ufffd"},
		{"bidi", "\u202eevil\u202c \u2066x\u2069 \u200f", "\ufffdevil\ufffd \ufffdx\ufffd \ufffd"},
		{"hidden", "a\u200bb\ufeffc\u00add", "a\ufffdb\ufffdc\ufffdd"},
		{"separators", "a\u2028b\u2029c", "a\ufffdb\ufffdc"},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := clean(test.in); got != test.want {
				t.Errorf("clean(%q) = %q, want %q", test.in, got, test.want)
			}
			if got := cleanWord(test.in); strings.ContainsAny(got, "\n\r\x1b") {
				t.Errorf("cleanWord(%q) = %q", test.in, got)
			}
		})
	}
}

func TestLayout(t *testing.T) {
	tests := []struct {
		name, head, text string
		width            int
		want             string
	}{
		{"short", "bob: ", "hi", 20, "bob: hi\n"},
		{"empty", "bob: ", "", 20, "bob: \n"},
		{"wraps", "bob: ", "one two three four five", 15, "bob: one two\n  three four\n  five\n"},
		{"fits exactly", "bob: ", "one two th", 15, "bob: one two th\n"},
		{"long word", "bob: ", "see https://example.org/long/path now", 15, "bob: see\n  https://example.org/long/path\n  now\n"},
		{"lines are indented", "bob: ", "a\nb\n\nc", 15, "bob: a\n  b\n  \n  c\n"},
		{"spaces are kept", "bob: ", "a  b ", 15, "bob: a  b \n"},
		{"wide", "bob: ", "日本語 日本語", 15, "bob: 日本語\n  日本語\n"},
		{"no width", "bob: ", strings.Repeat("word ", 50), 0, "bob: " + strings.Repeat("word ", 50) + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := layout(test.head, test.text, 2, test.width); got != test.want {
				t.Errorf("got\n%q, want\n%q", got, test.want)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "e\u0301": 1, "日本": 4, "한국": 4, "👍": 2, "ﬁ": 1, "Ｂ": 2} {
		if got := columns(text); got != want {
			t.Errorf("columns(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestShortTime(t *testing.T) {
	now := time.Date(2026, 3, 4, 15, 0, 0, 0, time.Local)
	tests := map[string]time.Time{
		"14:05":            now.Add(-55 * time.Minute),
		"2026-03-03 14:05": now.Add(-55*time.Minute).AddDate(0, 0, -1),
		"2025-03-04 15:00": now.AddDate(-1, 0, 0),
	}
	for want, at := range tests {
		if got := shortTime(at.UTC(), now); got != want {
			t.Errorf("shortTime(%v) = %q, want %q", at, got, want)
		}
	}
}
