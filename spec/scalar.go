package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// stringOf reads a text. A plain scalar that some version of YAML takes for something else must be quoted.
func (l *loader) stringOf(n *node, path string) (string, bool) {
	if n.kind != scalar {
		l.report(n.pos, path, fmt.Sprintf("a text is wanted, %s found", describe(n)), "")
		return "", false
	}
	if n.plain && ambiguous(n.text) {
		l.report(n.pos, path, fmt.Sprintf("%s is not a text in every reading of YAML: write %q in quotes", n.text, n.text), "")
		return "", false
	}
	return n.text, true
}

var (
	decimal     = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
	hexadecimal = regexp.MustCompile(`^0x[0-9a-f]+$`)
)

// uintOf reads a number of at most max.
func (l *loader) uintOf(n *node, path string, max uint64) (uint64, bool) {
	fail := func(format string, args ...any) (uint64, bool) {
		l.report(n.pos, path, fmt.Sprintf(format, args...), "")
		return 0, false
	}
	switch {
	case n.kind != scalar || n.null:
		return fail("a number is wanted, %s found", describe(n))
	case !n.plain:
		return fail("a number is wanted: write it without quotes")
	case !decimal.MatchString(n.text) && !hexadecimal.MatchString(n.text):
		return fail("%q is no number here: write 10 or 0x0a, without sign, leading zero, point, exponent or underscore", n.text)
	}
	v, err := strconv.ParseUint(n.text, 0, 64)
	if err != nil || v > max {
		return fail("%s is too large: at most %d", n.text, max)
	}
	return v, true
}

var signed = regexp.MustCompile(`^-[1-9][0-9]*$`)

// intOf reads a number with a sign that fits into so many bytes. The result has the bits of an int64.
func (l *loader) intOf(n *node, path string, width int) (uint64, bool) {
	least := int64(-1) << (8*width - 1)
	if n.kind == scalar && n.plain && strings.HasPrefix(n.text, "-") && !signed.MatchString(n.text) {
		l.report(n.pos, path, fmt.Sprintf("%q is no number here: write -10, 10 or 0x0a", n.text), "")
		return 0, false
	}
	if n.kind != scalar || !n.plain || !signed.MatchString(n.text) {
		return l.uintOf(n, path, uint64(-(least + 1)))
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil || v < least {
		l.report(n.pos, path, fmt.Sprintf("%s is too small: at least %d", n.text, least), "")
		return 0, false
	}
	return uint64(v), true
}

// boolOf reads true or false.
func (l *loader) boolOf(n *node, path string) (v, ok bool) {
	if n.kind == scalar && n.plain && (n.text == "true" || n.text == "false") {
		return n.text == "true", true
	}
	found := describe(n)
	if n.kind == scalar {
		found = fmt.Sprintf("%q", n.text)
	}
	l.report(n.pos, path, fmt.Sprintf("true or false is wanted, %s found", found), "")
	return false, false
}

var (
	numeric = regexp.MustCompile(`^[-+]?(\.?[0-9][0-9_,:]*(\.[0-9_]*)?([eE][-+]?[0-9]*)?|0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|\.(inf|Inf|INF))$`)
	dated   = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}`)
)

// ambiguous reports whether some version of YAML, or some library, reads a plain scalar as something else than text.
func ambiguous(s string) bool {
	switch strings.ToLower(s) {
	case "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", "=", "<<":
		return true
	}
	return strings.IndexByte("+-.0123456789", s[0]) >= 0 && (numeric.MatchString(s) || dated.MatchString(s))
}

// describe says what a node is, for messages.
func describe(n *node) string {
	switch {
	case n.kind == mapping:
		return "a mapping"
	case n.kind == sequence:
		return "a list"
	case n.null:
		return "nothing"
	case n.plain && (hexadecimal.MatchString(n.text) || decimal.MatchString(n.text) || signed.MatchString(n.text)):
		return "a number"
	case n.plain && (n.text == "true" || n.text == "false"):
		return "a bool"
	}
	return "a text"
}
