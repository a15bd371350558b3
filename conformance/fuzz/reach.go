package fuzz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// unknown stands for requests that no message of the table is.
const unknown = "an unknown opcode"

// A Reach says which of the answers that the table has for a request were seen.
type Reach struct {
	Request string
	Answers []Answer // those that the table has for it, in the order of the table, and then those that it has for all requests, if they were seen
}

// An Answer is a reply, "silence" or an error.
type Answer struct {
	Name  string
	Count int    // how often it was seen
	Why   string // it was not seen, and is not to be expected: a reason; "" if there is none
}

// Seen returns how many answers were seen.
func (r *Reach) Seen() int {
	n := 0
	for _, a := range r.Answers {
		if a.Count > 0 {
			n++
		}
	}
	return n
}

// Reached says for each request what was seen. Errors that may come anywhere, and those that end a connection without a word, are not
// expected of any request in particular.
func (r *Report) Reached() []Reach {
	reached := make([]Reach, 0, len(r.possible))
	for _, p := range r.possible {
		out := Reach{Request: p.Request}
		for _, a := range p.Answers {
			a.Count = r.Answers[p.Request+" "+a.Name]
			if a.Count > 0 {
				a.Why = ""
			}
			out.Answers = append(out.Answers, a)
		}
		var besides []Answer
		for key, n := range r.Answers {
			if answer, ok := strings.CutPrefix(key, p.Request+" "); ok && !slices.ContainsFunc(p.Answers, func(a Answer) bool { return a.Name == answer }) {
				besides = append(besides, Answer{Name: answer, Count: n})
			}
		}
		slices.SortFunc(besides, func(a, b Answer) int { return strings.Compare(a.Name, b.Name) })
		out.Answers = append(out.Answers, besides...)
		reached = append(reached, out)
	}
	return reached
}

// possible lists the answers that the table has for each request of a client, given the features that the server has announced.
func (r *runner) possible() []Reach {
	var list []Reach
	for _, m := range r.p.Messages {
		if m.SentBy(spec.FromClient) {
			list = append(list, r.answersTo(m))
		}
	}
	if ch := r.p.Check(spec.CheckOpcode); ch != nil && ch.Error != nil && ch.Error.React != spec.ReactClose {
		list = append(list, Reach{Request: unknown, Answers: []Answer{{Name: ch.Error.Name}}})
	}
	return list
}

// answersTo lists those to a request: success, what its breaches of the checks earn, and the errors of its own.
func (r *runner) answersTo(m *spec.Message) Reach {
	out := Reach{Request: m.Name}
	lacks := ""
	if m.Feature != nil && r.known && r.announced&(1<<m.Feature.Bit) == 0 {
		lacks = m.Feature.Name + " is not announced"
	}
	add := func(name, why string) {
		if !slices.ContainsFunc(out.Answers, func(a Answer) bool { return a.Name == name }) {
			out.Answers = append(out.Answers, Answer{Name: name, Why: why})
		}
	}
	quiet := len(m.Replies) == 0
	for _, reply := range m.Replies {
		add(reply.End.Name, lacks)
		quiet = quiet || reply.Maybe
	}
	if quiet {
		add(silence, lacks)
	}
	for _, e := range m.Errors {
		if e.React != spec.ReactClose {
			why := lacks
			if why == "" {
				why = r.reviewed(e)
			}
			add(e.Name, why)
		}
	}
	for _, e := range r.breaches(m) {
		add(e.Name, "")
	}
	if ch := r.p.Check(spec.CheckFeature); ch != nil && ch.Error != nil {
		for _, f := range r.features(m) {
			if !r.known || r.announced&(1<<f.Bit) == 0 {
				add(ch.Error.Name, "")
			}
		}
	}
	return out
}

// reviewed says that no rule about an error can be judged from outside, "" if that is not so.
func (r *runner) reviewed(e *spec.Error) string {
	var rules []string
	for _, rule := range r.p.Rules() {
		if !strings.Contains(rule.Text, e.Name) {
			continue
		}
		if rule.Judge != spec.JudgeReview {
			return ""
		}
		rules = append(rules, rule.ID)
	}
	if len(rules) == 0 {
		return ""
	}
	return fmt.Sprintf("not to be seen from outside: %s is for review", strings.Join(rules, ", "))
}

// features returns those that a message, or a value that it can hold, belongs to.
func (r *runner) features(m *spec.Message) []*spec.Feature {
	list := r.c.Needs(r.c.Example(m))
	for _, f := range m.Fields {
		if f.Type.Enum != nil {
			for _, v := range f.Type.Enum.Values {
				if v.Feature != nil {
					list = append(list, v.Feature)
				}
			}
		}
	}
	return list
}

// breaches returns what the checks say of a message with one fault each, in any state.
func (r *runner) breaches(m *spec.Message) (errors []*spec.Error) {
	for _, s := range r.p.States {
		if s.End {
			continue
		}
		try := func(change func(*dynamic.Message)) {
			msg := r.c.Example(m)
			msg.ID = 1
			change(msg)
			_, e, _ := r.c.CheckRequest(s, r.c.AppendIllegal(nil, msg), nil)
			if e != nil && e.React != spec.ReactClose && !slices.Contains(errors, e) {
				errors = append(errors, e)
			}
		}
		try(func(*dynamic.Message) {})
		try(func(msg *dynamic.Message) { msg.ID = 0 })
		try(func(msg *dynamic.Message) { msg.Trailing = []byte{0} })
		try(func(msg *dynamic.Message) {
			over := r.c.Length(int(r.c.MaxBody(s)) + 1)
			msg.Length = &over
		})
		for _, f := range m.Fields {
			for _, b := range r.c.Boundaries(f.Type) {
				if !b.Legal {
					try(func(msg *dynamic.Message) { msg.Set(f.Name, b.Value) })
				}
			}
		}
	}
	return errors
}
