package run

import (
	"fmt"
	"strings"
)

// ParseKnown reads a list of cases that are known to fail: an id and the reason on each line. Empty lines and lines that begin
// with # are skipped. A case that the suite does not have, or one without a reason, is an error.
func (s *Suite) ParseKnown(file string, src []byte) (map[string]string, error) {
	known := map[string]string{}
	for i, line := range strings.Split(string(src), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, _ := strings.Cut(line, " ")
		reason = strings.TrimSpace(reason)
		fail := func(format string, args ...any) error {
			return fmt.Errorf("%s:%d: %s", file, i+1, fmt.Sprintf(format, args...))
		}
		if reason == "" {
			return nil, fail("%q is known to fail, but not why: write the reason after the id", id)
		}
		c := s.Case(id)
		if c == nil {
			return nil, fail("there is no case %q", id)
		}
		if _, twice := known[c.ID]; twice {
			return nil, fail("%q stands here twice", id)
		}
		known[c.ID] = reason
	}
	return known, nil
}

// Case returns the case with an id, with or without the protocol, or nil.
func (s *Suite) Case(id string) *Case {
	for _, c := range s.Cases {
		if c.ID == id || c.ID == s.prefix()+"/"+id {
			return c
		}
	}
	return nil
}
