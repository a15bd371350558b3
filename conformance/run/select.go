package run

import (
	"path"
	"slices"
	"strings"
)

// Select returns the cases that one of the selectors matches and none of skip. A selector is an id, the beginning of one up to a
// slash, a pattern of ids (* matches within a part, ** anything), the id of a rule or its owner (SEND-3, SEND), or a level
// (MUST, SHOULD, MAY). No selectors select all. Every selector must match something.
func (s *Suite) Select(selectors, skip []string) ([]*Case, error) {
	chosen := map[*Case]bool{}
	if len(selectors) == 0 {
		for _, c := range s.Cases {
			chosen[c] = true
		}
	}
	for _, sel := range selectors {
		if err := s.each(sel, func(c *Case) { chosen[c] = true }); err != nil {
			return nil, err
		}
	}
	for _, sel := range skip {
		if err := s.each(sel, func(c *Case) { delete(chosen, c) }); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(s.Cases), func(c *Case) bool { return !chosen[c] }), nil
}

func (s *Suite) each(selector string, f func(*Case)) error {
	found := false
	for _, c := range s.Cases {
		if s.matches(selector, c) {
			found = true
			f(c)
		}
	}
	if !found {
		return s.nothing(selector)
	}
	return nil
}

func (s *Suite) matches(selector string, c *Case) bool {
	switch {
	case selector == c.ID, strings.HasPrefix(c.ID, strings.TrimSuffix(selector, "/")+"/"),
		selector == string(c.Level), slices.Contains(c.Rules, selector):
		return true
	case slices.ContainsFunc(c.Rules, func(r string) bool {
		return strings.HasPrefix(r, selector+"-") && !strings.Contains(r[len(selector)+1:], "-")
	}):
		return true
	case !strings.ContainsAny(selector, "*?["):
		// The id without the protocol is enough.
		rest := strings.TrimPrefix(c.ID, s.prefix()+"/")
		return rest == selector || strings.HasPrefix(rest, strings.TrimSuffix(selector, "/")+"/")
	}
	return glob(selector, c.ID) || glob(selector, strings.TrimPrefix(c.ID, s.prefix()+"/"))
}

// glob matches part by part; ** stands for any number of parts.
func glob(pattern, name string) bool {
	p, n := strings.Split(pattern, "/"), strings.Split(name, "/")
	return globParts(p, n)
}

func globParts(p, n []string) bool {
	if len(p) == 0 {
		return len(n) == 0
	}
	if p[0] == "**" {
		for i := range len(n) + 1 {
			if globParts(p[1:], n[i:]) {
				return true
			}
		}
		return false
	}
	if len(n) == 0 {
		return false
	}
	ok, err := path.Match(p[0], n[0])
	return err == nil && ok && globParts(p[1:], n[1:])
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
