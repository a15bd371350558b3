package run

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A Coverage says which cases judge which rule.
type Coverage struct {
	Rules   []RuleCover
	Orphans []string // rules judged on the wire, by restart or by waiting that no case names
	Strays  []string // cases that name no rule
}

// A RuleCover is a rule and the cases that name it.
type RuleCover struct {
	*spec.RuleRef
	Cases []string
}

// Cover returns the coverage of the suite. Cases that name rules which the table does not have are not even loaded.
func (s *Suite) Cover() *Coverage {
	v := &Coverage{}
	by := map[string][]string{}
	for _, c := range s.Cases {
		if len(c.Rules) == 0 && !c.Derived() { // a table need not say which rules follow from it
			v.Strays = append(v.Strays, c.ID)
		}
		for _, r := range c.Rules {
			if !slices.Contains(by[r], c.ID) {
				by[r] = append(by[r], c.ID)
			}
		}
	}
	for _, r := range s.Protocol.RulesFor(s.side()) {
		v.Rules = append(v.Rules, RuleCover{r, by[r.ID]})
		if r.Judge != spec.JudgeReview && len(by[r.ID]) == 0 {
			v.Orphans = append(v.Orphans, r.ID)
		}
	}
	return v
}
