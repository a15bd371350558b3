package server

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

func TestWildcard(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"al*", "alice", true},
		{"AL*", "alice", true},
		{"al*", "mallory", false},
		{"*al*", "mallory", true},
		{"a?ice", "alice", true},
		{"a?ice", "aice", false},
		{"?", "ë", true},
		{"zo?", "zoë", true},
		{"ZOË", "zoë", true},
		{"zoe\u0308", "zoë", true},
		{"*ë", "zoë", true},
		{"Σ*", "σίσυφος", true},
		{`\a\*`, "a*", true},
		{`\?`, "x", false},
		{`\\`, `\`, true},
		{"a.c", "abc", false},
		{"a*b*c", "aXbXbXc", true},
		{"a*b*c", "aXbXbX", false},
		{"***a***", "bab", true},
		{"a*?", "a", false},
		{strings.Repeat("a*", 120) + "b", strings.Repeat("a", 50), false},
	}
	for _, tt := range tests {
		p, err := parseWildcard(tt.pattern)
		if err != nil {
			t.Errorf("parseWildcard(%q): %v", tt.pattern, err)
			continue
		}
		if got := p.match(tt.name); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.name, got)
		}
		if tt.want && !strings.HasPrefix(tt.name, p.prefix) {
			t.Errorf("%q matches %q, but has the prefix %q", tt.pattern, tt.name, p.prefix)
		}
	}
	for _, bad := range []string{`\`, `al\`, `\\\`} {
		if _, err := parseWildcard(bad); err == nil {
			t.Errorf("parseWildcard(%q) took it", bad)
		}
	}
	if p, _ := parseWildcard(`A\l?x`); p.prefix != "al" {
		t.Errorf("prefix = %q, want %q", p.prefix, "al")
	}
}

func TestExpression(t *testing.T) {
	fifty := strings.Repeat("a", 50)
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"", "x", true},
		{"lic", "alice", true},
		{"LIC", "alice", true},
		{"^lic", "alice", false},
		{"^al", "alice", true},
		{"ce$", "alice", true},
		{"^$", "alice", false},
		{"a.i", "alice", true},
		{"a..i", "alice", false},
		{"[x-zal]l", "alice", true},
		{"[A-B]l", "alice", true},
		{"^[^A]", "alice", false},
		{"[^a]", "aaa", false},
		{`\d`, "bob2", true},
		{`^\D+$`, "bob2", false},
		{`^\w+$`, "bob_2", true},
		{`\W`, "bob-2", true},
		{`[\d_]$`, "bob_", true},
		{`[^\d]$`, "bob2", false},
		{`[\W]`, "bob-", true},
		{`\.`, "bob", false},
		{`\.`, "b.b", true},
		{`\-\_\\?`, "a-_", true},
		{`[a\-z]`, "-", true},
		{`[a-]`, "-", true},
		{`[-a]`, "-", true},
		{"bob|alice", "alice", true},
		{"^(bob|al)$", "alice", false},
		{"^(?:bob|al)ice$", "alice", true},
		{"^(|x)y$", "y", true},
		{"^a*$", "", true},
		{"^a+$", "", false},
		{"^ab?$", "ab", true},
		{"^a{3}$", "aaa", true},
		{"^a{3}$", "aaaa", false},
		{"^a{2,}$", "aaaa", true},
		{"^a{2,3}$", "aaaa", false},
		{"^a{0}$", "", true},
		{"^a{50}$", fifty, true},
		{"^a{51}$", fifty, false},
		{"^(aa){25}$", fifty, true},
		{"^(aaa){1,100}$", fifty, false},
		{"((a{100}){100}){100}", fifty, false},
		{"^((a{0,100}){100}){100}$", fifty, true},
		{"(a*)*(a*)*(a*)*b", fifty, false},
		{"^(a|aa)+$", fifty, true},
		{"(x+x+)+y", strings.Repeat("x", 50), false},
		{"(^a|b){2}", "ab", true},
		{"Ë", "zoë", true},
		{"[à-ö]", "zoë", true},
		{"e\u0308", "zoë", true},
		{"Σ", "ς", true},
		{"(a)(b)", "ab", true},
		{"[[]", "[", true},
	}
	for _, tt := range tests {
		p, err := parseExpression(tt.pattern)
		if err != nil {
			t.Errorf("parseExpression(%q): %v", tt.pattern, err)
			continue
		}
		if got := p.match(tt.name); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.name, got)
		}
	}
}

func TestExpressionRefuses(t *testing.T) {
	for _, bad := range []string{
		`\`, `a\`, `(`, `)`, `a)`, `(a`, `((a)`, `[`, `[]`, `[^]`, `[a`, `[]a]`, `[z-a]`, `[a-\d]`, `[\d-z]`, `[[:alpha:]]`, `[[.a.]]`, `[[=a=]]`,
		`*`, `+a`, `?`, `|*`, `(*)`, `a**`, `a+*`, `a??`, `a*?`, `a+?`, `a++`, `a{2}{3}`, `a{2}?`, `{2}`, `a{`, `a{}`, `a{,3}`, `a{x}`, `a{2`, `a{2,`, `a{3,2}`,
		`a{101}`, `a{1,101}`, `a{99999999999999999999}`, `a{-1}`, `a{01}`, `a{00}`, `a}`, `a]`,
		`(?i)a`, `(?P<n>a)`, `(?<n>a)`, `(?=a)`, `(?!a)`, `(?<=a)`, `(?>a)`, `(?#c)`, `(?`, `\1`, `\b`, `\B`, `\A`, `\z`, `\n`, `\t`, `\x41`, `\pL`, `\Qa\E`, `\ä`, `[\b]`, `[a\`,
	} {
		if _, err := parseExpression(bad); err == nil {
			t.Errorf("parseExpression(%q) took it", bad)
		} else if msg := err.Error(); len(msg) > 200 || strings.ToLower(msg[:1]) != msg[:1] {
			t.Errorf("parseExpression(%q): %s", bad, msg)
		}
	}
}

// The worst expressions take little work for the longest name.
func TestExpressionSteps(t *testing.T) {
	name := strings.Repeat("a", maxName)
	for _, hostile := range []string{
		strings.Repeat("(a*)*", 51),
		strings.Repeat("(", 40) + "a" + strings.Repeat("*)", 40) + "*b",
		strings.Repeat("(", 40) + "a" + strings.Repeat("{9})", 40) + "{100}",
		strings.Repeat("(|a){50}", 32),
		strings.Repeat("(a|aa|aaa){100}", 17),
	} {
		p, err := parseExpression(hostile)
		if err != nil {
			t.Fatalf("%q: %v", hostile, err)
		}
		p.match(name)
		if got := p.steps(); got > 2_000_000 {
			t.Errorf("%q: %d steps", hostile, got)
		}
	}
}

// What is in the subset means the same as it does to the standard library.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{"a|b", "^a+$", "(a*)*b", "[^a-c]x{2,3}", `\w\.\d`, "(?:a|)b?", "(^a|b){2}", "[[]", "a{0,5}{"} {
		f.Add(s, "alice")
		f.Add(s, "aab.2")
	}
	f.Fuzz(func(t *testing.T, s, name string) {
		if len(s) > 256 || !isASCII(s) || !isASCII(name) || len(name) > maxName {
			return
		}
		name = strings.ToLower(name)
		p, err := parseExpression(s)
		if err != nil {
			return
		}
		re, err := regexp.Compile("(?i)" + s)
		if err != nil {
			if se, ok := err.(*syntax.Error); ok && (se.Code == syntax.ErrInvalidRepeatSize || se.Code == syntax.ErrLarge || se.Code == syntax.ErrNestingDepth) {
				return
			}
			t.Fatalf("parseExpression took %q, which is wrong: %v", s, err)
		}
		if got, want := p.match(name), re.MatchString(name); got != want {
			t.Errorf("%q matches %q: %v, want %v", s, name, got, want)
		}
	})
}
