package conformance

import (
	"fmt"
	"regexp"
)

// Values that differ from run to run: what was made up, and large numbers.
var (
	madeUp   = regexp.MustCompile(`-[0-9a-z]{8}\b`)
	longHex  = regexp.MustCompile(`\b0x[0-9a-f]{6,}`)
	numerals = regexp.MustCompile(`\b[0-9]{5,}\b`)
)

// steady replaces by dots what differs from run to run.
func steady(s string) string {
	s = madeUp.ReplaceAllString(s, "-…")
	s = longHex.ReplaceAllString(s, "0x…")
	return numerals.ReplaceAllString(s, "…")
}

// Signature says in a line in what way a case failed, the same in every run in which it fails so.
func (f *Finding) Signature() string {
	s := string(f.Kind)
	if f.Request != "" {
		s += " " + f.Request
	}
	if f.Kind == KindDeath {
		return s // whatever was expected
	}
	return fmt.Sprintf("%s: %s, got %s", s, steady(f.Expected), steady(f.Got))
}

// Cause is the key by which findings are grouped: two findings of one cause are most likely one fault.
func (f *Finding) Cause() string {
	if f.Fault != "" && f.Kind != KindDeath {
		return f.Fault
	}
	return f.Signature()
}
