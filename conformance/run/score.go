package run

import (
	"cmp"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A Score is how many of the rules of one wish hold.
type Score struct {
	Name string // of the request, push or topic
	Wish string // what a user wants of it
	Held int    // rules of which every case passed, and at least one
	All  int    // rules that were judged; a rule whose cases were all skipped is not
	Open int    // rules that were not judged
	// Blocked are those of All of which nothing worse is known than that a prerequisite failed.
	Blocked int
}

// Rules returns the rules that bind the side that was judged.
func (r *Report) Rules() []*spec.RuleRef {
	return r.Protocol.RulesFor(cmp.Or(r.Judged, spec.FromServer))
}

// Scores returns the score for each wish, in the order of the table. The rules of a reply count for its request.
func (r *Report) Scores() []Score {
	p := r.Protocol
	order, owner := Wishes(p)
	passed, blocked, failed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, res := range r.Results {
		for _, rule := range res.Case.Rules {
			switch res.Verdict {
			case conformance.Pass, conformance.XPass:
				passed[rule] = true
			case conformance.Blocked:
				blocked[rule] = true
			case conformance.Skip:
			default:
				failed[rule] = true
			}
		}
	}
	for _, ref := range r.Rules() {
		if ref.Judge == spec.JudgeReview {
			continue
		}
		for i := range order {
			if order[i].Name != owner[ref.Owner] {
				continue
			}
			switch {
			case failed[ref.ID]:
				order[i].All++
			case blocked[ref.ID]:
				order[i].All++
				order[i].Blocked++
			case passed[ref.ID]:
				order[i].All++
				order[i].Held++
			default:
				order[i].Open++
			}
		}
	}
	var out []Score
	for _, s := range order {
		if s.All+s.Open > 0 {
			out = append(out, s)
		}
	}
	return out
}

// Wishes returns an empty score for each wish, in the order of the table, and the name of the wish that each message and topic
// counts for.
func Wishes(p *spec.Protocol) (order []Score, owner map[string]string) {
	owner = map[string]string{}
	for _, m := range p.Messages {
		if m.From == spec.FromClient {
			order = append(order, Score{Name: m.Name, Wish: m.Wish})
			owner[m.Name] = m.Name
			if m.Reply != nil && owner[m.Reply.Name] == "" {
				owner[m.Reply.Name] = m.Name
			}
		}
	}
	for _, m := range p.Messages {
		if owner[m.Name] == "" {
			order = append(order, Score{Name: m.Name, Wish: m.Wish})
			owner[m.Name] = m.Name
		}
	}
	for _, t := range p.Topics {
		order = append(order, Score{Name: t.ID, Wish: t.Title})
		owner[t.ID] = t.ID
	}
	return order, owner
}
